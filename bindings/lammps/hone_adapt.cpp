/* SPDX-License-Identifier: GPL-2.0-only
 *
 * pair_style hone for LAMMPS, https://www.lammps.org. This file derives from classes of LAMMPS,
 * which is under the GNU General Public License, version 2: see LICENSE in this directory.
 *
 * Training at test time from within an input. What the arguments are is in hone_adapt_settings.cpp,
 * a pair style as a prior in hone_prior_pair.cpp, what the pair style does with new weights in
 * pair_hone_adapt.cpp.
 */

#include "hone_adapt.h"

#include "atom.h"
#include "comm.h"
#include "domain.h"
#include "error.h"
#include "fmt/format.h"
#include "hone_prior_pair.h"
#include "modify.h"
#include "pair_hone.h"
#include "update.h"
#include "utils.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <unistd.h>

using namespace LAMMPS_NS;

namespace {

template <typename T, void (*release)(T *)> struct Releaser {
  void operator()(T *object) const { release(object); }
};
template <typename T, void (*release)(T *)> using Handle = std::unique_ptr<T, Releaser<T, release>>;

// A guard that refused, and a prior that failed.
bool is_no_fault_of_the_input(hone_status status)
{
  return status == HONE_NOT_CONVERGED || status == HONE_CALLBACK_ERROR;
}

}    // namespace

/* ---------------------------------------------------------------------- */

HoneAdapt::HoneAdapt(LAMMPS *lmp) : Command(lmp) {}

/* ---------------------------------------------------------------------- */

HoneAdapt::~HoneAdapt() = default;

/* ---------------------------------------------------------------------- */

void HoneAdapt::command(int narg, char **arg)
{
  if (!domain->box_exist)
    error->all(FLERR, "Hone/adapt: there are no atoms yet: the box comes before");
  settings = HoneAdaptSettings(lmp, narg, arg);
  PairHone *pair = the_style();
  refuse_distances();
  try_file();
  const HoneModelHandle base = pair->model_to_adapt();

  std::vector<double> types(atom->nlocal);
  for (int i = 0; i < atom->nlocal; i++) types[i] = atom->type[i];
  const HoneAtoms atoms = hone_gather(lmp, pair->numbers(), types.data(), false);
  const HoneAtoms charges =
      atom->q_flag ? hone_gather(lmp, pair->numbers(), atom->q, false) : HoneAtoms();
  check_size(atoms.numbers.size());

  Outcome outcome;
  if (comm->me == 0) outcome = train(pair, base.get(), atoms, charges);
  share_failure(outcome);
  if (outcome.status != HONE_SUCCESS) {
    if (!is_no_fault_of_the_input(outcome.status))
      error->all(FLERR, "Hone/adapt: {}", outcome.message);
    if (!settings.continues)
      error->all(FLERR, "Hone/adapt: {}; with refused continue the input goes on with the model as "
                        "it was", outcome.message);
    if (comm->me == 0)
      error->warning(FLERR, "Hone/adapt: {}; the model stays as it was", outcome.message);
    return;
  }

  std::string failure;
  if (comm->me == 0 && !settings.file.empty() &&
      hone_model_save(outcome.model.get(), settings.file.c_str()) != HONE_SUCCESS)
    failure = hone_last_error();
  hone_require(lmp, failure, "Hone/adapt: writing the new model failed");
  if (comm->me == 0) log(outcome);
  const std::string what =
      fmt::format("adapted at step {} by the prior {}, {}", update->ntimestep,
                  settings.prior_name(),
                  settings.file.empty() ? "in no file" : "in " + settings.file);
  HoneModelHandle model = hone_share_model(lmp, std::move(outcome.model),
                                           "Hone/adapt: sharing the new model failed");
  pair->adapt(std::move(model), what);
}

/* ---------------------------------------------------------------------- */

PairHone *HoneAdapt::the_style()
{
  const std::vector<PairHone *> pairs = PairHone::instances(lmp);
  if (pairs.empty())
    error->all(FLERR, "Hone/adapt needs pair_style hone, alone or under hybrid");
  if (pairs.size() > 1)
    error->all(FLERR, "Hone/adapt: there are {} styles hone: adapt their models with hone refine "
                      "train", pairs.size());
  return pairs.front();
}

/* ----------------------------------------------------------------------
   the next run would end with an error after all the training
------------------------------------------------------------------------- */

void HoneAdapt::refuse_distances()
{
  if (modify->get_compute_by_style("^hone/distance$").empty() &&
      modify->get_fix_by_style("^hone/guard$").empty())
    return;
  error->all(FLERR, "Hone/adapt: an adapted model has no descriptors of its training data, and "
                    "compute hone/distance and fix hone/guard need them: take these away before, "
                    "or write the model with the keyword file and use hone diagnose --fit");
}

/* ----------------------------------------------------------------------
   a file that cannot be written is found out before the training, not after it
------------------------------------------------------------------------- */

void HoneAdapt::try_file()
{
  std::string failure;
  if (comm->me == 0 && !settings.file.empty()) {
    const bool was_there = access(settings.file.c_str(), F_OK) == 0;
    FILE *file = fopen(settings.file.c_str(), "ab");
    if (file)
      fclose(file);
    else
      failure = settings.file + ": " + strerror(errno);
    if (file && !was_there) remove(settings.file.c_str());
  }
  hone_require(lmp, failure, "Hone/adapt: the new model could not be written");
}

/* ----------------------------------------------------------------------
   called by all ranks, with the atoms of rank 0
------------------------------------------------------------------------- */

void HoneAdapt::check_size(size_t mine)
{
  auto count = static_cast<bigint>(mine);
  MPI_Bcast(&count, 1, MPI_LMP_BIGINT, 0, world);
  if (count == 0) error->all(FLERR, "Hone/adapt: there are no atoms that the model sees");
  if (count > settings.most_atoms)
    error->all(FLERR, "Hone/adapt: {} atoms are more than {}, and rank 0 trains on them alone: "
                      "adapt the model to a part of the structure, a cluster or a smaller cell, "
                      "and give the file that comes out to pair_coeff here; or allow more with "
                      "max_atoms",
               count, settings.most_atoms);
}

/* ----------------------------------------------------------------------
   on rank 0, and nothing is thrown: the others wait
------------------------------------------------------------------------- */

HoneAdapt::Outcome HoneAdapt::train(const PairHone *pair, const hone_model *base,
                                    const HoneAtoms &atoms, const HoneAtoms &charges)
{
  Outcome outcome;
  hone_structure structure = atoms.structure();
  structure.charge = settings.charge;
  structure.multiplicity = settings.multiplicity;
  try {
    if (settings.pair_style.empty()) {
      hone_potential *made = nullptr;
      outcome.status = hone_potential_new(settings.prior.c_str(), &made);
      const Handle<hone_potential, hone_potential_free> potential(made);
      if (outcome.status == HONE_SUCCESS)
        refine(outcome, pair, base, structure, hone_potential_prior, made);
      else
        outcome.message = hone_last_error();
    } else {
      HonePriorPair prior(lmp, settings, atoms, charges, pair->energy_unit());
      refine(outcome, pair, base, structure, &HonePriorPair::label, &prior);
      outcome.trouble = prior.failure();
      if (outcome.status == HONE_CALLBACK_ERROR)
        outcome.message =
            fmt::format("the prior {} failed: {}", settings.prior_name(), prior.failure());
    }
  } catch (const std::exception &failure) {
    outcome.status = HONE_CALLBACK_ERROR;
    outcome.message = fmt::format("the prior {} failed: {}", settings.prior_name(),
                                  HonePriorPair::plain(failure.what()));
  }
  return outcome;
}

/* ---------------------------------------------------------------------- */

void HoneAdapt::refine(Outcome &outcome, const PairHone *pair, const hone_model *base,
                       hone_structure structure, hone_prior prior, void *context)
{
  hone_dataset *made = nullptr;
  if (!settings.replay.empty()) {
    outcome.status = hone_dataset_new(&made);
    if (outcome.status == HONE_SUCCESS)
      outcome.status = hone_dataset_add_file(made, settings.replay.c_str(), nullptr);
  }
  const Handle<hone_dataset, hone_dataset_free> replay(made);
  hone_model *refined = nullptr;
  outcome.report.size = sizeof(outcome.report);
  if (outcome.status == HONE_SUCCESS)
    outcome.status = hone_refine_weights(base, 1, &structure, prior, context, made,
                                         settings.options(pair->main_head()).c_str(), nullptr,
                                         nullptr, &outcome.report, &refined);
  if (outcome.status != HONE_SUCCESS) outcome.message = hone_last_error();
  outcome.model.reset(refined);
}

/* ----------------------------------------------------------------------
   all ranks hear how rank 0 fared
------------------------------------------------------------------------- */

void HoneAdapt::share_failure(Outcome &outcome)
{
  int status = outcome.status;
  MPI_Bcast(&status, 1, MPI_INT, 0, world);
  outcome.status = static_cast<hone_status>(status);
  if (status == HONE_SUCCESS) return;
  char message[2048] = "";
  snprintf(message, sizeof(message), "%s", outcome.message.c_str());
  MPI_Bcast(message, sizeof(message), MPI_CHAR, 0, world);
  outcome.message = message;
}

/* ---------------------------------------------------------------------- */

void HoneAdapt::log(const Outcome &outcome)
{
  const hone_refinement &report = outcome.report;
  const int64_t found = report.n_structures + report.n_held_out;
  std::string text =
      fmt::format("Hone/adapt: weights adapted by the prior {} in {} steps, {:.1f} s\n",
                  settings.prior_name(), report.n_steps, report.seconds);
  text += fmt::format("  {} structures, of which {} were held out; {} of the training data\n",
                      found, report.n_held_out, report.n_replay);
  text += fmt::format("  RMS difference of forces from the labels {:.4g} before, {:.4g} after, in "
                      "eV/Angstrom\n", report.force_error_before, report.force_error_after);
  if (report.n_held_out > 0)
    text += fmt::format("  loss of the structures held out {:.4g} before, {:.4g} after\n",
                        report.held_out_before, report.held_out_after);
  if (report.n_replay > 0)
    text += fmt::format("  forces on training data changed by {:.3g} %; parameters of step {}, "
                        "{:.3g} of the way\n", 100.0 * report.replay_force_change,
                        report.chosen_step, report.fraction);
  text += settings.file.empty()
      ? "  in no file: give hone/adapt again after a restart, or the keyword file now\n"
      : fmt::format("  in {}: give it to pair_coeff after a restart\n", settings.file);
  utils::logmesg(lmp, text);

  if (report.n_replay == 0)
    error->warning(FLERR, "Hone/adapt: the model carries no structures of its training data: "
                          "nothing tells what the adaptation costs; give some with the keyword "
                          "replay");
  if (settings.has_dynamics && found < settings.structure_count)
    error->warning(FLERR, "Hone/adapt: the dynamics on the prior ended with {} of {} structures{}",
                   found, settings.structure_count,
                   outcome.trouble.empty() ? "" : ": " + outcome.trouble);
}
