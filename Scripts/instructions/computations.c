/* SPDX-License-Identifier: MIT */
/*
 * One computation in a steady state, for check.sh to count the instructions of.
 *
 *   computations MODEL float32|float64 ATOMS_PER_EDGE SPACING
 *
 * Computes energy, forces and virial of a cube of ATOMS_PER_EDGE³ displaced atoms on a simple cubic
 * lattice of SPACING Å, periodic, with the model's first elements in turn. What happens once, such
 * as the filling of tables, happens in a first call, the second is counted.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hone.h>
#include <valgrind/callgrind.h>

typedef struct system_of_atoms {
  int64_t count;
  int32_t *numbers;
  double *positions;
  double cell[9];
  double *forces;
  double energy, virial[9];
} system_of_atoms;

static void stop(const char *what) {
  fprintf(stderr, "computations: %s\n", what);
  exit(1);
}

/* A sequence that is the same everywhere, from −0.5 to 0.5: Knuth's MMIX generator. */
static double next_random(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (double)(*state >> 11) / 9007199254740992.0 - 0.5;
}

static system_of_atoms make_system(const hone_model *model, int edge, double spacing) {
  system_of_atoms s;
  int32_t species[256], species_count = 0;
  uint64_t state = 1;
  memset(&s, 0, sizeof s);
  if (hone_model_species(model, 256, species, &species_count) != HONE_SUCCESS) {
    stop(hone_last_error());
  }
  /* Two elements at most: the others of a universal model are as good as these. */
  if (species_count > 2) species_count = 2;
  s.count = (int64_t)edge * edge * edge;
  s.numbers = malloc((size_t)s.count * sizeof *s.numbers);
  s.positions = malloc((size_t)s.count * 3 * sizeof *s.positions);
  s.forces = malloc((size_t)s.count * 3 * sizeof *s.forces);
  if (!s.numbers || !s.positions || !s.forces) stop("out of memory");
  for (int64_t i = 0; i < s.count; i++) {
    const int64_t site[3] = {i / ((int64_t)edge * edge), i / edge % edge, i % edge};
    s.numbers[i] = species[(site[0] + site[1] + site[2]) % species_count];
    for (int axis = 0; axis < 3; axis++) {
      s.positions[3 * i + axis] = spacing * ((double)site[axis] + 0.1 * next_random(&state));
    }
  }
  for (int axis = 0; axis < 3; axis++) s.cell[4 * axis] = spacing * edge;
  return s;
}

static void compute(const hone_model *model, system_of_atoms *s) {
  if (hone_model_compute(model, s->count, s->numbers, s->positions, s->cell, NULL, &s->energy,
                         s->forces, s->virial, NULL, NULL) != HONE_SUCCESS) {
    stop(hone_last_error());
  }
}

int main(int argc, char **argv) {
  hone_model *model = NULL;
  system_of_atoms s;
  double first;
  if (argc != 5) stop("expected MODEL float32|float64 ATOMS_PER_EDGE SPACING");
  if (hone_model_load(argv[1], &model) != HONE_SUCCESS) stop(hone_last_error());
  if (hone_model_set_precision(
          model, strcmp(argv[2], "float64") == 0 ? HONE_FLOAT64 : HONE_FLOAT32) != HONE_SUCCESS) {
    stop(hone_last_error());
  }
  s = make_system(model, atoi(argv[3]), atof(argv[4]));
  compute(model, &s);
  first = s.energy;
  CALLGRIND_START_INSTRUMENTATION;
  compute(model, &s);
  CALLGRIND_STOP_INSTRUMENTATION;
  if (!isfinite(s.energy) || fabs(s.energy - first) > 1e-12 * fabs(first)) {
    stop("the second computation's energy is not the first one's");
  }
  printf("%.9g\n", s.energy);
  hone_model_free(model);
  free(s.numbers);
  free(s.positions);
  free(s.forces);
  return 0;
}
