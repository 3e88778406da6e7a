// Running foreign code that prints, or writes into the working directory, where it can do neither.
#ifndef CHONEAPART_H
#define CHONEAPART_H

#include <stddef.h>
#include <stdint.h>

/// How a body was run apart.
enum {
  /// It was not: no thread could be made.
  HONESHIM_APART_NO_THREAD = 0,
  /// On a thread of its own that shares the descriptors and the working directory of the process.
  HONESHIM_APART_SHARED = 1,
  /// On a thread with descriptors and an empty working directory of its own.
  HONESHIM_APART_ALONE = 2,
};

/// Runs a body on a thread of its own and waits for it.
///
/// The thread has a large stack, its standard output and error lead nowhere, and its working
/// directory is a new folder that is gone afterwards. The rest of the process notices none of this:
/// descriptors and working directory are those of this thread alone (unshare(2), which needs no
/// privilege but which some containers forbid). Threads that the body starts share them.
///
/// @param body What to run; it must not end the thread.
/// @param context Handed to the body.
/// @param alone Whether the body must have descriptors and a directory of its own; where it cannot,
///   it is not run, and the result is `HONESHIM_APART_SHARED`.
/// @return One of `HONESHIM_APART_…`.
int32_t honeshim_run_apart(void (*body)(void *context), void *context, int32_t alone);

#endif
