/* SPDX-License-Identifier: MIT
 * Writes a model that knows the structures of a file as its training data.
 *
 *   fit_model MODEL FRAMES OUTPUT
 */
#include <hone.h>
#include <stdio.h>

static int failed(hone_status status) {
  if (status != HONE_SUCCESS) fprintf(stderr, "fit_model: %s\n", hone_last_error());
  return status != HONE_SUCCESS;
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: fit_model MODEL FRAMES OUTPUT\n");
    return 1;
  }
  hone_model *model = NULL, *fitted = NULL;
  hone_dataset *frames = NULL;
  const int wrong = failed(hone_model_load(argv[1], &model)) || failed(hone_dataset_new(&frames)) ||
                    failed(hone_dataset_add_file(frames, argv[2], NULL)) ||
                    failed(hone_model_fit_statistics(model, frames, &fitted)) ||
                    failed(hone_model_save(fitted, argv[3]));
  hone_model_free(fitted);
  hone_dataset_free(frames);
  hone_model_free(model);
  return wrong;
}
