/* SPDX-License-Identifier: MIT
 * What one of two processes needs for a crystal of rock salt, cut in half: with features exchanged
 * between layers, with a halo of layers x cutoff of which every layer computes what the next one
 * needs, and with one that all layers compute as a whole, as codes do that know nothing of ghosts.
 * Prints ghosts, the largest resident set and the time of a computation.
 *
 *   cc -std=c99 -O2 -Iinclude Scripts/lammps/halo.c -o halo -Lbuild/lib -lhone -lm -Wl,-rpath,$PWD/build/lib
 *   ./halo MODEL exchange|halo|whole SITES Z1 Z2
 *
 * SITES is the number of atoms along an edge, even; 18 are 5832 atoms. What an exchange would bring
 * is left zero here: that changes numbers, not what they take.
 */
#define _POSIX_C_SOURCE 200809L
#include <hone.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const double spacing = 2.82;

static int32_t bring_nothing(void *context, hone_exchange_direction direction, int64_t width,
                             double *values) {
  const int64_t *counts = context;
  if (direction == HONE_EXCHANGE_FORWARD)
    memset(values + counts[0] * width, 0, sizeof(double) * (size_t)(counts[1] * width));
  return 0;
}

static void *room(size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (memory != NULL) return memory;
  fprintf(stderr, "halo: no memory\n");
  exit(1);
}

/* A displacement that images share. */
static double shift(int x, int y, int z, int axis) {
  return 0.05 * sin(1.7 * x + 2.9 * y + 4.1 * z + 1.3 * axis);
}

/* Sites of the box grown by `reach` sites, the process' own first. */
struct sites {
  int edge, reach, count, own;
  int *of; /* by place in the grown box, -1 for none */
};

static int *site(const struct sites *s, int x, int y, int z) {
  const int n = s->edge + 2 * s->reach, r = s->reach;
  return s->of + ((size_t)(z + r) * n + (y + r)) * n + (x + r);
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: halo MODEL exchange|halo|whole SITES Z1 Z2\n");
    return 2;
  }
  hone_model *model = NULL;
  if (hone_model_load(argv[1], &model) != HONE_SUCCESS) {
    fprintf(stderr, "halo: %s\n", hone_last_error());
    return 1;
  }
  const int is_whole = strcmp(argv[2], "whole") == 0;
  const int is_halo = is_whole || strcmp(argv[2], "halo") == 0;
  const double cutoff = hone_model_cutoff(model) + 0.5; /* with a skin */
  const int layers = is_halo ? hone_model_layer_count(model) : 1;
  const double far = layers * cutoff;
  struct sites s = {atoi(argv[3]), (int)(far / spacing) + 1, 0, 0, NULL};
  const int n = s.edge + 2 * s.reach, half = s.edge / 2;
  s.of = room((size_t)n * n * n, sizeof *s.of);

  int32_t *numbers = room((size_t)n * n * n, sizeof *numbers);
  double *positions = room(3 * (size_t)n * n * n, sizeof *positions);
  int *depths = room((size_t)n * n * n, sizeof *depths);
  for (int own = 1; own >= 0; own--) {
    for (int z = -s.reach; z < s.edge + s.reach; z++) {
      for (int y = -s.reach; y < s.edge + s.reach; y++) {
        for (int x = -s.reach; x < s.edge + s.reach; x++) {
          const int is_own =
              x >= 0 && x < s.edge && y >= 0 && y < s.edge && z >= 0 && z < half;
          /* As LAMMPS: how far the box of the own atoms is, along the axis that is farthest. */
          const int out[3] = {x < 0 ? -x : x - s.edge + 1, y < 0 ? -y : y - s.edge + 1,
                              z < 0 ? -z : z - half + 1};
          int most = out[0] > out[1] ? out[0] : out[1];
          if (out[2] > most) most = out[2];
          if (own != is_own) continue;
          *site(&s, x, y, z) = -1;
          if (!is_own && most * spacing > far) continue;
          const int place[3] = {x, y, z};
          const int wrapped[3] = {(x + s.edge * 9) % s.edge, (y + s.edge * 9) % s.edge,
                                  (z + s.edge * 9) % s.edge};
          for (int a = 0; a < 3; a++)
            positions[3 * s.count + a] =
                spacing * place[a] + shift(wrapped[0], wrapped[1], wrapped[2], a);
          numbers[s.count] = atoi(argv[4 + (wrapped[0] + wrapped[1] + wrapped[2]) % 2]);
          depths[s.count] = is_own ? 0 : most;
          *site(&s, x, y, z) = s.count++;
        }
      }
    }
    if (own) s.own = s.count;
  }

  hone_domain domain = {0};
  int32_t *centers = room((size_t)s.count, sizeof *centers);
  int32_t *counts = room((size_t)s.count, sizeof *counts);
  int32_t **lists = room((size_t)s.count, sizeof *lists);
  const int around = (int)(cutoff / spacing) + 1;
  for (int z = -s.reach; z < s.edge + s.reach; z++) {
    for (int y = -s.reach; y < s.edge + s.reach; y++) {
      for (int x = -s.reach; x < s.edge + s.reach; x++) {
        const int i = *site(&s, x, y, z);
        if (i < 0 || depths[i] * spacing > far - cutoff) continue;
        lists[i] = room((size_t)(2 * around + 1) * (2 * around + 1) * (2 * around + 1), 4);
        for (int c = z - around; c <= z + around; c++) {
          for (int b = y - around; b <= y + around; b++) {
            for (int a = x - around; a <= x + around; a++) {
              if (abs(a - s.edge / 2) > n || c < -s.reach || c >= s.edge + s.reach ||
                  b < -s.reach || b >= s.edge + s.reach || a < -s.reach || a >= s.edge + s.reach)
                continue;
              const int j = *site(&s, a, b, c);
              double square = 0;
              if (j < 0 || j == i) continue;
              for (int k = 0; k < 3; k++)
                square += pow(positions[3 * i + k] - positions[3 * j + k], 2);
              if (square < cutoff * cutoff) lists[i][counts[i]++] = j;
            }
          }
        }
      }
    }
  }
  for (int i = 0; i < s.count; i++) {
    if (lists[i] == NULL && !is_whole) continue;
    centers[domain.n_centers + domain.n_ghost_centers] = i;
    if (i < s.own || is_whole) {
      domain.n_centers++;
    } else {
      domain.n_ghost_centers++;
    }
  }
  int64_t sizes[2] = {s.own, s.count - s.own};
  if (is_whole) {
    sizes[0] = s.count;
    sizes[1] = 0;
    domain.ghost_owners = counts; /* of no ghosts: what matters is that there are owners */
  }
  domain.size = sizeof domain;
  domain.n_local = sizes[0];
  domain.n_ghost = sizes[1];
  domain.atomic_numbers = numbers;
  domain.positions = positions;
  domain.centers = centers;
  domain.neighbor_counts = counts;
  domain.neighbors = (const int32_t *const *)lists;
  domain.quantities = HONE_ENERGY | HONE_FORCES;
  if (!is_halo) {
    domain.exchange = bring_nothing;
    domain.exchange_context = sizes;
  }
  double energy, *forces = room(3 * (size_t)s.count, sizeof *forces);
  struct rusage before, after;
  struct timespec start, end;
  getrusage(RUSAGE_SELF, &before);
  for (int step = 0; step < 2; step++) {
    clock_gettime(CLOCK_MONOTONIC, &start);
    if (hone_model_compute_domain(model, &domain, &energy, forces, NULL, NULL, NULL) !=
        HONE_SUCCESS) {
      fprintf(stderr, "halo: %s\n", hone_last_error());
      return 1;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
  }
  getrusage(RUSAGE_SELF, &after);
  printf("%s: %d own atoms, %d ghosts, %lld of them centers; %.0f MB of the library's; %.0f ms\n",
         argv[2], s.own, s.count - s.own,
         (long long)(domain.n_centers + domain.n_ghost_centers) - s.own,
         (double)(after.ru_maxrss - before.ru_maxrss) / 1024,
         1e3 * (double)(end.tv_sec - start.tv_sec) + 1e-6 * (double)(end.tv_nsec - start.tv_nsec));
  return 0;
}
