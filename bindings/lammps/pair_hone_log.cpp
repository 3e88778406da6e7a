/* SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 *
 * What rank 0 writes to screen and log, and the elements' names.
 */

#include "pair_hone.h"

#include "atom.h"
#include "comm.h"
#include "error.h"
#include "fmt/format.h"
#include "utils.h"

#include <algorithm>

using namespace LAMMPS_NS;

static const char *const symbols[] = {
    "H",  "He", "Li", "Be", "B",  "C",  "N",  "O",  "F",  "Ne", "Na", "Mg", "Al", "Si", "P",
    "S",  "Cl", "Ar", "K",  "Ca", "Sc", "Ti", "V",  "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn",
    "Ga", "Ge", "As", "Se", "Br", "Kr", "Rb", "Sr", "Y",  "Zr", "Nb", "Mo", "Tc", "Ru", "Rh",
    "Pd", "Ag", "Cd", "In", "Sn", "Sb", "Te", "I",  "Xe", "Cs", "Ba", "La", "Ce", "Pr", "Nd",
    "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Hf", "Ta", "W",  "Re",
    "Os", "Ir", "Pt", "Au", "Hg", "Tl", "Pb", "Bi", "Po", "At", "Rn", "Fr", "Ra", "Ac", "Th",
    "Pa", "U",  "Np", "Pu", "Am", "Cm", "Bk", "Cf", "Es", "Fm", "Md", "No", "Lr", "Rf", "Db",
    "Sg", "Bh", "Hs", "Mt", "Ds", "Rg", "Cn", "Nh", "Fl", "Mc", "Lv", "Ts", "Og"};
static constexpr int32_t symbol_count = sizeof(symbols) / sizeof(symbols[0]);

/* ---------------------------------------------------------------------- */

int32_t LAMMPS_NS::hone_atomic_number(const std::string &symbol)
{
  const auto *found = std::find(symbols, symbols + symbol_count, symbol);
  return found == symbols + symbol_count ? 0 : static_cast<int32_t>(found - symbols) + 1;
}

/* ---------------------------------------------------------------------- */

std::string LAMMPS_NS::hone_element_symbol(int32_t number)
{
  return number >= 1 && number <= symbol_count ? symbols[number - 1] : std::to_string(number);
}

// The first string of the model's description that is worth a line; all of it is a page of JSON.
static std::string architecture(const std::string &description)
{
  const std::string key = "\"architecture\":\"";
  const size_t begin = description.find(key);
  if (begin == std::string::npos) return "a";
  const size_t value = begin + key.size();
  return description.substr(value, description.find('"', value) - value);
}

/* ----------------------------------------------------------------------
   after pair_coeff: the model and what its types are
------------------------------------------------------------------------- */

void PairHone::log_model()
{
  if (comm->me != 0) return;
  std::string types;
  for (int i = 1; i <= atom->ntypes; i++)
    types += fmt::format(" {}:{}", i,
                         type_numbers[i] ? hone_element_symbol(type_numbers[i]) : "NULL");
  std::string elements;
  for (const int32_t number : model_numbers) elements += " " + hone_element_symbol(number);
  if (model_numbers.size() > 20) elements = fmt::format(" {} elements", model_numbers.size());
  std::string heads;
  for (int32_t k = 0; k < hone_model_head_count(model); k++)
    heads += std::string(" ") + hone_model_head_name(model, k);

  utils::logmesg(lmp, "Pair style hone {}: {} model {}\n", hone_version(),
                 architecture(hone_model_description(model)), path);
  utils::logmesg(lmp, "  {} layers of {} Angstrom, {} parameters\n", hone_model_layer_count(model),
                 hone_model_cutoff(model), hone_model_parameter_count(model));
  utils::logmesg(lmp, "  made for{}; heads{}\n  atom types{}\n", elements, heads, types);
}

static const char *explanation(int32_t reason)
{
  switch (reason) {
    case HONE_RADIUS_REFINED:
      return "it brings the structure's graph closer to those of the training data";
    case HONE_RADIUS_NOT_SHIFTED:
      return "the structure's graph is like those of the training data";
    case HONE_RADIUS_NO_IMPROVEMENT:
      return "no radius brings the structure's graph much closer to those of the training data";
    case HONE_RADIUS_NO_REFERENCE:
      return "the training data have no structures of this kind to compare with";
    case HONE_RADIUS_BEYOND_TRAINING:
      return "the rule chose a larger one, beyond which the model sees nothing";
    case HONE_RADIUS_GIVEN:
      return "it was given";
    default:
      return "the library says so";
  }
}

/* ----------------------------------------------------------------------
   once after pair_coeff: the radius, that of training, and why
   with the digits that it takes to give the radius to the run that a restart goes on with
------------------------------------------------------------------------- */

void PairHone::log_choice(const hone_radius_choice &choice)
{
  if (comm->me != 0) return;
  const bool changed =
      choice.reason == HONE_RADIUS_REFINED || choice.reason == HONE_RADIUS_GIVEN;
  utils::logmesg(lmp, "Pair style hone: radius {:.8g} Angstrom, {} {:.8g} of training: {}\n",
                 choice.radius, changed ? "refined from the" : "as the", choice.training_radius,
                 explanation(choice.reason));
}

/* ----------------------------------------------------------------------
   before the first step: how ranks work together and what that takes
------------------------------------------------------------------------- */

void PairHone::log_domains()
{
  const double nlocal = atom->nlocal;
  const double nghost = atom->nghost;
  const double mine[3] = {nlocal, nghost, nlocal + nghost};
  double most[3], sum[3];
  MPI_Allreduce(mine, most, 3, MPI_DOUBLE, MPI_MAX, world);
  MPI_Allreduce(mine, sum, 3, MPI_DOUBLE, MPI_SUM, world);
  if (comm->me != 0) return;

  std::string mode = "one layer, nothing to exchange between layers";
  if (hone_model_layer_count(model) > 1)
    mode = comm->nprocs == 1
        ? "one rank, ghosts take the features of the atoms they are images of"
        : fmt::format("features between layers, up to {} values per atom", exchange_width);
  // Rows of the widest exchange, and LAMMPS' own buffers for the ghosts' part of them, both ways.
  const double bytes = comm->nprocs == 1
      ? 0.0
      : sizeof(double) * (double) exchange_width * (most[2] + 2.0 * most[1]);

  utils::logmesg(lmp, "Pair style hone: {} precision, {} x {} threads, head {}\n",
                 precision == HONE_FLOAT64 ? "double" : "single", comm->nprocs,
                 thread_count ? std::to_string(thread_count) : "all",
                 main_head());
  if (adapted) utils::logmesg(lmp, "  weights: not those of {}, but {}\n", path, adaptation);
  utils::logmesg(lmp, "  exchange: {}\n", mode);
  utils::logmesg(lmp, "  ghost cutoff {:.4g} Angstrom; per rank at most {:.0f} atoms and {:.0f} "
                      "ghosts, on average {:.1f} and {:.1f}\n",
                 comm->get_comm_cutoff(), most[0], most[1], sum[0] / comm->nprocs,
                 sum[1] / comm->nprocs);
  if (bytes > 0.0)
    utils::logmesg(lmp, "  memory for the exchange, per rank: {:.1f} MB\n", bytes / 1048576.0);
}

/* ----------------------------------------------------------------------
   after the first step: slow where it need not be?
------------------------------------------------------------------------- */

void PairHone::warn_of_fallback()
{
  fallback_reported = true;
  const std::string reason = hone_workspace_fallback(workspace);
  if (!reason.empty() && comm->me == 0)
    error->warning(FLERR, "Pair style hone runs several times slower than it could: {}", reason);
}
