/* SPDX-License-Identifier: MIT
 * What the library computes by itself for the atoms in a LAMMPS dump, for comparison with what
 * LAMMPS computed.
 *
 *   compute_dump [-d] [-r OPTIONS] MODEL DUMP Z1 Z2 ...
 *
 * DUMP is of style custom with the columns id type x y z first; Zk is the atomic number of type k,
 * 0 for a type that the model does not see. Prints, in double precision, eV and Angstrom:
 *
 *   energy E
 *   virial xx xy xz yx yy yz zx zy zz
 *   atom ID fx fy fz energy xx xy xz yx yy yz zx zy zz
 *
 * With -r the model is refined for the structure first, with these options of hone_refine_radius:
 *
 *   radius R TRAINING_RADIUS REASON
 *
 * With -d the structure is diagnosed too:
 *
 *   shift IS_SHIFTED FORCE_DEVIATIONS CONNECTIVITY_QUANTILE LARGEST_DISTANCE
 *   distance ID D
 */
#include <hone.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void die(const char *what) {
  fprintf(stderr, "compute_dump: %s\n", what);
  exit(1);
}

static void require(hone_status status) {
  if (status != HONE_SUCCESS) die(hone_last_error());
}

static double smallest(double a, double b) { return a < b ? a : b; }
static double largest(double a, double b) { return a > b ? a : b; }

/* Reads the lines after ITEM: BOX BOUNDS, which for a tilted box bound it and end with tilts. */
static void read_box(FILE *file, const char *header, double cell[9], int32_t periodic[3]) {
  const int tilted = strstr(header, "xy xz yz") != NULL;
  const char *flags = strstr(header, "BOUNDS") + strlen("BOUNDS");
  if (tilted) flags += strlen(" xy xz yz");
  double low[3], high[3], tilt[3] = {0, 0, 0};
  char line[512], flag[3][3];
  if (sscanf(flags, " %2s %2s %2s", flag[0], flag[1], flag[2]) != 3) die("boundaries");
  for (int i = 0; i < 3; i++) {
    periodic[i] = flag[i][0] == 'p';
    if (!fgets(line, sizeof line, file)) die("box");
    if (sscanf(line, "%lf %lf %lf", &low[i], &high[i], &tilt[i]) != (tilted ? 3 : 2)) die("box");
  }
  const double xy = tilt[0], xz = tilt[1], yz = tilt[2];
  low[0] -= smallest(smallest(0, xy), smallest(xz, xy + xz));
  high[0] -= largest(largest(0, xy), largest(xz, xy + xz));
  low[1] -= smallest(0, yz);
  high[1] -= largest(0, yz);
  for (int i = 0; i < 3; i++) high[i] -= low[i];
  const double rows[9] = {high[0], 0, 0, xy, high[1], 0, xz, yz, high[2]};
  memcpy(cell, rows, sizeof rows);
}

/* The model refined for a structure, in the place of the one that was given. */
static hone_model *refine(hone_model *model, const hone_structure *structure, const char *options) {
  hone_model *refined;
  hone_radius_choice choice;
  memset(&choice, 0, sizeof choice);
  choice.size = sizeof choice;
  require(hone_refine_radius(model, 1, structure, options, &choice, &refined));
  hone_model_free(model);
  printf("radius %.17g %.17g %d\n", choice.radius, choice.training_radius, (int)choice.reason);
  return refined;
}

static void diagnose(const hone_model *model, const hone_structure *structure, const long *ids) {
  hone_diagnosis found;
  memset(&found, 0, sizeof found);
  found.size = sizeof found;
  double *distances = malloc((size_t)structure->n_atoms * sizeof *distances);
  if (!distances) die("memory");
  require(hone_model_diagnose(model, structure, NULL, &found, distances, NULL, NULL));
  const hone_standing *force = &found.force_norm;
  printf("shift %d %.17g %.17g %.17g\n", (int)found.is_shifted,
         (force->value - force->mean) / force->deviation,
         found.connectivity.is_known ? found.connectivity.quantile : strtod("nan", NULL),
         found.largest_distance);
  for (int64_t i = 0; i < structure->n_atoms; i++)
    printf("distance %ld %.17g\n", ids[i], distances[i]);
  free(distances);
}

int main(int argc, char **argv) {
  const char *options = NULL;
  int diagnosed = 0;
  for (; argc > 1 && argv[1][0] == '-'; argc--, argv++) {
    if (strcmp(argv[1], "-d") == 0) {
      diagnosed = 1;
    } else {
      options = argv[2];
      argc--, argv++;
    }
  }
  if (argc < 4) die("usage: compute_dump [-d] [-r OPTIONS] MODEL DUMP Z1 Z2 ...");
  FILE *file = fopen(argv[2], "r");
  if (!file) die("no dump");

  char line[4096];
  double cell[9];
  int32_t periodic[3];
  long total = 0;
  while (fgets(line, sizeof line, file) && strncmp(line, "ITEM: ATOMS", 11) != 0) {
    if (strncmp(line, "ITEM: NUMBER", 12) == 0 && fgets(line, sizeof line, file))
      total = strtol(line, NULL, 10);
    if (strncmp(line, "ITEM: BOX", 9) == 0) read_box(file, line, cell, periodic);
  }
  if (total <= 0 || strncmp(line, "ITEM: ATOMS id type x y z", 25) != 0) die("not such a dump");

  const size_t room = (size_t)total;
  long *ids = malloc(room * sizeof *ids);
  int32_t *numbers = malloc(room * sizeof *numbers);
  double *positions = malloc(3 * room * sizeof(double));
  double *forces = malloc(3 * room * sizeof(double));
  double *energies = malloc(room * sizeof(double));
  double *virials = malloc(9 * room * sizeof(double));
  if (!ids || !numbers || !positions || !forces || !energies || !virials) die("memory");

  int64_t count = 0;
  for (long i = 0; i < total; i++) {
    long id, type;
    double *x = positions + 3 * count;
    if (!fgets(line, sizeof line, file)) die("atoms");
    if (sscanf(line, "%ld %ld %lf %lf %lf", &id, &type, x, x + 1, x + 2) != 5) die("an atom");
    if (type < 1 || type > argc - 3) die("a type without an atomic number");
    ids[count] = id;
    numbers[count] = (int32_t)strtol(argv[2 + type], NULL, 10);
    count += numbers[count] != 0;
  }
  fclose(file);

  hone_model *model;
  double energy, w[9];
  hone_structure structure;
  memset(&structure, 0, sizeof structure);
  structure.size = sizeof structure;
  structure.n_atoms = count;
  structure.atomic_numbers = numbers;
  structure.positions = positions;
  if (periodic[0] || periodic[1] || periodic[2]) {
    structure.cell = cell;
    structure.periodic = periodic;
  }

  require(hone_model_load(argv[1], &model));
  if (options) model = refine(model, &structure, options);
  require(hone_model_set_precision(model, HONE_FLOAT64));
  require(hone_model_compute(model, count, numbers, positions, cell, periodic, &energy, forces, w,
                             energies, virials));

  printf("energy %.17g\nvirial", energy);
  for (int k = 0; k < 9; k++) printf(" %.17g", w[k]);
  printf("\n");
  for (int64_t i = 0; i < count; i++) {
    printf("atom %ld", ids[i]);
    for (int k = 0; k < 3; k++) printf(" %.17g", forces[3 * i + k]);
    printf(" %.17g", energies[i]);
    for (int k = 0; k < 9; k++) printf(" %.17g", virials[9 * i + k]);
    printf("\n");
  }

  if (diagnosed) diagnose(model, &structure, ids);

  free(ids), free(numbers), free(positions), free(forces), free(energies), free(virials);
  hone_model_free(model);
  return 0;
}
