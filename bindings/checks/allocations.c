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

static int compute(const hone_model *model, hone_workspace *workspace, int step) {
  /* All outputs at times, as a simulation that writes something every few steps. */
  double *rarely = step % 4 ? NULL : atom_virials;
  place(step);
  if (workspace != NULL)
    return hone_workspace_compute(workspace, atoms, numbers, positions, cell, NULL, &energy, forces,
                                  virial, atom_energies, rarely) != HONE_SUCCESS;
  return hone_model_compute(model, atoms, numbers, positions, cell, NULL, &energy, forces, virial,
                            atom_energies, rarely) != HONE_SUCCESS;
}

/* The number of allocations that 100 computations make after 10. */
static long count(const hone_model *model, hone_workspace *workspace) {
  int failed = 0;
  for (int step = 0; step < 10; step++) failed |= compute(model, workspace, 12 * step);
  allocations = 0;
  counts = 1;
  for (int step = 0; step < 100; step++) failed |= compute(model, workspace, step);
  counts = 0;
  return failed ? -1 : allocations;
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
  for (int precision = HONE_FLOAT32; precision <= HONE_FLOAT64; precision++) {
    long calls[3];
    if (hone_model_set_precision(model, (hone_precision)precision) != HONE_SUCCESS ||
        hone_workspace_new(model, &workspace) != HONE_SUCCESS)
      return 1;
    calls[0] = count(model, workspace);
    calls[1] = hone_workspace_set_skin(workspace, 0) == HONE_SUCCESS ? count(model, workspace) : -1;
    calls[2] = count(model, NULL);
    printf("float%d: %ld with a workspace, %ld without a skin, %ld with the model\n",
           precision == HONE_FLOAT32 ? 32 : 64, calls[0], calls[1], calls[2]);
    for (int k = 0; k < 3; k++) failures += calls[k] != 0;
    hone_workspace_free(workspace);
  }
  hone_model_free(model);
  return failures != 0;
}
