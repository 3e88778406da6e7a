/* SPDX-License-Identifier: MIT
 * The equation of state of a rock salt: energy and pressure against the lattice constant, and the
 * equilibrium from a fit.
 *
 *   ./equation_of_state MODEL [LATTICE_CONSTANT [Z1 Z2]]
 *
 * The fit is Birch's, third order: E is a cubic polynomial in x = V^(-2/3) (F. Birch, Phys. Rev. 71,
 * 809 (1947)). Pressure comes twice: from the virial, and as -dE/dV of the fit.
 */
#include <hone.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { n_atoms = 8, n_points = 13, n_terms = 4 };

static const double gigapascal = 160.21766208; /* of 1 eV/Å³ */

/* Energy in eV and pressure in GPa of the cubic cell with the edge a. */
static hone_status evaluate(const hone_model *model, const int32_t *kinds, double a, double *energy,
                            double *pressure) {
  const double cell[9] = {a, 0, 0, 0, a, 0, 0, 0, a};
  int32_t numbers[n_atoms];
  double positions[3 * n_atoms], virial[9];
  for (int i = 0; i < n_atoms; i++) {
    const int x = i / 4, y = i / 2 % 2, z = i % 2;
    numbers[i] = kinds[(x + y + z) % 2];
    positions[3 * i] = x * a / 2;
    positions[3 * i + 1] = y * a / 2;
    positions[3 * i + 2] = z * a / 2;
  }
  const hone_status status = hone_model_compute(model, n_atoms, numbers, positions, cell, NULL,
                                                energy, NULL, virial, NULL, NULL);
  *pressure = (virial[0] + virial[4] + virial[8]) / (3 * a * a * a) * gigapascal;
  return status;
}

/* Least squares: the coefficients of a cubic in u through n_points values. */
static void fit_cubic(const double *u, const double *values, double *coefficients) {
  double m[n_terms][n_terms + 1] = {{0}};
  for (int p = 0; p < n_points; p++)
    for (int i = 0; i < n_terms; i++) {
      for (int j = 0; j < n_terms; j++) m[i][j] += pow(u[p], i + j);
      m[i][n_terms] += pow(u[p], i) * values[p];
    }
  for (int k = 0; k < n_terms; k++)
    for (int i = 0; i < n_terms; i++) {
      if (i == k) continue;
      const double factor = m[i][k] / m[k][k];
      for (int j = k; j <= n_terms; j++) m[i][j] -= factor * m[k][j];
    }
  for (int i = 0; i < n_terms; i++) coefficients[i] = m[i][n_terms] / m[i][i];
}

/* The lattice constant with the lowest energy within a fifth of the guess, on a coarse grid. */
static hone_status search(const hone_model *model, const int32_t *kinds, double guess, double *best) {
  double lowest = INFINITY, energy, pressure;
  for (int k = -20; k <= 20; k++) {
    const double a = guess * (1 + 0.01 * k);
    const hone_status status = evaluate(model, kinds, a, &energy, &pressure);
    if (status != HONE_SUCCESS) return status;
    if (energy < lowest) *best = a;
    lowest = fmin(lowest, energy);
  }
  return HONE_SUCCESS;
}

static int fail(hone_model *model) {
  fprintf(stderr, "%s\n", hone_last_error());
  hone_model_free(model);
  return 1;
}

int main(int argc, char **argv) {
  const double guess = argc > 2 ? strtod(argv[2], NULL) : 5.64;
  int32_t kinds[2] = {11, 17};
  double center = 0, lattice[n_points], u[n_points], energy[n_points], pressure[n_points];
  double c[n_terms];
  hone_model *model = NULL;
  if ((argc < 2 || argc > 3) && argc != 5) {
    fprintf(stderr, "usage: %s MODEL [LATTICE_CONSTANT [Z1 Z2]]\n", argv[0]);
    return 2;
  }
  for (int k = 0; argc == 5 && k < 2; k++) kinds[k] = (int32_t)strtol(argv[3 + k], NULL, 10);
  if (hone_model_load(argv[1], &model) != HONE_SUCCESS ||
      hone_model_set_precision(model, HONE_FLOAT64) != HONE_SUCCESS ||
      search(model, kinds, guess, &center) != HONE_SUCCESS)
    return fail(model);
  for (int p = 0; p < n_points; p++) {
    lattice[p] = center * (1 + 0.005 * (p - n_points / 2));
    u[p] = pow(lattice[p] / center, -2) - 1; /* x in units of the centre's, from there */
    if (evaluate(model, kinds, lattice[p], &energy[p], &pressure[p]) != HONE_SUCCESS)
      return fail(model);
  }
  hone_model_free(model);
  fit_cubic(u, energy, c);
  printf("    a/A   energy/eV per atom   pressure/GPa   from the fit\n");
  for (int p = 0; p < n_points; p++) {
    const double slope = c[1] + u[p] * (2 * c[2] + u[p] * 3 * c[3]);
    const double fitted = slope * 2 * (u[p] + 1) / (3 * pow(lattice[p], 3)) * gigapascal;
    printf("%7.4f %20.6f %14.3f %14.3f\n", lattice[p], energy[p] / n_atoms, pressure[p], fitted);
  }
  /* dE/du = 0, at the root where the second derivative is positive. */
  const double root = c[2] * c[2] - 3 * c[1] * c[3];
  const double u0 = root < 0 ? NAN : -c[1] / (c[2] + sqrt(root));
  if (!(u0 > u[n_points - 1] && u0 < u[0])) {
    printf("no minimum: this model does not bind these elements as rock salt near %.2f A\n", guess);
    return 0;
  }
  const double a0 = center / sqrt(1 + u0);
  const double stiffness = 2 * c[2] + 6 * c[3] * u0;
  /* B = V d²E/dV² with du/dV = -(2/3) (u + 1) / V. */
  const double bulk = stiffness * 4 * (1 + u0) * (1 + u0) / (9 * a0 * a0 * a0) * gigapascal;
  printf("lattice constant %.4f A\nbulk modulus %.2f GPa\n", a0, bulk);
  return 0;
}
