internal import CHoneShims
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

  /// Lanes of working memory.
  public let workLanes: Int

  private let plans: [MonomialPlan]
  private let coefficients: [Buffer<T.Lanes.Weight>]
  /// Per species where the gradient of its coefficients stands; empty where nobody trains them.
  private let slots: [Int]
  private let inputOffsets: [Int]
  private let outputOffsets: [Int]
  private let lanes: Int
  private let nodeCount: Int

  /// Makes the product from trees and their coefficients.
  ///
  /// - Parameters:
  ///   - inputLayout: Blocks of equal multiplicity.
  ///   - outputLayout: Blocks of the same multiplicity.
  ///   - trees: One per output component, in the order of the output's blocks and components.
  ///   - coefficients: Per species the lanes of every node, placed by `position`.
  ///   - slots: Per species where the gradient of its coefficients stands, if they are trained.
  /// - Throws: `.outOfMemory`.
  init(
    inputLayout: FeatureLayout, outputLayout: FeatureLayout, trees: [MonomialTree],
    coefficients: [Buffer<T.Lanes.Weight>], slots: [Int] = []
  ) throws(HoneError) {
    self.slots = slots
    self.inputLayout = inputLayout
    self.outputLayout = outputLayout
    self.coefficients = coefficients
    let lanes = inputLayout.blocks.first?.lanes ?? 0
    self.lanes = lanes
    func offsets(_ layout: FeatureLayout) -> [Int] {
      layout.blocks.flatMap { block in
        (0..<block.componentCount).map { block.offset(component: $0) }
      }
    }
    outputOffsets = offsets(outputLayout)
    inputOffsets = offsets(inputLayout)
    var plans: [MonomialPlan] = []
    for tree in trees {
      plans.append(try MonomialPlan(tree, inputOffsets: inputOffsets))
    }
    self.plans = plans
    nodeCount = trees.reduce(0) { $0 + $1.count }
    workLanes = 2 * Self.widest * (plans.map(\.branches.count).max() ?? 0)
  }

  /// The most lanes of channels that are taken together: as many sums as hide each other's latency.
  private static var widest: Int { 4 }

  /// Evaluates a number of rows.
  ///
  /// - Parameters:
  ///   - input: A, `[rows][input row]`.
  ///   - species: The atoms' species.
  ///   - work: `workLanes` lanes.
  ///   - output: B, `[rows][output row]`, overwritten.
  ///   - rows: The number of rows; rows of equal species that follow each other share what is read.
  public func evaluate(
    _ input: View<T.Lanes>, species: View<Int32>, work: View<T.Lanes>, into output: View<T.Lanes>,
    rows: Int
  ) {
    let (inputLanes, outputLanes) = (inputLayout.rowLanes, outputLayout.rowLanes)
    for (index, plan) in plans.enumerated() {
      forEachChunk { block, width in
        for row in 0..<rows {
          let source = UnsafePointer(input.base + (row * inputLanes + block))
          if row + 1 < rows { fetch(source + inputLanes, width) }
          let table = UnsafePointer(coefficients[Int(species[row])].base + block * nodeCount)
          let target = output.base + (row * outputLanes + outputOffsets[index] + block)
          switch width {
          case 4: MonomialKernel<T, 4>.values(plan, source, table, work.base)
          case 2: MonomialKernel<T, 2>.values(plan, source, table, work.base)
          default: MonomialKernel<T, 1>.values(plan, source, table, work.base)
          }
          for lane in 0..<width { target[lane] = work[lane] }
        }
      }
    }
  }

  /// Adds the gradient with respect to the input of a number of rows.
  ///
  /// Adjoint of `evaluate`: adjoints run from the root down,
  /// `adjoint(child) = adjoint(parent) · A`, `∂A += adjoint(parent) · value(child)`.
  ///
  /// - Parameters:
  ///   - outputGradient: ∂E/∂B, `[rows][output row]`.
  ///   - input: A, `[rows][input row]`.
  ///   - species: The atoms' species.
  ///   - work: `workLanes` lanes.
  ///   - inputGradient: ∂E/∂A, `[rows][input row]`, added to.
  ///   - rows: The number of rows.
  ///   - weights: Where gradients with respect to the coefficients are added, if wanted.
  func accumulateGradient(
    _ outputGradient: View<T.Lanes>, at input: View<T.Lanes>, species: View<Int32>,
    work: View<T.Lanes>, into inputGradient: View<T.Lanes>, rows: Int,
    weights: WeightGradients<T>? = nil
  ) {
    let (inputLanes, outputLanes) = (inputLayout.rowLanes, outputLayout.rowLanes)
    for (index, plan) in plans.enumerated() {
      forEachChunk { block, width in
        let adjoints = work.base + plan.branches.count * Self.widest
        for row in 0..<rows {
          let source = UnsafePointer(input.base + (row * inputLanes + block))
          if row + 1 < rows { fetch(source + inputLanes, width) }
          let table = UnsafePointer(coefficients[Int(species[row])].base + block * nodeCount)
          let target = inputGradient.base + (row * inputLanes + block)
          let seed = UnsafePointer(
            outputGradient.base + (row * outputLanes + outputOffsets[index] + block))
          switch width {
          case 4:
            MonomialKernel<T, 4>.gradient(
              plan, source, table, seed, work.base, adjoints, into: target)
          case 2:
            MonomialKernel<T, 2>.gradient(
              plan, source, table, seed, work.base, adjoints, into: target)
          default:
            MonomialKernel<T, 1>.gradient(
              plan, source, table, seed, work.base, adjoints, into: target)
          }
          guard let weights, !slots.isEmpty else { continue }
          let gradient = weights.lanes.base + (slots[Int(species[row])] + block * nodeCount)
          switch width {
          case 4:
            MonomialKernel<T, 4>.coefficientGradient(plan, source, adjoints, into: gradient)
          case 2:
            MonomialKernel<T, 2>.coefficientGradient(plan, source, adjoints, into: gradient)
          default:
            MonomialKernel<T, 1>.coefficientGradient(plan, source, adjoints, into: gradient)
          }
        }
      }
    }
  }

  /// Asks for a chunk of all components of a row: the gaps between them, larger than a page, keep the
  /// processor from seeing which row comes next.
  private func fetch(_ row: UnsafePointer<T.Lanes>, _ width: Int) {
    for offset in inputOffsets {
      honeshim_prefetch(row + offset, width &* MemoryLayout<T.Lanes>.stride)
    }
  }

  @inline(__always)
  private func forEachChunk(_ body: (_ block: Int, _ width: Int) -> Void) {
    Self.forEachChunk(of: lanes, body)
  }

  /// Cuts the lanes of channels into chunks of 4, 2 or 1.
  @inline(__always)
  private static func forEachChunk(of lanes: Int, _ body: (_ block: Int, _ width: Int) -> Void) {
    var block = 0
    var width = widest
    while block < lanes {
      while width > lanes - block { width /= 2 }
      body(block, width)
      block += width
    }
  }

  /// Where a lane of a node's coefficients stands: those of one chunk of lanes lie together, for all
  /// nodes, or a power of two between them would put them in a few sets of the cache.
  ///
  /// - Parameters:
  ///   - block: The lane of channels.
  ///   - lanes: The lanes of channels in all.
  @inline(__always)
  static func position(node: Int, block: Int, nodeCount: Int, lanes: Int) -> Int {
    let whole = lanes - lanes % widest
    var first = block - block % widest
    var width = widest
    // What is left of whole chunks is cut into a pair and a single one.
    if block >= whole {
      first = whole
      width = 2
      if lanes - whole < 2 || block >= whole + 2 {
        first = lanes - whole < 2 ? whole : whole + 2
        width = 1
      }
    }
    return first * nodeCount + node * width + (block - first)
  }
}
