/* SPDX-License-Identifier: MIT */
/**
 * @file hone.h
 * hone: energies, forces and virials of trained MACE and SevenNet (NequIP) force fields.
 *
 * The library reads the file that training left behind: a MACE `.model`, a SevenNet `.pth`
 * checkpoint, or hone's own safetensors. It needs neither Python nor PyTorch. What this header does
 * not declare is not part of the interface.
 *
 * Use. Load a model with `hone_model_load`, ask `hone_model_compute` for what you need as often as
 * you like, free the model with `hone_model_free`. Choices (precision, threads, head) are set on
 * the handle; `hone_model_view` makes a second handle on the same weights with choices of its own.
 * A `hone_workspace` keeps a neighbour list from step to step of a simulation;
 * `hone_model_compute_batch` spreads many small structures over threads. A `hone_trainer` fits a model
 * to the structures of a `hone_dataset`, and `hone_model_diagnose` tells how a structure differs from
 * them.
 *
 * Units. Lengths are in Å, energies in eV, forces in eV/Å. A virial is −∂E/∂ε in eV, where ε
 * strains positions and cell alike: positive under compression. The stress of a periodic cell with
 * the sign used in mechanics is −virial / volume.
 *
 * Layout. Arrays are contiguous, the last index runs fastest: `positions[n_atoms][3]` holds x, y, z
 * of the first atom, then of the second. Real numbers are `double` whatever the precision of the
 * network. Counts are `int64_t`; atomic numbers and flags are `int32_t`. Indices start at 0, in
 * messages too. Species are atomic numbers: 1 is hydrogen.
 *
 * Cell. `cell[3][3]` holds the cell vectors as rows. Left-handed and triclinic cells, cells smaller
 * than the cutoff and atoms outside the cell are all right. Any mix of periodic and open directions
 * is; the vector of an open direction means nothing and may be zero.
 *
 * Ownership. What `_load`, `_view` or `_new` gave is released by `_free`. The library keeps no
 * pointer into the caller's arrays after a call. Strings it returns belong to it; how long they
 * live is said with the function.
 *
 * Errors. A function that can fail returns a `hone_status`. `HONE_SUCCESS` is zero. After any other
 * value `hone_last_error` holds one sentence for a person that names the argument or the part of
 * the file at fault; outputs are then unspecified, and handles that would have been made are NULL.
 * A failure changes nothing else: the handle stays as usable as before. Damaged files and bad
 * arguments give a status, never a crash. A pointer to memory that is not what it is said to be
 * cannot be found out; with the environment variable `HONE_CHECK_HANDLES=1` the library at least
 * finds the use of a handle that was already freed.
 *
 * Threads. Any number of threads may compute with one handle at once, and any function may be
 * called from any thread. Change the settings of a handle, or free it, while no other thread uses
 * it; threads that need different settings take a view each. A workspace is for one thread at a
 * time. `hone_last_error` belongs to the thread that calls it.
 *
 * Evaluators. Models are compiled when species are first met: their functions of the distance become
 * tables of splines, and forces are exactly the derivatives of the tabulated energy. What the
 * compiled evaluator does not cover, the reference evaluator computes from the functions
 * themselves, several times slower; `hone_model_fallback` tells.
 *
 * Weights. A model never changes. Training gives new models, whose tables are made anew; those it began
 * with stay as they are.
 *
 * Memory. Handles keep the memory of their computations for the next ones, until they are freed. In
 * a steady state, with one thread and the compiled evaluator, computing allocates nothing.
 *
 * Side effects. The library prints nothing, changes no signal handler, floating-point mode or
 * locale, and starts threads only when `hone_model_set_thread_count` allows more than one.
 */
#ifndef HONE_H
#define HONE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Version --------------------------------------------------------------------------------- */

/** Changes when a program compiled against an older header may no longer work. */
#define HONE_VERSION_MAJOR 0
/** Changes when something is added. */
#define HONE_VERSION_MINOR 1
/** Changes when something is mended. */
#define HONE_VERSION_PATCH 0
/** The version of this header. */
#define HONE_VERSION_STRING "0.1.0"

/**
 * The version of the library that runs, which may be newer than the header a program was compiled
 * with.
 *
 * @returns "major.minor.patch"; lives as long as the process.
 */
const char *hone_version(void);

/* ---- Errors ---------------------------------------------------------------------------------- */

/** How a call went. Later versions may add values: treat those you do not know as failures. */
typedef enum hone_status {
  /** Done. */
  HONE_SUCCESS = 0,
  /** An argument is NULL, out of range, not finite or contradicts another one. */
  HONE_INVALID_ARGUMENT = 1,
  /** A file could not be read or written. */
  HONE_IO_ERROR = 2,
  /** A file was read, but is damaged or not a model. */
  HONE_FORMAT_ERROR = 3,
  /** A real model, or a processor, of a kind that this library was not built for. */
  HONE_UNSUPPORTED = 4,
  /** An atomic number that the model was not made for. */
  HONE_UNKNOWN_SPECIES = 5,
  /** A function of the host's returned non-zero. */
  HONE_CALLBACK_ERROR = 6,
  /** A computation, refinement or training met values that are not finite, or a guard refused the
   * result. */
  HONE_NOT_CONVERGED = 7,
  /** Memory could not be had. */
  HONE_OUT_OF_MEMORY = 8,
  /** A progress function of the host's asked to stop: not a failure. */
  HONE_CANCELLED = 9,
  /** A bug in the library. */
  HONE_INTERNAL_ERROR = 255
} hone_status;

/**
 * This thread's last failure, as one sentence without a final period.
 *
 * A call that succeeds leaves it as it is: look at it only after a failure. Texts longer than 2047
 * bytes are cut at a character.
 *
 * @returns UTF-8, never NULL, "" before the thread's first failure. Lives until the next failure in
 *   this thread, or the end of the thread.
 */
const char *hone_last_error(void);

/**
 * The name of a status, for logs.
 *
 * @param status [in] Any value.
 * @returns For instance "HONE_IO_ERROR"; "unknown hone_status" for a value that this version does
 *   not know. Lives as long as the process.
 */
const char *hone_status_name(hone_status status);

/** How much a message matters. */
typedef enum hone_log_level {
  /** Results may not be what was meant. */
  HONE_LOG_WARNING = 1,
  /** What was done, a line per model. */
  HONE_LOG_INFO = 2
} hone_log_level;

/**
 * A function of the host's that receives messages.
 *
 * It is called on the thread that called the library, perhaps on several at once. It must return
 * normally (no exception, no `longjmp`), and must not call the library.
 *
 * @param context [in] What was given to `hone_set_log_callback`.
 * @param level [in] How much it matters; later versions may add values.
 * @param message [in] One line, UTF-8, without a line end; lives until the function returns.
 */
typedef void (*hone_log)(void *context, hone_log_level level, const char *message);

/**
 * Sends the library's messages to a function of the host's. Without one they are dropped.
 *
 * One function serves the whole process; a second call replaces the first one's. A message that is
 * under way in another thread may still reach the old function: keep its context alive.
 *
 * @param callback [in] The function, or NULL for none.
 * @param context [in] Handed to the function as it is; may be NULL.
 */
void hone_set_log_callback(hone_log callback, void *context);

/* ---- Models: loading, sharing, freeing ------------------------------------------------------- */

/**
 * A force field: a handle on weights that never change and may be shared, with its own head,
 * precision and thread count.
 */
typedef struct hone_model hone_model;

/** The precision of the network. Energies, forces and virials are summed in double in both. */
typedef enum hone_precision {
  /** Single precision: about twice as fast, errors near 1e-6 eV per atom and 1e-5 eV/Å. */
  HONE_FLOAT32 = 0,
  /** Double precision. */
  HONE_FLOAT64 = 1
} hone_precision;

/**
 * Reads a model: hone's own safetensors, a MACE `.model` or a SevenNet `.pth` checkpoint, told
 * apart by content, not by name. Nothing in the file is executed.
 *
 * @param path [in] The file, UTF-8, NUL-terminated, 1 to 4095 bytes. Not NULL.
 * @param model [out] The new model, to be released with `hone_model_free`; NULL after a failure.
 *   Not NULL.
 * @returns `HONE_INVALID_ARGUMENT`; `HONE_IO_ERROR` when the file cannot be read;
 *   `HONE_FORMAT_ERROR` when it is damaged or no model; `HONE_UNSUPPORTED` when it is a model of a
 *   kind this version does not evaluate, or when the processor lacks what the library was built
 *   for; `HONE_OUT_OF_MEMORY`.
 */
hone_status hone_model_load(const char *path, hone_model **model);

/**
 * Writes hone's own safetensors. The file appears whole or not at all: an older one stays until the
 * new one is complete. The settings of the handle are not part of it.
 *
 * @param model [in] The model. Not NULL.
 * @param path [in] The file, UTF-8, NUL-terminated, 1 to 4095 bytes. Not NULL.
 * @returns `HONE_INVALID_ARGUMENT`, `HONE_IO_ERROR`, `HONE_OUT_OF_MEMORY`.
 */
hone_status hone_model_save(const hone_model *model, const char *path);

/**
 * Makes a second handle on the same weights, which begins with the same settings and then has its
 * own. Costs next to nothing; either handle may be freed first.
 *
 * @param model [in] The model. Not NULL.
 * @param view [out] The new handle, to be released with `hone_model_free`; NULL after a failure.
 *   Not NULL.
 * @returns `HONE_INVALID_ARGUMENT`, `HONE_OUT_OF_MEMORY`.
 */
hone_status hone_model_view(const hone_model *model, hone_model **view);

/**
 * Releases a handle, and the weights with the last one. Strings obtained from the handle die with
 * it.
 *
 * @param model [in] What `hone_model_load` or `hone_model_view` gave, or NULL, which does nothing.
 */
void hone_model_free(hone_model *model);

/* ---- Models: settings ------------------------------------------------------------------------ */

/**
 * Chooses the precision of the network.
 *
 * @param model [in,out] The handle whose setting changes. Not NULL.
 * @param precision [in] `HONE_FLOAT32`, the default, or `HONE_FLOAT64`.
 * @returns `HONE_INVALID_ARGUMENT`.
 */
hone_status hone_model_set_precision(hone_model *model, hone_precision precision);

/**
 * Chooses how many threads one computation uses, the caller's included. Results do not depend on it
 * beyond rounding.
 *
 * @param model [in,out] The handle whose setting changes. Not NULL.
 * @param count [in] 1, the default, to 4096; 0 means as many as there are cores this process may
 *   use.
 * @returns `HONE_INVALID_ARGUMENT`.
 */
hone_status hone_model_set_thread_count(hone_model *model, int32_t count);

/**
 * Chooses the head (MACE) or modality (SevenNet-MF) that gives the energy. The default is the first
 * one in the file.
 *
 * @param model [in,out] The handle whose setting changes. Not NULL.
 * @param name [in] One of the names that `hone_model_head_name` gives, NUL-terminated. Not NULL.
 * @returns `HONE_INVALID_ARGUMENT`, and a message that lists the heads there are.
 */
hone_status hone_model_set_head(hone_model *model, const char *name);

/** Who computes. Later versions may add values. */
typedef enum hone_evaluator {
  /** The compiled evaluator, and the reference evaluator for what it does not cover. */
  HONE_EVALUATOR_AUTOMATIC = 0,
  /** The reference evaluator alone: no tables, several times slower. */
  HONE_EVALUATOR_REFERENCE = 1
} hone_evaluator;

/**
 * Chooses the evaluator.
 *
 * @param model [in,out] The handle whose setting changes. Not NULL.
 * @param evaluator [in] `HONE_EVALUATOR_AUTOMATIC`, the default, or `HONE_EVALUATOR_REFERENCE`.
 * @returns `HONE_INVALID_ARGUMENT`.
 */
hone_status hone_model_set_evaluator(hone_model *model, hone_evaluator evaluator);

/**
 * Chooses how exact the tables of the compiled evaluator are. The default keeps their error below
 * rounding in single precision, and that of forces below 1e-8 eV/Å in double. Every tolerance that
 * is used has tables of its own; those of the last four stay with the weights.
 *
 * @param model [in,out] The handle whose setting changes. Not NULL.
 * @param tolerance [in] What the error of slopes may be, relative to the steepest slope of the
 *   table at that distance or beyond: 1e-12 to 1e-2, or 0 for the default.
 * @returns `HONE_INVALID_ARGUMENT`.
 */
hone_status hone_model_set_table_tolerance(hone_model *model, double tolerance);

/* ---- Models: what they are ------------------------------------------------------------------- */

/**
 * The reach of one layer: atoms further apart do not see each other directly. Of a refined model it is
 * the refined radius.
 *
 * @param model [in] The model.
 * @returns The cutoff in Å; NaN when `model` is NULL, with `hone_last_error` set.
 */
double hone_model_cutoff(const hone_model *model);

/**
 * The number of message-passing layers. Forces depend on atoms within layers × cutoff.
 *
 * @param model [in] The model.
 * @returns At least 1; −1 when `model` is NULL, with `hone_last_error` set.
 */
int32_t hone_model_layer_count(const hone_model *model);

/**
 * The largest `width` that an exchange of `hone_model_compute_domain` will have, for hosts that
 * reserve room for it.
 *
 * @param model [in] The model.
 * @returns 0 for a model of one layer; −1 when `model` is NULL, with `hone_last_error` set.
 */
int64_t hone_model_exchange_width(const hone_model *model);

/**
 * The number of trained parameters.
 *
 * @param model [in] The model.
 * @returns At least 0; −1 when `model` is NULL, with `hone_last_error` set.
 */
int64_t hone_model_parameter_count(const hone_model *model);

/**
 * The elements that the model was made for, in ascending order.
 *
 * @param model [in] The model. Not NULL.
 * @param capacity [in] How many numbers `atomic_numbers` has room for; 0 to learn the count alone.
 * @param atomic_numbers [out] `[capacity]`, of which the first `*count` are written. May be NULL
 *   when `capacity` is 0.
 * @param count [out] How many there are. Not NULL. Written also when `capacity` is too small.
 * @returns `HONE_INVALID_ARGUMENT`, also when `capacity` is neither 0 nor enough.
 */
hone_status hone_model_species(const hone_model *model, int32_t capacity, int32_t *atomic_numbers,
                               int32_t *count);

/**
 * The number of heads (MACE) or modalities (SevenNet-MF).
 *
 * @param model [in] The model.
 * @returns At least 1; −1 when `model` is NULL, with `hone_last_error` set.
 */
int32_t hone_model_head_count(const hone_model *model);

/**
 * The name of a head, as `hone_model_set_head` takes it.
 *
 * @param model [in] The model.
 * @param index [in] 0 to `hone_model_head_count(model)` − 1, in the order of the file.
 * @returns UTF-8, lives as long as the handle; "" when an argument is wrong, with `hone_last_error`
 *   set.
 */
const char *hone_model_head_name(const hone_model *model, int32_t index);

/**
 * What the file holds, as one JSON object: architecture, species, cutoff, layers, heads and more.
 * It describes the file, not the settings, and never changes.
 *
 * @param model [in] The model.
 * @returns UTF-8, lives as long as the handle; "" when `model` is NULL, with `hone_last_error` set.
 */
const char *hone_model_description(const hone_model *model);

/**
 * The largest error found in the tables that computations with the handle's settings have made so
 * far, measured as `hone_model_set_table_tolerance` says. Waits while tables are being made.
 *
 * @param model [in] The model.
 * @returns 0 when there are no tables, as before the first computation; NaN after a failure: when
 *   `model` is NULL, or memory could not be had, with `hone_last_error` set.
 */
double hone_model_table_error(const hone_model *model);

/**
 * Why the last computation with this handle was left to the reference evaluator, also where the
 * host asked for that. Of a batch it is the reason of the first structure that was. Where several
 * threads compute with the handle, it is that of the computation that ended last: a thread that
 * must know of its own takes a view or a workspace.
 *
 * A reason that is new to the handle, and not the host's wish, is also logged, once, with
 * `HONE_LOG_INFO`.
 *
 * @param model [in] The model.
 * @returns UTF-8, one line; "" when the compiled evaluator did it, nothing was computed yet, or
 *   `model` is NULL, then with `hone_last_error` set. A failed computation leaves it as it was. The
 *   text lives as long as the handle.
 */
const char *hone_model_fallback(const hone_model *model);

/* ---- Computing ------------------------------------------------------------------------------- */

/**
 * Computes the energy of a structure and its derivatives. The library finds the neighbours and
 * keeps no state between calls but memory: the handle holds as much as the largest structure took,
 * for as many threads as computed at once, until `hone_model_free`.
 *
 * Any output may be NULL: it is then not computed. Outputs are overwritten. Several threads may
 * compute with one handle at once.
 *
 * @param model [in] The model. Not NULL.
 * @param n_atoms [in] The number of atoms, 0 to 2147483647. A structure of none has zero energy.
 * @param atomic_numbers [in] `[n_atoms]`. Not NULL unless `n_atoms` is 0.
 * @param positions [in] `[n_atoms][3]`, Å, finite; no two atoms, periodic images included, closer
 *   than 1e-6 Å. Not NULL unless `n_atoms` is 0.
 * @param cell [in] `[3][3]`, the cell vectors as rows, Å, finite, those of periodic directions
 *   linearly independent. NULL for a molecule.
 * @param periodic [in] `[3]`, non-zero where a cell vector is a period. NULL means all three when
 *   `cell` is given, and none when it is not.
 * @param energy [out] `[1]`, eV, or NULL.
 * @param forces [out] `[n_atoms][3]`, eV/Å, or NULL.
 * @param virial [out] `[3][3]`, −∂E/∂ε in eV, or NULL. For a molecule too.
 * @param atom_energies [out] `[n_atoms]`, eV, which sum to the energy, or NULL.
 * @param atom_virials [out] `[n_atoms][3][3]`, eV, which sum to the virial, or NULL.
 * @returns `HONE_INVALID_ARGUMENT`, `HONE_UNKNOWN_SPECIES`, `HONE_OUT_OF_MEMORY`;
 *   `HONE_NOT_CONVERGED` when a result is not finite, as when atoms overlap.
 */
hone_status hone_model_compute(const hone_model *model, int64_t n_atoms,
                               const int32_t *atomic_numbers, const double *positions,
                               const double *cell, const int32_t *periodic, double *energy,
                               double *forces, double *virial, double *atom_energies,
                               double *atom_virials);

/**
 * A structure, where one is passed on. Set all to zero first, then `size`: later versions may add
 * members at the end, for which zero means what there was before.
 */
typedef struct hone_structure {
  /** `sizeof(hone_structure)`. */
  size_t size;
  /** The number of atoms, 0 to 2147483647. */
  int64_t n_atoms;
  /** `[n_atoms]`. Not NULL unless `n_atoms` is 0. */
  const int32_t *atomic_numbers;
  /** `[n_atoms][3]`, Å, as for `hone_model_compute`. Not NULL unless `n_atoms` is 0. */
  const double *positions;
  /** `[3][3]`, the cell vectors as rows, Å, or NULL. */
  const double *cell;
  /** `[3]`, non-zero where a cell vector is a period, or NULL: all three when there is a cell. */
  const int32_t *periodic;
  /** The total charge in e, for functions that need it. */
  double charge;
  /** 2S + 1, for functions that need it; 0 = the lowest there is. */
  int32_t multiplicity;
} hone_structure;

/**
 * Computes many structures at once, each on one thread, as many at a time as the handle has
 * threads. Results are those of `hone_model_compute` with one thread, bit by bit, whatever the
 * number of threads. A single large structure is better given to that.
 *
 * Any output may be NULL: it is then not computed. Outputs hold the structures one after the other;
 * n is the number of atoms of all. Charges and multiplicities do not matter.
 *
 * @param model [in] The model. Not NULL.
 * @param n_structures [in] The number of structures, 0 to 2147483647.
 * @param structures [in] `[n_structures]`, all of one `size`. Not NULL unless `n_structures` is 0.
 * @param energies [out] `[n_structures]`, eV, or NULL.
 * @param forces [out] `[n][3]`, eV/Å, or NULL.
 * @param virials [out] `[n_structures][3][3]`, −∂E/∂ε in eV, or NULL.
 * @param atom_energies [out] `[n]`, eV, or NULL.
 * @param atom_virials [out] `[n][3][3]`, eV, or NULL.
 * @returns What `hone_model_compute` returns for the first structure that cannot be computed, whose
 *   index begins the message; `HONE_INVALID_ARGUMENT` for a wrong `size` or `n_atoms`, which are
 *   looked at before anything is computed; `HONE_UNSUPPORTED` for members, not zero, of a later
 *   version.
 */
hone_status hone_model_compute_batch(const hone_model *model, int64_t n_structures,
                                     const hone_structure *structures, double *energies,
                                     double *forces, double *virials, double *atom_energies,
                                     double *atom_virials);

/* ---- Computing within a host's domains -------------------------------------------------------- */

/** What an exchange has to do. */
typedef enum hone_exchange_direction {
  /** Fill the ghosts' rows from those of the atoms they are images of. */
  HONE_EXCHANGE_FORWARD = 0,
  /** Add the ghosts' rows to those of the atoms they are images of. */
  HONE_EXCHANGE_REVERSE = 1
} hone_exchange_direction;

/**
 * A host's communication between its processes, called between layers on the thread that called
 * `hone_model_compute_domain`. It must not throw, jump out, or use the model's or workspace's
 * handle.
 *
 * @param context [in] `exchange_context` of the domain.
 * @param direction [in] What to do.
 * @param width [in] Values per atom, at most `hone_model_exchange_width`.
 * @param values [in,out] `[n_local + n_ghost][width]`. After a reverse exchange the ghosts' rows mean
 *   nothing.
 * @returns Zero; anything else ends the computation with `HONE_CALLBACK_ERROR`.
 */
typedef int32_t (*hone_exchange)(void *context, hone_exchange_direction direction, int64_t width,
                                 double *values);

/** Quantities, to be added up. */
enum {
  HONE_ENERGY = 1,
  HONE_FORCES = 2,
  HONE_VIRIAL = 4,
  HONE_ATOM_ENERGIES = 8,
  HONE_ATOM_VIRIALS = 16
};

/**
 * The atoms of one process of a host that finds neighbors itself: its own, and ghosts, which are
 * images of its own or copies of others' atoms. It is what LAMMPS has, in LAMMPS' terms.
 *
 * Layers beyond the first need features of the ghosts. They come
 *
 * - by `exchange`, from the ghosts' owners, between layers;
 * - from `ghost_owners`, where all ghosts are images of atoms of this process;
 * - or are computed, where neither is given: then ghosts must reach layers × cutoff far, and those
 *   up to (layers − 1) × cutoff be centers with neighbors of their own.
 *
 * With both, `ghost_owners` serves the ghosts that have one here, and `exchange` the others.
 *
 * Set all to zero first, then `size`: later versions may add members at the end, for which zero
 * means what there was before.
 */
typedef struct hone_domain {
  /** `sizeof(hone_domain)`. */
  size_t size;
  /** The number of atoms of this process; their indices come first. */
  int64_t n_local;
  /** The number of ghosts. */
  int64_t n_ghost;
  /**
   * `[n_local + n_ghost]`; 0 for an atom that is not this model's, neither center nor neighbor. Not
   * NULL unless there are no atoms.
   */
  const int32_t *atomic_numbers;
  /** `[n_local + n_ghost][3]`, Å. Not NULL unless there are no atoms. */
  const double *positions;
  /** LAMMPS' `inum`: the centers among the process' own atoms. */
  int64_t n_centers;
  /** LAMMPS' `gnum`: ghosts with neighbors; 0 where `exchange` or `ghost_owners` is given. */
  int64_t n_ghost_centers;
  /**
   * LAMMPS' `ilist`, `[n_centers + n_ghost_centers]`: the centers' indices, ghosts last, none twice.
   * Every atom of the process that is this model's and a neighbor must be among them. NULL for
   * 0, 1, 2, …
   */
  const int32_t *centers;
  /** LAMMPS' `numneigh`: the number of neighbors, by atom; read for centers. */
  const int32_t *neighbor_counts;
  /**
   * LAMMPS' `firstneigh`: the neighbors, by atom; read for centers. A full list: where j is a
   * neighbor of i, i is one of j. Entries beyond the cutoff are passed over.
   */
  const int32_t *const *neighbors;
  /** LAMMPS' `NEIGHMASK`: an entry's index is `entry & neighbor_mask`. 0 for all bits. */
  int32_t neighbor_mask;
  /**
   * `[n_ghost]`: the atom of this process that a ghost is an image of, or −1; NULL where that is not
   * known.
   */
  const int32_t *ghost_owners;
  /** What the processes ask for, `HONE_ENERGY | …`: the same on all of them. */
  uint32_t quantities;
  /** Communication between layers, or NULL. */
  hone_exchange exchange;
  /** Passed to `exchange`. */
  void *exchange_context;
  /**
   * `[n_ghost][3][3]`, written with `HONE_ATOM_VIRIALS`: what belongs to the atoms that ghosts are
   * images of, to be added to theirs. NULL: it is given to the center at the other end of the
   * edge. The sum stays right; the heat flux then is not, close to the borders between processes.
   * Where ghosts of several layers are computed, edges between ghosts have no such end: NULL is
   * refused.
   */
  double *ghost_virials;
} hone_domain;

/**
 * Computes the energy of a process' own atoms and its derivatives with respect to all positions that
 * the process knows.
 *
 * Every process makes layers − 1 forward exchanges and, when a derivative is among `quantities`,
 * layers − 1 reverse ones, in the same order and with the same widths, also with no atoms at all. A
 * process that fails must end the run of the others: they wait in the next exchange.
 *
 * Outputs are overwritten. One may be NULL, also where `quantities` names it.
 *
 * @param model [in] The model. Not NULL.
 * @param domain [in] The atoms. Not NULL.
 * @param energy [out] `[1]`, eV: the sum of the own atoms' energies, or NULL.
 * @param forces [out] `[n_local + n_ghost][3]`, eV/Å, or NULL. Those of ghosts are to be added to the
 *   forces on the atoms they are images of, in this process or another; where `ghost_owners` names
 *   these, that is done and the ghosts' are zero.
 * @param virial [out] `[3][3]`, eV, or NULL: to be summed over processes.
 * @param atom_energies [out] `[n_local]`, eV, or NULL.
 * @param atom_virials [out] `[n_local][3][3]`, eV, or NULL; with those of ghosts it is −∂/∂ε shared
 *   out so that Σ W_i v_i is the potential part of the heat flux in models of several layers, too.
 * @returns What `hone_model_compute` returns; `HONE_CALLBACK_ERROR` when an exchange fails;
 *   `HONE_INVALID_ARGUMENT` where ghosts do not reach far enough or a list is damaged.
 */
hone_status hone_model_compute_domain(const hone_model *model, const hone_domain *domain,
                                      double *energy, double *forces, double *virial,
                                      double *atom_energies, double *atom_virials);

/* ---- Computing step after step --------------------------------------------------------------- */

/**
 * What one thread needs to compute again and again, as in molecular dynamics or a relaxation: a
 * model with its settings, memory, and a list of neighbours that is used until atoms have moved too
 * far for it.
 *
 * Results are those of `hone_model_compute` with the same settings, bit by bit, and do not depend on
 * what was computed before. Structures may differ from call to call in anything.
 *
 * A workspace is used by one thread at a time; a call meanwhile from another one gives
 * `HONE_INVALID_ARGUMENT`.
 */
typedef struct hone_workspace hone_workspace;

/**
 * Makes a workspace with the settings that the model has now; what is set on the model later does
 * not change it. It shares the weights and may outlive the handle.
 *
 * @param model [in] The model. Not NULL.
 * @param workspace [out] The workspace, to be released with `hone_workspace_free`; NULL after a
 *   failure. Not NULL.
 * @returns `HONE_INVALID_ARGUMENT`, `HONE_OUT_OF_MEMORY`.
 */
hone_status hone_workspace_new(const hone_model *model, hone_workspace **workspace);

/**
 * Chooses how much further than the cutoff neighbours are looked for. What was found serves until
 * an atom has moved by half of it, or the cell, the species or the number of atoms change. A larger
 * skin means fewer searches and more candidates to look through at every step. 0.3 to 1 Å suit
 * dynamics of solids and liquids; 0 suits structures that have nothing to do with each other.
 *
 * @param workspace [in,out] The workspace. Not NULL.
 * @param skin [in] 0 to 10 Å; the default is 0.5 Å. 0 means to search every time.
 * @returns `HONE_INVALID_ARGUMENT`.
 */
hone_status hone_workspace_set_skin(hone_workspace *workspace, double skin);

/**
 * Computes the energy of a structure and its derivatives, as `hone_model_compute` does.
 *
 * @param workspace [in,out] The workspace. Not NULL.
 * @param n_atoms [in] As for `hone_model_compute`, here and below.
 * @param atomic_numbers [in] `[n_atoms]`.
 * @param positions [in] `[n_atoms][3]`, Å.
 * @param cell [in] `[3][3]`, Å, or NULL.
 * @param periodic [in] `[3]`, or NULL.
 * @param energy [out] `[1]`, eV, or NULL.
 * @param forces [out] `[n_atoms][3]`, eV/Å, or NULL.
 * @param virial [out] `[3][3]`, −∂E/∂ε in eV, or NULL.
 * @param atom_energies [out] `[n_atoms]`, eV, or NULL.
 * @param atom_virials [out] `[n_atoms][3][3]`, eV, or NULL.
 * @returns What `hone_model_compute` returns.
 */
hone_status hone_workspace_compute(hone_workspace *workspace, int64_t n_atoms,
                                   const int32_t *atomic_numbers, const double *positions,
                                   const double *cell, const int32_t *periodic, double *energy,
                                   double *forces, double *virial, double *atom_energies,
                                   double *atom_virials);

/**
 * Computes a process' part of a structure, as `hone_model_compute_domain` does. The host's lists are
 * used as they are; the skin does not matter.
 *
 * @param workspace [in,out] The workspace. Not NULL.
 * @param domain [in] The atoms. Not NULL.
 * @param energy [out] `[1]`, eV, or NULL.
 * @param forces [out] `[n_local + n_ghost][3]`, eV/Å, or NULL.
 * @param virial [out] `[3][3]`, eV, or NULL.
 * @param atom_energies [out] `[n_local]`, eV, or NULL.
 * @param atom_virials [out] `[n_local][3][3]`, eV, or NULL.
 * @returns What `hone_model_compute_domain` returns.
 */
hone_status hone_workspace_compute_domain(hone_workspace *workspace, const hone_domain *domain,
                                          double *energy, double *forces, double *virial,
                                          double *atom_energies, double *atom_virials);

/**
 * Why the workspace's last computation was left to the reference evaluator; see
 * `hone_model_fallback`.
 *
 * @param workspace [in] The workspace.
 * @returns UTF-8, one line; "" when the compiled evaluator did it, nothing was computed yet, or
 *   `workspace` is NULL, then with `hone_last_error` set. Lives as long as the workspace.
 */
const char *hone_workspace_fallback(const hone_workspace *workspace);

/**
 * Releases a workspace, its memory, and the weights when nobody else has them.
 *
 * @param workspace [in] What `hone_workspace_new` gave, or NULL, which does nothing.
 */
void hone_workspace_free(hone_workspace *workspace);

/* ---- Data sets ------------------------------------------------------------------------------- */

/**
 * Structures with labels: to train on, or to compare a model with. One thread at a time may change
 * it; any number may use it while nobody does.
 */
typedef struct hone_dataset hone_dataset;

/**
 * What a model should give for a structure; one of energy, forces and virial at least. Set all to
 * zero first, then `size`: later versions may add members at the end, for which zero means what
 * there was before.
 */
typedef struct hone_labels {
  /** `sizeof(hone_labels)`. */
  size_t size;
  /** `[1]`, eV, or NULL. */
  const double *energy;
  /** `[n_atoms][3]`, eV/Å, or NULL. */
  const double *forces;
  /** `[3][3]`, −∂E/∂ε in eV, or NULL. A stress σ is −virial / volume. */
  const double *virial;
  /** `[5]`: what errors of the structure, its energy, forces, stress and virial are multiplied by; NULL
   * for ones. */
  const double *weights;
  /** `[n_atoms]`: what errors of the forces on each atom are multiplied by, or NULL for ones. */
  const double *atom_weights;
  /** The model's head that is to give them; NULL for "Default". */
  const char *head;
  /** The kind of structure, for reports; NULL for "Default". An "IsolatedAtom" gives the energy of a
   * single atom and is not trained on. */
  const char *config_type;
} hone_labels;

/**
 * Makes an empty data set.
 *
 * @param dataset [out] The data set, to be released with `hone_dataset_free`; NULL after a failure.
 *   Not NULL.
 * @returns `HONE_INVALID_ARGUMENT`, `HONE_OUT_OF_MEMORY`; `HONE_UNSUPPORTED` when the processor lacks
 *   what the library was built for.
 */
hone_status hone_dataset_new(hone_dataset **dataset);

/**
 * Adds the frames of an extended XYZ file.
 *
 * @param dataset [in,out] The data set; as it was after a failure. Not NULL.
 * @param path [in] The file, UTF-8, NUL-terminated, 1 to 4095 bytes. Not NULL.
 * @param options [in] A JSON object, or NULL for the defaults: `"energy_key"`, `"forces_key"`,
 *   `"virial_key"`, `"stress_key"` name labels: where there is one, labels without a name are not
 *   read; by default they are `REF_…`, else ASE's, else `dft_…`. `"duplicates"` is `"keep"`, `"drop"` or `"refuse"`, `"unlabeled"` is `"refuse"` or `"skip"`.
 * @returns `HONE_INVALID_ARGUMENT`, `HONE_IO_ERROR`, `HONE_OUT_OF_MEMORY`; `HONE_FORMAT_ERROR` for a
 *   damaged file or options, with file, line and frame.
 */
hone_status hone_dataset_add_file(hone_dataset *dataset, const char *path, const char *options);

/**
 * Adds a structure, which is copied.
 *
 * @param dataset [in,out] The data set; as it was after a failure. Not NULL.
 * @param structure [in] The structure, of one atom at least. Not NULL.
 * @param labels [in] What a model should give for it. Not NULL.
 * @returns `HONE_INVALID_ARGUMENT`, `HONE_OUT_OF_MEMORY`; `HONE_UNSUPPORTED` for members, not zero, of
 *   a later version.
 */
hone_status hone_dataset_add(hone_dataset *dataset, const hone_structure *structure,
                             const hone_labels *labels);

/**
 * The number of structures, isolated atoms aside.
 *
 * @param dataset [in] The data set.
 * @returns At least 0; −1 when `dataset` is NULL, with `hone_last_error` set.
 */
int64_t hone_dataset_count(const hone_dataset *dataset);

/**
 * Releases a data set.
 *
 * @param dataset [in] What `hone_dataset_new` gave, or NULL, which does nothing.
 */
void hone_dataset_free(hone_dataset *dataset);

/**
 * Errors of a model on a data set, NaN where there are no labels. Set `size` before a call; members
 * that an older, smaller size leaves out are not written.
 */
typedef struct hone_errors {
  /** `sizeof(hone_errors)`. */
  size_t size;
  /** The numbers of energies, components of forces and components of virials with a label. */
  int64_t n_energies, n_forces, n_virials;
  /** Mean absolute and root mean square error of energies divided by the number of atoms, eV. */
  double energy_mae, energy_rmse;
  /** Of components of forces, eV/Å. */
  double force_mae, force_rmse;
  /** Of components of virials divided by the number of atoms, eV. */
  double virial_mae, virial_rmse;
  /** Of components of stresses, eV/Å³, where there are cells. */
  double stress_mae, stress_rmse;
} hone_errors;

/**
 * Compares a model with a data set, with the handle's precision and threads. Structures that name no
 * head are computed with the handle's.
 *
 * @param model [in] The model. Not NULL.
 * @param dataset [in] What to compare with. Not NULL.
 * @param errors [in,out] `size` is read, the rest written. Not NULL.
 * @returns `HONE_INVALID_ARGUMENT`, also for an empty data set and a head that the model lacks; what
 *   `hone_model_compute` returns for a structure, which the message names.
 */
hone_status hone_model_evaluate(const hone_model *model, const hone_dataset *dataset,
                                hone_errors *errors);

/* ---- Diagnosis ------------------------------------------------------------------------------- */

/**
 * The same weights, with what is to be known of the data they were trained on: distributions of sizes,
 * forces, connectivity and descriptors, and a few of the structures. `hone_model_save` writes it, and
 * models that come out of training have it already. The better it is known what a model was trained on,
 * the better it can be told what it was not.
 *
 * Forces are those of the data set where there are some, else those of the model. Structures of a single
 * atom without periods are left out. The result does not depend on the number of threads.
 *
 * @param base [in] The model, which stays as it is; its precision and threads are used. Not NULL.
 * @param dataset [in] The structures it was trained on. Not NULL.
 * @param fitted [out] The new model, with the settings of the first, to be released with
 *   `hone_model_free`; NULL after a failure. Not NULL.
 * @returns `HONE_INVALID_ARGUMENT`, also for a data set of nothing but single atoms and for a head that
 *   the model lacks; `HONE_UNKNOWN_SPECIES` for an element that the model lacks;
 *   `HONE_NOT_CONVERGED`, `HONE_OUT_OF_MEMORY`.
 */
hone_status hone_model_fit_statistics(const hone_model *base, const hone_dataset *dataset,
                                      hone_model **fitted);

/** Where a number of a structure stands among those of the training structures. NaN is unknown. */
typedef struct hone_standing {
  /** The number. */
  double value;
  /** The mean and the standard deviation of the training structures. */
  double mean, deviation;
  /** The part of the training structures below the number, 0 to 1. */
  double quantile;
  /** Non-zero beyond one standard deviation from the mean, where a third of the training structures of a
   * normal distribution are too: the quantile says more. */
  int32_t is_shifted;
  /** Non-zero when there is such a number, and training structures to compare it with. */
  int32_t is_known;
} hone_standing;

/**
 * How a structure differs from what a model was trained on: the shifts of Kreiman and Krishnapriyan,
 * arXiv:2503.08674, with their criterion of one standard deviation, and a distance of every atom. Set
 * `size` before a call; members that an older, smaller size leaves out are not written.
 */
typedef struct hone_diagnosis {
  /** `sizeof(hone_diagnosis)`. */
  size_t size;
  /** Non-zero when an element is unseen, or `force_norm` or `connectivity` shifted. */
  int32_t is_shifted;
  /** Non-zero when training structures had all of the elements together. */
  int32_t is_known_combination;
  /** Non-zero when training structures had about as many atoms, or are crystals as this one is. */
  int32_t is_within_sizes;
  /** The number of elements that the training structures lack. */
  int32_t n_unseen_species;
  /** The first of them, ascending; 0 where there are fewer. */
  int32_t unseen_species[8];
  /** The number of atoms; not known for crystals. */
  hone_standing atom_count;
  /** The mean length of the forces on atoms, eV/Å. */
  hone_standing force_norm;
  /** The distance of the graph's spectrum from the mean one of training structures of the size. Only
   * larger ones are shifted; one that is not known counts as shifted. */
  hone_standing connectivity;
  /** The largest of the atoms' descriptor distances, infinite for unseen elements; NaN where the model
   * cannot measure them. */
  double largest_distance;
  /** The atom that has it; −1 where there is none. */
  int64_t farthest_atom;
} hone_diagnosis;

/**
 * Compares a structure with what the model was trained on. Elements may be unseen, also by the model: it
 * then gives no forces, and of known elements no distances.
 *
 * Descriptors are what the model makes of an atom's surroundings. Their distance is 1 where one training
 * atom of the element in a hundred is farther from the others. It does not say how wrong forces are, but
 * where nobody showed the model what is right.
 *
 * @param model [in] A model with statistics: one that was trained by this library, or from
 *   `hone_model_fit_statistics`. Not NULL.
 * @param structure [in] The structure, of one atom at least. Not NULL.
 * @param forces [in] `[n_atoms][3]`, eV/Å, finite: references, or NULL for those of the model.
 * @param diagnosis [in,out] `size` is read, the rest written. Not NULL.
 * @param descriptor_distances [out] `[n_atoms]`, or NULL. Infinite for unseen elements, NaN where it
 *   cannot be measured.
 * @param coordination_quantiles [out] `[n_atoms]`, or NULL: the part of the training atoms of the element
 *   with fewer neighbours, 0 to 1; NaN for unseen elements.
 * @param force_norm_quantiles [out] `[n_atoms]`, or NULL: the part with smaller forces, 0 to 1; NaN for
 *   unseen elements, and where no forces are known.
 * @returns `HONE_INVALID_ARGUMENT`, also for a model without statistics; `HONE_FORMAT_ERROR` where these
 *   are damaged; `HONE_UNSUPPORTED` for members, not zero, of a later version; `HONE_OUT_OF_MEMORY`;
 *   `HONE_NOT_CONVERGED` when a result is not finite.
 */
hone_status hone_model_diagnose(const hone_model *model, const hone_structure *structure,
                                const double *forces, hone_diagnosis *diagnosis,
                                double *descriptor_distances, double *coordination_quantiles,
                                double *force_norm_quantiles);

/**
 * Chooses whether `hone_workspace_compute` and `hone_workspace_compute_domain` also measure how far the
 * atoms' descriptors are from those of the training data: cheap enough to be left on in a simulation.
 * Other results stay the same, bit by bit.
 *
 * @param workspace [in,out] The workspace. Not NULL.
 * @param on [in] Non-zero to measure; the default is 0.
 * @returns `HONE_INVALID_ARGUMENT`, also for a model without statistics.
 */
hone_status hone_workspace_set_diagnosis(hone_workspace *workspace, int32_t on);

/**
 * The descriptor distances of the last computation, as `hone_model_diagnose` tells them.
 *
 * @param workspace [in] The workspace. Not NULL.
 * @param count [in] The number of atoms that was computed, `n_atoms` or, of a domain, `n_local`.
 * @param distances [out] `[count]`; 0 for a domain's atoms that are not the model's. Not NULL unless
 *   `count` is 0.
 * @returns `HONE_INVALID_ARGUMENT`, also when the last computation measured none, as one that failed, or
 *   had another number of atoms.
 */
hone_status hone_workspace_descriptor_distances(const hone_workspace *workspace, int64_t count,
                                                double *distances);

/* ---- Training -------------------------------------------------------------------------------- */

/**
 * A run of training: a model's parameters on their way, optimiser, data and all. Used by one thread at
 * a time; a call meanwhile from another one gives `HONE_INVALID_ARGUMENT`.
 */
typedef struct hone_trainer hone_trainer;

/**
 * Begins a run.
 *
 * The configuration is a JSON object with the tables and keys of `docs/training.md`, for instance
 * `{"loss": {"forces_weight": 100}, "schedule": {"learning_rate": 0.001}, "run": {"epochs": 20}}`.
 * Whatever is left out has its default; a key that is not known is an error. Without a model it holds a
 * table `"model"`: a new one from scratch, or `{"start": "FILE"}`. It names no files of frames.
 *
 * @param model [in] The model to begin with, which stays as it is, or NULL.
 * @param training [in] Structures to train on, which are copied. Not NULL.
 * @param validation [in] Structures to validate with, which are copied; NULL for a part of the others,
 *   a tenth unless the table `"data"` says otherwise. Messages call them "validation structure 0".
 * @param configuration [in] JSON, UTF-8, NUL-terminated, at most a megabyte; NULL, with a model, for
 *   the defaults.
 * @param trainer [out] The run, to be released with `hone_trainer_free`; NULL after a failure. Not
 *   NULL.
 * @returns `HONE_INVALID_ARGUMENT`, `HONE_FORMAT_ERROR`, `HONE_IO_ERROR`, `HONE_UNSUPPORTED`,
 *   `HONE_OUT_OF_MEMORY`; `HONE_UNKNOWN_SPECIES` for an element that the model lacks.
 */
hone_status hone_trainer_new(const hone_model *model, const hone_dataset *training,
                             const hone_dataset *validation, const char *configuration,
                             hone_trainer **trainer);

/**
 * How a run stands. Set `size` before a call; members that an older, smaller size leaves out are not
 * written. What there is not is NaN.
 */
typedef struct hone_training_progress {
  /** `sizeof(hone_training_progress)`. */
  size_t size;
  /** Epochs that are done, and that there are to be. */
  int64_t epoch, n_epochs;
  /** Steps of the present epoch that are done, and that it has; both 0 before its first. */
  int64_t step, n_steps;
  /** Steps of all epochs that are done. */
  int64_t n_total_steps;
  /** The mean loss: of the present epoch's structures so far or, between epochs, of the last one's. */
  double loss;
  /** Of the last step that was made. */
  double learning_rate;
  /** The largest norm of a gradient in that epoch, before clipping. */
  double gradient_norm;
  /** The loss of the structures to validate with, after the last epoch. */
  double validation_loss;
  /** Their errors: eV per atom, and eV/Å per component. */
  double energy_mae, energy_rmse, force_mae, force_rmse;
  /** Non-zero when no epoch before the last one was better. */
  int32_t is_best;
  /** Non-zero when all epochs are done, or patience is at its end. */
  int32_t is_done;
} hone_training_progress;

/**
 * A function of the host's that watches a run, called after every step and once more after every
 * epoch, on the thread that called `hone_trainer_run`. It must not throw, jump out, or use the
 * trainer.
 *
 * @param context [in] What was given to `hone_trainer_run`.
 * @param progress [in] How the run stands; lives until the function returns.
 * @returns Zero; anything else ends the run with `HONE_CANCELLED`, from where it may go on later.
 */
typedef int32_t (*hone_training_observer)(void *context, const hone_training_progress *progress);

/**
 * Makes steps until the run is done.
 *
 * @param trainer [in,out] The run. Not NULL.
 * @param observer [in] Told of every step; may be NULL.
 * @param context [in] Handed to the function as it is.
 * @returns `HONE_CANCELLED` when the observer asked to stop; `HONE_NOT_CONVERGED` when a loss or a
 *   gradient is not finite, parameters then being those of the step before; `HONE_INVALID_ARGUMENT`,
 *   `HONE_OUT_OF_MEMORY`.
 */
hone_status hone_trainer_run(hone_trainer *trainer, hone_training_observer observer, void *context);

/**
 * Makes one step: the gradient of a batch, and parameters moved against it. The last step of an epoch
 * also validates; where that failed, or an observer stopped the run just before it, the next call does
 * that alone.
 *
 * @param trainer [in,out] The run. Not NULL.
 * @returns What `hone_trainer_run` returns; `HONE_INVALID_ARGUMENT` when the run is done.
 */
hone_status hone_trainer_step(hone_trainer *trainer);

/**
 * Tells how a run stands.
 *
 * @param trainer [in] The run. Not NULL.
 * @param progress [in,out] `size` is read, the rest written. Not NULL.
 * @returns `HONE_INVALID_ARGUMENT`.
 */
hone_status hone_trainer_progress(const hone_trainer *trainer, hone_training_progress *progress);

/**
 * The errors of the best parameters so far.
 *
 * @param trainer [in] The run. Not NULL.
 * @param dataset [in] What to compare with; NULL for the structures to validate with.
 * @param errors [in,out] `size` is read, the rest written. Not NULL.
 * @returns `HONE_INVALID_ARGUMENT`, also when there is nothing to compare with; otherwise what
 *   `hone_model_evaluate` returns.
 */
hone_status hone_trainer_evaluate(hone_trainer *trainer, const hone_dataset *dataset,
                                  hone_errors *errors);

/**
 * The model with the best parameters so far: those of the lowest loss of the structures to validate
 * with or, without such, of an epoch; before the first epoch those the run began with. It is a model
 * of its own: its compiled tables are made anew, the run goes on without touching it, and
 * `hone_model_save` writes it. Unless the key `"statistics"` of the table `"run"` is false, it describes
 * the structures trained on, see `hone_model_fit_statistics`, which are then computed once for every set
 * of best parameters that is asked for.
 *
 * @param trainer [in] The run. Not NULL.
 * @param model [out] The model, with the default settings, to be released with `hone_model_free`; NULL
 *   after a failure. Not NULL.
 * @returns `HONE_INVALID_ARGUMENT`, `HONE_NOT_CONVERGED`, `HONE_OUT_OF_MEMORY`.
 */
hone_status hone_trainer_model(const hone_trainer *trainer, hone_model **model);

/**
 * Writes a checkpoint: all that the run needs to go on bit for bit. The file appears whole or not at
 * all.
 *
 * @param trainer [in] The run. Not NULL.
 * @param path [in] The file, UTF-8, NUL-terminated, 1 to 4095 bytes. Not NULL.
 * @returns `HONE_INVALID_ARGUMENT`, `HONE_IO_ERROR`, `HONE_OUT_OF_MEMORY`.
 */
hone_status hone_trainer_save(const hone_trainer *trainer, const char *path);

/**
 * Goes on where a checkpoint was written, by a run that began with the same model, data and
 * configuration. Its patience may differ, and its number of epochs unless learning rates follow from it,
 * as those of a cosine without `"length"` do.
 *
 * @param trainer [in,out] The run; as it was after a failure. Not NULL.
 * @param path [in] The file, UTF-8, NUL-terminated, 1 to 4095 bytes. Not NULL.
 * @returns `HONE_INVALID_ARGUMENT`, also for another run's checkpoint; `HONE_IO_ERROR`;
 *   `HONE_FORMAT_ERROR` for a damaged file; `HONE_OUT_OF_MEMORY`.
 */
hone_status hone_trainer_restore(hone_trainer *trainer, const char *path);

/**
 * Releases a run. Models it gave stay.
 *
 * @param trainer [in] What `hone_trainer_new` gave, or NULL, which does nothing.
 */
void hone_trainer_free(hone_trainer *trainer);

/* ---- Priors ---------------------------------------------------------------------------------- */

/**
 * A cheap physical model of the host's that labels structures, to train on at test time. It need not be
 * accurate; it must be a smooth energy and its exact forces, in the units of this header, of the
 * structure alone. It is called on the thread that called the library, one call at a time, and must not
 * throw, jump out, or change the structure.
 *
 * @param context [in] What was given with the function.
 * @param structure [in] The structure; it and its arrays live until the function returns.
 * @param energy [out] `[1]`, eV.
 * @param forces [out] `[n_atoms][3]`, eV/Å.
 * @param virial [out] `[3][3]`, −∂E/∂ε in eV, or NULL where nobody asks.
 * @returns Zero when done; anything else ends what called it with `HONE_CALLBACK_ERROR`.
 */
typedef int32_t (*hone_prior)(void *context, const hone_structure *structure, double *energy,
                              double *forces, double *virial);

/**
 * A prior that comes with the library. Any number of threads may compute with it at once.
 */
typedef struct hone_potential hone_potential;

/**
 * Makes a potential.
 *
 * @param name [in] UTF-8, NUL-terminated: `lj` (Lennard-Jones, parameters of UFF), `zbl` (repulsion of
 *   nuclei), `gfn1-xtb`, `gfn2-xtb` or `gfnff` (by the library libxtb, which is looked for when it is
 *   first needed), `model:FILE` or `model:FILE@HEAD`; a sum such as `lj+zbl`; or JSON with parameters,
 *   see `docs/priors.md`. Not NULL.
 * @param potential [out] The potential, to be released with `hone_potential_free`; NULL after a
 *   failure. Not NULL.
 * @returns `HONE_INVALID_ARGUMENT`, with the names there are; `HONE_FORMAT_ERROR` for JSON that cannot be
 *   read; what `hone_model_load` returns for a model; `HONE_OUT_OF_MEMORY`.
 */
hone_status hone_potential_new(const char *name, hone_potential **potential);

/**
 * Computes the energy of a structure and its derivatives.
 *
 * @param potential [in] The potential. Not NULL.
 * @param structure [in] The structure, of one atom at least. Not NULL.
 * @param energy [out] `[1]`, eV, or NULL.
 * @param forces [out] `[n_atoms][3]`, eV/Å, or NULL.
 * @param virial [out] `[3][3]`, −∂E/∂ε in eV, or NULL.
 * @returns `HONE_INVALID_ARGUMENT`; `HONE_UNSUPPORTED` where libxtb is not there, and for structures that
 *   the potential is not made for; `HONE_UNKNOWN_SPECIES`; `HONE_NOT_CONVERGED`;
 *   `HONE_OUT_OF_MEMORY`.
 */
hone_status hone_potential_compute(const hone_potential *potential, const hone_structure *structure,
                                   double *energy, double *forces, double *virial);

/**
 * Releases a potential.
 *
 * @param potential [in] What `hone_potential_new` gave, or NULL, which does nothing.
 */
void hone_potential_free(hone_potential *potential);

/**
 * A potential as a `hone_prior`: pass this function with the potential as its context.
 *
 * @param potential [in] A `hone_potential`.
 * @param structure [in] The structure.
 * @param energy [out] `[1]`, eV.
 * @param forces [out] `[n_atoms][3]`, eV/Å.
 * @param virial [out] `[3][3]`, eV, or NULL.
 * @returns What `hone_potential_compute` returns.
 */
int32_t hone_potential_prior(void *potential, const hone_structure *structure, double *energy,
                             double *forces, double *virial);

/**
 * A model as a `hone_prior`: pass this function with the model as its context. It computes with the
 * handle's settings; double precision is better for labels.
 *
 * @param model [in] A `hone_model`.
 * @param structure [in] The structure.
 * @param energy [out] `[1]`, eV.
 * @param forces [out] `[n_atoms][3]`, eV/Å.
 * @param virial [out] `[3][3]`, eV, or NULL.
 * @returns What `hone_model_compute` returns.
 */
int32_t hone_model_prior(void *model, const hone_structure *structure, double *energy,
                         double *forces, double *virial);

/* ---- Refinement ------------------------------------------------------------------------------ */

/** Why a radius is what it is. Later versions may add values. */
typedef enum hone_radius_reason {
  /** It makes the structures' graphs more like those of the training data. */
  HONE_RADIUS_REFINED = 0,
  /** The graphs are like those of the training data: the radius stays. */
  HONE_RADIUS_NOT_SHIFTED = 1,
  /** No radius makes them enough like those: it stays. */
  HONE_RADIUS_NO_IMPROVEMENT = 2,
  /** The training data have no structures to compare with: it stays. */
  HONE_RADIUS_NO_REFERENCE = 3,
  /** The rule chose a radius beyond that of training, where the model sees nothing: it stays. */
  HONE_RADIUS_BEYOND_TRAINING = 4,
  /** The caller gave it. */
  HONE_RADIUS_GIVEN = 5
} hone_radius_reason;

/**
 * A radius for structures that a model was not trained on. Set `size` before a call; members that an
 * older, smaller size leaves out are not written.
 */
typedef struct hone_radius_choice {
  /** `sizeof(hone_radius_choice)`. */
  size_t size;
  /** The radius of the refined model, Å. */
  double radius;
  /** What the rule chose, Å; a radius beyond that of training changes nothing. */
  double chosen_radius;
  /** The radius the model was trained with, Å. */
  double training_radius;
  /** Why, a `hone_radius_reason`. */
  int32_t reason;
  /** The number of radii that were tried. */
  int32_t n_candidates;
  /** They, Å, ascending. */
  double candidates[64];
  /** How far the spectra at each are from those of the training data, the mean over structures. */
  double distances[64];
} hone_radius_choice;

/**
 * Makes a model with the radius that makes the graphs of structures most like those of its training
 * data, after Kreiman and Krishnapriyan (arXiv:2503.08674): one radius for a trajectory, from its first
 * frame or, better, from some. The base stays as it is; to undo is to free.
 *
 * The options are a JSON object, `docs/refinement.md` has all keys. `"mode"` is
 *
 * - `"smooth"`, the default: refines only structures unlike those of the training data, to no less than
 *   0.7 of the radius, and lets messages fade before it: energies are conserved;
 * - `"paper"`: the paper's rule, which leaves out neighbours: energies jump where an atom crosses the
 *   radius. For single points, and for comparison;
 * - `"fraction"`: the rule of the paper's first version.
 *
 * @param base [in] The model, with statistics of its training data. Not NULL.
 * @param n_structures [in] The number of structures, 1 to 2147483647; 0 where the options have a
 *   `"radius"`.
 * @param structures [in] `[n_structures]`, all of one `size`, of one atom at least. Not NULL unless
 *   there are none.
 * @param options [in] JSON, UTF-8, NUL-terminated, or NULL for the defaults.
 * @param choice [in,out] `size` is read, the rest written; may be NULL.
 * @param refined [out] The model, with the settings of the base, to be released with
 *   `hone_model_free`; NULL after a failure. May be NULL where the choice alone is wanted.
 * @returns `HONE_INVALID_ARGUMENT`, also for models without statistics and for structures larger than
 *   the paper's rule is defined for; `HONE_FORMAT_ERROR` for options that cannot be read;
 *   `HONE_UNSUPPORTED` for members, not zero, of a later version; `HONE_OUT_OF_MEMORY`.
 */
hone_status hone_refine_radius(const hone_model *base, int64_t n_structures,
                               const hone_structure *structures, const char *options,
                               hone_radius_choice *choice, hone_model **refined);

/** What a refinement is doing. Later versions may add values. */
typedef enum hone_refinement_stage {
  /** The prior labels structures. */
  HONE_REFINEMENT_LABELS = 0,
  /** Dynamics on the prior makes structures. */
  HONE_REFINEMENT_DYNAMICS = 1,
  /** Parameters move. */
  HONE_REFINEMENT_STEPS = 2
} hone_refinement_stage;

/** How a refinement stands. */
typedef struct hone_refinement_progress {
  /** `sizeof(hone_refinement_progress)` of the library. */
  size_t size;
  /** What it is doing, a `hone_refinement_stage`. */
  int32_t stage;
  /** How many structures, starts or steps are done, and how many there are. */
  int64_t done, total;
  /** The loss of the last step's batch; NaN in the other stages. */
  double loss;
} hone_refinement_progress;

/**
 * A function of the host's that watches a refinement, called on the thread that called
 * `hone_refine_weights`. It must not throw or jump out.
 *
 * @param context [in] What was given with the function.
 * @param progress [in] How it stands; lives until the function returns.
 * @returns Zero; anything else ends the refinement with `HONE_CANCELLED`.
 */
typedef int32_t (*hone_refinement_observer)(void *context,
                                            const hone_refinement_progress *progress);

/**
 * What a refinement came to. Set `size` before a call; members that an older, smaller size leaves out are
 * not written. What there is not is NaN.
 */
typedef struct hone_refinement {
  /** `sizeof(hone_refinement)`. */
  size_t size;
  /** The steps taken, and after how many of them the parameters are. */
  int64_t n_steps, chosen_step;
  /** The structures adapted to, those held out, those replayed, and the parameters that could move. */
  int64_t n_structures, n_held_out, n_replay, n_parameters;
  /** How much of the way to those parameters was gone: 1, or less where all of it would have changed too
   * much. */
  double fraction;
  /** The loss on the structures adapted to, of the labels that are learnt. */
  double prior_loss_before, prior_loss_after;
  /** The loss on those held out. */
  double held_out_before, held_out_after;
  /** The root mean square error of forces against those labels, eV/Å per component. */
  double force_error_before, force_error_after;
  /** The root mean square change of the main head's forces on structures of its training data, over that of these
   * forces. */
  double replay_force_change;
  /** How long it took. */
  double seconds;
  /** Non-zero: the new model may be used. */
  int32_t accepted;
} hone_refinement;

/**
 * Adapts the weights of a model to structures unlike those it was trained on, by labels of a cheap prior:
 * training at test time, after Kreiman and Krishnapriyan (arXiv:2503.08674). The model must have two heads
 * over one representation, one of them trained on the prior; `docs/refinement.md` says how to train one.
 * Heads stay as they are, the representation learns: in the preset `"paper"` what the prior says, by the
 * prior's head; in ours what the prior says and the base model's two heads differ in, by the main
 * head.
 *
 * The result is a model for these structures; the base stays as it is, and every other system begins with
 * it again. It is refused, and nothing made, where forces on structures that the base was trained on
 * would change by more than a tolerance, where nothing lowers the loss, and, with a potential or a model
 * of the library as the prior, where the model knows the structures as well as its training data. A prior
 * whose labels do not look like those of its head is refused too.
 *
 * The options are a JSON object, `docs/refinement.md` has all keys: `"preset"`, `"standard"` or
 * `"paper"`; `"targets"`, `"steps"`, `"tolerance"`, `"main_head"`, `"prior_head"` and others. Precision and
 * threads are those of the handle.
 *
 * @param base [in] The model. Not NULL.
 * @param n_structures [in] The number of structures, 1 to 2147483647.
 * @param structures [in] `[n_structures]`, all of one `size`, of one atom at least: some of the system that
 *   is to be simulated. Not NULL.
 * @param prior [in] What labels them; for instance `hone_potential_prior`. Its forces are compared with
 *   differences of its energy first. Not NULL.
 * @param prior_context [in] Handed to the prior as it is.
 * @param replay [in] Structures that the base was trained on, with labels; NULL for those that the model
 *   carries, with its own predictions.
 * @param options [in] JSON, UTF-8, NUL-terminated, or NULL for the defaults.
 * @param observer [in] Told how it stands; may be NULL.
 * @param observer_context [in] Handed to the observer as it is.
 * @param report [in,out] `size` is read, the rest written; may be NULL.
 * @param refined [out] The model, with the settings of the base, to be released with
 *   `hone_model_free`; NULL after a failure. Not NULL.
 * @returns `HONE_INVALID_ARGUMENT`, also for a model without a head of a prior, for a prior whose forces
 *   are no derivatives of its energy and for one that is not that of its head; `HONE_CALLBACK_ERROR` where the prior fails;
 *   `HONE_NOT_CONVERGED` for numbers that are not finite, and where the result is refused;
 *   `HONE_CANCELLED`; `HONE_FORMAT_ERROR` for options that cannot be read; `HONE_UNKNOWN_SPECIES`,
 *   `HONE_UNSUPPORTED`, `HONE_OUT_OF_MEMORY`.
 */
hone_status hone_refine_weights(const hone_model *base, int64_t n_structures,
                                const hone_structure *structures, hone_prior prior,
                                void *prior_context, const hone_dataset *replay,
                                const char *options, hone_refinement_observer observer,
                                void *observer_context, hone_refinement *report,
                                hone_model **refined);

#ifdef __cplusplus
}
#endif

#endif
