/* SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 */

#include "fix_hone_guard.h"

#include "atom.h"
#include "comm.h"
#include "error.h"
#include "fmt/format.h"
#include "pair_hone.h"
#include "timer.h"
#include "update.h"
#include "utils.h"

#include <algorithm>
#include <cmath>

using namespace LAMMPS_NS;
using namespace FixConst;

/* ----------------------------------------------------------------------
   fix ID group hone/guard N LIMIT [action stop|error|warn|none] [dump FILE] [frames M]
------------------------------------------------------------------------- */

FixHoneGuard::FixHoneGuard(LAMMPS *lmp, int narg, char **arg) :
    Fix(lmp, narg, arg), limit(0.0), action(STOP), file(nullptr), most_frames(100), largest(0.0),
    far_count(0), violations(0), frames(0), checked_step(-1), warned(false)
{
  if (narg < 5)
    error->all(FLERR, "Fix hone/guard: expected fix ID group hone/guard N LIMIT and keywords");
  nevery = utils::inumeric(FLERR, arg[3], false, lmp);
  if (nevery < 1) error->all(FLERR, "Fix hone/guard: N is 1 or more steps, not {}", arg[3]);
  limit = utils::numeric(FLERR, arg[4], false, lmp);
  if (!(limit > 0.0)) error->all(FLERR, "Fix hone/guard: LIMIT is more than 0, not {}", arg[4]);
  read_keywords(narg - 5, arg + 5);

  scalar_flag = vector_flag = 1;
  size_vector = 3;
  extscalar = extvector = 0;
  global_freq = nevery;
  if (!path.empty()) open_file();
}

/* ---------------------------------------------------------------------- */

FixHoneGuard::~FixHoneGuard()
{
  if (file) fclose(file);
}

/* ---------------------------------------------------------------------- */

void FixHoneGuard::read_keywords(int narg, char **arg)
{
  for (int iarg = 0; iarg < narg; iarg += 2) {
    const std::string keyword = arg[iarg];
    if (keyword != "action" && keyword != "dump" && keyword != "frames")
      error->all(FLERR, "Fix hone/guard: unknown keyword {}: use action, dump or frames", keyword);
    if (iarg + 1 == narg) error->all(FLERR, "Fix hone/guard: no value after {}", keyword);

    const std::string value = arg[iarg + 1];
    if (keyword == "action") {
      const char *const names[] = {"none", "warn", "stop", "error"};
      const auto *found = std::find(names, names + 4, value);
      if (found == names + 4)
        error->all(FLERR, "Fix hone/guard: action is stop, error, warn or none, not {}", value);
      action = static_cast<Action>(found - names);
    } else if (keyword == "dump") {
      path = value;
    } else {
      most_frames = utils::bnumeric(FLERR, value, false, lmp);
      if (most_frames < 1)
        error->all(FLERR, "Fix hone/guard: frames is 1 or more, not {}", value);
    }
  }
}

/* ---------------------------------------------------------------------- */

int FixHoneGuard::setmask()
{
  return END_OF_STEP | MIN_POST_FORCE;
}

/* ---------------------------------------------------------------------- */

void FixHoneGuard::init()
{
  if (PairHone::instances(lmp).empty())
    error->all(FLERR, "Fix hone/guard needs pair_style hone, alone or under hybrid");
  warned = false;
}

/* ----------------------------------------------------------------------
   what a run begins with is looked at too, where it is the turn of its step
------------------------------------------------------------------------- */

void FixHoneGuard::setup(int /*vflag*/)
{
  if (update->ntimestep % nevery == 0) check();
}

/* ---------------------------------------------------------------------- */

void FixHoneGuard::min_setup(int vflag)
{
  setup(vflag);
}

/* ---------------------------------------------------------------------- */

void FixHoneGuard::end_of_step()
{
  check();
}

/* ----------------------------------------------------------------------
   of the structures that an iteration tries, the first
------------------------------------------------------------------------- */

void FixHoneGuard::min_post_force(int vflag)
{
  if (update->ntimestep != checked_step) setup(vflag);
}

/* ---------------------------------------------------------------------- */

void FixHoneGuard::check()
{
  const int nlocal = atom->nlocal;
  if (distances.size() < (size_t) nlocal + 1) distances.resize(nlocal + 1 + nlocal / 4);
  PairHone::atom_distances(lmp, "Fix hone/guard", distances.data());

  // A run begins with the structure that the one before ended with, and with sums in another order:
  // that counts once. What was moved in between counts.
  const double before = largest;
  largest = PairHone::largest_distance(lmp, distances.data(), groupbit);
  const bool again = update->ntimestep == checked_step &&
      (largest == before || std::fabs(largest - before) < 1e-4 * before);
  checked_step = update->ntimestep;

  bigint mine = 0;
  for (int i = 0; i < nlocal; i++) mine += (atom->mask[i] & groupbit) && distances[i] > limit;
  MPI_Allreduce(&mine, &far_count, 1, MPI_LMP_BIGINT, MPI_SUM, world);
  if (far_count == 0) return;

  if (!again) {
    violations++;
    if (!path.empty() && frames < most_frames) write_frame();
  }
  if (action == NONE) return;
  const std::string message =
      fmt::format("Fix hone/guard {}: step {}: {} of its atoms are further than {:g} from the "
                  "training data, {}",
                  id, update->ntimestep, far_count, limit, farthest_atom());
  if (action == ERROR) error->all(FLERR, "{}", message);
  if (action == WARN) {
    if (!warned && comm->me == 0) error->warning(FLERR, "{}", message);
    warned = true;
  } else {
    if (comm->me == 0) utils::logmesg(lmp, "{}: the run ends\n", message);
    timer->force_timeout();
  }
}

/* ----------------------------------------------------------------------
   called by all ranks
------------------------------------------------------------------------- */

std::string FixHoneGuard::farthest_atom() const
{
  tagint mine = MAXTAGINT;
  for (int i = 0; i < atom->nlocal; i++)
    if ((atom->mask[i] & groupbit) && distances[i] == largest && atom->tag_enable)
      mine = std::min(mine, atom->tag[i]);
  tagint first = 0;
  MPI_Allreduce(&mine, &first, 1, MPI_LMP_TAGINT, MPI_MIN, world);
  return first == MAXTAGINT ? fmt::format("one {:.4g}", largest)
                            : fmt::format("atom {} {:.4g}", first, largest);
}

/* ---------------------------------------------------------------------- */

double FixHoneGuard::compute_scalar()
{
  return largest;
}

/* ----------------------------------------------------------------------
   checks that found atoms beyond the limit, those atoms at the last check, frames written
------------------------------------------------------------------------- */

double FixHoneGuard::compute_vector(int index)
{
  const bigint values[] = {violations, far_count, frames};
  return static_cast<double>(values[index]);
}

/* ---------------------------------------------------------------------- */

double FixHoneGuard::memory_usage()
{
  return (double) distances.capacity() * sizeof(double);
}
