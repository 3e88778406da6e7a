/* SPDX-License-Identifier: MIT
 * Molecular dynamics at constant energy: 64 atoms of a rock salt, velocity Verlet.
 *
 *   ./nve MODEL [STEPS [LATTICE_CONSTANT [Z1 MASS1 Z2 MASS2]]]
 *
 * A simulator's force routine does what `compute` does here: it hands the library its own arrays,
 * once per step, and checks the status. Units: Å, eV, fs, atomic mass units.
 */
#include <hone.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { cells = 2, n_atoms = 8 * cells * cells * cells };

static const double boltzmann = 8.617333262e-5;       /* eV/K */
static const double acceleration = 9.648533212331e-3; /* Å/fs² of 1 eV/Å on 1 u */
static const double timestep = 1.0, temperature = 600; /* fs, K; half of it goes into vibrations */

typedef struct system {
  int32_t atomic_numbers[n_atoms];
  double masses[n_atoms];
  double positions[3 * n_atoms], velocities[3 * n_atoms], forces[3 * n_atoms];
  double cell[9];
  double potential;
} system_state;

/* A number in (0, 1); the generator of Park and Miller, the same in every language. */
static double uniform(int64_t *state) {
  *state = *state * 16807 % 2147483647;
  return (double)*state / 2147483647.0;
}

/* Rock salt: the kinds of ions alternate on a cubic lattice. */
static void build(system_state *s, double a, const int32_t *numbers, const double *masses) {
  int i = 0;
  for (int x = 0; x < 2 * cells; x++)
    for (int y = 0; y < 2 * cells; y++)
      for (int z = 0; z < 2 * cells; z++, i++) {
        const int kind = (x + y + z) % 2;
        s->atomic_numbers[i] = numbers[kind];
        s->masses[i] = masses[kind];
        s->positions[3 * i] = x * a / 2;
        s->positions[3 * i + 1] = y * a / 2;
        s->positions[3 * i + 2] = z * a / 2;
      }
  for (i = 0; i < 9; i++) s->cell[i] = i % 4 == 0 ? cells * a : 0;
}

/* Maxwell-Boltzmann velocities without a drift of the whole. */
static void heat(system_state *s) {
  int64_t state = 20240711;
  double momentum[3] = {0, 0, 0}, mass = 0;
  for (int i = 0; i < n_atoms; i++) {
    const double width = sqrt(boltzmann * temperature * acceleration / s->masses[i]);
    mass += s->masses[i];
    for (int c = 0; c < 3; c++) {
      /* The sum of twelve uniform numbers is close to a normal one. */
      double normal = -6;
      for (int k = 0; k < 12; k++) normal += uniform(&state);
      s->velocities[3 * i + c] = width * normal;
      momentum[c] += s->masses[i] * s->velocities[3 * i + c];
    }
  }
  for (int i = 0; i < 3 * n_atoms; i++) s->velocities[i] -= momentum[i % 3] / mass;
}

/* Forces and potential energy for the positions as they are. */
static hone_status compute(const hone_model *model, system_state *s) {
  return hone_model_compute(model, n_atoms, s->atomic_numbers, s->positions, s->cell, NULL,
                            &s->potential, s->forces, NULL, NULL, NULL);
}

static double kinetic_energy(const system_state *s) {
  double sum = 0;
  for (int i = 0; i < 3 * n_atoms; i++)
    sum += s->masses[i / 3] * s->velocities[i] * s->velocities[i];
  return sum / (2 * acceleration);
}

static void kick(system_state *s) {
  for (int i = 0; i < 3 * n_atoms; i++)
    s->velocities[i] += timestep / 2 * acceleration * s->forces[i] / s->masses[i / 3];
}

int main(int argc, char **argv) {
  const long steps = argc > 2 ? strtol(argv[2], NULL, 10) : 200;
  const double lattice_constant = argc > 3 ? strtod(argv[3], NULL) : 5.64;
  int32_t numbers[2] = {11, 17};
  double masses[2] = {22.98976928, 35.45};
  static system_state s;
  double first = 0;
  hone_model *model = NULL;
  if ((argc < 2 || argc > 4) && argc != 8) {
    fprintf(stderr, "usage: %s MODEL [STEPS [LATTICE_CONSTANT [Z1 MASS1 Z2 MASS2]]]\n", argv[0]);
    return 2;
  }
  for (int k = 0; argc == 8 && k < 2; k++) {
    numbers[k] = (int32_t)strtol(argv[4 + 2 * k], NULL, 10);
    masses[k] = strtod(argv[5 + 2 * k], NULL);
  }
  build(&s, lattice_constant, numbers, masses);
  heat(&s);
  if (hone_model_load(argv[1], &model) != HONE_SUCCESS ||
      hone_model_set_thread_count(model, 0) != HONE_SUCCESS || compute(model, &s) != HONE_SUCCESS) {
    fprintf(stderr, "%s\n", hone_last_error());
    hone_model_free(model);
    return 1;
  }
  printf("    fs    potential/eV      kinetic/eV        total/eV     T/K\n");
  for (long step = 0; step <= steps; step++) {
    const double kinetic = kinetic_energy(&s), total = s.potential + kinetic;
    if (step == 0) first = total;
    if (step % (steps >= 10 ? steps / 10 : 1) == 0)
      printf("%6.0f %15.6f %15.6f %15.6f %7.1f\n", (double)step * timestep, s.potential, kinetic,
             total, 2 * kinetic / (3 * (n_atoms - 1) * boltzmann));
    if (step == steps) {
      printf("drift %.3e eV per atom in %.0f fs\n", (total - first) / n_atoms,
             (double)steps * timestep);
      break;
    }
    kick(&s);
    for (int i = 0; i < 3 * n_atoms; i++) s.positions[i] += timestep * s.velocities[i];
    if (compute(model, &s) != HONE_SUCCESS) {
      fprintf(stderr, "step %ld: %s\n", step, hone_last_error());
      hone_model_free(model);
      return 1;
    }
    kick(&s);
  }
  hone_model_free(model);
  return 0;
}
