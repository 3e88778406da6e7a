/* SPDX-License-Identifier: MIT
 * Atoms of a LAMMPS dump of style custom, with the columns id type x y z first, for the library.
 */
#ifndef HONE_CHECKS_DUMP_H
#define HONE_CHECKS_DUMP_H

#include <hone.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void die(const char *what) {
  fprintf(stderr, "%s\n", what);
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

/* The atoms that a model sees, and their box. */
typedef struct dump {
  int64_t count;
  long *ids;
  int32_t *numbers;
  double *positions;
  double cell[9];
  int32_t periodic[3];
} dump;

/* A structure that points into a dump. */
static hone_structure structure_of(const dump *d) {
  hone_structure structure;
  memset(&structure, 0, sizeof structure);
  structure.size = sizeof structure;
  structure.n_atoms = d->count;
  structure.atomic_numbers = d->numbers;
  structure.positions = d->positions;
  if (d->periodic[0] || d->periodic[1] || d->periodic[2]) {
    structure.cell = d->cell;
    structure.periodic = d->periodic;
  }
  return structure;
}

/* The first frame; numbers[k] is the atomic number of type k + 1, 0 for one to leave out. */
static dump read_dump(const char *path, int types, char **numbers) {
  dump d;
  FILE *file = fopen(path, "r");
  if (!file) die("no dump");
  memset(&d, 0, sizeof d);
  char line[4096];
  long total = 0;
  while (fgets(line, sizeof line, file) && strncmp(line, "ITEM: ATOMS", 11) != 0) {
    if (strncmp(line, "ITEM: NUMBER", 12) == 0 && fgets(line, sizeof line, file))
      total = strtol(line, NULL, 10);
    if (strncmp(line, "ITEM: BOX", 9) == 0) read_box(file, line, d.cell, d.periodic);
  }
  if (total <= 0 || strncmp(line, "ITEM: ATOMS id type x y z", 25) != 0) die("not such a dump");

  const size_t room = (size_t)total;
  d.ids = malloc(room * sizeof *d.ids);
  d.numbers = malloc(room * sizeof *d.numbers);
  d.positions = malloc(3 * room * sizeof(double));
  if (!d.ids || !d.numbers || !d.positions) die("memory");
  for (long i = 0; i < total; i++) {
    long id, type;
    double *x = d.positions + 3 * d.count;
    if (!fgets(line, sizeof line, file)) die("atoms");
    if (sscanf(line, "%ld %ld %lf %lf %lf", &id, &type, x, x + 1, x + 2) != 5) die("an atom");
    if (type < 1 || type > types) die("a type without an atomic number");
    d.ids[d.count] = id;
    d.numbers[d.count] = (int32_t)strtol(numbers[type - 1], NULL, 10);
    d.count += d.numbers[d.count] != 0;
  }
  fclose(file);
  return d;
}

static void free_dump(dump *d) { free(d->ids), free(d->numbers), free(d->positions); }

#endif
