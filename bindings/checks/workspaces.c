/* SPDX-License-Identifier: MIT
 * Workspaces and batches give what single computations give, bit by bit.
 *
 *   ./workspaces MODEL Z1 Z2
 */
#include <hone.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { structures = 40, atoms = 3 };

static int failures = 0;

static void expect(int condition, const char *what) {
  if (condition) return;
  fprintf(stderr, "workspaces: %s; last error: %s\n", what, hone_last_error());
  failures++;
}

int main(int argc, char **argv) {
  static double positions[structures][3 * atoms], forces[structures][3 * atoms];
  static double energies[structures], virials[structures][9];
  const double cell[9] = {5, 0, 0, 0, 5, 0, 0, 0, 5};
  hone_structure list[structures];
  int32_t numbers[atoms];
  hone_model *model = NULL;
  hone_workspace *workspace = NULL;
  if (argc != 4) return 2;
  for (int i = 0; i < atoms; i++) numbers[i] = (int32_t)strtol(argv[2 + i % 2], NULL, 10);
  memset(list, 0, sizeof list);
  for (int k = 0; k < structures; k++) {
    const double step = 0.02 * (k % 25);
    const double start[3 * atoms] = {0, 0, 0, 1.2, 0.1, 0, -0.4, 1.1, 0.3};
    for (int i = 0; i < 3 * atoms; i++) positions[k][i] = start[i] + (i % 4 - 1) * step;
    list[k].size = sizeof list[k];
    list[k].n_atoms = atoms;
    list[k].atomic_numbers = numbers;
    list[k].positions = positions[k];
    list[k].cell = cell;
  }
  expect(hone_model_load(argv[1], &model) == HONE_SUCCESS, "a model loads");
  expect(hone_workspace_new(model, &workspace) == HONE_SUCCESS, "a workspace is made");
  expect(hone_model_set_thread_count(model, 2) == HONE_SUCCESS, "two threads");
  expect(hone_model_compute_batch(model, structures, list, energies, &forces[0][0], &virials[0][0],
                                  NULL, NULL) == HONE_SUCCESS,
         "a batch is computed");
  expect(*hone_model_fallback(model) == '\0', "the compiled evaluator did it");
  expect(hone_model_table_error(model) > 0, "there are tables");
  hone_model_free(model);
  for (int k = 0; k < structures; k++) {
    double energy, force[3 * atoms], virial[9];
    expect(hone_workspace_compute(workspace, atoms, numbers, positions[k], cell, NULL, &energy,
                                  force, virial, NULL, NULL) == HONE_SUCCESS,
           "a workspace computes");
    expect(memcmp(&energy, &energies[k], sizeof energy) == 0, "energies are equal");
    expect(memcmp(force, forces[k], sizeof force) == 0, "forces are equal");
    expect(memcmp(virial, virials[k], sizeof virial) == 0, "virials are equal");
  }
  expect(*hone_workspace_fallback(workspace) == '\0', "the compiled evaluator did that too");
  hone_workspace_free(workspace);
  return failures != 0;
}
