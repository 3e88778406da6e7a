/* SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 *
 * Communication: rows of numbers, one per atom, from owners to ghosts and back. Between layers the
 * library asks for it; forces and per-atom virials of ghosts use it with newton off.
 */

#include "pair_hone.h"

#include "atom.h"
#include "comm.h"
#include "error.h"

#include <cstring>

using namespace LAMMPS_NS;

/* ----------------------------------------------------------------------
   what the next communication carries
   in single precision a row goes as floats, two in the place of a double: half the traffic, which
   is most of what an exchange takes
------------------------------------------------------------------------- */

void PairHone::set_rows(double *values, int width, bool single)
{
  rows = values;
  row_width = width;
  rows_are_single = single;
  message_width = single ? (width + 1) / 2 : width;
}

/* ----------------------------------------------------------------------
   fill the ghosts' rows from those of their owners
------------------------------------------------------------------------- */

void PairHone::forward_rows(double *values, int width, bool single)
{
  set_rows(values, width, single);
  // LAMMPS' communication takes the width of a message from here, and has reserved room for the
  // values that these had at init.
  const int reserved = comm_forward;
  comm_forward = message_width;
  comm->forward_comm(this);
  comm_forward = reserved;
}

/* ----------------------------------------------------------------------
   add the ghosts' rows to those of their owners
------------------------------------------------------------------------- */

void PairHone::reverse_rows(double *values, int width, bool single)
{
  set_rows(values, width, single);
  const int reserved = comm_reverse;
  const int reserved_off = comm_reverse_off;
  comm_reverse = comm_reverse_off = message_width;
  comm->reverse_comm(this);
  comm_reverse = reserved;
  comm_reverse_off = reserved_off;
}

/* ----------------------------------------------------------------------
   called by the library between layers
   an exception must not go through it: it is kept, and thrown again by compute()
------------------------------------------------------------------------- */

int32_t PairHone::exchange(void *context, hone_exchange_direction direction, int64_t width,
                           double *values)
{
  auto *self = static_cast<PairHone *>(context);
  try {
    if (width > self->exchange_width)
      self->error->one(FLERR, "Pair style hone: an exchange of {} values per atom, not up to {}",
                       width, self->exchange_width);
    const bool single = self->precision == HONE_FLOAT32;
    if (direction == HONE_EXCHANGE_FORWARD)
      self->forward_rows(values, static_cast<int>(width), single);
    else
      self->reverse_rows(values, static_cast<int>(width), single);
  } catch (...) {
    self->exchange_failure = std::current_exception();
    return 1;
  }
  return 0;
}

/* ----------------------------------------------------------------------
   ghosts that are images of this rank's own atoms, which on one rank all are: who they are images of
   comes by the way that all data of ghosts come, which needs no atom map
   asked at every step: commands such as rerun make new ghosts without a sign that can be relied on
------------------------------------------------------------------------- */

void PairHone::find_ghost_owners()
{
  const size_t nlocal = atom->nlocal;
  const size_t nghost = atom->nghost;
  if (owner_indices.size() < 2 * (nlocal + nghost) + 1)
    owner_indices.resize(2 * (nlocal + nghost) + 1);
  if (ghost_owners.size() < nghost + 1) ghost_owners.resize(nghost + 1);

  for (size_t i = 0; i < nlocal; i++) {
    owner_indices[2 * i] = comm->me;
    owner_indices[2 * i + 1] = static_cast<double>(i);
  }
  forward_rows(owner_indices.data(), 2, false);
  for (size_t i = 0; i < nghost; i++) {
    const double *owner = &owner_indices[2 * (nlocal + i)];
    ghost_owners[i] = owner[0] == comm->me ? static_cast<int32_t>(owner[1]) : -1;
  }
}

/* ----------------------------------------------------------------------
   one row into a message, and out of it
------------------------------------------------------------------------- */

void PairHone::pack_row(const double *row, double *buf) const
{
  if (!rows_are_single) {
    memcpy(buf, row, row_width * sizeof(double));
    return;
  }
  auto *sent = reinterpret_cast<float *>(buf);
  for (int k = 0; k < row_width; k++) sent[k] = static_cast<float>(row[k]);
}

/* ----------------------------------------------------------------------
   rows are the same for all periodic images, so pbc does not matter
------------------------------------------------------------------------- */

int PairHone::pack_forward_comm(int n, int *atoms, double *buf, int /*pbc_flag*/, int * /*pbc*/)
{
  for (int i = 0; i < n; i++)
    pack_row(rows + (size_t) atoms[i] * row_width, buf + (size_t) i * message_width);
  return n * message_width;
}

/* ---------------------------------------------------------------------- */

void PairHone::unpack_forward_comm(int n, int first, double *buf)
{
  double *row = rows + (size_t) first * row_width;
  if (!rows_are_single) {
    memcpy(row, buf, (size_t) n * row_width * sizeof(double));
    return;
  }
  for (int i = 0; i < n; i++, row += row_width, buf += message_width) {
    const auto *sent = reinterpret_cast<const float *>(buf);
    for (int k = 0; k < row_width; k++) row[k] = sent[k];
  }
}

/* ---------------------------------------------------------------------- */

int PairHone::pack_reverse_comm(int n, int first, double *buf)
{
  for (int i = 0; i < n; i++)
    pack_row(rows + (size_t) (first + i) * row_width, buf + (size_t) i * message_width);
  return n * message_width;
}

/* ---------------------------------------------------------------------- */

void PairHone::unpack_reverse_comm(int n, int *atoms, double *buf)
{
  for (int i = 0; i < n; i++, buf += message_width) {
    double *row = rows + (size_t) atoms[i] * row_width;
    if (rows_are_single) {
      const auto *sent = reinterpret_cast<const float *>(buf);
      for (int k = 0; k < row_width; k++) row[k] += sent[k];
    } else {
      for (int k = 0; k < row_width; k++) row[k] += buf[k];
    }
  }
}
