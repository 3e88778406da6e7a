// Compiled for the processor of the kernels, like them; a plain C face.
#ifndef CHONEEIGEN_H
#define CHONEEIGEN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#define HONEEIGEN_NOEXCEPT noexcept
#else
#define HONEEIGEN_NOEXCEPT
#endif

/// The processor features that this build of the kernels uses, as bits of `CHoneProcessor.h`.
///
/// Only the compiler's macros know them, and only in a file compiled with the kernels' flags.
uint64_t honeeigen_required_features(void) HONEEIGEN_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
