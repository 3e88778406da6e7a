// SPDX-License-Identifier: MIT
// Priors of every kind, and both refinements, from C++; what a prior throws arrives at the caller.
//
//   ./refinement TWO-HEADS.safetensors REFINED.safetensors
#include <cmath>
#include <cstdio>
#include <hone.hpp>

static int failures = 0;

static void expect(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "refinement: %s; last error: %s\n", what, hone_last_error());
  failures++;
}

/// Runs a body that must fail with a status.
template <typename Body>
static void fails(hone_status status, const char* what, Body body) {
  bool told = false;
  try {
    body();
  } catch (const hone::Error& error) {
    told = error.status() == status;
  }
  expect(told, what);
}

/// Atoms on the corners of a cube, displaced a little.
static hone::Structure cluster(int seed) {
  hone::Structure structure;
  structure.atomic_numbers = {8, 8, 1, 8, 8, 1};
  for (int i = 0; i < 18; i++)
    structure.positions.push_back(1.35 * ((i / 3) >> (i % 3) & 1) + 0.1 * std::sin(7.0 * i + seed));
  return structure;
}

/// Springs between all atoms; energy in eV and forces in eV/Å.
static void springs(const hone_structure& s, double& energy, double* forces, double*) {
  energy = 0;
  for (std::int64_t i = 0; i < 3 * s.n_atoms; i++) forces[i] = 0;
  for (std::int64_t i = 0; i < s.n_atoms; i++)
    for (std::int64_t j = 0; j < i; j++)
      for (int a = 0; a < 3; a++) {
        const double d = s.positions[3 * j + a] - s.positions[3 * i + a];
        energy += 0.5 * 0.1 * d * d;
        forces[3 * i + a] += 0.1 * d;
        forces[3 * j + a] -= 0.1 * d;
      }
}

extern "C" std::int32_t stop_at_third_step(void* context, const hone_refinement_progress* now) {
  ++*static_cast<int*>(context);
  return now->stage == HONE_REFINEMENT_STEPS && now->done == 3;
}

static void priors(const std::vector<hone::Structure>& structures) {
  hone::Potential lj("lj");
  const hone::Result whole =
      lj.compute(structures[0], hone::energy | hone::forces | hone::virial);
  hone::Structure moved = structures[0];
  const double step = 1e-4;
  moved.positions[4] += step;
  const double above = lj.compute(moved).energy;
  moved.positions[4] -= 2 * step;
  const double slope = (lj.compute(moved).energy - above) / (2 * step);
  expect(std::fabs(slope - whole.forces[4]) < 1e-4 * (1 + std::fabs(slope)),
         "forces are differences of the energy");
  expect(whole.virial.size() == 9 && whole.atom_energies.empty(), "what was asked for is there");
  bool refused = false;
  try {
    lj.compute(structures[0], hone::atom_energies);
  } catch (const std::invalid_argument&) {
    refused = true;
  }
  expect(refused, "energies of atoms are refused");
  fails(HONE_INVALID_ARGUMENT, "a name that there is not", [] { hone::Potential("morse"); });
  hone::Potential other("zbl");
  other = std::move(lj);
  expect(other.compute(structures[0]).energy == whole.energy, "potentials move");

  // An electron less is seen where there is a library that sees it.
  hone::Structure ion = structures[0];
  ion.charge = 1;
  ion.multiplicity = 2;
  try {
    hone::Potential xtb("gfn2-xtb");
    expect(xtb.compute(ion).energy > xtb.compute(structures[0]).energy + 1, "a charge counts");
  } catch (const hone::Error& error) {
    expect(error.status() == HONE_UNSUPPORTED, "without libxtb there is no xTB");
    std::printf("skipped: gfn2-xtb (%s)\n", error.what());
  }
}

static void radius(const hone::Model& base, const std::vector<hone::Structure>& structures) {
  const hone::RefinedRadius given = hone::refine_radius(base, {}, R"({"radius": 3})");
  expect(given.choice.reason == HONE_RADIUS_GIVEN && given.model.cutoff() == 3, "a given radius");
  const hone_radius_choice choice = hone::choose_radius(base, structures);
  const hone::RefinedRadius chosen = hone::refine_radius(base, structures);
  expect(choice.n_candidates > 0 && choice.radius == chosen.choice.radius &&
             choice.radius == chosen.model.cutoff(),
         "a chosen radius");
  fails(HONE_INVALID_ARGUMENT, "no structures", [&] { hone::refine_radius(base, {}); });
  fails(HONE_FORMAT_ERROR, "a misspelt option",
        [&] { hone::choose_radius(base, structures, R"({"modes": "paper"})"); });
}

static void weights(const hone::Model& base, const std::vector<hone::Structure>& structures,
                    const std::string& path) {
  const std::string paper = R"({"preset": "paper", "steps": 2, "checks_prior": false})";
  const double before = base.compute(structures[0]).energy;
  const hone::RefinedWeights refined = hone::refine_weights(base, structures, springs, paper);
  expect(refined.report.accepted && refined.report.n_steps == 2 &&
             refined.report.n_structures == static_cast<std::int64_t>(structures.size()),
         "a function is a prior");
  expect(base.compute(structures[0]).energy == before, "the base is as it was");
  refined.model.save(path);
  hone::Model again(path);
  expect(again.compute(structures[0]).energy == refined.model.compute(structures[0]).energy &&
             again.compute(structures[0]).energy != before,
         "the refined model is saved and loaded");

  const hone::Potential zbl("zbl");
  expect(hone::refine_weights(base, structures, zbl, paper).report.n_steps == 2,
         "a potential is a prior");
  hone::Model labeller = base.view();
  labeller.set_precision(HONE_FLOAT64);
  expect(hone::refine_weights(base, structures, labeller, paper).report.accepted,
         "a model is a prior");
  expect(hone::refine_weights(base, structures,
                              hone::Prior(hone_potential_prior, zbl.get()), paper)
                 .report.accepted,
         "a function of hone.h is a prior");
  hone::Dataset replay;
  hone::Labels labels;
  labels.energy = before;
  labels.head = "main";
  replay.add(structures[0], labels);
  expect(hone::refine_weights(base, structures, zbl, replay, paper).report.n_replay == 1,
         "a structure is replayed");

  int calls = 0;
  bool thrown = false;
  try {
    hone::refine_weights(base, structures, [&calls](const hone_structure& s, double& energy,
                                                    double* forces, double* virial) {
      if (++calls == 4) throw std::out_of_range("beyond");
      springs(s, energy, forces, virial);
    });
  } catch (const std::out_of_range& error) {
    thrown = std::string(error.what()) == "beyond";
  }
  expect(thrown && calls == 4, "what a prior throws arrives, and ends the refinement");
  fails(HONE_NOT_CONVERGED, "a prior that writes nothing", [&] {
    hone::refine_weights(base, structures,
                         [](const hone_structure&, double&, double*, double*) {});
  });
  fails(HONE_INVALID_ARGUMENT, "an empty function",
        [&] { hone::refine_weights(base, structures, hone::Prior(nullptr, nullptr)); });
  int told = 0;
  fails(HONE_CANCELLED, "an observer stops it", [&] {
    hone::refine_weights(base, structures, springs, R"({"preset": "paper"})", stop_at_third_step,
                         &told);
  });
  expect(told == static_cast<int>(structures.size()) + 3, "it was told of labels and steps");
  expect(base.compute(structures[0]).energy == before, "failures leave the base as it was");
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  try {
    std::vector<hone::Structure> structures;
    for (int k = 0; k < 6; k++) structures.push_back(cluster(k));
    const hone::Model base(argv[1]);
    priors(structures);
    radius(base, structures);
    weights(base, structures, argv[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "refinement: %s\n", error.what());
    return 1;
  }
  return failures != 0;
}
