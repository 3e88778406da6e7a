internal import CHoneEigen
public import HoneNumerics

/// The spectrum of a large graph from a few random vectors, in time and memory linear in its edges.
///
/// Each vector gives a Gaussian quadrature of the distribution it sees; their average is that of the
/// spectrum, with an error that falls with the root of vectors × atoms.
///
/// - SeeAlso: Golub, Meurant, Matrices, Moments and Quadrature with Applications, Princeton 2010, ch. 6;
///   Ubaru, Chen, Saad, SIAM J. Matrix Anal. Appl. 38, 1075 (2017).
public struct StochasticLanczos: Sendable {
  /// The components of random vectors that are drawn in all: the error falls with the root of it.
  public var componentCount = 16_384
  /// The number of steps with each.
  public var stepCount = 48
  /// What the vectors depend on.
  public var seed: UInt64 = 1

  /// Makes the default settings.
  public init() {}

  /// Estimates a spectrum.
  ///
  /// - Throws: `.outOfMemory`.
  public func measure(_ graphs: RadiusGraphs, radius: Double) throws(HoneError) -> SpectralMeasure {
    let count = graphs.atomCount
    let roots = try graphs.inverseRootDegrees(radius: radius)
    var random = RandomNumbers(seed: seed)
    var nodes: [(value: Double, weight: Double)] = []
    var (previous, current) = (
      try Buffer<Double>(count: count), try Buffer<Double>(count: count)
    )
    var next = try Buffer<Double>(count: count)
    for _ in 0..<max(4, (componentCount + count - 1) / count) {
      previous.fill(0)
      for atom in 0..<count { current[atom] = random.uniform() < 0.5 ? -1 : 1 }
      scale(current, by: 1 / Double(count).squareRoot())
      var (diagonal, offDiagonal): ([Double], [Double]) = ([], [])
      for step in 0..<min(stepCount, count) {
        try multiply(graphs, radius, roots, current, into: next)
        let projection = dot(current, next)
        diagonal.append(projection)
        let before = offDiagonal.last ?? 0
        for atom in 0..<count {
          next[atom] -= projection * current[atom] + before * previous[atom]
        }
        let length = dot(next, next).squareRoot()
        guard step + 1 < min(stepCount, count), length > 1e-10 else { break }
        offDiagonal.append(length)
        scale(next, by: 1 / length)
        (previous, current, next) = (current, next, previous)
      }
      nodes += try quadrature(diagonal, offDiagonal)
    }
    return SpectralMeasure(nodes)
  }

  /// y = L x.
  private func multiply(
    _ graphs: RadiusGraphs, _ radius: Double, _ roots: Buffer<Double>, _ x: Buffer<Double>,
    into y: Buffer<Double>
  ) throws(HoneError) {
    for atom in 0..<graphs.atomCount { y[atom] = x[atom] }
    try graphs.forEachEdge(radius: radius) { edge in
      let (i, j) = (Int(edge.center), Int(edge.neighbor))
      y[i] -= roots[i] * roots[j] * x[j]
    }
  }

  private func quadrature(
    _ diagonal: [Double], _ offDiagonal: [Double]
  ) throws(HoneError) -> [(value: Double, weight: Double)] {
    let count = diagonal.count
    let (values, components) = (try Buffer<Double>(count: count), try Buffer<Double>(count: count))
    let steps = Array(offDiagonal.prefix(count - 1))
    guard
      honeeigen_tridiagonal_eigen(count, diagonal, steps, values.base, components.base) == 0
    else {
      throw HoneError(
        .notConverged, "expected a graph whose spectrum converges, got one that does not")
    }
    // Rounding may leave an eigenvalue outside [0, 2] by a few units in the last place.
    return (0..<count).map { (min(max(values[$0], 0), 2), components[$0] * components[$0]) }
  }

  private func dot(_ x: Buffer<Double>, _ y: Buffer<Double>) -> Double {
    (0..<x.count).reduce(0) { $0 + x[$1] * y[$1] }
  }

  private func scale(_ x: Buffer<Double>, by factor: Double) {
    for index in 0..<x.count { x[index] *= factor }
  }
}
