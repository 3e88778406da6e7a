/* SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 *
 * What the user sets: pair_style and pair_coeff, and what follows from it before a run.
 */

#include "pair_hone.h"

#include "atom.h"
#include "comm.h"
#include "error.h"
#include "force.h"
#include "memory.h"
#include "neighbor.h"
#include "update.h"
#include "utils.h"

#include <algorithm>
#include <climits>
#include <cstring>

using namespace LAMMPS_NS;

/* ---------------------------------------------------------------------- */

void PairHone::allocate()
{
  allocated = 1;
  const int n = atom->ntypes + 1;
  memory->create(setflag, n, n, "pair:setflag");
  memory->create(cutsq, n, n, "pair:cutsq");
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      setflag[i][j] = 0;
      cutsq[i][j] = 0.0;
    }
}

/* ----------------------------------------------------------------------
   pair_style hone [precision single|double] [threads N] [head NAME]
                   [refine radius smooth|paper|VALUE]
------------------------------------------------------------------------- */

void PairHone::settings(int narg, char **arg)
{
  precision = HONE_FLOAT32;
  thread_count = 1;
  const std::string old_head = adapted ? main_head() : "";
  head.clear();
  prepared = false;
  const std::string old_mode = refine_mode;
  const double old_radius = refine_radius;
  refine_mode.clear();
  refine_radius = 0.0;

  for (int iarg = 0; iarg < narg; iarg += 2) {
    const std::string keyword = arg[iarg];
    if (keyword != "precision" && keyword != "threads" && keyword != "head" && keyword != "refine")
      error->all(FLERR,
                 "Pair style hone: unknown keyword {}: use precision, threads, head or refine",
                 keyword);
    if (iarg + 1 == narg) error->all(FLERR, "Pair style hone: no value after {}", keyword);

    const std::string value = arg[iarg + 1];
    if (keyword == "refine") {
      if (value != "radius")
        error->all(FLERR, "Pair style hone: expected refine radius, not refine {}", value);
      if (iarg + 2 == narg)
        error->all(FLERR, "Pair style hone: no value after refine radius: smooth, paper or "
                          "Angstrom");
      read_radius(arg[iarg + 2]);
      iarg++;
    } else if (keyword == "precision") {
      if (value == "single")
        precision = HONE_FLOAT32;
      else if (value == "double")
        precision = HONE_FLOAT64;
      else
        error->all(FLERR, "Pair style hone: precision is single or double, not {}", value);
    } else if (keyword == "threads") {
      thread_count = utils::inumeric(FLERR, value, false, lmp);
      if (thread_count < 0 || thread_count > 4096)
        error->all(FLERR, "Pair style hone: threads is 0 to 4096, not {}", value);
    } else {
      head = value;
    }
  }
  const bool other_radius = refine_mode != old_mode || refine_radius != old_radius;
  // Weights were adapted at that radius, for that head.
  if (adapted && (other_radius || main_head() != old_head)) {
    if (comm->me == 0)
      error->warning(FLERR, "Pair style hone: with another head or radius the weights are those of "
                            "the file again: give hone/adapt once more");
    forget_adaptation();
  }
  if (other_radius) forget_radius();
}

/* ----------------------------------------------------------------------
   smooth, paper, or a radius in Angstrom, whose messages fade as those of smooth do
------------------------------------------------------------------------- */

void PairHone::read_radius(const std::string &value)
{
  if (value == "smooth" || value == "paper") {
    refine_mode = value;
    return;
  }
  if (!utils::is_double(value))
    error->all(FLERR, "Pair style hone: refine radius is smooth, paper or Angstrom, not {}", value);
  refine_mode = "smooth";
  refine_radius = utils::numeric(FLERR, value, false, lmp);
  if (!(refine_radius > 0.0))
    error->all(FLERR, "Pair style hone: a radius is more than 0 Angstrom, not {}", value);
}

/* ----------------------------------------------------------------------
   pair_coeff * * MODEL E1 E2 ... with an element or NULL for every atom type
------------------------------------------------------------------------- */

void PairHone::coeff(int narg, char **arg)
{
  if (narg < 3 || strcmp(arg[0], "*") != 0 || strcmp(arg[1], "*") != 0)
    error->all(FLERR, "Pair style hone: expected pair_coeff * * MODEL and an element or NULL for "
                      "every atom type");
  if (narg - 3 != atom->ntypes)
    error->all(FLERR, "Pair style hone: {} elements in pair_coeff for {} atom types", narg - 3,
               atom->ntypes);
  if (!allocated) allocate();

  load_model(arg[2]);
  map_types(narg - 3, arg + 3);
  log_model();
}

/* ----------------------------------------------------------------------
   every rank reads the file; that one cannot must be known to all before they go on
------------------------------------------------------------------------- */

void PairHone::load_model(const char *file)
{
  release_models();
  path = utils::get_potential_file_path(file);
  if (path.empty()) path = file;
  fail_together(hone_model_load(path.c_str(), &model), "reading the model failed");

  int32_t count = 0;
  hone_status status = hone_model_species(model, 0, nullptr, &count);
  model_numbers.assign(count, 0);
  if (status == HONE_SUCCESS)
    status = hone_model_species(model, count, model_numbers.data(), &count);
  fail_together(status, "reading the model's elements failed");

  const int64_t width = hone_model_exchange_width(model);
  if (width > INT_MAX)
    error->all(FLERR, "Pair style hone: {} values per atom are too many to communicate", width);
  exchange_width = static_cast<int>(width);
}

/* ---------------------------------------------------------------------- */

void PairHone::release_models()
{
  hone_workspace_free(workspace);
  workspace = nullptr;
  hone_model_free(configured);
  configured = nullptr;
  forget_radius();
  hone_model_free(model);
  model = nullptr;
}

/* ---------------------------------------------------------------------- */

void PairHone::map_types(int narg, char **names)
{
  type_numbers.assign(atom->ntypes + 1, 0);
  for (int i = 0; i < narg; i++) {
    const std::string name = names[i];
    if (name == "NULL") continue;
    const int32_t number = hone_atomic_number(name);
    if (number == 0)
      error->all(FLERR, "Pair style hone: {} for atom type {} is neither an element nor NULL", name,
                 i + 1);
    const auto &known = model_numbers;
    if (std::find(known.begin(), known.end(), number) == known.end())
      error->all(FLERR, "Pair style hone: the model {} was not made for {} (atom type {})", path,
                 name, i + 1);
    type_numbers[i + 1] = number;
  }

  int mapped = 0;
  for (int i = 1; i <= atom->ntypes; i++)
    for (int j = i; j <= atom->ntypes; j++) {
      setflag[i][j] = type_numbers[i] != 0 && type_numbers[j] != 0;
      mapped += setflag[i][j];
    }
  if (mapped == 0) error->all(FLERR, "Pair style hone: all atom types are NULL in pair_coeff");
}

/* ----------------------------------------------------------------------
   a workspace with the settings of now; kept from run to run
------------------------------------------------------------------------- */

void PairHone::prepare()
{
  if (prepared) return;
  hone_workspace_free(workspace);
  workspace = nullptr;
  hone_model_free(configured);
  configured = nullptr;

  // The model itself keeps its default settings, for those that the user takes back.
  const hone_model *current = adapted ? adapted : refined ? refined : model;
  hone_status status = hone_model_view(current, &configured);
  if (status == HONE_SUCCESS) status = hone_model_set_precision(configured, precision);
  if (status == HONE_SUCCESS) status = hone_model_set_thread_count(configured, thread_count);
  if (status == HONE_SUCCESS && !head.empty())
    status = hone_model_set_head(configured, head.c_str());
  if (status == HONE_SUCCESS) status = hone_workspace_new(configured, &workspace);
  fail_together(status, "setting up the model failed");

  cutoff = hone_model_cutoff(configured);
  distance_step = -1;
  prepared = true;
  reported = fallback_reported = false;
}

/* ---------------------------------------------------------------------- */

void PairHone::find_energy_scale()
{
  if (strcmp(update->unit_style, "metal") == 0)
    energy_scale = 1.0;
  else if (strcmp(update->unit_style, "real") == 0)
    energy_scale = utils::get_conversion_factor(utils::ENERGY, utils::METAL2REAL);
  else
    error->all(FLERR, "Pair style hone needs units metal or real, not {}", update->unit_style);
}

/* ---------------------------------------------------------------------- */

void PairHone::init_style()
{
  find_energy_scale();
  if (!model) error->all(FLERR, "Pair style hone: no pair_coeff was given");
  // Other commands than run, minimize and the like also come here, with atoms that are not yet
  // where they will be.
  if (!refine_mode.empty() && !radius_chosen && update->whichflag != 0) choose_radius();
  prepare();
  init_diagnosis();

  // Room for the widest exchange. A hybrid style took its own widths before there was a model.
  comm_forward = std::max(2, exchange_width);
  comm_reverse = comm_reverse_off = std::max(9, exchange_width);
  if (force->pair && force->pair != this) {
    Pair *outer = force->pair;
    outer->comm_forward = std::max(outer->comm_forward, comm_forward);
    outer->comm_reverse = std::max(outer->comm_reverse, comm_reverse);
    outer->comm_reverse_off = std::max(outer->comm_reverse_off, comm_reverse_off);
  }

  neighbor->add_request(this, NeighConst::REQ_FULL);
}

/* ---------------------------------------------------------------------- */

double PairHone::init_one(int i, int j)
{
  if (setflag[i][j] == 0)
    error->all(FLERR, "Pair style hone: atom types {} and {} have no element in pair_coeff", i, j);
  return cutoff;
}

/* ----------------------------------------------------------------------
   one rank's failure, which ends the run of all
------------------------------------------------------------------------- */

void PairHone::fail_one(const std::string &message)
{
  error->one(FLERR, "Pair style hone: {}", message);
}

/* ----------------------------------------------------------------------
   called by all ranks: when any has failed, all end with the message of the first that has
------------------------------------------------------------------------- */

void PairHone::fail_together(hone_status status, const std::string &what)
{
  hone_require(lmp, status, "Pair style hone: " + what);
}
