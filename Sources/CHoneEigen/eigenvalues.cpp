#define EIGEN_DONT_PARALLELIZE
#include "CHoneEigen.h"

#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <complex>

namespace {

template <typename Scalar>
int32_t eigenvalues(ptrdiff_t n, const Scalar *matrix, double *values) {
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Eigen::SelfAdjointEigenSolver<Matrix> solver(Eigen::Map<const Matrix>(matrix, n, n),
                                               Eigen::EigenvaluesOnly);
  if (solver.info() != Eigen::Success) return 1;
  Eigen::Map<Eigen::VectorXd>(values, n) = solver.eigenvalues();
  return 0;
}

}  // namespace

int32_t honeeigen_symmetric_eigenvalues(ptrdiff_t n, const double *matrix,
                                        double *values) noexcept {
  return eigenvalues(n, matrix, values);
}

int32_t honeeigen_symmetric_eigen(ptrdiff_t n, const double *matrix, double *values,
                                  double *vectors) noexcept {
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Eigen::SelfAdjointEigenSolver<Matrix> solver(Eigen::Map<const Matrix>(matrix, n, n));
  if (solver.info() != Eigen::Success) return 1;
  Eigen::Map<Eigen::VectorXd>(values, n) = solver.eigenvalues();
  Eigen::Map<Matrix>(vectors, n, n) = solver.eigenvectors().transpose();
  return 0;
}

int32_t honeeigen_hermitian_eigenvalues(ptrdiff_t n, const double *matrix,
                                        double *values) noexcept {
  return eigenvalues(n, reinterpret_cast<const std::complex<double> *>(matrix), values);
}

int32_t honeeigen_tridiagonal_eigen(ptrdiff_t n, const double *diagonal, const double *off_diagonal,
                                    double *values, double *first_components) noexcept {
  using Vector = Eigen::Map<const Eigen::VectorXd>;
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  solver.computeFromTridiagonal(Vector(diagonal, n), Vector(off_diagonal, n > 0 ? n - 1 : 0));
  if (solver.info() != Eigen::Success) return 1;
  Eigen::Map<Eigen::VectorXd>(values, n) = solver.eigenvalues();
  Eigen::Map<Eigen::VectorXd>(first_components, n) = solver.eigenvectors().row(0);
  return 0;
}
