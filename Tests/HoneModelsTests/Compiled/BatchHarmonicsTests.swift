import HoneNumerics
import HoneO3
import HoneStructure
import Testing

@testable import HoneModels

@Suite("Harmonics of a row of edges at a time")
struct BatchHarmonicsTests {
  struct Options: Sendable, CustomStringConvertible {
    let lMax: Int
    let normalizes: Bool
    var description: String { "degree \(lMax), \(normalizes ? "directions" : "vectors")" }
  }

  static let options = (0...4).flatMap { lMax in
    [true, false].map { Options(lMax: lMax, normalizes: $0) }
  }

  /// Edges of one atom, as a batch holds them.
  private struct Sample<T: CompiledScalar> {
    let graph = CompiledGraph<T>()
    let batch: EdgeBatch<T>
    let harmonics: BatchHarmonics<T>

    /// Makes the edges of an atom with a number of neighbours between 0.5 and 1.5 Å.
    init(_ options: Options, count: Int, couplings: Int = 0) throws {
      harmonics = BatchHarmonics(lMax: options.lMax, normalizes: options.normalizes)
      batch = try EdgeBatch(
        harmonicCount: harmonics.count, couplingCount: couplings, widestRoute: 1)
      var positions: [Double] = [0, 0, 0]
      for atom in 0..<count {
        let vector = SIMD3(noise(1, atom), noise(2, atom), noise(3, atom))
        let length = (vector * vector).sum().squareRoot()
        let placed = vector / length * (1 + 0.5 * noise(4, atom))
        positions += [placed.x, placed.y, placed.z]
      }
      let species = try Buffer<Int32>(repeating: 0, count: count + 1)
      let list = try NeighborList(positions: positions.span, cell: nil, cutoff: 1.6)
      try graph.arrange(species, list, speciesCount: 1, threads: 1)
      // Dirt that a fuller batch could have left must not show.
      for buffer in [batch.harmonics, batch.directions, batch.distances] {
        buffer.fill(T.Lanes(repeating: T(.nan)))
      }
      batch.load(
        graph, graph.block(0), 0..<count, firstRow: 0, normalizes: options.normalizes)
      harmonics.evaluate(batch)
    }

    func vector(_ slot: Int) -> Vector3<Double> {
      let edge = (0..<3).map { graph.vectors[3 * slot + $0].value }
      return Vector3(edge[0], edge[1], edge[2])
    }

    func number(_ lanes: Buffer<T.Lanes>, _ quantity: Int, _ slot: Int) -> Double {
      EdgeBatch<T>.scalar(lanes, quantity * EdgeBatch<T>.capacity + slot).value
    }
  }

  @Test("Values and gradients are those of one edge at a time", arguments: options)
  func oneEdge(_ options: Options) throws {
    for count in [1, 7, 16, 37] {
      try check(Sample<Double>(options, count: count), options, tolerance: 1e-12)
      try check(Sample<Float>(options, count: count), options, tolerance: 1e-5)
    }
  }

  private func check<T: CompiledScalar>(
    _ sample: Sample<T>, _ options: Options, tolerance: Double
  ) throws {
    let batch = sample.batch
    let single = EdgeHarmonics<Double>(lMax: options.lMax, normalizes: options.normalizes)
    let groups = EdgeBatch<T>.groups
    for index in 0..<single.count * groups * T.Lanes.width {
      T.Lanes.setElement(index, of: batch.harmonicGradients.base, to: T(noise(5, index)))
    }
    for slot in 0..<EdgeBatch<T>.capacity {
      T.Lanes.setElement(slot, of: batch.radialGradients.base, to: T(noise(6, slot)))
    }
    var expected: [Vector3<Double>] = []
    for slot in 0..<batch.count {
      let vector = sample.vector(slot)
      let r = vector.dot(vector).squareRoot()
      let u = vector * (1 / r)
      let argument = options.normalizes ? u : vector
      let row = try Buffer<SIMD8<Double>>(repeating: SIMD8(), count: single.lanes)
      let gradient = try Buffer<SIMD8<Double>>(repeating: SIMD8(), count: single.lanes)
      single.evaluate(argument, into: row.view)
      for n in 0..<single.count {
        let deviation = sample.number(batch.harmonics, n, slot) - row.view.channel(n)
        #expect(abs(deviation) < tolerance, "harmonic \(n) of edge \(slot)")
        gradient.view.setChannel(n, to: sample.number(batch.harmonicGradients, n, slot))
      }
      #expect(abs(sample.number(batch.distances, 0, slot) - r) < tolerance)
      #expect(abs(sample.number(batch.inverseDistances, 0, slot) - 1 / r) < tolerance)
      let g = single.gradient(gradient.view, at: argument, row.view)
      let angular = options.normalizes ? (g + u * -u.dot(g)) * (1 / r) : g
      expected.append(angular + u * sample.number(batch.radialGradients, 0, slot))
    }
    sample.harmonics.vectorGradients(batch)
    for slot in 0..<batch.count {
      for axis in 0..<3 {
        let deviation = sample.number(batch.vectorGradients, axis, slot) - expected[slot][axis]
        // Gradients of degree four are some tens.
        #expect(abs(deviation) < 40 * tolerance, "axis \(axis) of edge \(slot)")
      }
    }
  }

  @Test("Couplings are sums of harmonics, and their gradient is the adjoint", arguments: 1...4)
  func couplings(_ lMax: Int) throws {
    // The terms of a real coefficient, and some that share neither input nor output.
    let count = (lMax + 1) * (lMax + 1)
    let outputs = 11
    let terms = (0..<outputs).flatMap { output in
      (0..<count).filter { (output + 2 * $0) % 3 != 1 }.map {
        SparseTerm(output: output, input: $0, coefficient: noise(7 + output, $0))
      }
    }
    try #require(Set(terms.map(\.output)).count == outputs)
    let sample = try Sample<Double>(
      Options(lMax: lMax, normalizes: true), count: 37, couplings: outputs)
    let batch = sample.batch
    batch.couplings.fill(SIMD8(repeating: .nan))
    batch.couple(terms)
    let width = EdgeBatch<Double>.capacity
    for index in 0..<outputs * width {
      SIMD8.setElement(index, of: batch.couplingGradients.base, to: noise(30, index))
    }
    for index in 0..<count * width {
      SIMD8.setElement(index, of: batch.harmonicGradients.base, to: noise(31, index))
    }
    batch.coupleGradient(terms)
    for slot in 0..<batch.count {
      for output in 0..<outputs {
        let expected = terms.filter { $0.output == output }.reduce(0) {
          $0 + $1.coefficient * sample.number(batch.harmonics, $1.input, slot)
        }
        #expect(abs(sample.number(batch.couplings, output, slot) - expected) < 1e-13)
      }
      let forward = (0..<outputs).reduce(0) {
        $0 + noise(30, $1 * width + slot) * sample.number(batch.couplings, $1, slot)
      }
      let backward = (0..<count).reduce(0) { sum, n in
        let added = sample.number(batch.harmonicGradients, n, slot) - noise(31, n * width + slot)
        return sum + added * sample.number(batch.harmonics, n, slot)
      }
      #expect(abs(forward - backward) < 1e-12)
    }
  }
}
