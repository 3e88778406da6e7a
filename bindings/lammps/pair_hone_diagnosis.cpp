/* SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 *
 * How far atoms are from what the model was trained on: measured with the forces, for
 * compute hone/distance and fix hone/guard; and the whole structure's diagnosis.
 */

#include "pair_hone.h"

#include "atom.h"
#include "comm.h"
#include "compute.h"
#include "error.h"
#include "fix.h"
#include "force.h"
#include "modify.h"
#include "update.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace LAMMPS_NS;

/* ----------------------------------------------------------------------
   the pair style, or those among the styles of a hybrid
------------------------------------------------------------------------- */

std::vector<PairHone *> PairHone::instances(LAMMPS *lmp)
{
  std::vector<PairHone *> found;
  // Of a single one pair_match gives the same for every number.
  for (int k = 1;; k++) {
    auto *pair = dynamic_cast<PairHone *>(lmp->force->pair_match("hone", 1, k));
    if (!pair || (!found.empty() && found.back() == pair)) return found;
    found.push_back(pair);
  }
}

/* ----------------------------------------------------------------------
   what the types are to any of the styles: 0 to none
------------------------------------------------------------------------- */

std::vector<int32_t> PairHone::numbers_by_type(LAMMPS *lmp)
{
  std::vector<int32_t> numbers(lmp->atom->ntypes + 1, 0);
  for (const PairHone *pair : instances(lmp))
    for (size_t type = 1; type < std::min(numbers.size(), pair->type_numbers.size()); type++)
      if (numbers[type] == 0) numbers[type] = pair->type_numbers[type];
  return numbers;
}

/* ----------------------------------------------------------------------
   who asks for distances in the run to come; that the model has none to offer is told now
------------------------------------------------------------------------- */

void PairHone::init_diagnosis()
{
  always_measures = !modify->get_compute_by_style("^hone/distance$").empty();
  guard_intervals.clear();
  for (const Fix *fix : modify->get_fix_by_style("^hone/guard$"))
    guard_intervals.push_back(fix->nevery);
  if (always_measures || !guard_intervals.empty())
    fail_together(hone_workspace_set_diagnosis(workspace, 1), "measuring distances failed");
}

/* ---------------------------------------------------------------------- */

bool PairHone::wants_distances() const
{
  if (always_measures) return true;
  return std::any_of(guard_intervals.begin(), guard_intervals.end(),
                     [this](bigint every) { return update->ntimestep % every == 0; });
}

/* ---------------------------------------------------------------------- */

void PairHone::keep_distances()
{
  const int nlocal = atom->nlocal;
  if (distances.size() < (size_t) nlocal + 1) distances.resize(nlocal + 1 + nlocal / 4);
  if (hone_workspace_descriptor_distances(workspace, nlocal, distances.data()) != HONE_SUCCESS)
    fail_one(hone_last_error());
  distance_count = nlocal;
  distance_step = update->ntimestep;
}

/* ----------------------------------------------------------------------
   of this rank's atoms, [nlocal]: the largest of those that the styles measured at this step
   what cannot be measured is far
------------------------------------------------------------------------- */

void PairHone::atom_distances(LAMMPS *lmp, const std::string &who, double *result)
{
  const int nlocal = lmp->atom->nlocal;
  std::fill_n(result, nlocal, 0.0);
  for (const PairHone *pair : instances(lmp)) {
    // Steps are the same on all ranks; atoms may have changed ranks since on some.
    if (pair->distance_step != lmp->update->ntimestep)
      lmp->error->all(FLERR, "{}: no distances were measured at step {}: they come with the forces "
                             "of a run or a minimization that begins after this command", who,
                      lmp->update->ntimestep);
    if (pair->distance_count != nlocal)
      lmp->error->one(FLERR, "{}: atoms have changed since forces were computed", who);
    for (int i = 0; i < nlocal; i++) {
      const double distance = pair->distances[i];
      result[i] = std::max(
          result[i], std::isnan(distance) ? std::numeric_limits<double>::infinity() : distance);
    }
  }
}

/* ----------------------------------------------------------------------
   called by all ranks: over the atoms of a group, 0 where it has none
------------------------------------------------------------------------- */

double PairHone::largest_distance(LAMMPS *lmp, const double *values, int groupbit)
{
  double mine = 0.0;
  for (int i = 0; i < lmp->atom->nlocal; i++)
    if (lmp->atom->mask[i] & groupbit) mine = std::max(mine, values[i]);
  double largest = 0.0;
  MPI_Allreduce(&mine, &largest, 1, MPI_DOUBLE, MPI_MAX, lmp->world);
  return largest;
}

/* ----------------------------------------------------------------------
   called by all ranks: the structure as it is now, gathered and computed on rank 0
------------------------------------------------------------------------- */

void PairHone::diagnose(hone_diagnosis &diagnosis)
{
  if (!configured)
    error->all(FLERR, "Compute hone/shift: the model is set up by the first run: use run 0 before");
  diagnosis = {};
  diagnosis.size = sizeof(diagnosis);
  const HoneAtoms atoms = hone_gather(lmp, type_numbers, nullptr, false);
  hone_status status = HONE_SUCCESS;
  if (comm->me == 0) {
    const hone_structure structure = atoms.structure();
    status = hone_model_diagnose(configured, &structure, nullptr, &diagnosis, nullptr, nullptr,
                                 nullptr);
  }
  hone_require(lmp, status, "Compute hone/shift");
  MPI_Bcast(&diagnosis, sizeof(diagnosis), MPI_BYTE, 0, world);
}
