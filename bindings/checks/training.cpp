// SPDX-License-Identifier: MIT
// A model from scratch is trained on the frames of a file, from C++.
//
//   ./training FRAMES.xyz OUTPUT.safetensors
#include <cstdio>
#include <hone.hpp>
#include <vector>

static int failures = 0;

static void expect(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "training: %s; last error: %s\n", what, hone_last_error());
  failures++;
}

extern "C" std::int32_t count_steps(void* context, const hone_training_progress* progress) {
  if (progress->step > 0) ++*static_cast<std::int64_t*>(context);
  return 0;
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string configuration =
      R"({"model": {"family": "mace", "cutoff": 4, "hidden_irreps": "8x0e", "max_ell": 1,
                    "correlation": 2, "radial_hidden": [16]},
          "data": {"validation_count": 1}, "run": {"epochs": 3, "batch_size": 2}})";
  try {
    hone::Dataset frames;
    frames.add_file(argv[1]);
    const std::int64_t read = frames.count();
    hone::Structure atoms;
    atoms.atomic_numbers = {1, 1};
    atoms.positions = {0, 0, 0, 0.8, 0, 0};
    hone::Labels labels;
    labels.energy = -31;
    labels.forces = {0.1, 0, 0, -0.1, 0, 0};
    frames.add(atoms, labels);
    expect(frames.count() == read + 1, "a structure is added");
    labels.forces.pop_back();
    bool refused = false;
    try {
      frames.add(atoms, labels);
    } catch (const std::invalid_argument&) {
      refused = true;
    }
    expect(refused, "wrong lengths are refused");

    hone::Trainer trainer(frames, configuration);
    std::int64_t steps = 0;
    expect(trainer.run(count_steps, &steps), "a run ends");
    const hone_training_progress now = trainer.progress();
    expect(now.is_done && steps == now.n_total_steps && steps > 3, "every step is told");
    const hone::Model model = trainer.model();
    expect(hone::evaluate(model, frames).n_energies == frames.count(), "all is compared");
    expect(trainer.evaluate().n_energies == 1, "one frame judges");
    model.save(argv[2]);
    atoms.atomic_numbers = {1, 92};
    expect(hone::diagnose(model, atoms).summary.unseen_species[0] == 92, "it knows what it saw");
    atoms.atomic_numbers = {1, 1};
    const hone::Model fitted = hone::fit_statistics(model, frames);
    const hone::Diagnosis found = hone::diagnose(fitted, atoms, {0.1, 0, 0, -0.1, 0, 0});
    expect(found.summary.force_norm.is_known && found.summary.n_unseen_species == 0, "a diagnosis");
    hone::Workspace workspace(fitted);
    hone::Result result;
    std::vector<double> distances;
    workspace.set_diagnosis(true);
    workspace.compute(atoms, result);
    workspace.descriptor_distances(2, distances);
    expect(distances == found.descriptor_distances, "a workspace measures the same");
    hone::Trainer again(model, frames, R"({"run": {"epochs": 1}})");
    again.step();
    expect(again.progress().n_total_steps == 1, "a run goes on from a model");
    bool told = false;
    try {
      hone::Trainer wrong(model, frames, configuration);
    } catch (const hone::Error& error) {
      told = error.status() == HONE_FORMAT_ERROR;
    }
    expect(told, "two models are one too many");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "training: %s\n", error.what());
    return 1;
  }
  return failures != 0;
}
