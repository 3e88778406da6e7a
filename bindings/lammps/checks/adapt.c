/* SPDX-License-Identifier: MIT
 * What the library makes by itself of a model and a LAMMPS dump, for comparison with hone/adapt.
 *
 *   adapt train OUTPUT
 *   adapt radius MODEL RADIUS OUTPUT
 *   adapt refine MODEL DUMP PRIOR OPTIONS OUTPUT Z1 Z2 ...
 *
 * `train` makes a model of hydrogen, carbon and oxygen with two heads: `main` knows a potential of
 * Morse, `prior` that of Lennard and Jones which is LAMMPS' `pair_style lj/cut 6.0` with the
 * coefficients 0.05 1.9 (eV, Angstrom) and `pair_modify shift yes`. PRIOR is "shifted" for the
 * latter, or a name or JSON of hone's.
 */
#include "dump.h"

#include <hone.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { atoms = 6, frames = 60 };
static const double depth = 0.05, size = 1.9, reach = 6;

static double noise(void) {
  static uint32_t state = 2026;
  state = state * 1664525u + 1013904223u;
  return state / 4294967296.0 - 0.5;
}

/* Energy and slope of a pair, eV and eV/Angstrom. */
static double lennard_jones(double r, double *slope) {
  const double s6 = pow(size / r, 6);
  *slope = 24 * depth * (s6 - 2 * s6 * s6) / r;
  return 4 * depth * (s6 * s6 - s6);
}

static double morse(double r, double *slope) {
  const double decay = exp(-1.4 * (r - 2.0));
  *slope = 0.5 * 2 * 1.4 * decay * (1 - decay);
  return 0.5 * ((1 - decay) * (1 - decay) - 1);
}

/* How many images along a vector of LAMMPS' triangular cell may be within reach. */
static int images_along(const hone_structure *s, int k) {
  if (!s->periodic || !s->periodic[k]) return 0;
  const double *c = s->cell, x = c[0] * c[4] * c[8];
  const double area[3] = {sqrt(pow(c[4] * c[8], 2) + pow(c[3] * c[8], 2) +
                               pow(c[3] * c[7] - c[4] * c[6], 2)),
                          c[0] * sqrt(pow(c[8], 2) + pow(c[7], 2)), c[0] * c[4]};
  /* Atoms may be a cell and a half apart. */
  return (int)(reach * area[k] / x) + 3;
}

/* One atom with the images of another one; half of every pair. */
static void add_pair(const hone_structure *s, int64_t i, int64_t j, int is_prior, double *energy,
                     double *forces) {
  int images[3];
  for (int k = 0; k < 3; k++) images[k] = images_along(s, k);
  for (int a = -images[0]; a <= images[0]; a++)
    for (int b = -images[1]; b <= images[1]; b++)
      for (int c = -images[2]; c <= images[2]; c++) {
        double d[3], r = 0, slope, value, unused;
        for (int k = 0; k < 3; k++) {
          d[k] = s->positions[3 * j + k] - s->positions[3 * i + k];
          if (s->cell) d[k] += a * s->cell[k] + b * s->cell[3 + k] + c * s->cell[6 + k];
          r += d[k] * d[k];
        }
        if ((i == j && a == 0 && b == 0 && c == 0) || (is_prior && r >= reach * reach)) continue;
        r = sqrt(r);
        value = is_prior ? lennard_jones(r, &slope) - lennard_jones(reach, &unused)
                         : morse(r, &slope);
        *energy += 0.5 * value;
        for (int k = 0; k < 3; k++) {
          forces[3 * i + k] += 0.5 * slope * d[k] / r;
          forces[3 * j + k] -= 0.5 * slope * d[k] / r;
        }
      }
}

static int32_t label(void *is_prior, const hone_structure *s, double *energy, double *forces,
                     double *virial) {
  if (virial) return 1;
  *energy = 0;
  for (int64_t i = 0; i < 3 * s->n_atoms; i++) forces[i] = 0;
  for (int64_t i = 0; i < s->n_atoms; i++)
    for (int64_t j = 0; j < s->n_atoms; j++) add_pair(s, i, j, is_prior != NULL, energy, forces);
  return 0;
}

/* The corners of a cube, displaced. */
static void add_cluster(hone_dataset *data, int k) {
  static const int32_t elements[3] = {1, 6, 8};
  int32_t numbers[atoms];
  double positions[3 * atoms], energy, forces[3 * atoms];
  hone_structure s;
  hone_labels labels;
  memset(&s, 0, sizeof s);
  memset(&labels, 0, sizeof labels);
  for (int i = 0; i < atoms; i++) numbers[i] = elements[(i + k / 2) % 3];
  for (int i = 0; i < 3 * atoms; i++)
    positions[i] = 2.2 * ((i / 3) >> (i % 3) & 1) + 0.6 * noise();
  s.size = sizeof s;
  s.n_atoms = atoms;
  s.atomic_numbers = numbers;
  s.positions = positions;
  label(k % 2 ? &s : NULL, &s, &energy, forces, NULL);
  labels.size = sizeof labels;
  labels.energy = &energy;
  labels.forces = forces;
  labels.head = k % 2 ? "prior" : "main";
  require(hone_dataset_add(data, &s, &labels));
}

static void train(const char *output) {
  hone_dataset *data = NULL;
  hone_trainer *trainer = NULL;
  hone_model *model = NULL;
  require(hone_dataset_new(&data));
  for (int k = 0; k < frames; k++) add_cluster(data, k);
  require(hone_trainer_new(NULL, data, NULL,
                           "{\"model\": {\"family\": \"mace\", \"cutoff\": 4, \"max_ell\": 2,"
                           " \"hidden_irreps\": \"8x0e+8x1o\", \"correlation\": 2,"
                           " \"radial_hidden\": [16]},"
                           " \"data\": {\"validation_count\": 6},"
                           " \"schedule\": {\"learning_rate\": 0.01, \"shape\": \"cosine\"},"
                           " \"run\": {\"epochs\": 20, \"average_decay\": 0, \"seed\": 3}}",
                           &trainer));
  require(hone_trainer_run(trainer, NULL, NULL));
  require(hone_trainer_model(trainer, &model));
  require(hone_model_save(model, output));
  hone_model_free(model);
  hone_trainer_free(trainer);
  hone_dataset_free(data);
}

static void radius(const char *path, const char *value, const char *output) {
  char options[256];
  hone_model *model = NULL, *refined = NULL;
  snprintf(options, sizeof options, "{\"mode\": \"smooth\", \"radius\": %s}", value);
  require(hone_model_load(path, &model));
  require(hone_refine_radius(model, 0, NULL, options, NULL, &refined));
  require(hone_model_save(refined, output));
  hone_model_free(refined);
  hone_model_free(model);
}

static void refine(char **argument, int types, char **numbers) {
  const char *prior = argument[2];
  dump d = read_dump(argument[1], types, numbers);
  const hone_structure structure = structure_of(&d);
  hone_potential *potential = NULL;
  hone_model *model = NULL, *refined = NULL;
  hone_refinement report;
  memset(&report, 0, sizeof report);
  report.size = sizeof report;
  const int is_own = strcmp(prior, "shifted") == 0;
  if (!is_own) require(hone_potential_new(prior, &potential));
  require(hone_model_load(argument[0], &model));
  require(hone_model_set_precision(model, HONE_FLOAT64));
  require(hone_refine_weights(model, 1, &structure, is_own ? label : hone_potential_prior,
                              is_own ? (void *)&d : potential, NULL, argument[3], NULL, NULL,
                              &report, &refined));
  printf("before %.17g after %.17g structures %lld replay %lld change %.17g\n",
         report.force_error_before, report.force_error_after,
         (long long)(report.n_structures + report.n_held_out), (long long)report.n_replay,
         report.replay_force_change);
  require(hone_model_save(refined, argument[4]));
  hone_model_free(refined);
  hone_model_free(model);
  hone_potential_free(potential);
  free_dump(&d);
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "train") == 0)
    train(argv[2]);
  else if (argc == 5 && strcmp(argv[1], "radius") == 0)
    radius(argv[2], argv[3], argv[4]);
  else if (argc > 7 && strcmp(argv[1], "refine") == 0)
    refine(argv + 2, argc - 7, argv + 7);
  else
    die("usage: adapt train OUTPUT | radius MODEL RADIUS OUTPUT | refine MODEL DUMP PRIOR OPTIONS "
        "OUTPUT Z1 ...");
  return 0;
}
