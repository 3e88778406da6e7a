/* SPDX-License-Identifier: MIT
 * After a fork between computations both processes compute, with threads, what was computed before.
 *
 *   ./fork MODEL Z1 Z2
 */
#define _POSIX_C_SOURCE 200809L
#include <hone.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { side = 4, atoms = side * side * side };

static int compute(const hone_model *model, const int32_t *numbers, const double *positions,
                   double *forces) {
  double energy;
  return hone_model_compute(model, atoms, numbers, positions, NULL, NULL, &energy, forces, NULL, NULL,
                            NULL) == HONE_SUCCESS;
}

int main(int argc, char **argv) {
  static double positions[3 * atoms], before[3 * atoms], after[3 * atoms];
  static int32_t numbers[atoms];
  hone_model *model = NULL;
  int status = 0;
  if (argc != 4) return 2;
  for (int i = 0; i < atoms; i++) {
    numbers[i] = (int32_t)strtol(argv[2 + i % 2], NULL, 10);
    positions[3 * i] = 2.1 * (i % side);
    positions[3 * i + 1] = 2.1 * (i / side % side) + 0.05 * (i % 3);
    positions[3 * i + 2] = 2.1 * (i / side / side);
  }
  if (hone_model_load(argv[1], &model) != HONE_SUCCESS ||
      hone_model_set_thread_count(model, 4) != HONE_SUCCESS ||
      !compute(model, numbers, positions, before)) {
    fprintf(stderr, "fork: %s\n", hone_last_error());
    return 1;
  }
  for (int round = 0; round < 10; round++) {
    const pid_t child = fork();
    if (child < 0) return 1;
    /* A process that hangs is ended by its alarm. */
    alarm(60);
    if (!compute(model, numbers, positions, after) || memcmp(before, after, sizeof before) != 0) {
      fprintf(stderr, "fork: other forces in the %s\n", child ? "parent" : "child");
      if (child == 0) _exit(1);
      return 1;
    }
    if (child == 0) _exit(0);
    if (waitpid(child, &status, 0) != child || status != 0) {
      fprintf(stderr, "fork: the child ended with %d\n", status);
      return 1;
    }
  }
  hone_model_free(model);
  return 0;
}
