// Eigen's own threads are not wanted: callers split the work.
#define EIGEN_DONT_PARALLELIZE
#include "CHoneEigen.h"

#include <Eigen/Core>

namespace {

template <typename T>
void multiply(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const T *a, ptrdiff_t lda, const T *b,
              ptrdiff_t ldb, T *c, ptrdiff_t ldc) {
  using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Stride = Eigen::OuterStride<>;
  Eigen::Map<const Matrix, 0, Stride> left(a, m, k, Stride(lda));
  Eigen::Map<const Matrix, 0, Stride> right(b, k, n, Stride(ldb));
  Eigen::Map<Matrix, 0, Stride> product(c, m, n, Stride(ldc));
  product.noalias() = left * right;
}

}  // namespace

void honeeigen_gemm_f32(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const float *a, ptrdiff_t lda,
                        const float *b, ptrdiff_t ldb, float *c, ptrdiff_t ldc) noexcept {
  multiply(m, n, k, a, lda, b, ldb, c, ldc);
}

void honeeigen_gemm_f64(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const double *a, ptrdiff_t lda,
                        const double *b, ptrdiff_t ldb, double *c, ptrdiff_t ldc) noexcept {
  multiply(m, n, k, a, lda, b, ldb, c, ldc);
}
