/* SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 */

#include "compute_hone_shift.h"

#include "error.h"
#include "pair_hone.h"
#include "update.h"

#include <limits>

using namespace LAMMPS_NS;

/* ---------------------------------------------------------------------- */

ComputeHoneShift::ComputeHoneShift(LAMMPS *lmp, int narg, char **arg) : Compute(lmp, narg, arg)
{
  if (narg != 3)
    error->all(FLERR, "Compute hone/shift: expected compute ID all hone/shift, got {} words more",
               narg - 3);
  if (igroup)
    error->all(FLERR, "Compute hone/shift must use group all: a part of a structure has other "
                      "surroundings");
  vector_flag = 1;
  size_vector = 4;
  extvector = 0;
  vector = new double[size_vector];
}

/* ---------------------------------------------------------------------- */

ComputeHoneShift::~ComputeHoneShift()
{
  delete[] vector;
}

/* ---------------------------------------------------------------------- */

void ComputeHoneShift::init()
{
  const size_t count = PairHone::instances(lmp).size();
  if (count != 1)
    error->all(FLERR, "Compute hone/shift needs one pair_style hone, alone or under hybrid; there "
                      "are {}", count);
}

/* ----------------------------------------------------------------------
   what is not known is not a number
------------------------------------------------------------------------- */

void ComputeHoneShift::compute_vector()
{
  invoked_vector = update->ntimestep;
  // A variable may ask between an input's commands, when there is another pair style.
  init();
  hone_diagnosis diagnosis;
  PairHone::instances(lmp).front()->diagnose(diagnosis);
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  const hone_standing &force = diagnosis.force_norm;
  vector[0] = diagnosis.is_shifted;
  vector[1] = force.is_known ? (force.value - force.mean) / force.deviation : unknown;
  vector[2] = diagnosis.connectivity.is_known ? diagnosis.connectivity.quantile : unknown;
  vector[3] = diagnosis.largest_distance;
}
