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

/// The eigenvalues of a symmetric matrix `[n][n]`, ascending, on the calling thread.
///
/// Eigen takes memory for a copy, and ends the process where there is none.
///
/// Returns 0, or 1 when the iteration does not converge, as for numbers that are not finite.
int32_t honeeigen_symmetric_eigenvalues(ptrdiff_t n, const double *matrix,
                                        double *values) HONEEIGEN_NOEXCEPT;

/// The eigenvalues of a symmetric matrix, ascending, and its eigenvectors as the rows of `vectors`,
/// `[n][n]`; otherwise as `honeeigen_symmetric_eigenvalues`.
int32_t honeeigen_symmetric_eigen(ptrdiff_t n, const double *matrix, double *values,
                                  double *vectors) HONEEIGEN_NOEXCEPT;

/// The eigenvalues of a Hermitian matrix `[n][n][2]`, real and imaginary parts; otherwise as
/// `honeeigen_symmetric_eigenvalues`.
int32_t honeeigen_hermitian_eigenvalues(ptrdiff_t n, const double *matrix,
                                        double *values) HONEEIGEN_NOEXCEPT;

/// The eigenvalues of a symmetric tridiagonal matrix, ascending, and the first component of each
/// eigenvector: nodes and roots of weights of a Gaussian quadrature. `off_diagonal` is `[n - 1]`.
///
/// Memory and result as for `honeeigen_symmetric_eigenvalues`.
int32_t honeeigen_tridiagonal_eigen(ptrdiff_t n, const double *diagonal, const double *off_diagonal,
                                    double *values, double *first_components) HONEEIGEN_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
