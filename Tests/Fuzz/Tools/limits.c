/* Loads a model and computes structures that grow until memory ends: limits <model> <atoms> ...
 * Status 0 when all succeed, 3 when memory ended and the library said so, 1 for any other error. */
#include <hone.h>
#include <stdio.h>
#include <stdlib.h>

static int report(hone_status status) {
  printf("%s: %s\n", hone_status_name(status), hone_last_error());
  return status == HONE_OUT_OF_MEMORY && hone_last_error()[0] != 0 ? 3 : 1;
}

static int compute(const hone_model *model, int64_t count, int32_t species) {
  int32_t *numbers = malloc((size_t)count * sizeof *numbers);
  double *positions = malloc((size_t)count * 3 * sizeof *positions);
  double *forces = malloc((size_t)count * 3 * sizeof *forces);
  double energy = 0, virial[9];
  int64_t side = 1, atom;
  int outcome = 3;
  while (side * side * side < count) side++;
  if (numbers && positions && forces) {
    for (atom = 0; atom < count; atom++) {
      numbers[atom] = species;
      positions[3 * atom] = 2.0 * (double)(atom % side);
      positions[3 * atom + 1] = 2.0 * (double)(atom / side % side);
      positions[3 * atom + 2] = 2.0 * (double)(atom / side / side);
    }
    hone_status status = hone_model_compute(model, count, numbers, positions, NULL, NULL, &energy,
                                            forces, virial, NULL, NULL);
    outcome = status == HONE_SUCCESS ? 0 : report(status);
  }
  free(numbers);
  free(positions);
  free(forces);
  return outcome;
}

int main(int count, char **arguments) {
  hone_model *model = NULL;
  int32_t species[128] = {0}, total = 0;
  int index, outcome = 0;
  if (count < 3) return 2;
  hone_status status = hone_model_load(arguments[1], &model);
  if (status != HONE_SUCCESS) return report(status);
  status = hone_model_species(model, 128, species, &total);
  if (status != HONE_SUCCESS) outcome = report(status);
  for (index = 2; index < count && outcome == 0; index++)
    outcome = compute(model, atol(arguments[index]), species[0]);
  hone_model_free(model);
  return outcome;
}
