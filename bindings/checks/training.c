/* SPDX-License-Identifier: MIT
 * A model is fitted to structures whose labels are its own ones, changed; a run that is interrupted,
 * saved and gone on with ends where another one ends, bit for bit.
 *
 *   ./training MODEL Z1 Z2 CHECKPOINT
 */
#include <hone.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { structures = 12, atoms = 3 };

static int failures = 0;
static int calls = 0;

static void expect(int condition, const char *what) {
  if (condition) return;
  fprintf(stderr, "training: %s; last error: %s\n", what, hone_last_error());
  failures++;
}

static int32_t stop_after_seven(void *context, const hone_training_progress *progress) {
  calls++;
  expect(context == &calls, "the observer gets its context");
  expect(progress->size == sizeof *progress && progress->n_epochs == 4, "the observer is told");
  return calls == 7;
}

/* A data set of distorted molecules with 1.05 times the model's energy differences and forces. */
static hone_dataset *labelled(const hone_model *model, const int32_t *numbers) {
  const double start[3 * atoms] = {0, 0, 0, 1.2, 0.1, 0, -0.4, 1.1, 0.3};
  double first = 0;
  hone_dataset *dataset = NULL;
  expect(hone_dataset_new(&dataset) == HONE_SUCCESS, "a data set is made");
  for (int k = 0; k < structures; k++) {
    double positions[3 * atoms], energy, forces[3 * atoms];
    hone_structure structure;
    hone_labels labels;
    for (int i = 0; i < 3 * atoms; i++) positions[i] = start[i] + 0.03 * ((i * k) % 5 - 2);
    expect(hone_model_compute(model, atoms, numbers, positions, NULL, NULL, &energy, forces, NULL,
                              NULL, NULL) == HONE_SUCCESS,
           "a structure is computed");
    if (k == 0) first = energy;
    energy = first + 1.05 * (energy - first);
    for (int i = 0; i < 3 * atoms; i++) forces[i] *= 1.05;
    memset(&structure, 0, sizeof structure);
    structure.size = sizeof structure;
    structure.n_atoms = atoms;
    structure.atomic_numbers = numbers;
    structure.positions = positions;
    memset(&labels, 0, sizeof labels);
    labels.size = sizeof labels;
    labels.energy = &energy;
    labels.forces = forces;
    expect(hone_dataset_add(dataset, &structure, &labels) == HONE_SUCCESS, "a structure is added");
    labels.energy = NULL;
    labels.forces = NULL;
    expect(hone_dataset_add(dataset, &structure, &labels) == HONE_INVALID_ARGUMENT,
           "a structure without labels is refused");
  }
  expect(hone_dataset_count(dataset) == structures, "all structures are there");
  return dataset;
}

static hone_errors compare(const hone_model *model, const hone_dataset *dataset) {
  hone_errors errors;
  errors.size = sizeof errors;
  expect(hone_model_evaluate(model, dataset, &errors) == HONE_SUCCESS, "a model is compared");
  return errors;
}

static double energy_of(const hone_trainer *trainer, const int32_t *numbers) {
  const double positions[3 * atoms] = {0, 0, 0, 1.15, 0.1, 0, -0.4, 1.0, 0.3};
  hone_model *model = NULL;
  double energy = NAN;
  expect(hone_trainer_model(trainer, &model) == HONE_SUCCESS, "the trained model is there");
  expect(hone_model_set_precision(model, HONE_FLOAT64) == HONE_SUCCESS, "in double");
  expect(hone_model_compute(model, atoms, numbers, positions, NULL, NULL, &energy, NULL, NULL, NULL,
                            NULL) == HONE_SUCCESS,
         "the trained model computes");
  hone_model_free(model);
  return energy;
}

int main(int argc, char **argv) {
  const char *configuration =
      "{\"loss\": {\"energy_weight\": 10, \"forces_weight\": 100},"
      " \"schedule\": {\"shape\": \"constant\", \"learning_rate\": 0.0005},"
      " \"run\": {\"epochs\": 4, \"batch_size\": 3, \"precision\": \"float64\"},"
      " \"data\": {\"validation_count\": 3}}";
  int32_t numbers[atoms];
  hone_model *model = NULL, *refined = NULL;
  hone_dataset *dataset;
  hone_trainer *trainer = NULL, *other = NULL;
  hone_training_progress progress;
  hone_errors before, after, now;
  double whole;
  if (argc != 5) return 2;
  for (int i = 0; i < atoms; i++) numbers[i] = (int32_t)strtol(argv[2 + i % 2], NULL, 10);
  expect(hone_model_load(argv[1], &model) == HONE_SUCCESS, "a model loads");
  expect(hone_model_set_precision(model, HONE_FLOAT64) == HONE_SUCCESS, "in double");
  dataset = labelled(model, numbers);
  before = compare(model, dataset);
  expect(before.n_energies == structures && before.n_forces == structures * 3 * atoms,
         "all labels are compared");
  expect(isnan(before.virial_mae), "there are no virials");

  /* Without interruption. */
  expect(hone_trainer_new(model, dataset, NULL, configuration, &trainer) == HONE_SUCCESS,
         "a run begins");
  expect(hone_trainer_run(trainer, NULL, NULL) == HONE_SUCCESS, "a run ends");
  whole = energy_of(trainer, numbers);
  progress.size = sizeof progress;
  expect(hone_trainer_progress(trainer, &progress) == HONE_SUCCESS, "a run tells how it stands");
  expect(progress.is_done && progress.epoch == 4 && progress.n_total_steps == 12, "it is done");
  expect(progress.validation_loss > 0 && progress.force_rmse > 0, "it has validated");
  expect(hone_trainer_step(trainer) == HONE_INVALID_ARGUMENT, "no step follows the last");
  now.size = sizeof now;
  expect(hone_trainer_evaluate(trainer, NULL, &now) == HONE_SUCCESS && now.n_energies == 3,
         "a run compares with what it validates with");
  expect(hone_trainer_model(trainer, &refined) == HONE_SUCCESS, "a model comes out");
  expect(hone_model_set_precision(refined, HONE_FLOAT64) == HONE_SUCCESS, "in double");
  after = compare(refined, dataset);
  expect(after.force_rmse < 0.9 * before.force_rmse, "forces are better");
  /* What was compiled from the old weights must not serve the new ones, and the other way around. */
  now = compare(model, dataset);
  expect(memcmp(&now, &before, sizeof now) == 0, "the model it began with is as it was");
  hone_model_free(refined);
  hone_trainer_free(trainer);

  /* With one. */
  expect(hone_trainer_new(model, dataset, NULL, configuration, &trainer) == HONE_SUCCESS,
         "a second run begins");
  expect(hone_trainer_run(trainer, stop_after_seven, &calls) == HONE_CANCELLED, "it is stopped");
  expect(hone_trainer_save(trainer, argv[4]) == HONE_SUCCESS, "it is saved");
  hone_trainer_free(trainer);
  expect(hone_trainer_new(model, dataset, NULL, configuration, &other) == HONE_SUCCESS,
         "a third run begins");
  expect(hone_trainer_restore(other, argv[1]) != HONE_SUCCESS, "a model is no checkpoint");
  expect(hone_trainer_restore(other, argv[4]) == HONE_SUCCESS, "it goes on where that stopped");
  while (hone_trainer_progress(other, &progress) == HONE_SUCCESS && !progress.is_done) {
    expect(hone_trainer_step(other) == HONE_SUCCESS, "it makes a step");
    if (failures) break;
  }
  expect(energy_of(other, numbers) == whole, "both end with the same model, bit for bit");
  hone_trainer_free(other);

  expect(hone_trainer_new(model, dataset, NULL, "{\"run\": {\"epoch\": 1}}", &trainer) ==
             HONE_FORMAT_ERROR,
         "a misspelt key is refused");
  expect(trainer == NULL, "and gives no run");
  hone_dataset_free(dataset);
  hone_model_free(model);
  return failures != 0;
}
