/* SPDX-License-Identifier: MIT
 * A model with a head of a prior is trained, and its weights are refined by priors good and bad. What goes
 * wrong gives the right status, no model, and leaves the base as it was.
 *
 *   ./refinement MODEL-OF-ONE-HEAD TWO-HEADS.safetensors REFINED.safetensors
 */
#include "clusters.h"

#include <hone.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { atoms = 5, frames = 24, tests = 12, test_atoms = 6 };

static int failures = 0;

static void expect(int condition, const char *what) {
  if (condition) return;
  fprintf(stderr, "refinement: %s; last error: %s\n", what, hone_last_error());
  failures++;
}

static int says(const char *words) { return strstr(hone_last_error(), words) != NULL; }

/* A sum over pairs of D ((1 - exp(-a (r - r0)))^2 - 1), in eV and A. */
typedef struct morse {
  double depth, distance;
  /* What is to go wrong: what forces are multiplied by, and the call that fails, from 1. */
  double factor;
  int failing_call, calls;
} morse;

static int32_t label(void *context, const hone_structure *s, double *energy, double *forces,
                     double *virial) {
  morse *m = context;
  expect(s->size == sizeof *s && s->charge == 0 && virial == NULL, "a prior is told of a structure");
  if (++m->calls == m->failing_call) return 7;
  *energy = 0;
  for (int64_t i = 0; i < 3 * s->n_atoms; i++) forces[i] = 0;
  for (int64_t i = 0; i < s->n_atoms; i++) {
    *energy -= s->atomic_numbers[i];
    for (int64_t j = 0; j < i; j++) {
      const double strength =
          m->depth * (s->atomic_numbers[i] == s->atomic_numbers[j] ? 1 : 1.5);
      double d[3], r = 0, decay, slope;
      for (int a = 0; a < 3; a++) {
        d[a] = s->positions[3 * j + a] - s->positions[3 * i + a];
        r += d[a] * d[a];
      }
      r = sqrt(r);
      decay = exp(-1.5 * (r - m->distance));
      *energy += strength * ((1 - decay) * (1 - decay) - 1);
      slope = 3 * strength * decay * (1 - decay) * m->factor;
      for (int a = 0; a < 3; a++) {
        forces[3 * i + a] += slope * d[a] / r;
        forces[3 * j + a] -= slope * d[a] / r;
      }
    }
  }
  return 0;
}

static int32_t write_nothing(void *context, const hone_structure *s, double *energy, double *forces,
                             double *virial) {
  (void)context, (void)s, (void)energy, (void)forces, (void)virial;
  return 0;
}

static int32_t write_nan(void *context, const hone_structure *s, double *energy, double *forces,
                         double *virial) {
  const int32_t result = label(context, s, energy, forces, virial);
  forces[4] = NAN;
  return result;
}

static const morse reference = {0.5, 1.6, 1, 0, 0}, wrong = {0.35, 1.7, 1, 0, 0};

static hone_dataset *data_of(const morse *potential, const char *head) {
  static const int32_t numbers[atoms] = {1, 8, 1, 1, 8};
  hone_dataset *dataset = NULL;
  expect(hone_dataset_new(&dataset) == HONE_SUCCESS, "a data set is made");
  for (int k = 0; k < frames * (head == NULL ? 2 : 1); k++) {
    /* Without a name, of both heads in turn. */
    morse now = head != NULL ? *potential : k % 2 ? wrong : reference;
    double positions[3 * atoms], energy, forces[3 * atoms];
    hone_structure s = structure(atoms, numbers, positions);
    hone_labels labels;
    cluster(atoms, 1.5, positions);
    label(&now, &s, &energy, forces, NULL);
    memset(&labels, 0, sizeof labels);
    labels.size = sizeof labels;
    labels.energy = &energy;
    labels.forces = forces;
    labels.head = head != NULL ? head : k % 2 ? "prior" : "main";
    expect(hone_dataset_add(dataset, &s, &labels) == HONE_SUCCESS, "a structure is added");
  }
  return dataset;
}

/* A model whose two heads were trained together. */
static hone_model *trained(void) {
  hone_dataset *data = data_of(NULL, NULL);
  hone_trainer *trainer = NULL;
  hone_model *model = NULL;
  expect(hone_trainer_new(NULL, data, NULL,
                          "{\"model\": {\"family\": \"mace\", \"cutoff\": 4, \"max_ell\": 2,"
                          " \"hidden_irreps\": \"8x0e+8x1o\", \"correlation\": 2,"
                          " \"radial_hidden\": [16]},"
                          " \"data\": {\"validation_count\": 4},"
                          " \"schedule\": {\"learning_rate\": 0.01, \"shape\": \"cosine\"},"
                          " \"run\": {\"epochs\": 25, \"average_decay\": 0, \"seed\": 3}}",
                          &trainer) == HONE_SUCCESS,
         "a run begins");
  expect(hone_trainer_run(trainer, NULL, NULL) == HONE_SUCCESS, "a run ends");
  expect(hone_trainer_model(trainer, &model) == HONE_SUCCESS, "a model comes out");
  expect(hone_model_set_precision(model, HONE_FLOAT64) == HONE_SUCCESS, "in double");
  hone_trainer_free(trainer);
  hone_dataset_free(data);
  return model;
}

/* The energy of a pair. */
static double pair(const hone_model *model) {
  const int32_t numbers[2] = {1, 8};
  const double positions[6] = {0, 0, 0, 1.4, 0, 0};
  double energy = NAN;
  expect(hone_model_compute(model, 2, numbers, positions, NULL, NULL, &energy, NULL, NULL, NULL,
                            NULL) == HONE_SUCCESS,
         "a pair is computed");
  return energy;
}

typedef struct watcher {
  int32_t stage; /* to stop in, or -1 */
  int64_t done;
  int calls[3];
} watcher;

static int32_t watch(void *context, const hone_refinement_progress *now) {
  watcher *w = context;
  expect(now->size == sizeof *now && now->stage >= 0 && now->stage < 3, "an observer is told");
  expect(now->done >= 0 && now->done <= now->total, "of what is done");
  expect(isnan(now->loss) == (now->stage != HONE_REFINEMENT_STEPS), "steps have a loss");
  w->calls[now->stage]++;
  return now->stage == w->stage && now->done == w->done;
}

/* A call that fails makes no model and leaves the base as it was. */
static void fails(const hone_model *base, const hone_structure *list, hone_prior prior, void *context,
                  const char *options, watcher *w, hone_status status, const char *words) {
  const double before = pair(base);
  hone_model *refined = (hone_model *)&failures;
  const hone_status found =
      hone_refine_weights(base, tests, list, prior, context, NULL, options, w == NULL ? NULL : watch,
                          w, NULL, &refined);
  if (found != status) fprintf(stderr, "refinement: %s, expected %s\n", hone_status_name(found),
                               hone_status_name(status));
  expect(found == status && says(words), words);
  expect(refined == NULL, "a failure makes no model");
  expect(pair(base) == before, "a failure leaves the base as it was");
}

static void check_failures(const hone_model *base, const hone_structure *list, const char *other) {
  morse m = wrong;
  watcher w = {HONE_REFINEMENT_LABELS, 2, {0, 0, 0}};
  hone_model *plain = NULL, *refined = NULL;
  hone_refinement report;
  fails(base, list, NULL, NULL, NULL, NULL, HONE_INVALID_ARGUMENT, "prior must not be NULL");
  fails(base, list, write_nothing, NULL, NULL, NULL, HONE_NOT_CONVERGED, "energy nan");
  fails(base, list, write_nan, &m, NULL, NULL, HONE_NOT_CONVERGED, "the force on atom 1");
  /* Also where the same sentence was the last one. */
  expect(hone_model_prior(NULL, list, NULL, NULL, NULL) != 0, "no model");
  fails(base, list, hone_model_prior, NULL, NULL, NULL, HONE_CALLBACK_ERROR,
        "returned 1: model must not be NULL");
  fails(base, list, hone_potential_prior, NULL, NULL, NULL, HONE_INVALID_ARGUMENT,
        "potential must not be NULL");
  m.calls = 0, m.failing_call = 1;
  fails(base, list, label, &m, NULL, NULL, HONE_CALLBACK_ERROR, "returned 7");
  m.calls = 0, m.failing_call = 10;
  fails(base, list, label, &m, NULL, NULL, HONE_CALLBACK_ERROR, "returned 7");
  m = wrong, m.factor = 23.060548;
  fails(base, list, label, &m, NULL, NULL, HONE_INVALID_ARGUMENT, "kcal/mol");
  m.factor = -1;
  fails(base, list, label, &m, NULL, NULL, HONE_INVALID_ARGUMENT, "wrong sign");
  m = wrong;
  fails(base, list, label, &m, "[1", NULL, HONE_FORMAT_ERROR, "options");
  fails(base, list, label, &m, "{\"step\": 3}", NULL, HONE_FORMAT_ERROR, "step");
  fails(base, list, label, &m, "{\"steps\": -3}", NULL, HONE_FORMAT_ERROR, "steps");
  fails(base, list, label, &m, "{\"prior_head\": \"other\"}", NULL, HONE_INVALID_ARGUMENT, "'prior'");
  fails(base, list, label, &m, "{\"steps\": 20, \"tolerance\": 1e-12}", NULL, HONE_NOT_CONVERGED,
        "refused");
  fails(base, list, label, &m, NULL, &w, HONE_CANCELLED, "cancelled");
  expect(w.calls[0] == 2 && w.calls[2] == 0, "an observer stops at a label");
  w.stage = HONE_REFINEMENT_STEPS, w.done = 3;
  fails(base, list, label, &m, NULL, &w, HONE_CANCELLED, "cancelled");
  expect(w.calls[2] == 3, "an observer stops at a step");
  expect(hone_model_load(other, &plain) == HONE_SUCCESS, "a model of one head loads");
  expect(hone_refine_weights(plain, tests, list, label, &m, NULL, NULL, NULL, NULL, NULL, &refined) ==
                 HONE_INVALID_ARGUMENT && says("head"),
         "a model of one head has none of a prior");
  hone_model_free(plain);
  expect(hone_refine_weights(base, tests, list, label, &m, NULL, NULL, NULL, NULL, NULL, NULL) ==
             HONE_INVALID_ARGUMENT,
         "nowhere to put the model");
  expect(hone_refine_weights(NULL, tests, list, label, &m, NULL, NULL, NULL, NULL, NULL, &refined) ==
             HONE_INVALID_ARGUMENT,
         "no model");
  expect(hone_refine_weights(base, 0, list, label, &m, NULL, NULL, NULL, NULL, NULL, &refined) ==
             HONE_INVALID_ARGUMENT,
         "no structures");
  report.size = 8;
  m.calls = 0;
  expect(hone_refine_weights(base, tests, list, label, &m, NULL, NULL, NULL, NULL, &report, &refined) ==
                 HONE_INVALID_ARGUMENT && m.calls == 0,
         "a size that no version has is found before anything is done");
}

static void check_success(const hone_model *base, const hone_structure *list, const char *path) {
  const double before = pair(base);
  morse m = wrong;
  watcher w = {-1, 0, {0, 0, 0}};
  hone_dataset *replay = data_of(&reference, "main");
  hone_model *refined = NULL, *again = NULL;
  hone_potential *potential = NULL;
  const char *unlike_head = "{\"preset\": \"paper\", \"steps\": 2, \"checks_prior\": false}";
  struct {
    hone_refinement known;
    char later[8];
  } report;
  memset(&report, 0xAB, sizeof report);
  report.known.size = sizeof report;
  expect(hone_refine_weights(base, tests, list, label, &m, NULL, NULL, watch, &w, &report.known,
                             &refined) == HONE_SUCCESS,
         "weights are refined");
  expect(w.calls[0] == tests && w.calls[2] == report.known.n_steps, "every label and step is told");
  expect(report.known.accepted && report.known.n_structures == 10 && report.known.n_held_out == 2 &&
             report.known.n_replay > 0 && report.known.n_parameters > 0,
         "the report says of what");
  expect(report.known.held_out_after < report.known.held_out_before &&
             report.known.prior_loss_after < report.known.prior_loss_before &&
             report.known.force_error_after < report.known.force_error_before,
         "the prior's head is better");
  expect(report.known.replay_force_change <= 0.02 && report.known.fraction > 0 &&
             report.known.seconds > 0 && report.known.chosen_step > 0,
         "and old structures changed little");
  expect(report.later[0] == 0 && report.later[7] == 0, "what a later version knows is zero");
  expect(pair(base) == before, "the base is as it was");
  expect(pair(refined) != before, "the refined model is another one");
  expect(hone_model_save(refined, path) == HONE_SUCCESS, "it is saved");
  expect(hone_model_load(path, &again) == HONE_SUCCESS, "and loaded");
  expect(hone_model_set_precision(again, HONE_FLOAT64) == HONE_SUCCESS, "in double");
  expect(pair(again) == pair(refined), "the file is the model");
  hone_model_free(again);
  hone_model_free(refined);

  expect(hone_refine_radius(base, 0, NULL, "{\"radius\": 3}", NULL, &again) == HONE_SUCCESS &&
             hone_refine_weights(again, tests, list, label, &m, NULL, "{\"steps\": 30}", NULL, NULL,
                                 NULL, &refined) == HONE_SUCCESS,
         "weights of a model with another radius are refined");
  expect(hone_model_cutoff(refined) == 3 && pair(refined) != pair(again),
         "which keeps it");
  hone_model_free(again);
  hone_model_free(refined);
  expect(hone_refine_weights(base, tests, list, label, &m, replay, "{\"steps\": 30}", NULL, NULL,
                             &report.known, &refined) == HONE_SUCCESS &&
             report.known.n_replay == frames,
         "structures to replay are used");
  hone_model_free(refined);
  /* A potential and a model label, none of them the prior of the head. The preset of the paper takes
     its last step whatever comes of it. */
  expect(hone_potential_new("{\"name\": \"lj\", \"sigma\": {\"H\": 1.2, \"O\": 1.2},"
                            " \"epsilon\": {\"H\": 0.1, \"O\": 0.1}}",
                            &potential) == HONE_SUCCESS,
         "a potential is made");
  expect(hone_refine_weights(base, tests, list, hone_potential_prior, potential, NULL,
                             unlike_head, NULL, NULL, &report.known, &refined) == HONE_SUCCESS &&
             report.known.n_steps == 2 && isnan(report.known.held_out_before),
         "a potential is a prior");
  hone_model_free(refined);
  expect(hone_refine_weights(base, tests, list, hone_model_prior, (void *)(size_t)base, NULL,
                             unlike_head, NULL, NULL, NULL, &refined) == HONE_SUCCESS,
         "a model is a prior");
  hone_model_free(refined);
  hone_potential_free(potential);
  hone_dataset_free(replay);
}

int main(int argc, char **argv) {
  static const int32_t numbers[test_atoms] = {8, 8, 1, 8, 8, 1};
  double positions[tests][3 * test_atoms];
  hone_structure list[tests];
  hone_model *base;
  if (argc != 4) return 2;
  /* hone.f90 has the same sizes in its check. */
  expect(sizeof(hone_structure) == 64 && sizeof(hone_radius_choice) == 1064 &&
             sizeof(hone_refinement_progress) == 40 && sizeof(hone_refinement) == 136,
         "structures have the sizes that they had");
  base = trained();
  for (int k = 0; k < tests; k++) {
    cluster(test_atoms, 1.35, positions[k]);
    list[k] = structure(test_atoms, numbers, positions[k]);
  }
  check_failures(base, list, argv[1]);
  check_success(base, list, argv[3]);
  expect(hone_model_save(base, argv[2]) == HONE_SUCCESS, "the base is saved");
  hone_model_free(base);
  return failures != 0;
}
