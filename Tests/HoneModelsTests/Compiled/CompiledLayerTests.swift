import HoneNumerics
import HoneO3
import HoneTestSupport
import Testing

@testable import HoneModels

@Suite("Layers of the compiled evaluator")
struct CompiledLayerTests {
  /// The reference model of a committed force field.
  private func model(_ name: String) throws -> MessagePassingModel<Double> {
    let field = try InvarianceCase.named(name).model
    guard case .float64(let prepared) = try field.prepare(head: 0, .float64) else {
      throw HoneError(.internalError, "expected a model in double")
    }
    return prepared.model
  }

  @Test("Routes have the couplings of the convolution", arguments: InvarianceCase.golden)
  func couplings(_ name: String) throws {
    let model = try model(name)
    for (index, layer) in model.layers.enumerated() {
      let convolution = layer.convolution
      let compiled = try #require(try CompiledLayer(layer, embedding: nil))
      #expect(!compiled.isFactorised)
      try #require(compiled.routes.count == convolution.paths.count)
      // Any numbers will do for harmonics: couplings are linear in them. The first is constant.
      let harmonics: Buffer<SIMD8<Double>> = try Packing(
        scalars(convolution.harmonicCount), rows: 1
      ).packed([1] + (1..<convolution.harmonicCount).map { noise(index, $0) })
      let exact = try Buffer<SIMD8<Double>>(
        repeating: SIMD8(), count: convolution.coupling.blockCount)
      convolution.coupling.multiply(
        harmonics.view, stride: harmonics.count, into: exact.view, stride: exact.count, rows: 1)
      // Kernels read all of them, those too that are always zero.
      #expect(Set(compiled.couplings.map(\.output)) == Set(0..<compiled.couplingCount))
      var found = [Double](repeating: 0, count: compiled.couplingCount)
      for term in compiled.couplings {
        found[term.output] += term.coefficient * harmonics.view.channel(term.input)
      }
      #expect(
        zip(compiled.couplings, compiled.couplings.dropFirst()).allSatisfy {
          $0.output <= $1.output
        })
      var first = 0
      var channel = 0
      for (number, route) in compiled.routes.enumerated() {
        let path = convolution.paths[number]
        let input = convolution.senderLayout.blocks[path.input]
        #expect(route.isDiagonal == (path.degree == 0))
        #expect(route.inputs == input.componentCount && route.outputs == path.irrep.dim)
        #expect(route.inputOffset == input.offset && route.lanes == input.lanes)
        #expect(route.outputOffset == convolution.messageLayout.blocks[number].offset)
        #expect(route.tableOffset == convolution.weightOffsets[number])
        for a in 0..<route.inputs {
          for c in 0..<route.outputs {
            let expected = exact.view.channel(first + a * route.outputs + c)
            let value =
              route.isDiagonal
              ? (a == c ? compiled.channelScales[channel] : 0)
              : found[route.couplingOffset + a * route.outputs + c]
            #expect(abs(value - expected) < 1e-13, "path \(number) of layer \(index)")
          }
        }
        // Where the functions of the path's channels stand in a table's row.
        for u in 0..<input.multiplicity {
          #expect(compiled.channels[channel] == convolution.weightOffsets[number] * 8 + u)
          #expect(compiled.channelScales[channel] == compiled.channelScales[channel - u])
          channel += 1
        }
        first += route.inputs * route.outputs
      }
      #expect(channel == compiled.channels.count)
      #expect(compiled.tableChannels == 8 * convolution.weightLanes)
    }
  }

  @Test("First layers factorise where senders are scalars", arguments: InvarianceCase.golden)
  func factorisation(_ name: String) throws {
    let model = try model(name)
    let layer = model.layers[0]
    let compiled = try #require(try CompiledLayer(layer, embedding: model.embedding))
    let senders = layer.convolution.senderLayout.blocks
    #expect(compiled.isFactorised == senders.allSatisfy { $0.irrep.l == 0 })
    guard let rows = compiled.speciesSenders else { return }
    // What neighbours see of an atom that has met none, and the factors of the harmonics.
    try #require(rows.count == model.embedding.count)
    for (species, row) in rows.enumerated() {
      let expected = try Buffer<SIMD8<Double>>(repeating: SIMD8(), count: row.count)
      layer.up.evaluate(model.embedding[species].numbers.view, into: expected.view, rows: 1)
      #expect(row == Array(expected))
    }
    for (path, scale) in zip(layer.convolution.paths, compiled.pathScales) {
      guard path.degree > 0 else {
        #expect(scale == 1)
        continue
      }
      for b in 0..<path.irrep.dim {
        for c in 0..<path.irrep.dim {
          let coefficient = path.coefficients[b * path.irrep.dim + c]
          #expect(abs(coefficient - (b == c ? scale : 0)) <= 1e-12 * abs(scale))
        }
      }
    }
  }

  @Test("Paths of degree five and higher are refused", arguments: [4, 5, 6])
  func highDegrees(_ l: Int) throws {
    let layer = try model("mace/l4-gaussian.json").layers[0]
    func compiled(_ sender: String, _ degree: Int, _ output: Int) throws -> CompiledLayer<Double>? {
      let layout = FeatureLayout(try irreps(sender), width: 8)
      let input = layout.blocks[0].irrep
      let convolution = try Convolution<Double>(
        senderLayout: layout, lMax: degree,
        paths: [
          .init(
            input: 0, degree: degree, irrep: Irrep(output, .even),
            coefficients: wigner3j(input.l, degree, output))
        ])
      return try CompiledLayer(
        InteractionLayer(
          up: layer.up, network: layer.network, densityNetwork: nil, convolution: convolution,
          update: layer.update), embedding: nil)
    }
    // A high degree as input, as output, and of the harmonics between two that are covered.
    #expect(try (compiled("3x\(l)e", 2, 4) != nil) == (l == 4))
    #expect(try (compiled("3x4e", 2, l) != nil) == (l == 4))
    #expect(try (compiled("3x\(l)e", 0, l) != nil) == (l == 4))
    let known = try model("mace/l4-gaussian.json")
    let high = MessagePassingModel<Double>(
      embedding: known.embedding, basis: known.basis, harmonics: EdgeHarmonics(lMax: l),
      layers: [], readouts: [], scales: known.scales, repulsion: nil, radii: known.radii)
    let functions = RadialFunctions(
      basis: known.basis, layers: [], radii: known.radii)
    let model = try CompiledModel(high, functions: functions, tolerance: 1e-6)
    #expect((model != nil) == (l == 4))
  }

  @Test("A path of degree zero that is not diagonal is refused")
  func mixing() throws {
    let layer = try model("mace/l4-gaussian.json").layers[0]
    for mixed in [0, 1e-9] {
      var coefficients = [0.0, 0, 0, 0, 0, 0, 0, 0, 0]
      for m in 0..<3 { coefficients[4 * m] = 0.7 }
      coefficients[5] = mixed
      let convolution = try Convolution<Double>(
        senderLayout: FeatureLayout(try irreps("3x1o"), width: 8), lMax: 1,
        paths: [.init(input: 0, degree: 0, irrep: Irrep(1, .odd), coefficients: coefficients)])
      let compiled = try CompiledLayer(
        InteractionLayer(
          up: layer.up, network: layer.network, densityNetwork: nil, convolution: convolution,
          update: layer.update), embedding: nil)
      #expect((compiled != nil) == (mixed == 0))
    }
  }
}
