public import HoneNumerics
public import HoneO3

/// The equivariant convolution: neighbours' features times harmonics of the edge, weighted per
/// edge and channel, summed over the neighbours.
///
/// `m_q[c, u] = Σ_j R_q[ij, u] Σ_a K_q[ij][a, c] h_j[q, a, u]` with
/// `K_q[ij][a, c] = Σ_b C_q[a, b, c] Y_b[ij]`: for each path q from a block of the features and a
/// degree of the harmonics to a block of the message. The couplings K of all paths are one small
/// matrix product per edge.
/// - SeeAlso: Thomas et al., arXiv:1802.08219; mode "uvu" of e3nn's tensor product.
public struct Convolution<T: HoneScalar>: Sendable {
  /// One path of the tensor product.
  public struct Path: Sendable {
    /// The block of the senders' features.
    public let input: Int
    /// The degree of the harmonics.
    public let degree: Int
    /// How the result transforms.
    public let irrep: Irrep
    /// The coupling coefficients, `[2l₁+1][2l+1][2l₃+1]`, every factor included.
    public let coefficients: [Double]

    /// Makes a path.
    public init(input: Int, degree: Int, irrep: Irrep, coefficients: [Double]) {
      self.input = input
      self.degree = degree
      self.irrep = irrep
      self.coefficients = coefficients
    }
  }

  @usableFromInline
  struct Route: Sendable {
    let inputOffset: Int
    let inputComponents: Int
    let outputOffset: Int
    let outputComponents: Int
    let lanes: Int
    let weightOffset: Int
    let couplingOffset: Int
  }

  /// The rows of the senders' features.
  public let senderLayout: FeatureLayout
  /// The rows of the messages, one block per path in the order of the paths.
  public let messageLayout: FeatureLayout
  /// The number of harmonics, all degrees up to the highest.
  public let harmonicCount: Int
  /// The lanes of one row of edge weights: per path as many channels as its input block has.
  public let weightLanes: Int
  /// Where each path's weights start in a row, in lanes.
  public let weightOffsets: [Int]
  /// The most lanes of any block.
  let widestBlock: Int
  /// The highest degree of the senders' features.
  let maximumInputDegree: Int

  /// The paths it was made from.
  let paths: [Path]
  let coupling: PackedMatrix<T>
  let couplingTranspose: PackedMatrix<T>
  private let routes: [Route]

  /// Makes the convolution from its paths.
  ///
  /// - Throws: `.outOfMemory`.
  public init(senderLayout: FeatureLayout, lMax: Int, paths: [Path]) throws(HoneError) {
    self.senderLayout = senderLayout
    self.paths = paths
    harmonicCount = (lMax + 1) * (lMax + 1)
    messageLayout = FeatureLayout(
      Irreps(paths.map { .init(senderLayout.blocks[$0.input].multiplicity, $0.irrep) }),
      width: T.Lanes.width)
    var routes: [Route] = []
    var entries: [(path: Int, a: Int, c: Int)] = []
    var weightOffset = 0
    for (index, path) in paths.enumerated() {
      let input = senderLayout.blocks[path.input]
      let output = messageLayout.blocks[index]
      routes.append(
        Route(
          inputOffset: input.offset, inputComponents: input.componentCount,
          outputOffset: output.offset, outputComponents: output.componentCount,
          lanes: input.lanes, weightOffset: weightOffset, couplingOffset: entries.count))
      weightOffset += input.lanes
      for a in 0..<input.componentCount {
        for c in 0..<output.componentCount { entries.append((index, a, c)) }
      }
    }
    self.routes = routes
    weightLanes = weightOffset
    weightOffsets = routes.map(\.weightOffset)
    widestBlock = routes.map(\.lanes).max() ?? 0
    maximumInputDegree = senderLayout.blocks.map(\.irrep.l).max() ?? 0
    let harmonics = harmonicCount
    func entry(_ harmonic: Int, _ index: Int) -> T.Weight {
      let (pathIndex, a, c) = entries[index]
      let path = paths[pathIndex]
      let b = harmonic - path.degree * path.degree
      let components = 2 * path.degree + 1
      guard b >= 0 && b < components else { return .zero }
      return T.Weight(path.coefficients[(a * components + b) * path.irrep.dim + c])
    }
    coupling = try PackedMatrix(
      rowCount: harmonics, columnCount: entries.count, element: entry)
    couplingTranspose = try PackedMatrix(
      rowCount: entries.count, columnCount: harmonics, element: { entry($1, $0) })
  }

  /// Adds one edge's message.
  ///
  /// - Parameters:
  ///   - weights: The edge's row of weights R, `weightLanes`.
  ///   - couplings: The edge's row of K.
  ///   - sender: The sender's row of features.
  ///   - message: The centre's row, added to.
  @inline(__always)
  func accumulate(
    weights: View<T.Lanes>, couplings: View<T.Lanes>, sender: View<T.Lanes>,
    into message: View<T.Lanes>
  ) {
    for route in routes {
      let lanes = route.lanes
      let n3 = route.outputComponents
      for block in 0..<lanes {
        let weight = weights[route.weightOffset &+ block]
        for c in 0..<n3 {
          var sum = T.Lanes.zero
          var k = route.couplingOffset &+ c
          var source = route.inputOffset &+ block
          for _ in 0..<route.inputComponents {
            sum = T.Lanes.multiplyAdd(
              sum, T.Lanes(repeating: couplings.channel(k)), sender[source])
            k = k &+ n3
            source = source &+ lanes
          }
          let target = route.outputOffset &+ c &* lanes &+ block
          message[target] = T.Lanes.multiplyAdd(message[target], weight, sum)
        }
      }
    }
  }

  /// Adds the gradients of one edge's message.
  ///
  /// Adjoint of `accumulate(weights:couplings:sender:into:)` in each of its three arguments.
  ///
  /// - Parameters:
  ///   - messageGradient: ∂E/∂m of the centre.
  ///   - weights: The edge's weights R.
  ///   - couplings: The edge's K.
  ///   - sender: The sender's row of features.
  ///   - work: `work[a][block]`, for the most components and the widest block.
  ///   - weightGradient: ∂E/∂R, overwritten.
  ///   - couplingGradient: ∂E/∂K, overwritten; `nil` where nobody needs it.
  ///   - senderGradient: ∂E/∂h of the sender, added to.
  @inline(__always)
  func accumulateGradient(
    _ messageGradient: View<T.Lanes>, weights: View<T.Lanes>, couplings: View<T.Lanes>,
    sender: View<T.Lanes>, work: View<T.Lanes>, weightGradient: View<T.Lanes>,
    couplingGradient: View<T.Lanes>?, senderGradient: View<T.Lanes>
  ) {
    for route in routes {
      let lanes = route.lanes
      let n1 = route.inputComponents
      let n3 = route.outputComponents
      for block in 0..<lanes {
        let weight = weights[route.weightOffset &+ block]
        var weightSum = T.Lanes.zero
        for a in 0..<n1 {
          var sum = T.Lanes.zero
          var k = route.couplingOffset &+ a &* n3
          var source = route.outputOffset &+ block
          for _ in 0..<n3 {
            sum = T.Lanes.multiplyAdd(
              sum, T.Lanes(repeating: couplings.channel(k)), messageGradient[source])
            k = k &+ 1
            source = source &+ lanes
          }
          let index = route.inputOffset &+ a &* lanes &+ block
          let feature = sender[index]
          senderGradient[index] = T.Lanes.multiplyAdd(senderGradient[index], weight, sum)
          weightSum = T.Lanes.multiplyAdd(weightSum, feature, sum)
          work[a &* lanes &+ block] = weight * feature
        }
        weightGradient[route.weightOffset &+ block] = weightSum
      }
      guard let couplingGradient else { continue }
      for a in 0..<n1 {
        for c in 0..<n3 {
          var sum = T.Lanes.zero
          let first = a &* lanes
          let second = route.outputOffset &+ c &* lanes
          for block in 0..<lanes {
            sum = T.Lanes.multiplyAdd(
              sum, work[first &+ block], messageGradient[second &+ block])
          }
          couplingGradient.setChannel(route.couplingOffset &+ a &* n3 &+ c, to: sum.sum())
        }
      }
    }
  }

  /// Adds the gradient of one edge's message with respect to the sender's features alone.
  @inline(__always)
  func accumulateSenderGradient(
    _ messageGradient: View<T.Lanes>, weights: View<T.Lanes>, couplings: View<T.Lanes>,
    into senderGradient: View<T.Lanes>
  ) {
    for route in routes {
      let lanes = route.lanes
      for block in 0..<lanes {
        let weight = weights[route.weightOffset &+ block]
        for a in 0..<route.inputComponents {
          var sum = T.Lanes.zero
          for c in 0..<route.outputComponents {
            let k = route.couplingOffset &+ a &* route.outputComponents &+ c
            sum = T.Lanes.multiplyAdd(
              sum, T.Lanes(repeating: couplings.channel(k)),
              messageGradient[route.outputOffset &+ c &* lanes &+ block])
          }
          let index = route.inputOffset &+ a &* lanes &+ block
          senderGradient[index] = T.Lanes.multiplyAdd(senderGradient[index], weight, sum)
        }
      }
    }
  }
}
