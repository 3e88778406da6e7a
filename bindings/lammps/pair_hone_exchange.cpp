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
   fill the ghosts' rows from those of their owners
------------------------------------------------------------------------- */

void PairHone::forward_rows(double *values, int width)
{
  rows = values;
  row_width = width;
  // LAMMPS' communication takes the width of a message from here, and has reserved room for the
  // values that these had at init.
  const int reserved = comm_forward;
  comm_forward = width;
  comm->forward_comm(this);
  comm_forward = reserved;
}

/* ----------------------------------------------------------------------
   add the ghosts' rows to those of their owners
------------------------------------------------------------------------- */

void PairHone::reverse_rows(double *values, int width)
{
  rows = values;
  row_width = width;
  const int reserved = comm_reverse;
  const int reserved_off = comm_reverse_off;
  comm_reverse = comm_reverse_off = width;
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
    if (direction == HONE_EXCHANGE_FORWARD)
      self->forward_rows(values, static_cast<int>(width));
    else
      self->reverse_rows(values, static_cast<int>(width));
  } catch (...) {
    self->exchange_failure = std::current_exception();
    return 1;
  }
  return 0;
}

/* ----------------------------------------------------------------------
   on one rank all ghosts are images of this rank's atoms: their indices come by the way that all
   data of ghosts come, which needs no atom map
------------------------------------------------------------------------- */

void PairHone::find_ghost_owners()
{
  const size_t nlocal = atom->nlocal;
  const size_t nghost = atom->nghost;
  if (owner_indices.size() < nlocal + nghost + 1) {
    owner_indices.resize(nlocal + nghost + 1);
    ghost_owners.resize(nghost + 1);
  }
  if (ghost_owners.size() < nghost + 1) ghost_owners.resize(nghost + 1);

  for (size_t i = 0; i < nlocal; i++) owner_indices[i] = static_cast<double>(i);
  forward_rows(owner_indices.data(), 1);
  for (size_t i = 0; i < nghost; i++)
    ghost_owners[i] = static_cast<int32_t>(owner_indices[nlocal + i]);
}

/* ----------------------------------------------------------------------
   rows are the same for all periodic images, so pbc does not matter
------------------------------------------------------------------------- */

int PairHone::pack_forward_comm(int n, int *list, double *buf, int /*pbc_flag*/, int * /*pbc*/)
{
  const size_t width = row_width;
  for (int i = 0; i < n; i++)
    memcpy(buf + i * width, rows + list[i] * width, width * sizeof(double));
  return n * row_width;
}

/* ---------------------------------------------------------------------- */

void PairHone::unpack_forward_comm(int n, int first, double *buf)
{
  const size_t width = row_width;
  memcpy(rows + first * width, buf, n * width * sizeof(double));
}

/* ---------------------------------------------------------------------- */

int PairHone::pack_reverse_comm(int n, int first, double *buf)
{
  const size_t width = row_width;
  memcpy(buf, rows + first * width, n * width * sizeof(double));
  return n * row_width;
}

/* ---------------------------------------------------------------------- */

void PairHone::unpack_reverse_comm(int n, int *list, double *buf)
{
  const size_t width = row_width;
  for (int i = 0; i < n; i++) {
    double *row = rows + list[i] * width;
    const double *sent = buf + i * width;
    for (size_t k = 0; k < width; k++) row[k] += sent[k];
  }
}
