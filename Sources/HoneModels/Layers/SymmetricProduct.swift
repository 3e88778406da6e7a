public import HoneNumerics

/// One output component of a symmetric product as a polynomial in the components of its input.
///
/// The monomials form a tree: a node is a sorted tuple of component indices, its parent the tuple
/// without its last member. Evaluated from the leaves up, as in Horner's scheme,
/// `value(n) = coefficient(n) + Σ_children A[index(child)] · value(child)`.
public struct MonomialTree: Sendable {
  /// The parent of each node; parents come before children, node 0 is the root.
  public let parents: [Int32]
  /// The component each node multiplies by; the root's entry is unused.
  public let variables: [Int32]
  /// Where the nodes' coefficients start among all trees of a product.
  public let coefficientOffset: Int

  /// The number of nodes.
  @inlinable public var count: Int { parents.count }
}

/// The product basis of MACE: symmetric powers of an atom's features, contracted with weights of
/// the atom's species into features of chosen irreps.
///
/// `B[L, M, u] = Σ_ν Σ_{i₁≤…≤i_ν} P[z, (i₁…i_ν), LM, u] A[i₁, u] … A[i_ν, u]`. Weights and coupling
/// coefficients are contracted into P once per species.
/// - SeeAlso: Batatia et al., NeurIPS 2022, arXiv:2206.07697, eqs. (10) and (11).
public struct SymmetricProduct<T: HoneScalar>: Sendable {
  /// The rows it takes: blocks of equal multiplicity.
  public let inputLayout: FeatureLayout
  /// The rows it gives.
  public let outputLayout: FeatureLayout

  let trees: [MonomialTree]
  private let coefficients: [Buffer<T.Lanes>]
  private let inputOffsets: [Int]
  private let outputOffsets: [Int]
  private let lanes: Int

  /// Makes the product from trees and their coefficients.
  ///
  /// - Parameters:
  ///   - inputLayout: Blocks of equal multiplicity.
  ///   - outputLayout: Blocks of the same multiplicity.
  ///   - trees: One per output component, in the order of the output's blocks and components.
  ///   - coefficients: Per species, `[node of all trees][lanes]`.
  init(
    inputLayout: FeatureLayout, outputLayout: FeatureLayout, trees: [MonomialTree],
    coefficients: [Buffer<T.Lanes>]
  ) {
    self.inputLayout = inputLayout
    self.outputLayout = outputLayout
    self.trees = trees
    self.coefficients = coefficients
    lanes = inputLayout.blocks.first?.lanes ?? 0
    inputOffsets = inputLayout.blocks.flatMap { block in
      (0..<block.componentCount).map { block.offset(component: $0) }
    }
    outputOffsets = outputLayout.blocks.flatMap { block in
      (0..<block.componentCount).map { block.offset(component: $0) }
    }
  }

  /// Lanes of working memory.
  public var workLanes: Int { 2 * (trees.map(\.count).max() ?? 0) }

  /// Evaluates one row.
  ///
  /// - Parameters:
  ///   - input: A, one row.
  ///   - species: The atom's species.
  ///   - work: `workLanes` lanes.
  ///   - output: B, one row, overwritten.
  public func evaluate(
    _ input: View<T.Lanes>, species: Int, work: View<T.Lanes>, into output: View<T.Lanes>
  ) {
    let table = coefficients[species].view
    for (index, tree) in trees.enumerated() {
      for block in 0..<lanes {
        values(of: tree, input, table, block, into: work)
        output[outputOffsets[index] + block] = work[0]
      }
    }
  }

  /// Adds the gradient with respect to the input of one row.
  ///
  /// Adjoint of `evaluate(_:species:work:into:)`: adjoints run from the root down,
  /// `adjoint(child) = adjoint(parent) · A`, `∂A += adjoint(parent) · value(child)`.
  ///
  /// - Parameters:
  ///   - outputGradient: ∂E/∂B, one row.
  ///   - input: A, one row.
  ///   - species: The atom's species.
  ///   - work: `workLanes` lanes.
  ///   - inputGradient: ∂E/∂A, one row, added to.
  public func accumulateGradient(
    _ outputGradient: View<T.Lanes>, at input: View<T.Lanes>, species: Int, work: View<T.Lanes>,
    into inputGradient: View<T.Lanes>
  ) {
    let table = coefficients[species].view
    for (index, tree) in trees.enumerated() {
      let adjoints = work.dropping(tree.count)
      for block in 0..<lanes {
        values(of: tree, input, table, block, into: work)
        adjoints[0] = outputGradient[outputOffsets[index] + block]
        for node in 1..<max(tree.count, 1) {
          let parent = adjoints[Int(tree.parents[node])]
          let offset = inputOffsets[Int(tree.variables[node])] + block
          inputGradient[offset] = T.Lanes.multiplyAdd(inputGradient[offset], parent, work[node])
          adjoints[node] = parent * input[offset]
        }
      }
    }
  }

  @inline(__always)
  private func values(
    of tree: MonomialTree, _ input: View<T.Lanes>, _ table: View<T.Lanes>, _ block: Int,
    into values: View<T.Lanes>
  ) {
    let first = tree.coefficientOffset * lanes + block
    for node in 0..<tree.count { values[node] = table[first + node * lanes] }
    var node = tree.count - 1
    while node > 0 {
      let parent = Int(tree.parents[node])
      let factor = input[inputOffsets[Int(tree.variables[node])] + block]
      values[parent] = T.Lanes.multiplyAdd(values[parent], factor, values[node])
      node -= 1
    }
  }
}
