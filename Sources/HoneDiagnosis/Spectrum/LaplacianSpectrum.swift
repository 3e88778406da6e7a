internal import CHoneEigen
public import HoneNumerics
internal import HoneStructure
internal import Glibc

/// Spectra of the symmetric normalised Laplacian L = 1 − D^(−1/2) A D^(−1/2) of a radius graph.
///
/// As in the paper's code, and other than in textbooks, an atom without neighbours has the eigenvalue 1:
/// the diagonal is 1 everywhere, so the mean of a spectrum is exactly 1. In a crystal A counts images,
/// and the spectrum is that of the infinite graph: an average over Bloch phases, the same for every
/// supercell.
///
/// - SeeAlso: Kreiman, Krishnapriyan, arXiv:2503.08674; Chung, Spectral Graph Theory, AMS 1997, ch. 1.
public enum LaplacianSpectrum {
  /// Up to how many atoms matrices are diagonalised; beyond, spectra are estimated.
  public static let densestAtomCount = 500

  /// How far a crystal must repeat before its spectrum is taken for that of the infinite one, in Å.
  ///
  /// Meshes have powers of two of points along each period, so that doubled cells fold onto the same
  /// states.
  static let bulkLength = 40.0

  /// The spectrum of a structure.
  ///
  /// Up to 500 atoms exact, over a mesh of phases for crystals; beyond by stochastic Lanczos quadrature
  /// of the structure as it is, in time linear in edges.
  ///
  /// - Throws: `.invalidArgument` without atoms, `.outOfMemory`.
  public static func measure(
    _ graphs: RadiusGraphs, radius: Double
  ) throws(HoneError) -> SpectralMeasure {
    guard graphs.atomCount > 0 else {
      throw HoneError(.invalidArgument, "expected at least one atom, got none")
    }
    if graphs.atomCount > densestAtomCount {
      return try StochasticLanczos().measure(graphs, radius: radius)
    }
    guard let cell = graphs.cell, cell.periodicity.count > 0 else {
      return SpectralMeasure(eigenvalues: try eigenvalues(graphs, radius: radius))
    }
    return try bloch(graphs, radius: radius, mesh: mesh(of: cell))
  }

  /// All eigenvalues of a structure by itself, ascending; of a crystal those that all its images share.
  ///
  /// - Throws: `.outOfMemory`.
  public static func eigenvalues(
    _ graphs: RadiusGraphs, radius: Double
  ) throws(HoneError) -> [Double] {
    let count = graphs.atomCount
    let matrix = try Buffer<Double>(repeating: 0, count: count * count)
    let roots = try graphs.inverseRootDegrees(radius: radius)
    for atom in 0..<count { matrix[atom * count + atom] = 1 }
    try graphs.forEachEdge(radius: radius) { edge in
      let (i, j) = (Int(edge.center), Int(edge.neighbor))
      matrix[i * count + j] -= roots[i] * roots[j]
    }
    return try solve(count, matrix, honeeigen_symmetric_eigenvalues, copies: 4)
  }

  /// The variance of the spectrum, Σ 1 / (dᵢ dⱼ) over directed edges, per atom: exact for molecules and
  /// infinite crystals alike, and linear in edges.
  ///
  /// - Throws: `.outOfMemory`.
  public static func variance(_ graphs: RadiusGraphs, radius: Double) throws(HoneError) -> Double {
    let roots = try graphs.inverseRootDegrees(radius: radius)
    var sum = 0.0
    try graphs.forEachEdge(radius: radius) { edge in
      let product = roots[Int(edge.center)] * roots[Int(edge.neighbor)]
      sum += product * product
    }
    return graphs.atomCount > 0 ? sum / Double(graphs.atomCount) : 0
  }

  /// The points along each period, a power of two.
  static func mesh(of cell: Cell) -> [Int] {
    (0..<3).map { direction in
      guard cell.periodicity[direction] else { return 1 }
      let row = cell.basis[direction]
      let length = (row * row).sum().squareRoot()
      var points = 1
      while Double(points) * length < bulkLength && points < 64 { points *= 2 }
      return points
    }
  }

  /// The average over the phases of a mesh that contains the origin.
  private static func bloch(
    _ graphs: RadiusGraphs, radius: Double, mesh: [Int]
  ) throws(HoneError) -> SpectralMeasure {
    let count = graphs.atomCount
    let matrix = try Buffer<Double>(repeating: 0, count: 2 * count * count)
    let roots = try graphs.inverseRootDegrees(radius: radius)
    var nodes: [(value: Double, weight: Double)] = []
    for a in 0..<mesh[0] {
      for b in 0..<mesh[1] {
        for c in 0..<mesh[2] {
          // k and −k have the same eigenvalues: the first of both counts for the other.
          let opposite = [
            (mesh[0] - a) % mesh[0], (mesh[1] - b) % mesh[1], (mesh[2] - c) % mesh[2],
          ]
          let order = [a, b, c]
          guard !opposite.lexicographicallyPrecedes(order) else { continue }
          let phase = SIMD3(
            2 * Double.pi * Double(a) / Double(mesh[0]),
            2 * Double.pi * Double(b) / Double(mesh[1]),
            2 * Double.pi * Double(c) / Double(mesh[2]))
          try fill(matrix, graphs, radius, roots, phase)
          let values = try solve(count, matrix, honeeigen_hermitian_eigenvalues, copies: 8)
          let weight = opposite == order ? 1.0 : 2.0
          for value in values { nodes.append((value, weight)) }
        }
      }
    }
    return SpectralMeasure(nodes)
  }

  private static func fill(
    _ matrix: Buffer<Double>, _ graphs: RadiusGraphs, _ radius: Double, _ roots: Buffer<Double>,
    _ phase: SIMD3<Double>
  ) throws(HoneError) {
    let count = graphs.atomCount
    matrix.fill(0)
    for atom in 0..<count { matrix[2 * (atom * count + atom)] = 1 }
    try graphs.forEachEdge(radius: radius) { edge in
      let (i, j) = (Int(edge.center), Int(edge.neighbor))
      let angle =
        phase.x * Double(edge.shift.0) + phase.y * Double(edge.shift.1)
        + phase.z * Double(edge.shift.2)
      let place = 2 * (i * count + j)
      matrix[place] -= roots[i] * roots[j] * cos(angle)
      matrix[place + 1] -= roots[i] * roots[j] * sin(angle)
    }
  }

  private static func solve(
    _ count: Int, _ matrix: Buffer<Double>,
    _ solver: (Int, UnsafePointer<Double>?, UnsafeMutablePointer<Double>?) -> Int32, copies: Int
  ) throws(HoneError) -> [Double] {
    // What the solver copies must be there, or it ends the process.
    try Headroom.require(count * count, of: 8 * copies)
    let values = try Buffer<Double>(repeating: 0, count: count)
    guard solver(count, matrix.base, values.base) == 0 else {
      throw HoneError(
        .notConverged, "expected a graph whose spectrum converges, got one that does not")
    }
    return (0..<count).map { values[$0] }
  }
}
