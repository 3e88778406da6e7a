/* SPDX-License-Identifier: MIT
 * In a steady state, with one thread, computing allocates nothing: counts the calls of the functions
 * that do, which this program defines in the place of the C library's.
 *
 *   ./allocations MODEL Z1 Z2
 */
#include <hone.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* glibc's own, under the names that are not replaced. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

/* Where a debugger stops to see who allocates. */
void allocation_made(void);

static volatile long allocations = 0;
static volatile int counts = 0;

void allocation_made(void) { allocations++; }

void *malloc(size_t size) {
  if (counts) allocation_made();
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  if (counts) allocation_made();
  return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
  if (counts) allocation_made();
  return __libc_realloc(memory, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size);
int posix_memalign(void **memory, size_t alignment, size_t size) {
  void *found;
  if (counts) allocation_made();
  found = __libc_memalign(alignment, size);
  if (found == NULL) return ENOMEM;
  *memory = found;
  return 0;
}

void *aligned_alloc(size_t alignment, size_t size);
void *aligned_alloc(size_t alignment, size_t size) {
  if (counts) allocation_made();
  return __libc_memalign(alignment, size);
}

enum { edge = 4, atoms = edge * edge * edge };

static int32_t numbers[atoms];
static double positions[3 * atoms], forces[3 * atoms], atom_virials[9 * atoms];
static double atom_energies[atoms], energy, virial[9], cell[9];

static void place(int step) {
  for (int i = 0; i < 3 * atoms; i++) {
    const int atom = i / 3, axis = i % 3;
    const int site = axis == 0 ? atom % edge : axis == 1 ? atom / edge % edge : atom / edge / edge;
    /* Far enough for several searches of neighbours. */
    positions[i] = 2.1 * site + 0.005 * step * sin(i + 1.0) + 0.1 * sin(7.0 * i);
  }
}

/* The same atoms without a cell, as a host would hand them over: everybody in everybody's list. */
static int32_t lists[atoms][atoms], list_sizes[atoms], no_owners[1];
static const int32_t *neighbors[atoms];

static int32_t exchange(void *context, hone_exchange_direction direction, int64_t width,
                        double *values) {
  (void)context;
  (void)direction;
  return width > 0 && values != NULL ? 0 : 1;
}

enum how { alone, owners, exchanges };

static int compute_domain(hone_workspace *workspace, enum how how, double *rarely) {
  hone_domain domain = {0};
  for (int i = 0; i < atoms; i++) {
    list_sizes[i] = 0;
    for (int j = 0; j < atoms; j++) {
      if (j != i) lists[i][list_sizes[i]++] = j;
    }
    neighbors[i] = lists[i];
  }
  domain.size = sizeof domain;
  domain.n_local = domain.n_centers = atoms;
  domain.atomic_numbers = numbers;
  domain.positions = positions;
  domain.neighbor_counts = list_sizes;
  domain.neighbors = neighbors;
  domain.quantities = HONE_ENERGY | HONE_FORCES | HONE_VIRIAL | HONE_ATOM_ENERGIES;
  if (rarely != NULL) domain.quantities |= HONE_ATOM_VIRIALS;
  if (how == owners) domain.ghost_owners = no_owners;
  if (how == exchanges) domain.exchange = exchange;
  return hone_workspace_compute_domain(workspace, &domain, &energy, forces, virial, atom_energies,
                                       rarely) != HONE_SUCCESS;
}

static double distances[atoms];
static int measures = 0;

static int measure(const hone_workspace *workspace) {
  if (!measures) return 0;
  return hone_workspace_descriptor_distances(workspace, atoms, distances) != HONE_SUCCESS;
}

static int compute(const hone_model *model, hone_workspace *workspace, enum how how, int step) {
  /* All outputs at times, as a simulation that writes something every few steps. */
  double *rarely = step % 4 ? NULL : atom_virials;
  place(step);
  if (how != alone) return compute_domain(workspace, how, rarely) | measure(workspace);
  if (workspace != NULL)
    return (hone_workspace_compute(workspace, atoms, numbers, positions, cell, NULL, &energy, forces,
                                   virial, atom_energies, rarely) != HONE_SUCCESS) |
           measure(workspace);
  return hone_model_compute(model, atoms, numbers, positions, cell, NULL, &energy, forces, virial,
                            atom_energies, rarely) != HONE_SUCCESS;
}

/* The number of allocations that 100 computations make after 10. */
static long count(const hone_model *model, hone_workspace *workspace, enum how how) {
  int failed = 0;
  for (int step = 0; step < 10; step++) failed |= compute(model, workspace, how, 12 * step);
  allocations = 0;
  counts = 1;
  for (int step = 0; step < 100; step++) failed |= compute(model, workspace, how, step);
  counts = 0;
  return failed ? -1 : allocations;
}

/* The model with what it is to know of some structures, so that it can tell others from them. */
static hone_model *fitted(hone_model *model) {
  const double label = 0;
  hone_model *result = NULL;
  hone_dataset *dataset = NULL;
  hone_structure structure = {0};
  hone_labels labels = {0};
  structure.size = sizeof structure;
  structure.n_atoms = atoms;
  structure.atomic_numbers = numbers;
  structure.positions = positions;
  structure.cell = cell;
  labels.size = sizeof labels;
  labels.energy = &label;
  if (hone_dataset_new(&dataset) != HONE_SUCCESS) return NULL;
  for (int step = 0; step < 8; step++) {
    place(step);
    if (hone_dataset_add(dataset, &structure, &labels) != HONE_SUCCESS) return NULL;
  }
  if (hone_model_fit_statistics(model, dataset, &result) != HONE_SUCCESS)
    fprintf(stderr, "allocations: %s\n", hone_last_error());
  hone_dataset_free(dataset);
  hone_model_free(model);
  return result;
}

int main(int argc, char **argv) {
  hone_model *model = NULL;
  hone_workspace *workspace = NULL;
  int failures = 0;
  if (argc != 4) return 2;
  for (int i = 0; i < atoms; i++) numbers[i] = (int32_t)strtol(argv[2 + i % 2], NULL, 10);
  for (int c = 0; c < 3; c++) cell[4 * c] = 2.1 * edge;
  counts = 1;
  if (hone_model_load(argv[1], &model) != HONE_SUCCESS) return 1;
  counts = 0;
  if (allocations == 0) {
    fprintf(stderr, "allocations: the library does not use the functions that are counted\n");
    return 1;
  }
  model = fitted(model);
  if (model == NULL) return 1;
  for (int precision = HONE_FLOAT32; precision <= HONE_FLOAT64; precision++) {
    long calls[7];
    if (hone_model_set_precision(model, (hone_precision)precision) != HONE_SUCCESS ||
        hone_workspace_new(model, &workspace) != HONE_SUCCESS)
      return 1;
    if (hone_workspace_set_diagnosis(workspace, 1) != HONE_SUCCESS) return 1;
    measures = 1;
    calls[5] = count(model, workspace, alone);
    calls[6] = count(model, workspace, owners);
    measures = 0;
    if (hone_workspace_set_diagnosis(workspace, 0) != HONE_SUCCESS) return 1;
    calls[3] = count(model, workspace, owners);
    calls[4] = count(model, workspace, exchanges);
    calls[0] = count(model, workspace, alone);
    calls[1] = hone_workspace_set_skin(workspace, 0) == HONE_SUCCESS
                   ? count(model, workspace, alone)
                   : -1;
    calls[2] = count(model, NULL, alone);
    printf("float%d: %ld with a workspace, %ld without a skin, %ld with the model, "
           "%ld and %ld in domains, %ld and %ld with diagnosis\n",
           precision == HONE_FLOAT32 ? 32 : 64, calls[0], calls[1], calls[2], calls[3], calls[4],
           calls[5], calls[6]);
    for (int k = 0; k < 7; k++) failures += calls[k] != 0;
    hone_workspace_free(workspace);
  }
  hone_model_free(model);
  return failures != 0;
}
