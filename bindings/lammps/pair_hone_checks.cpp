/* SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 *
 * What is checked before the first step of a run, when lists and ghosts are there: a pair that is
 * left out of the list is an atom less in an environment, and so another energy than the model's.
 */

#include "pair_hone.h"

#include "atom.h"
#include "comm.h"
#include "error.h"
#include "force.h"
#include "group.h"
#include "neighbor.h"

using namespace LAMMPS_NS;

/* ---------------------------------------------------------------------- */

void PairHone::setup()
{
  const double ghost_cutoff = comm->get_comm_cutoff();
  if (ghost_cutoff < cutoff)
    error->all(FLERR, "Pair style hone: ghosts reach {} Angstrom, but the model's cutoff is {}",
               ghost_cutoff, cutoff);
  if (neighbor->exclude) check_exclusions();
  check_special_bonds();

  if (!reported) log_domains();
  reported = true;
}

/* ----------------------------------------------------------------------
   exclusions of atoms that are not this model's do not matter
------------------------------------------------------------------------- */

void PairHone::check_exclusions()
{
  bool lost = false;
  for (int k = 0; k < neighbor->nex_type; k++)
    if (type_numbers[neighbor->ex1_type[k]] && type_numbers[neighbor->ex2_type[k]]) lost = true;
  for (int k = 0; k < neighbor->nex_group; k++)
    if (any_in_group(neighbor->ex1_group[k]) && any_in_group(neighbor->ex2_group[k])) lost = true;
  for (int k = 0; k < neighbor->nex_mol; k++)
    if (any_in_group(neighbor->ex_mol_group[k])) lost = true;
  if (lost)
    error->all(FLERR, "Pair style hone needs all pairs of its atoms: it does not work with "
                      "neigh_modify exclude");
}

/* ----------------------------------------------------------------------
   is any atom of this model, on any rank, in a group?
------------------------------------------------------------------------- */

bool PairHone::any_in_group(int igroup)
{
  int mine = 0;
  for (int i = 0; i < atom->nlocal; i++)
    if ((atom->mask[i] & group->bitmask[igroup]) && type_numbers[atom->type[i]]) mine = 1;
  int any = 0;
  MPI_Allreduce(&mine, &any, 1, MPI_INT, MPI_MAX, world);
  return any != 0;
}

/* ----------------------------------------------------------------------
   pairs whose Lennard-Jones and Coulomb factors are both zero are not in LAMMPS' lists; others are
   there, marked, and the mark does not matter here
------------------------------------------------------------------------- */

void PairHone::check_special_bonds()
{
  if (atom->molecular == Atom::ATOMIC) return;
  int lost = 0;
  for (int k = 1; k <= 3; k++) {
    if (force->special_lj[k] != 0.0 || force->special_coul[k] != 0.0) continue;
    if (atom->molecular == Atom::TEMPLATE) lost = 1;
    if (!atom->nspecial) continue;
    for (int i = 0; i < atom->nlocal; i++) {
      const int *count = atom->nspecial[i];    // of 1-2, up to 1-3, up to 1-4 neighbors
      if (type_numbers[atom->type[i]] && count[k - 1] > (k > 1 ? count[k - 2] : 0)) lost = 1;
    }
  }

  int lost_anywhere = 0;
  MPI_Allreduce(&lost, &lost_anywhere, 1, MPI_INT, MPI_MAX, world);
  if (lost_anywhere)
    error->all(FLERR, "Pair style hone needs all pairs of its atoms, and special_bonds leaves "
                      "bonded ones out: use special_bonds lj/coul 1 1 1 or factors that are not "
                      "zero");
}
