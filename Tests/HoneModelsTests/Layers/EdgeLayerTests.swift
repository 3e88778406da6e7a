internal import HoneNumerics
internal import HoneO3
internal import Testing

@testable internal import HoneModels

@Suite("Layers on edges")
struct EdgeLayerTests {
  @Test("harmonics: the reverse is the adjoint, on the sphere and off it", arguments: 0...5)
  func harmonics(_ lMax: Int) throws {
    for seed in 0..<3 { try expectAdjoint(HarmonicsOperation(lMax: lMax), seed: seed) }
  }

  @Test("harmonics are those of the polynomials, in every scalar")
  func harmonicValues() throws {
    for seed in 0..<4 {
      let vector = HarmonicsOperation(lMax: 4).point(seed)
      let values = try HarmonicsOperation(lMax: 4).evaluate(vector)
      let single = try HarmonicsOperation(lMax: 4).evaluate(vector.map { Float($0) })
      for l in 0...4 {
        for m in -l...l {
          let expected = SphericalHarmonicPolynomial(l: l, m: m).value(
            x: vector[0], y: vector[1], z: vector[2])
          #expect(abs(values[l * l + l + m] - expected) < 1e-13)
          #expect(abs(Double(single[l * l + l + m]) - expected) < 1e-5)
        }
      }
    }
  }

  static let bases: [RadialBasisOperation] = {
    let kinds: [RadialBasis<Double>.Kind] = [
      .bessel(frequencies: (1...8).map { Double($0) * 0.63 }, factor: 0.63),
      .bessel(frequencies: (1...3).map { Double($0) * 0.6 }, factor: 1.1),
      .gaussian(centers: (0..<11).map { Double($0) / 2 }, coefficient: -2),
      .chebyshev(count: 10),
    ]
    let transforms: [DistanceTransform?] = [
      nil, .agnesi(q: 0.9183, p: 4.5791, a: 1.0805), .soft(alpha: 4),
    ]
    let cutoffs: [RadialCutoff] = [
      .polynomial(p: 2), .polynomial(p: 5), .polynomial(p: 6), .xplor(onset: 3.5),
    ]
    return kinds.flatMap { kind in
      transforms.flatMap { transform in
        cutoffs.flatMap { cutoff in
          [0.7, 2.2, 3.9, 4.8].map { distance in
            RadialBasisOperation(
              kind: kind, cutoff: cutoff, transform: transform,
              appliesCutoff: distance != 2.2,
              taper: distance > 2 && distance < 4 ? RadialTaper(onset: 2, end: 4.5) : nil,
              distance: distance)
          }
        }
      }
    }
  }()

  @Test("radial bases: slopes are derivatives")
  func radialBasis() throws {
    for basis in Self.bases {
      let deviation = try adjointDeviation(basis)
      #expect(deviation.adjoint < 1e-11, "\(basis)")
      #expect(deviation.difference < 1e-7, "\(basis)")
      #expect(deviation.secondReverse < 1e-7, "\(basis)")
      #expect(deviation.secondForward < 1e-10, "\(basis)")
    }
  }

  @Test("cutoffs are one at the start, and end with value and slopes zero")
  func cutoffs() {
    typealias Twice = Dual<Dual<Double>>
    let seed = { (r: Double) in Twice(Dual(r, tangent: 1), tangent: Dual(1)) }
    for cutoff: RadialCutoff in [.polynomial(p: 3), .polynomial(p: 6), .xplor(onset: 4)] {
      #expect(cutoff.value(1e-9, cutoff: 5) == 1)
      #expect(cutoff.value(5.0, cutoff: 5) == 0)
      #expect(cutoff.value(7.0, cutoff: 5) == 0)
      let end = cutoff.value(seed(5 - 1e-9), cutoff: 5)
      #expect(abs(end.primal.primal) < 1e-12)
      #expect(abs(end.primal.tangent) < 1e-7)
    }
    for p in 2...8 {
      let end = RadialCutoff.polynomial(p: p).value(seed(5 - 1e-9), cutoff: 5)
      #expect(abs(end.tangent.tangent) < 1e-6)
    }
    #expect(RadialCutoff.xplor(onset: 4).value(3.999, cutoff: 5) == 1)
    #expect(abs(RadialCutoff.xplor(onset: 4).value(4 + 1e-9, cutoff: 5) - 1) < 1e-12)
  }

  @Test(
    "radial networks: the reverse is the adjoint", arguments: RadialNetworkOperation.Kind.allCases)
  func radialNetwork(_ kind: RadialNetworkOperation.Kind) throws {
    for seed in 0..<3 { try expectAdjoint(RadialNetworkOperation(kind: kind), seed: seed) }
  }

  @Test("pair repulsion: the reverse is the adjoint, and it ends at the sum of the radii")
  func repulsion() throws {
    try expectAdjoint(RepulsionOperation())
    var far = RepulsionOperation().point(0)
    for index in far.indices { far[index] *= 8 }
    #expect(try RepulsionOperation().evaluate(far) == [0])
    #expect(try RepulsionOperation().gradient(far, [1]) == [Double](repeating: 0, count: 12))
  }

  static let convolutions: [ConvolutionOperation] = [
    ConvolutionOperation(sender: irreps(scalars: 9, vectors: 0, tensors: 0), lMax: 3, accepted: 3),
    ConvolutionOperation(sender: irreps(scalars: 3, vectors: 2, tensors: 9), lMax: 2, accepted: 3),
    ConvolutionOperation(sender: irreps(scalars: 1, vectors: 10, tensors: 0), lMax: 3, accepted: 1),
  ]

  private static func irreps(scalars: Int, vectors: Int, tensors: Int) -> Irreps {
    Irreps(
      [
        Irreps.Block(scalars, Irrep(0, .even)), .init(vectors, Irrep(1, .odd)),
        .init(tensors, Irrep(2, .even)),
      ].filter { $0.multiplicity > 0 })
  }

  @Test("convolutions: the reverse is the adjoint in all three arguments", arguments: 0..<3)
  func convolution(_ index: Int) throws {
    for seed in 0..<2 { try expectAdjoint(Self.convolutions[index], seed: seed) }
  }

  @Test("the senders' gradient alone is the same", arguments: 0..<3)
  func senderGradient(_ index: Int) throws {
    let operation = Self.convolutions[index]
    let convolution: Convolution<Double> = try operation.convolution()
    let x = operation.point(3)
    let rows = try operation.rows(x)
    let outputs = try operation.evaluate(x).count
    let w = (0..<outputs).map { noise(9, $0) }
    let whole = try operation.gradient(x, w).suffix(operation.sender.dim)
    let packing = Packing<Double>(operation.sender, rows: 1)
    let result = try packing.zeros()
    let messageGradient = try Packing<Double>(convolution.messageLayout, rows: 1).packed(w)
    convolution.accumulateSenderGradient(
      messageGradient.view,
      weights: rows.weights.view, couplings: rows.couplings.view, into: result.view)
    for (a, b) in zip(whole, packing.unpacked(result.view)) { #expect(abs(a - b) < 1e-13) }
  }

  @Test("a message is the sum over couplings, harmonics and features", arguments: 0..<3)
  func naiveConvolution(_ index: Int) throws {
    let operation = Self.convolutions[index]
    let convolution: Convolution<Double> = try operation.convolution()
    let harmonics = (0..<convolution.harmonicCount).map { noise(31, $0) }
    let row = try Packing<Double>(scalars(harmonics.count), rows: 1).packed(harmonics)
    let couplings = try Buffer<SIMD8<Double>>(count: convolution.coupling.blockCount)
    convolution.coupling.multiply(
      row.view, stride: row.count, into: couplings.view, stride: couplings.count, rows: 1)
    #expect(convolution.coupling.columnCount == operation.couplingCount)
    var x = operation.point(4)
    let first = operation.weightIrreps.dim
    for k in 0..<operation.couplingCount { x[first + k] = couplings.view.channel(k) }
    let message = try operation.evaluate(x)
    let features = Array(x.suffix(operation.sender.dim))
    var expected: [Double] = []
    var weight = 0
    for path in operation.paths {
      let block = operation.sender.blocks[path.input]
      let (n1, n2, n3) = (block.irrep.dim, 2 * path.degree + 1, path.irrep.dim)
      let c3j = wigner3j(block.irrep.l, path.degree, path.irrep.l)
      let start = operation.sender.offsets[path.input]
      for c in 0..<n3 {
        for u in 0..<block.multiplicity {
          var sum = 0.0
          for a in 0..<n1 {
            for b in 0..<n2 {
              sum +=
                1.7 * c3j[(a * n2 + b) * n3 + c] * harmonics[path.degree * path.degree + b]
                * features[start + a * block.multiplicity + u]
            }
          }
          expected.append(x[weight + u] * sum)
        }
      }
      weight += block.multiplicity
    }
    try #require(message.count == expected.count)
    for (a, b) in zip(message, expected) { #expect(abs(a - b) < 1e-13) }

    // The transpose takes gradients of couplings to gradients of harmonics.
    let gradient = (0..<operation.couplingCount).map { noise(77, $0) }
    let packed = try Packing<Double>(scalars(gradient.count), rows: 1).packed(gradient)
    let back = try Buffer<SIMD8<Double>>(count: row.count)
    convolution.couplingTranspose.multiply(
      packed.view, stride: packed.count, into: back.view, stride: back.count, rows: 1)
    let left = (0..<gradient.count).reduce(0) { $0 + gradient[$1] * couplings.view.channel($1) }
    let right = harmonics.indices.reduce(0) { $0 + harmonics[$1] * back.view.channel($1) }
    #expect(abs(left - right) < 1e-11)
  }
}
