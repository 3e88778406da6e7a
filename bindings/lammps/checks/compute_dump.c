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
#include "dump.h"

#include <hone.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
  dump d = read_dump(argv[2], argc - 3, argv + 3);
  const hone_structure structure = structure_of(&d);
  const size_t room = (size_t)d.count + 1;
  double *forces = malloc(3 * room * sizeof(double));
  double *energies = malloc(room * sizeof(double));
  double *virials = malloc(9 * room * sizeof(double));
  if (!forces || !energies || !virials) die("memory");

  hone_model *model;
  double energy, w[9];

  require(hone_model_load(argv[1], &model));
  if (options) model = refine(model, &structure, options);
  require(hone_model_set_precision(model, HONE_FLOAT64));
  require(hone_model_compute(model, d.count, d.numbers, d.positions, d.cell, d.periodic, &energy,
                             forces, w, energies, virials));

  printf("energy %.17g\nvirial", energy);
  for (int k = 0; k < 9; k++) printf(" %.17g", w[k]);
  printf("\n");
  for (int64_t i = 0; i < d.count; i++) {
    printf("atom %ld", d.ids[i]);
    for (int k = 0; k < 3; k++) printf(" %.17g", forces[3 * i + k]);
    printf(" %.17g", energies[i]);
    for (int k = 0; k < 9; k++) printf(" %.17g", virials[9 * i + k]);
    printf("\n");
  }

  if (diagnosed) diagnose(model, &structure, d.ids);

  free_dump(&d), free(forces), free(energies), free(virials);
  hone_model_free(model);
  return 0;
}
