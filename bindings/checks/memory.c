/* SPDX-License-Identifier: MIT
 * A structure that may be too large for the memory there is: success, or HONE_OUT_OF_MEMORY.
 *
 *   ./memory MODEL EDGE Z        EDGE³ atoms on a cubic lattice
 */
#include <hone.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  hone_model *model = NULL;
  if (argc != 4) return 2;
  const long edge = strtol(argv[2], NULL, 10);
  const int32_t number = (int32_t)strtol(argv[3], NULL, 10);
  const int64_t n = (int64_t)edge * edge * edge;
  int32_t *numbers = malloc((size_t)n * sizeof *numbers);
  double *positions = malloc(3 * (size_t)n * sizeof *positions);
  double *forces = malloc(3 * (size_t)n * sizeof *forces);
  double *virials = malloc(9 * (size_t)n * sizeof *virials);
  double energy = 0, cell[9] = {0};
  hone_status status = HONE_OUT_OF_MEMORY;
  if (numbers != NULL && positions != NULL && forces != NULL && virials != NULL) {
    for (int64_t i = 0; i < n; i++) {
      numbers[i] = number;
      positions[3 * i] = 2.0 * (double)(i / edge / edge);
      positions[3 * i + 1] = 2.0 * (double)(i / edge % edge);
      positions[3 * i + 2] = 2.0 * (double)(i % edge);
    }
    for (int c = 0; c < 3; c++) cell[4 * c] = 2.0 * (double)edge;
    status = hone_model_load(argv[1], &model);
    if (status == HONE_SUCCESS)
      status = hone_model_compute(model, n, numbers, positions, cell, NULL, &energy, forces, NULL,
                                  NULL, virials);
  }
  printf("%s\n", status == HONE_SUCCESS ? "done" : hone_status_name(status));
  if (status != HONE_SUCCESS) fprintf(stderr, "%s\n", hone_last_error());
  hone_model_free(model);
  free(virials);
  free(forces);
  free(positions);
  free(numbers);
  return status != HONE_SUCCESS && status != HONE_OUT_OF_MEMORY;
}
