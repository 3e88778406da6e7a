/* SPDX-License-Identifier: MIT
 * Fits a model to labelled frames, and writes the result: fine-tuning from within a host.
 *
 *   cc train.c $(pkg-config --cflags --libs hone) -o train
 *   ./train MODEL FRAMES.xyz EPOCHS OUTPUT.safetensors
 */
#include <hone.h>
#include <stdio.h>
#include <stdlib.h>

static void check(hone_status status) {
  if (status == HONE_SUCCESS || status == HONE_CANCELLED) return;
  fprintf(stderr, "%s: %s\n", hone_status_name(status), hone_last_error());
  exit(1);
}

static int32_t show(void *context, const hone_training_progress *now) {
  (void)context;
  /* Between epochs no step of one is done. */
  if (now->step == 0)
    printf("epoch %3lld  loss %10.4g  validation: %8.3f meV/atom %8.2f meV/A\n",
           (long long)now->epoch, now->loss, 1000 * now->energy_rmse, 1000 * now->force_rmse);
  return 0; /* anything else would end the run */
}

static void tell(const char *what, const hone_model *model, const hone_dataset *frames) {
  hone_errors errors;
  errors.size = sizeof errors;
  check(hone_model_evaluate(model, frames, &errors));
  printf("%s: %.3f meV/atom, %.2f meV/A\n", what, 1000 * errors.energy_rmse,
         1000 * errors.force_rmse);
}

int main(int argc, char **argv) {
  char configuration[256];
  hone_model *model = NULL, *better = NULL;
  hone_dataset *frames = NULL;
  hone_trainer *trainer = NULL;
  if (argc != 5) {
    fprintf(stderr, "usage: %s MODEL FRAMES.xyz EPOCHS OUTPUT.safetensors\n", argv[0]);
    return 2;
  }
  check(hone_model_load(argv[1], &model));
  check(hone_dataset_new(&frames));
  check(hone_dataset_add_file(frames, argv[2], NULL));
  tell("before", model, frames);

  /* A small rate, because the model knows most of it; docs/training.md has all keys. */
  snprintf(configuration, sizeof configuration,
           "{\"run\": {\"epochs\": %ld}, \"data\": {\"validation_fraction\": 0.1},"
           " \"schedule\": {\"learning_rate\": 0.001, \"shape\": \"cosine\"}}",
           strtol(argv[3], NULL, 10));
  check(hone_trainer_new(model, frames, NULL, configuration, &trainer));
  check(hone_trainer_run(trainer, show, NULL));
  check(hone_trainer_model(trainer, &better));
  tell("after", better, frames);
  check(hone_model_save(better, argv[4]));

  hone_trainer_free(trainer);
  hone_dataset_free(frames);
  hone_model_free(better);
  hone_model_free(model);
  return 0;
}
