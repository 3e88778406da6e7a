/* SPDX-License-Identifier: MIT
 * Potentials give the negative gradients of their energies as forces, and models as priors what models
 * give; what they cannot do is a status.
 *
 *   ./priors MODEL Z1 Z2
 */
#include <hone.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { atoms = 3 };

static int failures = 0;

static void expect(int condition, const char *what) {
  if (condition) return;
  fprintf(stderr, "priors: %s; last error: %s\n", what, hone_last_error());
  failures++;
}

static hone_structure molecule(const int32_t *numbers, const double *positions) {
  hone_structure s;
  memset(&s, 0, sizeof s);
  s.size = sizeof s;
  s.n_atoms = atoms;
  s.atomic_numbers = numbers;
  s.positions = positions;
  return s;
}

/* Forces against differences of the energy, and the virial against the forces of a molecule. */
static void differentiate(const char *name, double tolerance) {
  const int32_t numbers[atoms] = {8, 1, 1};
  double positions[3 * atoms] = {0.02, -0.01, 0.03, 0.96, 0.02, -0.04, -0.23, 0.93, 0.01};
  double energy, forces[3 * atoms], virial[9], trace = 0, sum = 0, worst = 0;
  hone_structure s = molecule(numbers, positions);
  hone_potential *potential = NULL;
  hone_status status;
  expect(hone_potential_new(name, &potential) == HONE_SUCCESS && potential != NULL, name);
  status = hone_potential_compute(potential, &s, &energy, forces, virial);
  if (status == HONE_UNSUPPORTED && strstr(name, "gfn") != NULL) {
    printf("skipped: %s (%s)\n", name, hone_last_error());
    hone_potential_free(potential);
    return;
  }
  expect(status == HONE_SUCCESS && isfinite(energy), name);
  expect(fabs(forces[3]) > 0.01, "atoms interact");
  for (int i = 0; i < 3 * atoms; i++) {
    const double step = 1e-3, start = positions[i];
    double above = NAN, below = NAN;
    positions[i] = start + step;
    expect(hone_potential_compute(potential, &s, &above, NULL, NULL) == HONE_SUCCESS, name);
    positions[i] = start - step;
    expect(hone_potential_compute(potential, &s, &below, NULL, NULL) == HONE_SUCCESS, name);
    positions[i] = start;
    worst = fmax(worst, fabs((below - above) / (2 * step) - forces[i]));
    sum += positions[i] * forces[i];
  }
  /* The error of a central difference grows with the third derivative, so with the forces. */
  expect(worst <= tolerance * (1 + fabs(forces[3])), "forces are differences of the energy");
  for (int i = 0; i < 3; i++) trace += virial[4 * i];
  expect(fabs(trace - sum) < 1e-6 * (1 + fabs(sum)), "the virial is the sum of positions and forces");
  hone_potential_free(potential);
}

static void as_priors(const char *path, const int32_t *numbers) {
  double positions[3 * atoms] = {0, 0, 0, 1.2, 0.1, 0, -0.4, 1.1, 0.3};
  double energy[2], forces[2][3 * atoms], virial[2][9];
  hone_structure s = molecule(numbers, positions);
  hone_model *model = NULL;
  hone_potential *potential = NULL;
  expect(hone_model_load(path, &model) == HONE_SUCCESS, "a model loads");
  expect(hone_model_set_precision(model, HONE_FLOAT64) == HONE_SUCCESS, "in double");
  expect(hone_model_compute(model, atoms, numbers, positions, NULL, NULL, &energy[0], forces[0],
                            virial[0], NULL, NULL) == HONE_SUCCESS,
         "a model computes");
  expect(hone_model_prior(model, &s, &energy[1], forces[1], virial[1]) == 0, "and as a prior");
  expect(energy[0] == energy[1] && memcmp(forces[0], forces[1], sizeof forces[0]) == 0 &&
             memcmp(virial[0], virial[1], sizeof virial[0]) == 0,
         "both give the same");
  expect(hone_model_prior(NULL, &s, &energy[1], forces[1], NULL) == HONE_INVALID_ARGUMENT,
         "no model is refused");
  expect(hone_model_prior(model, NULL, &energy[1], forces[1], NULL) == HONE_INVALID_ARGUMENT,
         "no structure is refused");
  /* What an older, smaller structure leaves out is not looked at. */
  s.cell = (const double *)positions + 1;
  s.periodic = numbers;
  s.charge = NAN;
  s.size = offsetof(hone_structure, cell);
  energy[1] = 0;
  expect(hone_model_prior(model, &s, &energy[1], forces[1], NULL) == 0 && energy[0] == energy[1],
         "an older structure is read as far as it goes");
  s.size = 8;
  expect(hone_model_prior(model, &s, &energy[1], forces[1], NULL) == HONE_INVALID_ARGUMENT,
         "a size that no version has is refused");
  s = molecule(numbers, positions);
  expect(hone_potential_new("lj", &potential) == HONE_SUCCESS, "lj is made");
  expect(hone_potential_compute(potential, &s, &energy[0], forces[0], NULL) == HONE_SUCCESS,
         "it computes");
  expect(hone_potential_prior(potential, &s, &energy[1], forces[1], NULL) == 0, "and as a prior");
  expect(energy[0] == energy[1] && memcmp(forces[0], forces[1], sizeof forces[0]) == 0,
         "both give the same");
  expect(hone_potential_compute((hone_potential *)model, &s, &energy[0], NULL, NULL) ==
             HONE_INVALID_ARGUMENT,
         "a model is no potential");
  hone_potential_free(potential);
  hone_model_free(model);
}

static void refused(void) {
  const int32_t numbers[atoms] = {8, 1, 1};
  double positions[3 * atoms] = {0, 0, 0, 0.96, 0, 0, -0.24, 0.93, 0}, energy, forces[3 * atoms];
  hone_structure s = molecule(numbers, positions);
  hone_potential *potential = (hone_potential *)&s;
  expect(hone_potential_new("gfn3-xtb", &potential) == HONE_INVALID_ARGUMENT && potential == NULL,
         "a name that there is not");
  expect(strstr(hone_last_error(), "gfn2-xtb") != NULL, "the message lists those there are");
  expect(hone_potential_new(NULL, &potential) == HONE_INVALID_ARGUMENT, "no name");
  expect(hone_potential_new("lj", NULL) == HONE_INVALID_ARGUMENT, "nowhere to put it");
  expect(hone_potential_new("{\"name\": \"lj\"", &potential) == HONE_FORMAT_ERROR, "half of an object");
  expect(hone_potential_new("{\"name\": \"lj\", \"sigmas\": {}}", &potential) == HONE_FORMAT_ERROR,
         "a misspelt key");
  expect(hone_potential_new("model:no-such-file", &potential) == HONE_IO_ERROR, "a missing model");
  expect(hone_potential_compute(NULL, &s, &energy, NULL, NULL) == HONE_INVALID_ARGUMENT,
         "no potential");
  expect(hone_potential_new("zbl", &potential) == HONE_SUCCESS, "zbl is made");
  expect(hone_potential_compute(potential, NULL, &energy, NULL, NULL) == HONE_INVALID_ARGUMENT,
         "no structure");
  expect(hone_potential_compute(potential, &s, NULL, NULL, NULL) == HONE_SUCCESS, "no output");
  positions[3] = NAN;
  expect(hone_potential_compute(potential, &s, &energy, forces, NULL) == HONE_INVALID_ARGUMENT,
         "a position that is none");
  s.n_atoms = 0;
  expect(hone_potential_compute(potential, &s, &energy, forces, NULL) == HONE_INVALID_ARGUMENT,
         "no atoms");
  hone_potential_free(potential);
  hone_potential_free(NULL);
}

int main(int argc, char **argv) {
  int32_t numbers[atoms];
  if (argc != 4) return 2;
  for (int i = 0; i < atoms; i++) numbers[i] = (int32_t)strtol(argv[2 + i % 2], NULL, 10);
  differentiate("lj", 1e-4);
  differentiate("zbl", 1e-4);
  differentiate("lj+zbl", 1e-4);
  differentiate("{\"name\": \"lj\", \"sigma\": {\"H\": 0.9, \"O\": 0.9},"
                " \"epsilon\": {\"H\": 0.1, \"O\": 0.2}, \"cutoff\": 5}",
                1e-4);
  differentiate("gfn2-xtb", 1e-3);
  as_priors(argv[1], numbers);
  refused();
  return failures != 0;
}
