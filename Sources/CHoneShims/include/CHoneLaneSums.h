// Sums over the lanes of several vectors at once. Swift's vectors have no shuffles of two operands,
// without which this takes ten times the instructions.
//
// Inline, so that the code is compiled with the flags of the Swift target that uses it.
#ifndef CHONELANESUMS_H
#define CHONELANESUMS_H

#include <string.h>

typedef float honeshim_f32x16 __attribute__((vector_size(64)));
typedef double honeshim_f64x8 __attribute__((vector_size(64)));

/// `sums[r] = Σ_l rows[r][l]` for 16 rows of 16 numbers.
static inline void honeshim_lane_sums_f32(const float *rows, float *sums) {
  honeshim_f32x16 r[16];
  memcpy(r, rows, sizeof r);
  for (int n = 8; n > 0; n /= 2) {
    for (int i = 0; i < n; i++) {
      r[i] = __builtin_shufflevector(r[2 * i], r[2 * i + 1], 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20,
                                     22, 24, 26, 28, 30) +
             __builtin_shufflevector(r[2 * i], r[2 * i + 1], 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21,
                                     23, 25, 27, 29, 31);
    }
  }
  memcpy(sums, r, sizeof r[0]);
}

/// `sums[r] = Σ_l rows[r][l]` for 8 rows of 8 numbers.
static inline void honeshim_lane_sums_f64(const double *rows, double *sums) {
  honeshim_f64x8 r[8];
  memcpy(r, rows, sizeof r);
  for (int n = 4; n > 0; n /= 2) {
    for (int i = 0; i < n; i++) {
      r[i] = __builtin_shufflevector(r[2 * i], r[2 * i + 1], 0, 2, 4, 6, 8, 10, 12, 14) +
             __builtin_shufflevector(r[2 * i], r[2 * i + 1], 1, 3, 5, 7, 9, 11, 13, 15);
    }
  }
  memcpy(sums, r, sizeof r[0]);
}

#endif
