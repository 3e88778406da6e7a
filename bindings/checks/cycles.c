/* SPDX-License-Identifier: MIT
 * Loads, computes, refines and frees again and again, for tools that look for leaks.
 *
 *   ./cycles MODEL COUNT Z1 Z2
 */
#include <hone.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  const double positions[6] = {0, 0, 0, 1.1, 0.2, -0.1};
  const double cell[9] = {5, 0, 0, 0, 5, 0, 0, 0, 5};
  double energy, forces[6], virial[9], atom_energies[2], atom_virials[18];
  if (argc != 5) return 2;
  for (long k = strtol(argv[2], NULL, 10); k > 0; k--) {
    int32_t numbers[2];
    hone_model *model = NULL, *view = NULL, *none = NULL, *refined = NULL;
    hone_workspace *workspace = NULL;
    hone_potential *potential = NULL;
    char options[64];
    hone_structure pair[2] = {{0}};
    double energies[2];
    numbers[0] = (int32_t)strtol(argv[3], NULL, 10);
    numbers[1] = (int32_t)strtol(argv[4], NULL, 10);
    if (hone_model_load(argv[1], &model) != HONE_SUCCESS ||
        hone_model_view(model, &view) != HONE_SUCCESS ||
        hone_model_set_precision(view, k % 2 ? HONE_FLOAT64 : HONE_FLOAT32) != HONE_SUCCESS ||
        hone_model_set_thread_count(view, 1 + (int32_t)(k % 2)) != HONE_SUCCESS ||
        hone_model_compute(view, 2, numbers, positions, k % 3 ? cell : NULL, NULL, &energy, forces,
                           virial, atom_energies, atom_virials) != HONE_SUCCESS ||
        hone_workspace_new(view, &workspace) != HONE_SUCCESS ||
        hone_workspace_compute(workspace, 2, numbers, positions, cell, NULL, &energy, forces, NULL,
                               NULL, NULL) != HONE_SUCCESS) {
      fprintf(stderr, "%s\n", hone_last_error());
      return 1;
    }
    pair[0].size = sizeof pair[0];
    pair[0].n_atoms = 2;
    pair[0].atomic_numbers = numbers;
    pair[0].positions = positions;
    pair[1] = pair[0];
    if (hone_model_compute_batch(view, 2, pair, energies, NULL, NULL, NULL, NULL) != HONE_SUCCESS)
      return 1;
    snprintf(options, sizeof options, "{\"radius\": %.3f}", 0.9 * hone_model_cutoff(model));
    if (hone_refine_radius(view, 2, pair, options, NULL, &refined) != HONE_SUCCESS ||
        hone_potential_new(k % 2 ? "lj+zbl" : "lj", &potential) != HONE_SUCCESS ||
        hone_potential_compute(potential, pair, &energy, forces, virial) != HONE_SUCCESS)
      return 1;
    hone_potential_free(potential);
    hone_model_free(refined);
    refined = NULL;
    if (hone_refine_radius(view, 2, pair, NULL, NULL, &refined) != HONE_INVALID_ARGUMENT ||
        hone_potential_new("none", &potential) != HONE_INVALID_ARGUMENT || refined != NULL ||
        potential != NULL)
      return 1;
    numbers[1] = -1;
    if (hone_model_compute_batch(view, 2, pair, energies, NULL, NULL, NULL, NULL) !=
        HONE_UNKNOWN_SPECIES)
      return 1;
    if (hone_model_compute(view, 2, numbers, positions, NULL, NULL, &energy, NULL, NULL, NULL,
                           NULL) != HONE_UNKNOWN_SPECIES ||
        hone_model_load("/no/such/file", &none) != HONE_IO_ERROR || none != NULL)
      return 1;
    hone_model_free(model);
    hone_model_free(view);
    hone_workspace_free(workspace);
  }
  return 0;
}
