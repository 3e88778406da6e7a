/* SPDX-License-Identifier: MIT
 * A process' own atoms and ghosts, as a host with lists of its own has them, give what
 * hone_model_compute gives for the crystal; damaged domains give a status.
 *
 *   ./domains MODEL Z1 Z2
 */
#include <hone.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { own = 3, most = 4000, mask = 0x1fffffff };

static int failures = 0;

static void expect(int condition, const char *what) {
  if (condition) return;
  fprintf(stderr, "domains: %s; last error: %s\n", what, hone_last_error());
  failures++;
}

/* One process: what it exchanges, it exchanges with itself. */
struct host {
  const int32_t *owners;
  int64_t ghosts, largest;
  int forward, reverse, failing;
};

static int32_t exchange(void *context, hone_exchange_direction direction, int64_t width,
                        double *values) {
  struct host *host = context;
  if (host->failing) return 7;
  if (width > host->largest) host->largest = width;
  direction == HONE_EXCHANGE_FORWARD ? host->forward++ : host->reverse++;
  for (int64_t ghost = 0; ghost < host->ghosts; ghost++) {
    double *row = values + (own + ghost) * width;
    double *owner = values + host->owners[ghost] * width;
    for (int64_t k = 0; k < width; k++) {
      if (direction == HONE_EXCHANGE_FORWARD) {
        row[k] = owner[k];
      } else {
        owner[k] += row[k];
      }
    }
  }
  return 0;
}

static int32_t numbers[most], owners[most], counts[most], lists[own][most];
static const int32_t *neighbors[most];
static double positions[3 * most], forces[3 * most], ghost_virials[9 * most];

static double distance(int i, int j) {
  double sum = 0;
  for (int a = 0; a < 3; a++) sum += pow(positions[3 * i + a] - positions[3 * j + a], 2);
  return sqrt(sum);
}

/* All images within reach of an own atom, in a cube of 5 Å. */
static void fill(hone_domain *domain, double reach) {
  const double start[3 * own] = {0, 0, 0, 1.2, 0.1, 0, -0.4, 1.1, 0.3};
  int count = own;
  memcpy(positions, start, sizeof start);
  for (int shift = 0; shift < 343; shift++) {
    const double vector[3] = {5. * (shift % 7 - 3), 5. * (shift / 7 % 7 - 3), 5. * (shift / 49 - 3)};
    if (shift == 171) continue; /* no shift at all */
    for (int atom = 0; atom < own; atom++) {
      int is_near = 0;
      for (int a = 0; a < 3; a++) positions[3 * count + a] = start[3 * atom + a] + vector[a];
      for (int i = 0; i < own; i++) is_near |= distance(i, count) < reach;
      if (!is_near || count + 1 == most) continue;
      numbers[count] = numbers[atom];
      owners[count - own] = atom;
      count++;
    }
  }
  for (int i = 0; i < own; i++) {
    counts[i] = 0;
    for (int j = 0; j < count; j++) {
      if (j != i && distance(i, j) < reach) lists[i][counts[i]++] = j | (1 << 29);
    }
    neighbors[i] = lists[i];
  }
  memset(domain, 0, sizeof *domain);
  domain->size = sizeof *domain;
  domain->n_local = own;
  domain->n_ghost = count - own;
  domain->atomic_numbers = numbers;
  domain->positions = positions;
  domain->n_centers = own;
  domain->neighbor_counts = counts;
  domain->neighbors = neighbors;
  domain->neighbor_mask = mask;
  domain->quantities =
      HONE_ENERGY | HONE_FORCES | HONE_VIRIAL | HONE_ATOM_ENERGIES | HONE_ATOM_VIRIALS;
  domain->ghost_virials = ghost_virials;
}

static int close_to(const double *a, const double *b, int count) {
  for (int k = 0; k < count; k++) {
    if (!(fabs(a[k] - b[k]) < 1e-10 * (1 + fabs(b[k])))) return 0;
  }
  return 1;
}

static void compare(const hone_model *model, hone_workspace *workspace, const hone_domain *domain) {
  const double cell[9] = {5, 0, 0, 0, 5, 0, 0, 0, 5};
  double energy, virial[9], atom_energies[own], atom_virials[9 * own];
  double energy2, forces2[3 * own], virial2[9], atom_energies2[own], atom_virials2[9 * own];
  expect(hone_model_compute(model, own, numbers, positions, cell, NULL, &energy2, forces2, virial2,
                            atom_energies2, atom_virials2) == HONE_SUCCESS,
         "the crystal is computed");
  expect((workspace
              ? hone_workspace_compute_domain(workspace, domain, &energy, forces, virial,
                                              atom_energies, atom_virials)
              : hone_model_compute_domain(model, domain, &energy, forces, virial, atom_energies,
                                          atom_virials)) == HONE_SUCCESS,
         "the domain is computed");
  for (int64_t ghost = 0; ghost < domain->n_ghost; ghost++) {
    const int owner = owners[ghost];
    for (int a = 0; a < 3; a++) forces[3 * owner + a] += forces[3 * (own + ghost) + a];
    for (int a = 0; a < 9; a++) atom_virials[9 * owner + a] += ghost_virials[9 * ghost + a];
  }
  expect(close_to(&energy, &energy2, 1), "energies agree");
  expect(close_to(forces, forces2, 3 * own), "forces agree");
  expect(close_to(virial, virial2, 9), "virials agree");
  expect(close_to(atom_energies, atom_energies2, own), "atom energies agree");
  expect(close_to(atom_virials, atom_virials2, 9 * own), "atom virials agree");
}

static void refuse(const hone_model *model, const hone_domain *domain, hone_status status,
                   const char *words) {
  double energy;
  const hone_status found =
      hone_model_compute_domain(model, domain, &energy, forces, NULL, NULL, NULL);
  expect(found == status && strstr(hone_last_error(), words) != NULL, words);
}

int main(int argc, char **argv) {
  hone_model *model = NULL;
  hone_workspace *workspace = NULL;
  hone_domain right, wrong;
  struct host host = {owners, 0, 0, 0, 0, 0};
  struct {
    hone_domain domain;
    char later[16];
  } longer;
  if (argc != 4) return 2;
  expect(hone_model_load(argv[1], &model) == HONE_SUCCESS, "a model loads");
  expect(hone_model_set_precision(model, HONE_FLOAT64) == HONE_SUCCESS, "double precision");
  for (int i = 0; i < own; i++) numbers[i] = (int32_t)strtol(argv[2 + i % 2], NULL, 10);
  fill(&right, hone_model_cutoff(model) + 0.3);
  expect(hone_workspace_new(model, &workspace) == HONE_SUCCESS, "a workspace is made");

  right.ghost_owners = owners;
  compare(model, NULL, &right);
  compare(model, workspace, &right);
  right.ghost_owners = NULL;
  right.exchange = exchange;
  right.exchange_context = &host;
  host.ghosts = right.n_ghost;
  compare(model, NULL, &right);
  compare(model, workspace, &right);
  const int between = hone_model_layer_count(model) - 1;
  expect(host.forward == 2 * between && host.reverse == 2 * between, "as many exchanges as said");
  expect(host.largest <= hone_model_exchange_width(model), "none wider than said");

  /* A process without atoms takes part. */
  wrong = right;
  wrong.n_local = wrong.n_ghost = wrong.n_centers = 0;
  wrong.atomic_numbers = NULL;
  wrong.positions = NULL;
  wrong.neighbor_counts = NULL;
  wrong.neighbors = NULL;
  host.ghosts = host.forward = host.reverse = 0;
  {
    double energy = 1, virial[9];
    expect(hone_model_compute_domain(model, &wrong, &energy, NULL, virial, NULL, NULL) ==
                   HONE_SUCCESS &&
               energy == 0 && virial[0] == 0 && host.forward == between && host.reverse == between,
           "a process without atoms makes its exchanges");
  }
  host.ghosts = right.n_ghost;

  /* An older header's domain ends before the ghosts' virials; a newer one's may be longer. */
  wrong = right;
  wrong.size = offsetof(hone_domain, ghost_virials);
  refuse(model, NULL, HONE_INVALID_ARGUMENT, "domain must not be NULL");
  refuse(NULL, &right, HONE_INVALID_ARGUMENT, "model must not be NULL");
  expect(hone_model_compute_domain(model, &wrong, NULL, forces, NULL, NULL, NULL) == HONE_SUCCESS,
         "an older domain is computed");
  memset(&longer, 0, sizeof longer);
  longer.domain = right;
  longer.domain.size = sizeof longer;
  expect(hone_model_compute_domain(model, &longer.domain, NULL, forces, NULL, NULL, NULL) ==
             HONE_SUCCESS,
         "a newer domain of zeros is computed");
  longer.later[3] = 1;
  refuse(model, &longer.domain, HONE_UNSUPPORTED, "later version");

#define REFUSE(member, value, words)                  \
  wrong = right;                                      \
  wrong.member = (value);                             \
  refuse(model, &wrong, HONE_INVALID_ARGUMENT, words)
  REFUSE(size, 0, "domain->size");
  REFUSE(size, 8, "domain->size");
  REFUSE(n_local, -1, "domain->n_local");
  REFUSE(n_local, INT64_MAX, "domain->n_local");
  REFUSE(n_ghost, -1, "domain->n_ghost");
  REFUSE(n_ghost, INT32_MAX, "domain->n_ghost");
  REFUSE(n_centers, -1, "domain->n_centers");
  REFUSE(n_centers, own + 1, "domain->n_centers");
  REFUSE(n_ghost_centers, 1, "domain->n_ghost_centers");
  REFUSE(atomic_numbers, NULL, "domain->atomic_numbers");
  REFUSE(positions, NULL, "domain->positions");
  REFUSE(neighbor_counts, NULL, "domain->neighbor_counts");
  REFUSE(neighbors, NULL, "domain->neighbors");
  REFUSE(quantities, 32, "domain->quantities");
  REFUSE(quantities, HONE_ENERGY, "forces must be NULL");
  REFUSE(neighbor_mask, -1, "n_local + n_ghost");
  host.failing = 1;
  if (between > 0) refuse(model, &right, HONE_CALLBACK_ERROR, "returned 7");
  host.failing = 0;
  numbers[own] = 92;
  refuse(model, &right, HONE_UNKNOWN_SPECIES, "is 92");
  numbers[own] = numbers[owners[0]];
  positions[4] = NAN;
  refuse(model, &right, HONE_INVALID_ARGUMENT, "positions[1][1]");
  positions[4] = 0.1;
  compare(model, workspace, &right);

  hone_workspace_free(workspace);
  hone_model_free(model);
  return failures ? 1 : 0;
}
