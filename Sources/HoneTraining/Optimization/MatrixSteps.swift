internal import HoneNumerics

/// The matrices that Muon orthogonalises, of all groups, and the memory it takes.
final class MatrixSteps {
  private struct Matrix {
    let group: Int
    let start: Int
    let shape: (rows: Int, columns: Int)
  }

  private let matrices: [Matrix]
  /// One for each thread.
  private let workspaces: [Orthogonalization]

  /// Finds the matrices and makes memory for the largest, for a number of threads.
  ///
  /// - Throws: `.outOfMemory`.
  init(layout: ParameterLayout, threadCount: Int) throws(HoneError) {
    var matrices: [Matrix] = []
    for (index, group) in layout.groups.enumerated() {
      var start = group.range.lowerBound
      for shape in group.matrices {
        if Orthogonalization.covers(shape) {
          matrices.append(Matrix(group: index, start: start, shape: shape))
        }
        start += shape.rows * shape.columns
      }
    }
    var workspaces: [Orthogonalization] = []
    for _ in 0..<min(threadCount, matrices.count) {
      workspaces.append(try Orthogonalization(matrices: matrices.map(\.shape)))
    }
    self.matrices = matrices
    self.workspaces = workspaces
  }

  /// Calls a function with the parts of a group that are no matrices.
  static func forEachOtherRange(of group: ParameterGroup, _ body: (Range<Int>) -> Void) {
    guard !group.matrices.isEmpty else { return body(group.range) }
    var start = group.range.lowerBound
    for shape in group.matrices {
      let end = start + shape.rows * shape.columns
      if !Orthogonalization.covers(shape) { body(start..<end) }
      start = end
    }
  }

  /// One step for all matrices whose groups are trained.
  ///
  /// Threads take them in turns; no matrix depends on another.
  func run(
    _ settings: MuonSettings, _ layout: ParameterLayout, _ vectors: StepVectors,
    momentum: View<Double>, rate: Double, team: Team?
  ) {
    func step(from first: Int, by threadCount: Int) {
      var index = first
      while index < matrices.count {
        let matrix = matrices[index]
        index += threadCount
        let group = layout.groups[matrix.group]
        guard group.rateFactor > 0 else { continue }
        Self.step(
          matrix, settings, vectors, momentum: momentum, rate: rate * group.rateFactor,
          weightDecay: group.decays ? settings.weightDecay : 0, workspaces[first])
      }
    }
    guard let team, workspaces.count > 1 else { return step(from: 0, by: 1) }
    let threadCount = min(team.threadCount, workspaces.count)
    team.run { rank in
      if rank < threadCount { step(from: rank, by: threadCount) }
    }
  }

  private static func step(
    _ matrix: Matrix, _ settings: MuonSettings, _ vectors: StepVectors, momentum: View<Double>,
    rate: Double, weightDecay: Double, _ workspace: Orthogonalization
  ) {
    let (rows, columns) = matrix.shape
    let count = rows * columns
    let mean = momentum.slice(matrix.start, count)
    let slope = vectors.gradient.slice(matrix.start, count)
    let values = vectors.values.slice(matrix.start, count)
    let step = workspace.matrix.slice(0, count)
    for index in 0..<count {
      let kept = mean[index] + (1 - settings.momentum) * (slope[index] - mean[index])
      mean[index] = kept
      step[index] =
        settings.isNesterov ? slope[index] + settings.momentum * (kept - slope[index]) : kept
    }
    workspace.run(
      matrix.shape, iterationCount: settings.iterationCount, epsilon: settings.epsilon)
    let size = rate * settings.stepSize * Double(max(rows, columns)).squareRoot()
    let shrink = 1 - rate * weightDecay
    for index in 0..<count { values[index] = shrink * values[index] - size * step[index] }
  }
}
