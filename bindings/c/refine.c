/* SPDX-License-Identifier: MIT
 * Tells how structures differ from what a model was trained on, gives the model a radius that suits them
 * and, where it has a head of a prior, weights: refinement from within a host.
 *
 *   cc refine.c $(pkg-config --cflags --libs hone) -o refine
 *   ./refine MODEL STRUCTURES.xyz PRIOR OUTPUT.safetensors
 *
 * PRIOR is gfn2-xtb, lj or another name of docs/priors.md; "" leaves the weights as they are. Structures
 * are molecules, their first columns elements and positions.
 */
#include <hone.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { most = 64 };

static void check(hone_status status) {
  if (status == HONE_SUCCESS) return;
  fprintf(stderr, "%s: %s\n", hone_status_name(status), hone_last_error());
  exit(1);
}

static int32_t atomic_number(const char *symbol) {
  static const char *const symbols[] = {"H", "He", "Li", "Be", "B",  "C",  "N",  "O", "F",
                                        "Ne", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "Ar"};
  for (int32_t i = 0; i < (int32_t)(sizeof symbols / sizeof *symbols); i++)
    if (strcmp(symbol, symbols[i]) == 0) return i + 1;
  return 0; /* which no model knows */
}

/* Reads up to `most` molecules. */
static int64_t read_xyz(const char *path, hone_structure *list) {
  static char line[65536];
  int64_t count = 0;
  long n;
  FILE *file = fopen(path, "r");
  while (file != NULL && count < most && fgets(line, sizeof line, file) &&
         (n = strtol(line, NULL, 10)) > 0 && n < 100000 && fgets(line, sizeof line, file)) {
    int32_t *numbers = malloc((size_t)n * sizeof *numbers);
    double *positions = malloc(3 * (size_t)n * sizeof *positions);
    if (numbers == NULL || positions == NULL) exit(1);
    for (long i = 0; i < n; i++) {
      char symbol[8];
      double *r = positions + 3 * i;
      if (!fgets(line, sizeof line, file) ||
          sscanf(line, "%7s %lf %lf %lf", symbol, r, r + 1, r + 2) != 4) {
        fprintf(stderr, "%s: structure %lld is damaged\n", path, (long long)count);
        exit(1);
      }
      numbers[i] = atomic_number(symbol);
    }
    memset(&list[count], 0, sizeof *list);
    list[count].size = sizeof *list;
    list[count].n_atoms = n;
    list[count].atomic_numbers = numbers;
    list[count++].positions = positions;
  }
  if (file != NULL) fclose(file);
  return count;
}

/* How many of the structures are unlike those of the training data, and what is most unlike. */
static void diagnose(const hone_model *model, int64_t count, const hone_structure *list) {
  int64_t shifted = 0;
  double largest = 0;
  for (int64_t i = 0; i < count; i++) {
    hone_diagnosis found;
    found.size = sizeof found;
    check(hone_model_diagnose(model, &list[i], NULL, &found, NULL, NULL, NULL));
    shifted += found.is_shifted != 0;
    if (found.largest_distance > largest) largest = found.largest_distance;
  }
  printf("%lld of %lld structures are shifted; largest descriptor distance %.2f\n",
         (long long)shifted, (long long)count, largest);
}

static hone_model *refine_radius(const hone_model *base, int64_t count, const hone_structure *list) {
  hone_model *refined = NULL;
  hone_radius_choice choice;
  choice.size = sizeof choice;
  check(hone_refine_radius(base, count, list, NULL, &choice, &refined));
  printf("radius before: %.3f A\nradius after: %.3f A%s\n", choice.training_radius, choice.radius,
         choice.reason == HONE_RADIUS_REFINED ? "" : " (as it was)");
  return refined;
}

static int32_t show(void *context, const hone_refinement_progress *now) {
  (void)context;
  if (now->stage == HONE_REFINEMENT_STEPS && now->done % 50 == 0)
    printf("step %lld of %lld  loss %.4f\n", (long long)now->done, (long long)now->total, now->loss);
  return 0; /* anything else would end the refinement */
}

/* A new model, or the same one where the weights stay. */
static hone_model *refine_weights(hone_model *base, int64_t count, const hone_structure *list,
                                  const char *prior) {
  hone_potential *potential = NULL;
  hone_model *refined = NULL;
  hone_refinement report;
  hone_status status;
  check(hone_potential_new(prior, &potential));
  report.size = sizeof report;
  /* NULL: held back by the training structures that the model carries. docs/refinement.md has options. */
  status = hone_refine_weights(base, count, list, hone_potential_prior, potential, NULL, NULL, show,
                               NULL, &report, &refined);
  hone_potential_free(potential);
  if (status == HONE_NOT_CONVERGED) {
    printf("weights: %s\n", hone_last_error());
    return base;
  }
  check(status);
  printf("error against the labels before: %.2f meV/A\nafter: %.2f meV/A\n",
         1000 * report.force_error_before, 1000 * report.force_error_after);
  printf("forces on known structures changed by %.2f %%\n", 100 * report.replay_force_change);
  hone_model_free(base);
  return refined;
}

int main(int argc, char **argv) {
  hone_structure list[most];
  hone_model *base = NULL, *refined;
  int64_t count;
  int has_prior = 0;
  if (argc != 5) {
    fprintf(stderr, "usage: %s MODEL STRUCTURES.xyz PRIOR OUTPUT.safetensors\n", argv[0]);
    return 2;
  }
  count = read_xyz(argv[2], list);
  check(hone_model_load(argv[1], &base));
  check(hone_model_set_precision(base, HONE_FLOAT64));
  diagnose(base, count, list);
  refined = refine_radius(base, count, list);
  for (int32_t i = 0; i < hone_model_head_count(base); i++)
    if (strcmp(hone_model_head_name(base, i), "prior") == 0) has_prior = 1;
  if (!has_prior)
    printf("weights: the model has no head of a prior\n");
  else if (*argv[3] != 0)
    refined = refine_weights(refined, count, list, argv[3]);
  check(hone_model_save(refined, argv[4]));

  hone_model_free(refined);
  hone_model_free(base);
  for (int64_t i = 0; i < count; i++) {
    free((void *)(size_t)list[i].atomic_numbers);
    free((void *)(size_t)list[i].positions);
  }
  return 0;
}
