/* SPDX-License-Identifier: MIT
 * Energy and forces of a structure in a file.
 *
 *   cc energy.c $(pkg-config --cflags --libs hone) -o energy
 *   ./energy MODEL STRUCTURE.xyz
 */
#include <hone.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A structure as hone_model_compute takes it. */
typedef struct structure {
  int64_t n_atoms;
  int32_t *atomic_numbers;
  double *positions;
  double cell[9];
  int32_t periodic[3];
  int has_cell;
} structure;

static const char symbols[] =
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se "
    "Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb "
    "Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu";

/* The atomic number of an element, 0 when there is none of that name. */
static int32_t atomic_number(const char *symbol) {
  int32_t number = 1;
  const size_t length = strlen(symbol);
  for (const char *name = symbols; name != NULL; number++) {
    if (strncmp(name, symbol, length) == 0 && (name[length] == ' ' || name[length] == 0))
      return number;
    name = strchr(name, ' ');
    if (name != NULL) name++;
  }
  return 0;
}

/* Takes Lattice="..." and pbc="..." from the comment of an extended XYZ file. */
static int read_comment(const char *line, structure *s) {
  const char *properties = strstr(line, "Properties="), *lattice = strstr(line, "Lattice=\"");
  const char *pbc = strstr(line, "pbc=\"");
  double *c = s->cell;
  if (properties != NULL && strncmp(properties + 11, "species:S:1:pos:R:3", 19) != 0) return 0;
  s->has_cell = lattice != NULL;
  for (int i = 0; i < 3; i++) s->periodic[i] = s->has_cell;
  if (lattice != NULL && sscanf(lattice + 9, "%lf %lf %lf %lf %lf %lf %lf %lf %lf", c, c + 1, c + 2,
                                c + 3, c + 4, c + 5, c + 6, c + 7, c + 8) != 9)
    return 0;
  if (pbc != NULL && s->has_cell) {
    char flag[3];
    if (sscanf(pbc + 5, " %c %c %c", &flag[0], &flag[1], &flag[2]) != 3) return 0;
    for (int i = 0; i < 3; i++) s->periodic[i] = flag[i] == 'T';
  }
  return 1;
}

/* Reads the first frame; elements and positions must be the first columns. 0 means it failed. */
static int read_xyz(const char *path, structure *s) {
  static char line[65536];
  long long n = 0;
  FILE *file = fopen(path, "r");
  int ok = file != NULL && fgets(line, sizeof line, file) && sscanf(line, "%lld", &n) == 1 &&
           n > 0 && n < 100000000 && fgets(line, sizeof line, file) && read_comment(line, s);
  if (ok) {
    s->n_atoms = n;
    s->atomic_numbers = malloc((size_t)n * sizeof *s->atomic_numbers);
    s->positions = malloc(3 * (size_t)n * sizeof *s->positions);
    ok = s->atomic_numbers != NULL && s->positions != NULL;
  }
  for (int64_t i = 0; ok && i < s->n_atoms; i++) {
    char symbol[8];
    double *r = s->positions + 3 * i;
    ok = fgets(line, sizeof line, file) &&
         sscanf(line, "%7s %lf %lf %lf", symbol, r, r + 1, r + 2) == 4;
    if (ok) s->atomic_numbers[i] = atomic_number(symbol);
  }
  if (file != NULL) fclose(file);
  return ok;
}

int main(int argc, char **argv) {
  structure s = {0, NULL, NULL, {0}, {0}, 0};
  hone_model *model = NULL;
  double energy = 0, virial[9], *forces = NULL;
  int failed = 1;
  if (argc != 3) {
    fprintf(stderr, "usage: %s MODEL STRUCTURE.xyz\n", argv[0]);
    return 2;
  }
  if (!read_xyz(argv[2], &s)) {
    fprintf(stderr, "%s is not an XYZ file that starts with elements and positions\n", argv[2]);
  } else if (hone_model_load(argv[1], &model) != HONE_SUCCESS ||
             hone_model_set_precision(model, HONE_FLOAT64) != HONE_SUCCESS) {
    fprintf(stderr, "%s\n", hone_last_error());
  } else if ((forces = malloc(3 * (size_t)s.n_atoms * sizeof *forces)) == NULL) {
    fprintf(stderr, "no memory\n");
  } else if (hone_model_compute(model, s.n_atoms, s.atomic_numbers, s.positions,
                                s.has_cell ? s.cell : NULL, s.has_cell ? s.periodic : NULL, &energy,
                                forces, virial, NULL, NULL) != HONE_SUCCESS) {
    fprintf(stderr, "%s\n", hone_last_error());
  } else {
    printf("energy %.10f eV\n", energy);
    printf("virial xx yy zz %.8f %.8f %.8f eV\n", virial[0], virial[4], virial[8]);
    for (int64_t i = 0; i < s.n_atoms; i++)
      printf("force %lld %14.8f %14.8f %14.8f eV/A\n", (long long)i, forces[3 * i],
             forces[3 * i + 1], forces[3 * i + 2]);
    failed = 0;
  }
  hone_model_free(model);
  free(forces);
  free(s.positions);
  free(s.atomic_numbers);
  return failed;
}
