// SPDX-License-Identifier: MIT
// Workspaces, batches and the choice of the evaluator from C++.
//
//   ./workspaces MODEL Z1 Z2
#include <hone.hpp>

#include <cstdio>
#include <cstdlib>
#include <vector>

static int failures = 0;

static void expect(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "workspaces: %s\n", what);
  failures++;
}

static bool equal(const hone::Result& a, const hone::Result& b) {
  return !(a.energy < b.energy) && !(b.energy < a.energy) && a.forces == b.forces &&
         a.virial == b.virial && a.atom_energies == b.atom_energies &&
         a.atom_virials == b.atom_virials;
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const unsigned all = hone::energy | hone::forces | hone::virial | hone::atom_energies |
                       hone::atom_virials;
  const std::int32_t first = std::atoi(argv[2]), second = std::atoi(argv[3]);
  std::vector<hone::Structure> structures(8);
  for (std::size_t k = 0; k < structures.size(); k++) {
    structures[k].atomic_numbers = {first, second, first};
    structures[k].positions = {0, 0, 0, 1.2 + 0.05 * static_cast<double>(k), 0.1, 0, -0.4, 1.1, 0.3};
    if (k % 2 == 0) structures[k].cell = {5, 0, 0, 0, 5, 0, 0, 0, 5};
    if (k % 4 == 0) structures[k].periodic = {1, 0, 1};
  }
  structures[3] = hone::Structure();
  hone::Model model(argv[1]);
  expect(!(model.table_error() > 0), "no tables at first");
  hone::Workspace other(model);
  hone::Workspace workspace(std::move(other));
  workspace.set_skin(1);
  model.set_thread_count(2);
  const std::vector<hone::Result> batch = model.compute_batch(structures, all);
  model.set_thread_count(1);
  hone::Result result;
  for (std::size_t k = 0; k < structures.size(); k++) {
    workspace.compute(structures[k], result, all);
    // What was asked for of no atoms holds nothing.
    expect(equal(result, batch[k]), "the batch equals the workspace");
    expect(equal(result, model.compute(structures[k], all)), "the model equals the workspace");
  }
  expect(model.table_error() > 0, "tables after");
  expect(model.fallback().empty() && workspace.fallback().empty(), "no fallback");
  model.set_evaluator(HONE_EVALUATOR_REFERENCE);
  model.set_table_tolerance(1e-4);
  (void)model.compute(structures[0]);
  expect(!model.fallback().empty(), "a fallback");
  try {
    workspace.set_skin(-1);
    expect(false, "a negative skin throws");
  } catch (const hone::Error& error) {
    expect(error.status() == HONE_INVALID_ARGUMENT, "with its status");
  }
  try {
    structures[1].positions.pop_back();
    (void)model.compute_batch(structures);
    expect(false, "wrong lengths throw");
  } catch (const std::invalid_argument&) {
  }
  return failures != 0;
}
