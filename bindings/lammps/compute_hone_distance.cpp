/* SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 */

#include "compute_hone_distance.h"

#include "atom.h"
#include "error.h"
#include "memory.h"
#include "pair_hone.h"
#include "update.h"

using namespace LAMMPS_NS;

/* ---------------------------------------------------------------------- */

ComputeHoneDistance::ComputeHoneDistance(LAMMPS *lmp, int narg, char **arg) :
    Compute(lmp, narg, arg), nmax(0)
{
  if (narg != 3)
    error->all(FLERR, "Compute hone/distance: expected compute ID group hone/distance, got {} "
                      "words more", narg - 3);
  peratom_flag = scalar_flag = 1;
  size_peratom_cols = 0;
  extscalar = 0;
}

/* ---------------------------------------------------------------------- */

ComputeHoneDistance::~ComputeHoneDistance()
{
  memory->destroy(vector_atom);
}

/* ---------------------------------------------------------------------- */

void ComputeHoneDistance::init()
{
  if (PairHone::instances(lmp).empty())
    error->all(FLERR, "Compute hone/distance needs pair_style hone, alone or under hybrid");
}

/* ---------------------------------------------------------------------- */

void ComputeHoneDistance::compute_peratom()
{
  invoked_peratom = update->ntimestep;
  if (atom->nmax > nmax || !vector_atom) {
    memory->destroy(vector_atom);
    nmax = atom->nmax;
    memory->create(vector_atom, nmax + 1, "hone/distance:vector_atom");
  }
  PairHone::atom_distances(lmp, "Compute hone/distance", vector_atom);
  for (int i = 0; i < atom->nlocal; i++)
    if (!(atom->mask[i] & groupbit)) vector_atom[i] = 0.0;
}

/* ----------------------------------------------------------------------
   anew each time: atoms may have been moved since another computation at this step
------------------------------------------------------------------------- */

double ComputeHoneDistance::compute_scalar()
{
  invoked_scalar = update->ntimestep;
  compute_peratom();
  scalar = PairHone::largest_distance(lmp, vector_atom, groupbit);
  return scalar;
}

/* ---------------------------------------------------------------------- */

double ComputeHoneDistance::memory_usage()
{
  return (double) nmax * sizeof(double);
}
