/* SPDX-License-Identifier: MIT
 * Clusters that the checks of refinement share.
 */
#ifndef HONE_CHECKS_CLUSTERS_H
#define HONE_CHECKS_CLUSTERS_H

#include <hone.h>
#include <string.h>

/* Near -0.5 to 0.5, the same ones every time. */
static double noise(void) {
  static uint32_t state = 2026;
  state = state * 1664525u + 1013904223u;
  return state / 4294967296.0 - 0.5;
}

/* Atoms on the corners of a cube, displaced. */
static void cluster(int count, double spacing, double *positions) {
  for (int i = 0; i < 3 * count; i++)
    positions[i] = spacing * ((i / 3) >> (i % 3) & 1) + 0.4 * noise();
}

static hone_structure structure(int64_t count, const int32_t *numbers, const double *positions) {
  hone_structure s;
  memset(&s, 0, sizeof s);
  s.size = sizeof s;
  s.n_atoms = count;
  s.atomic_numbers = numbers;
  s.positions = positions;
  return s;
}

#endif
