/* SPDX-License-Identifier: MIT
 * A refined radius is the cutoff of the new model: energy is continuous at it or, as the paper has it,
 * jumps. What goes wrong gives the right status, no model, and leaves the base as it was.
 *
 *   ./radius MODEL-WITH-STATISTICS MODEL-WITHOUT
 *
 * The first is that of refinement.c: hydrogen and oxygen, a cutoff of 4 A, clusters of five atoms.
 */
#include "clusters.h"

#include <hone.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { tests = 12, test_atoms = 6, grid = 27 };

static int failures = 0;

static void expect(int condition, const char *what) {
  if (condition) return;
  fprintf(stderr, "radius: %s; last error: %s\n", what, hone_last_error());
  failures++;
}

static int says(const char *words) { return strstr(hone_last_error(), words) != NULL; }

/* The energy of a pair, and the force on the second atom away from the first. */
static double pair(const hone_model *model, double distance, double *force) {
  const int32_t numbers[2] = {1, 8};
  const double positions[6] = {0, 0, 0, distance, 0, 0};
  double energy = NAN, forces[6];
  expect(hone_model_compute(model, 2, numbers, positions, NULL, NULL, &energy, forces, NULL, NULL,
                            NULL) == HONE_SUCCESS,
         "a pair is computed");
  if (force != NULL) *force = forces[3];
  return energy;
}

static void given(const hone_model *base) {
  const double radius = 3, step = 1e-7, h = 1e-4;
  double force, slope;
  hone_model *smooth = NULL, *paper = NULL;
  struct {
    hone_radius_choice known;
    char later[16];
  } choice;
  memset(&choice, 0xAB, sizeof choice);
  choice.known.size = sizeof choice;
  expect(hone_refine_radius(base, 0, NULL, "{\"radius\": 3}", &choice.known, &smooth) == HONE_SUCCESS,
         "a radius is taken");
  expect(choice.known.radius == radius && choice.known.training_radius == 4 &&
             choice.known.reason == HONE_RADIUS_GIVEN && choice.known.n_candidates == 0,
         "the choice says so");
  expect(choice.later[0] == 0 && choice.later[15] == 0, "what a later version knows is zero");
  expect(hone_model_cutoff(smooth) == radius && hone_model_cutoff(base) == 4, "it is the cutoff");
  expect(fabs(pair(smooth, radius - step, NULL) - pair(smooth, radius + step, NULL)) < 1e-8,
         "energy is continuous at it");
  slope = (pair(smooth, 2.8 - h, NULL) - pair(smooth, 2.8 + h, NULL)) / (2 * h);
  pair(smooth, 2.8, &force);
  expect(fabs(slope) > 1e-3 && fabs(force - slope) < 1e-5 * (1 + fabs(force)),
         "forces belong to the energy before it");
  expect(hone_refine_radius(base, 0, NULL, "{\"radius\": 3, \"mode\": \"paper\"}", NULL, &paper) ==
             HONE_SUCCESS,
         "a radius is taken as in the paper");
  expect(fabs(pair(paper, radius - step, NULL) - pair(paper, radius + step, NULL)) > 1e-4,
         "energy jumps at it");
  expect(pair(paper, 2.8, NULL) == pair(base, 2.8, NULL), "and is as it was before it");
  hone_model_free(smooth);
  hone_model_free(paper);
}

static void chosen(const hone_model *base, const hone_structure *list) {
  int32_t numbers[grid];
  double positions[3 * grid], radius;
  hone_model *refined = NULL;
  hone_structure dense;
  hone_radius_choice choice;
  choice.size = sizeof choice;
  expect(hone_refine_radius(base, tests, list, NULL, &choice, &refined) == HONE_SUCCESS,
         "a radius is chosen");
  expect(choice.radius == hone_model_cutoff(refined) && choice.radius <= 4 &&
             choice.reason != HONE_RADIUS_GIVEN && choice.n_candidates >= 1,
         "the model has it");
  radius = choice.radius;
  expect(hone_refine_radius(base, tests, list, NULL, &choice, NULL) == HONE_SUCCESS &&
             choice.radius == radius,
         "the choice alone is the same");
  hone_model_free(refined);

  for (int i = 0; i < grid; i++) {
    numbers[i] = i % 2 ? 8 : 1;
    for (int a = 0, part = i; a < 3; a++, part /= 3)
      positions[3 * i + a] = 1.5 * (part % 3) + 0.15 * noise();
  }
  dense = structure(grid, numbers, positions);
  expect(hone_refine_radius(base, 1, &dense, NULL, &choice, &refined) == HONE_SUCCESS &&
             choice.reason == HONE_RADIUS_REFINED && choice.radius < 4 &&
             choice.radius >= 2.8 && choice.n_candidates == 16 &&
             choice.candidates[15] == 4 &&
             choice.distances[15] > choice.distances[0],
         "atoms with more neighbours than in training get a smaller radius");
  hone_model_free(refined);
}

static void refused(const hone_model *base, const hone_structure *list, const char *other) {
  hone_model *refined = (hone_model *)&failures, *plain = NULL;
  hone_structure changed[2];
  hone_radius_choice choice;
  expect(hone_refine_radius(base, 0, NULL, NULL, NULL, &refined) == HONE_INVALID_ARGUMENT &&
             refined == NULL && says("n_structures"),
         "no structures are too few");
  expect(hone_refine_radius(NULL, tests, list, NULL, NULL, &refined) == HONE_INVALID_ARGUMENT,
         "no model");
  expect(hone_refine_radius(base, 1, NULL, NULL, NULL, &refined) == HONE_INVALID_ARGUMENT,
         "a list that is not there");
  expect(hone_refine_radius(base, tests, list, "{\"mode\": ", NULL, &refined) == HONE_FORMAT_ERROR,
         "half of the options");
  expect(hone_refine_radius(base, tests, list, "{\"radii\": 3}", NULL, &refined) ==
                 HONE_FORMAT_ERROR && says("radii"),
         "a misspelt option");
  expect(hone_refine_radius(base, 0, NULL, "{\"radius\": 5}", NULL, &refined) ==
             HONE_INVALID_ARGUMENT,
         "a radius beyond that of training");
  choice.size = sizeof choice - 8;
  expect(hone_refine_radius(base, tests, list, NULL, &choice, &refined) ==
                 HONE_INVALID_ARGUMENT && says("hone_radius_choice"),
         "a size that no version has");
  changed[0] = changed[1] = list[0];
  changed[1].n_atoms = 0;
  expect(hone_refine_radius(base, 2, changed, NULL, NULL, &refined) == HONE_INVALID_ARGUMENT &&
             says("structures[1]"),
         "a structure without atoms");
  changed[1] = list[0];
  changed[1].size = offsetof(hone_structure, charge);
  expect(hone_refine_radius(base, 2, changed, NULL, NULL, &refined) == HONE_INVALID_ARGUMENT,
         "two sizes in a list");
  expect(hone_model_load(other, &plain) == HONE_SUCCESS, "a model without statistics loads");
  expect(hone_refine_radius(plain, tests, list, NULL, NULL, &refined) == HONE_INVALID_ARGUMENT &&
             refined == NULL && says("statistics"),
         "a model without statistics has nothing to compare with");
  hone_model_free(plain);
}

int main(int argc, char **argv) {
  static const int32_t numbers[test_atoms] = {8, 8, 1, 8, 8, 1};
  double positions[tests][3 * test_atoms], before;
  hone_structure list[tests];
  hone_model *base = NULL;
  if (argc != 3) return 2;
  expect(hone_model_load(argv[1], &base) == HONE_SUCCESS, "a model loads");
  expect(hone_model_set_precision(base, HONE_FLOAT64) == HONE_SUCCESS, "in double");
  for (int k = 0; k < tests; k++) {
    cluster(test_atoms, 1.35, positions[k]);
    list[k] = structure(test_atoms, numbers, positions[k]);
  }
  before = pair(base, 1.4, NULL);
  given(base);
  chosen(base, list);
  refused(base, list, argv[2]);
  expect(pair(base, 1.4, NULL) == before, "the base is as it was");
  hone_model_free(base);
  return failures != 0;
}
