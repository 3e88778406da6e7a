/* SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 */

#include "hone_host.h"

#include "atom.h"
#include "comm.h"
#include "domain.h"
#include "error.h"
#include "lammps.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

using namespace LAMMPS_NS;

/* ---------------------------------------------------------------------- */

void LAMMPS_NS::hone_require(LAMMPS *lmp, hone_status status, const std::string &what)
{
  std::string failure;
  if (status != HONE_SUCCESS) failure = hone_last_error();
  if (status != HONE_SUCCESS && failure.empty()) failure = hone_status_name(status);
  hone_require(lmp, failure, what);
}

/* ---------------------------------------------------------------------- */

void LAMMPS_NS::hone_require(LAMMPS *lmp, const std::string &failure, const std::string &what)
{
  const int me = lmp->comm->me;
  const int nprocs = lmp->comm->nprocs;
  int failed = failure.empty() ? nprocs : me;
  int first = 0;
  MPI_Allreduce(&failed, &first, 1, MPI_INT, MPI_MIN, lmp->world);
  if (first == nprocs) return;

  char message[2048] = "";
  if (me == first) snprintf(message, sizeof(message), "%s", failure.c_str());
  MPI_Bcast(message, sizeof(message), MPI_CHAR, first, lmp->world);
  lmp->error->all(FLERR, "{}: {}", what, message);
}

/* ---------------------------------------------------------------------- */

hone_structure HoneAtoms::structure() const
{
  hone_structure structure = {};
  structure.size = sizeof(hone_structure);
  structure.n_atoms = static_cast<int64_t>(numbers.size());
  structure.atomic_numbers = numbers.data();
  structure.positions = positions.data();
  if (is_periodic()) {
    structure.cell = cell;
    structure.periodic = periodic;
  }
  return structure;
}

/* ----------------------------------------------------------------------
   the box: in two dimensions LAMMPS has no images along z
------------------------------------------------------------------------- */

static void copy_box(const Domain *domain, HoneAtoms &atoms)
{
  const bool tilted = domain->triclinic;
  const double rows[9] = {domain->xprd, 0.0, 0.0,
                          tilted ? domain->xy : 0.0, domain->yprd, 0.0,
                          tilted ? domain->xz : 0.0, tilted ? domain->yz : 0.0, domain->zprd};
  std::copy_n(rows, 9, atoms.cell);
  atoms.periodic[0] = domain->xperiodic;
  atoms.periodic[1] = domain->yperiodic;
  atoms.periodic[2] = domain->zperiodic && domain->dimension == 3;
}

/* ----------------------------------------------------------------------
   rank by rank, so that no count of MPI's has to hold the numbers of all atoms
------------------------------------------------------------------------- */

HoneAtoms LAMMPS_NS::hone_gather(LAMMPS *lmp, const std::vector<int32_t> &numbers,
                                 const double *values, bool everything)
{
  static constexpr int width = 6;    // ID, atomic number, position, value
  const Atom *atom = lmp->atom;
  const int me = lmp->comm->me;
  HoneAtoms all = {};
  copy_box(lmp->domain, all);

  std::vector<double> rows;
  rows.reserve((size_t) width * atom->nlocal);
  for (int i = 0; i < atom->nlocal; i++) {
    const int32_t number = numbers[atom->type[i]];
    if (number == 0 && !everything) continue;
    const double id = ubuf(atom->tag_enable ? (int64_t) atom->tag[i] : 0).d;
    const double row[width] = {id, (double) number, atom->x[i][0], atom->x[i][1], atom->x[i][2],
                               values ? values[i] : 0.0};
    rows.insert(rows.end(), row, row + width);
  }

  int count = static_cast<int>(rows.size() / width);
  std::vector<int> counts(me == 0 ? lmp->comm->nprocs : 0);
  MPI_Gather(&count, 1, MPI_INT, counts.data(), 1, MPI_INT, 0, lmp->world);
  MPI_Datatype row_type;
  MPI_Type_contiguous(width, MPI_DOUBLE, &row_type);
  MPI_Type_commit(&row_type);
  if (me != 0) {
    MPI_Send(rows.data(), count, row_type, 0, 0, lmp->world);
    rows.clear();
  } else {
    size_t total = 0;
    for (const int n : counts) total += n;
    rows.resize(width * total);
    size_t place = counts[0];
    for (int rank = 1; rank < lmp->comm->nprocs; place += counts[rank++])
      MPI_Recv(rows.data() + width * place, counts[rank], row_type, rank, 0, lmp->world,
               MPI_STATUS_IGNORE);
  }
  MPI_Type_free(&row_type);

  const size_t total = rows.size() / width;
  const auto id_of = [&rows](size_t k) { return (tagint) ubuf(rows[width * k]).i; };
  // What is computed for the structure must not depend on which rank has which atom.
  std::vector<size_t> order(total);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&id_of](size_t a, size_t b) { return id_of(a) < id_of(b); });
  for (const size_t k : order) {
    const double *row = rows.data() + width * k;
    all.ids.push_back(id_of(k));
    all.numbers.push_back(static_cast<int32_t>(row[1]));
    all.positions.insert(all.positions.end(), row + 2, row + 5);
    all.values.push_back(row[5]);
  }
  return all;
}
