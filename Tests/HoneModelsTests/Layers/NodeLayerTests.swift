internal import HoneNumerics
internal import HoneO3
internal import Testing

@testable internal import HoneModels

@Suite("Layers on atoms")
struct NodeLayerTests {
  static let products: [ProductOperation] = [
    ProductOperation(
      inputs: [Irrep(0, .even), Irrep(1, .odd), Irrep(2, .even)],
      outputs: [Irrep(0, .even), Irrep(1, .odd)], channels: 10, order: 1),
    ProductOperation(
      inputs: [Irrep(0, .even), Irrep(1, .odd), Irrep(2, .even)],
      outputs: [Irrep(0, .even), Irrep(1, .odd), Irrep(2, .even)], channels: 3, order: 2),
    ProductOperation(
      inputs: [Irrep(0, .even), Irrep(1, .odd), Irrep(2, .even)],
      outputs: [Irrep(0, .even), Irrep(1, .odd)], channels: 9, order: 3, species: 2),
    ProductOperation(
      inputs: [Irrep(0, .even), Irrep(1, .odd)], outputs: [Irrep(0, .even), Irrep(1, .odd)],
      channels: 4, order: 4, species: 0),
  ]

  @Test("symmetric products: the reverse is the adjoint", arguments: 0..<4)
  func product(_ index: Int) throws {
    for seed in 0..<2 { try expectAdjoint(Self.products[index], seed: seed) }
  }

  @Test("a symmetric product is the basis, term by term, times the weights", arguments: 0..<4)
  func naiveProduct(_ index: Int) throws {
    let operation = Self.products[index]
    let x = operation.point(8)
    let values = try operation.evaluate(x)
    let inputDim = operation.inputs.reduce(0) { $0 + $1.dim }
    let channels = operation.channels
    var start = 0
    for (block, parts) in try operation.parts().enumerated() {
      let dim = operation.outputs[block].dim
      for channel in 0..<channels {
        let features = (0..<inputDim).map { x[$0 * channels + channel] }
        for component in 0..<dim {
          var expected = 0.0
          for part in parts {
            let terms = part.basis.evaluate(features)
            for path in 0..<part.basis.pathCount {
              let weight = (operation.species * part.basis.pathCount + path) * channels + channel
              expected +=
                terms[component * part.basis.pathCount + path] * part.weights.values[weight]
            }
          }
          let value = values[start + component * channels + channel]
          #expect(abs(value - expected) < 1e-12 * max(1, abs(expected)))
        }
      }
      start += dim * channels
    }
    #expect(values.count == start)
  }

  @Test("node updates: the reverse is the adjoint", arguments: UpdateOperation.Kind.allCases)
  func update(_ kind: UpdateOperation.Kind) throws {
    for seed in 0..<2 { try expectAdjoint(UpdateOperation(kind: kind), seed: seed) }
  }
}
