/* SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 *
 * The computation of a step. What the user sets is in pair_hone_settings.cpp, what is checked
 * before a run in pair_hone_checks.cpp, communication in pair_hone_exchange.cpp, the choice of a
 * radius in pair_hone_refine.cpp, other weights in pair_hone_adapt.cpp, how far atoms are from the
 * training data in pair_hone_diagnosis.cpp, what is written to the log in pair_hone_log.cpp.
 */

#include "pair_hone.h"

#include "atom.h"
#include "comm.h"
#include "error.h"
#include "force.h"
#include "memory.h"
#include "neigh_list.h"

#include <algorithm>

using namespace LAMMPS_NS;

/* ---------------------------------------------------------------------- */

PairHone::PairHone(LAMMPS *lmp) :
    Pair(lmp), precision(HONE_FLOAT32), thread_count(1), refine_radius(0.0), model(nullptr),
    refined(nullptr), adapted(nullptr), radius_chosen(false), configured(nullptr),
    workspace(nullptr), prepared(false), reported(false), fallback_reported(false), cutoff(0.0),
    exchange_width(0), energy_scale(1.0), always_measures(false), distance_count(0),
    distance_step(-1), rows(nullptr), row_width(0), rows_are_single(false), message_width(0)
{
  single_enable = 0;
  respa_enable = 0;
  restartinfo = 0;
  one_coeff = 1;
  manybody_flag = 1;
  // The library has the virial; ghosts whose forces it gave to their owners are lost to F dot r.
  no_virial_fdotr_compute = 1;
  centroidstressflag = CENTROID_AVAIL;

  // Forces and virials travel too; a model may need wider rows, see init_style().
  comm_forward = 2;
  comm_reverse = comm_reverse_off = 9;
}

/* ---------------------------------------------------------------------- */

PairHone::~PairHone()
{
  release_models();
  if (copymode) return;
  if (allocated) {
    memory->destroy(setflag);
    memory->destroy(cutsq);
  }
}

/* ---------------------------------------------------------------------- */

void PairHone::compute(int eflag, int vflag)
{
  ev_init(eflag, vflag);
  // Commands that compute without a run or a minimization do not choose.
  if (!refine_mode.empty() && !radius_chosen)
    error->all(FLERR, "Pair style hone: no radius was chosen yet: use run 0 before this command");

  const int nlocal = atom->nlocal;
  const int nghost = atom->nghost;
  const bool need_atom_virials = vflag_atom || cvflag_atom;
  grow_buffers(need_atom_virials);

  const int *type = atom->type;
  for (int i = 0; i < nlocal + nghost; i++) atomic_numbers[i] = type_numbers[type[i]];

  hone_domain domain = {};
  domain.size = sizeof(hone_domain);
  domain.n_local = nlocal;
  domain.n_ghost = nghost;
  domain.atomic_numbers = atomic_numbers.data();
  domain.positions = nlocal + nghost > 0 ? &atom->x[0][0] : nullptr;
  domain.n_centers = list->inum;
  domain.centers = list->ilist;
  domain.neighbor_counts = list->numneigh;
  domain.neighbors = list->firstneigh;
  domain.neighbor_mask = NEIGHMASK;

  // These flags are the same on all ranks, so that all make the same exchanges.
  domain.quantities = HONE_FORCES;
  if (eflag_global) domain.quantities |= HONE_ENERGY;
  if (vflag_global) domain.quantities |= HONE_VIRIAL;
  if (eflag_atom) domain.quantities |= HONE_ATOM_ENERGIES;
  if (need_atom_virials) {
    domain.quantities |= HONE_ATOM_VIRIALS;
    domain.ghost_virials = atom_virials.data() + 9 * (size_t) nlocal;
  }

  find_ghost_owners();
  domain.ghost_owners = ghost_owners.data();
  if (comm->nprocs > 1) {
    domain.exchange = &PairHone::exchange;
    domain.exchange_context = this;
  }

  const bool measures = wants_distances();
  if (hone_workspace_set_diagnosis(workspace, measures) != HONE_SUCCESS)
    fail_one(hone_last_error());

  double energy = 0.0;
  double virial_matrix[9] = {};
  exchange_failure = nullptr;
  const hone_status status = hone_workspace_compute_domain(
      workspace, &domain, eflag_global ? &energy : nullptr, forces.data(),
      vflag_global ? virial_matrix : nullptr, eflag_atom ? atom_energies.data() : nullptr,
      need_atom_virials ? atom_virials.data() : nullptr);

  if (exchange_failure) {
    const std::exception_ptr failure = exchange_failure;
    exchange_failure = nullptr;
    std::rethrow_exception(failure);
  }
  if (status != HONE_SUCCESS) fail_one(hone_last_error());
  if (!fallback_reported) warn_of_fallback();
  if (measures) keep_distances();

  add_forces();
  tally(energy, virial_matrix);
  if (need_atom_virials) tally_atom_virials();
}

/* ----------------------------------------------------------------------
   memory for the atoms there are now
------------------------------------------------------------------------- */

void PairHone::grow_buffers(bool need_atom_virials)
{
  const size_t nlocal = atom->nlocal;
  const size_t nall = nlocal + atom->nghost;
  // data() of an empty vector may be null, and the library takes that for "not wanted".
  const size_t room = nall + 1;

  if (atomic_numbers.size() < room) {
    const size_t size = room + room / 4;
    atomic_numbers.resize(size);
    forces.resize(3 * size);
  }
  if (eflag_atom && atom_energies.size() < nlocal + 1) atom_energies.resize(room + room / 4);
  if (need_atom_virials) {
    if (atom_virials.size() < 9 * room) atom_virials.resize(9 * (room + room / 4));
    std::fill_n(atom_virials.begin(), 9 * nall, 0.0);
  }
}

/* ----------------------------------------------------------------------
   forces of this rank's atoms, and of its ghosts where LAMMPS sends these on
------------------------------------------------------------------------- */

void PairHone::add_forces()
{
  int count = atom->nlocal;
  if (comm->nprocs > 1) {
    if (force->newton_pair)
      count += atom->nghost;
    else
      reverse_rows(forces.data(), 3, false);
  }

  double **f = atom->f;
  const double *force_i = forces.data();
  for (int i = 0; i < count; i++, force_i += 3)
    for (int a = 0; a < 3; a++) f[i][a] += energy_scale * force_i[a];
}

/* ----------------------------------------------------------------------
   energies and the virial of this rank
------------------------------------------------------------------------- */

void PairHone::tally(double energy, const double *w)
{
  if (eflag_global) eng_vdwl += energy_scale * energy;

  if (eflag_atom)
    for (int i = 0; i < atom->nlocal; i++) eatom[i] += energy_scale * atom_energies[i];

  if (vflag_global) {
    const double components[6] = {w[0], w[4], w[8], w[1], w[2], w[5]};
    for (int a = 0; a < 6; a++) virial[a] += energy_scale * components[a];
  }
}

/* ----------------------------------------------------------------------
   per-atom virials: W[a][b] = sum of (r_i - r)_a dU_i/dr_b
   LAMMPS' nine are xx, yy, zz, xy, xz, yz, yx, zx, zy, so that the flux is sum W[a][b] v_b
   its six are those of a symmetric matrix, of which ours is the symmetric part
------------------------------------------------------------------------- */

void PairHone::tally_atom_virials()
{
  int count = atom->nlocal;
  if (comm->nprocs > 1) {
    if (force->newton_pair)
      count += atom->nghost;
    else
      reverse_rows(atom_virials.data(), 9, false);
  }

  const double *w = atom_virials.data();
  for (int i = 0; i < count; i++, w += 9) {
    if (vflag_atom) {
      const double six[6] = {w[0],
                             w[4],
                             w[8],
                             0.5 * (w[1] + w[3]),
                             0.5 * (w[2] + w[6]),
                             0.5 * (w[5] + w[7])};
      for (int a = 0; a < 6; a++) vatom[i][a] += energy_scale * six[a];
    }
    if (cvflag_atom) {
      const double nine[9] = {w[0], w[4], w[8], w[1], w[2], w[5], w[3], w[6], w[7]};
      for (int a = 0; a < 9; a++) cvatom[i][a] += energy_scale * nine[a];
    }
  }
}

/* ---------------------------------------------------------------------- */

double PairHone::memory_usage()
{
  double bytes = Pair::memory_usage();
  bytes += (double) sizeof(int32_t) * (atomic_numbers.capacity() + ghost_owners.capacity());
  bytes += (double) sizeof(double) *
      (forces.capacity() + atom_energies.capacity() + atom_virials.capacity() +
       owner_indices.capacity() + distances.capacity());
  return bytes;
}
