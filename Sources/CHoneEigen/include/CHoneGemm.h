// Matrix products by Eigen behind a plain C face.
#ifndef CHONEGEMM_H
#define CHONEGEMM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#define HONEEIGEN_NOTHROW noexcept
#else
#define HONEEIGEN_NOTHROW
#endif

/// C = A B in single precision on the calling thread.
///
/// A is `[m][k]`, B `[k][n]`, C `[m][n]`, all row-major; `lda`, `ldb` and `ldc` are the numbers of
/// elements from one row to the next. C is overwritten and must not overlap A or B. Eigen takes
/// memory for packed panels, and ends the process where there is none.
void honeeigen_gemm_f32(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const float *a, ptrdiff_t lda,
                        const float *b, ptrdiff_t ldb, float *c, ptrdiff_t ldc) HONEEIGEN_NOTHROW;

/// C = A B in double precision; otherwise as `honeeigen_gemm_f32`.
void honeeigen_gemm_f64(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const double *a, ptrdiff_t lda,
                        const double *b, ptrdiff_t ldb, double *c,
                        ptrdiff_t ldc) HONEEIGEN_NOTHROW;

#ifdef __cplusplus
}
#endif

#endif
