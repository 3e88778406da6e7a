public import HoneNumerics

/// Products with the Hessian of a head's energy with respect to positions, exact and at the cost of a few
/// evaluations: the reverse pass on dual numbers whose positions carry the vector as tangent.
///
/// In double precision, with the parameters the model began with.
///
/// - SeeAlso: Pearlmutter, Neural Comput. 6, 147 (1994).
public final class PositionHessian: Sendable {
  private let model: MessagePassingModel<Dual<Double>>

  init(_ definition: ModelDefinition, head: Int) throws(HoneError) {
    try definition.requireHeadroom()
    model = try definition.model(head: head)
  }

  /// Multiplies a vector with ∂²E/∂x∂x of the structures of a batch, which are independent of each other.
  ///
  /// Any number of threads may do so at once. Cells stay as they are.
  ///
  /// - Parameters:
  ///   - batch: The structures.
  ///   - vector: What is multiplied, `[atoms][3]`.
  ///   - product: Receives the product in the vector's unit times eV/Å², `[atoms][3]`.
  ///   - team: The threads.
  /// - Throws: `.invalidArgument` for arrays of the wrong size, `.outOfMemory`.
  public func multiply(
    _ batch: TrainingBatch, _ vector: View<Double>, into product: View<Double>, team: Team
  ) throws(HoneError) {
    let count = 3 * batch.atomCount
    guard vector.count == count, product.count == count else {
      throw HoneError(
        .invalidArgument,
        "expected vectors of \(count) numbers for \(batch.atomCount) atoms, got \(vector.count) and "
          + "\(product.count)")
    }
    let graph = try batch.graph { edge, axis in Dual(batch.vectors[3 * edge + axis], tangent: 0) }
    batch.forEachEdge { edge, atom, other in
      for axis in 0..<3 {
        graph.vectors[3 * edge + axis].tangent = vector[3 * other + axis] - vector[3 * atom + axis]
      }
    }
    let result = try model.compute(graph, derivatives: .gradients, team: team)
    product.fill(0)
    guard let gradients = result.edgeGradients else { return }
    batch.forEachEdge { edge, atom, other in
      for axis in 0..<3 {
        let gradient = gradients[3 * edge + axis].tangent
        product[3 * atom + axis] -= gradient
        product[3 * other + axis] += gradient
      }
    }
  }
}

extension TrainingBatch {
  /// Calls a body for each edge with the atoms at its ends.
  @inline(__always)
  func forEachEdge(_ body: (_ edge: Int, _ atom: Int, _ other: Int) -> Void) {
    for node in 0..<atomCount {
      for edge in edgeStarts[node]..<edgeStarts[node + 1] {
        body(edge, Int(atoms[node]), Int(atoms[Int(neighbors[edge])]))
      }
    }
  }
}
