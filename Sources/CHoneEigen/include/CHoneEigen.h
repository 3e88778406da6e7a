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

/// C = A B in single precision on the calling thread.
///
/// A is `[m][k]`, B `[k][n]`, C `[m][n]`, all row-major; `lda`, `ldb` and `ldc` are the numbers of
/// elements from one row to the next. C is overwritten and must not overlap A or B. Eigen takes
/// memory for packed panels, and ends the process where there is none.
void honeeigen_gemm_f32(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const float *a, ptrdiff_t lda,
                        const float *b, ptrdiff_t ldb, float *c, ptrdiff_t ldc) HONEEIGEN_NOEXCEPT;

/// C = A B in double precision; otherwise as `honeeigen_gemm_f32`.
void honeeigen_gemm_f64(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const double *a, ptrdiff_t lda,
                        const double *b, ptrdiff_t ldb, double *c,
                        ptrdiff_t ldc) HONEEIGEN_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
