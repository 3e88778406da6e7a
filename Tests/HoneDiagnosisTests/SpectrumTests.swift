import HoneFormats
import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HoneDiagnosis

private func graphs(
  _ positions: [Double], cell: Cell? = nil, radius: Double
) throws -> RadiusGraphs {
  try RadiusGraphs(positions: positions.span, cell: cell, largestRadius: radius)
}

/// What numpy found.
private struct Golden {
  static func values(_ key: String) throws -> [JSONValue] {
    let bytes = try Bytes(contentsOfFile: PackagePaths.golden + "/spectra.json")
    guard case .array(let values) = try #require(try JSONValue(parsing: bytes)[key]) else {
      return []
    }
    return values
  }

  static func numbers(_ value: JSONValue?) throws -> [Double] {
    guard case .array(let values) = try #require(value) else { return [] }
    return try values.flatMap { value -> [Double] in
      if case .array = value { return try numbers(value) }
      return [try #require(value.double)]
    }
  }

  static func cell(_ value: JSONValue) throws -> Cell {
    let c = try numbers(value["cell"])
    return try Cell(
      rows: Matrix3([c[0], c[1], c[2]], [c[3], c[4], c[5]], [c[6], c[7], c[8]]), periodicity: .all)
  }
}

@Suite("Spectra of radius graphs")
struct SpectrumTests {
  @Test("small graphs have the spectra that theory gives them")
  func smallGraphs() throws {
    func eigenvalues(_ positions: [Double], _ radius: Double) throws -> [Double] {
      try LaplacianSpectrum.eigenvalues(graphs(positions, radius: radius), radius: radius)
    }
    func expect(_ found: [Double], _ wanted: [Double]) {
      #expect(found.count == wanted.count)
      for (x, y) in zip(found, wanted) { #expect((x - y).magnitude < 1e-14) }
    }
    expect(try eigenvalues([0, 0, 0, 1, 0, 0], 2), [0, 2])
    // An atom by itself counts as 1, as in the paper's code.
    expect(try eigenvalues([0, 0, 0, 1, 0, 0, 9, 0, 0], 2), [0, 1, 2])
    expect(try eigenvalues([5, 5, 5], 2), [1])
    // A complete graph of n: 0 once, n / (n − 1) else.
    let square = [0.0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0]
    expect(try eigenvalues(square, 2), [0, 4.0 / 3, 4.0 / 3, 4.0 / 3])
    // A ring of four: 1 − cos(2πk/4).
    expect(try eigenvalues(square, 1.2), [0, 1, 1, 2])
  }

  @Test(
    "molecules have numpy's eigenvalues, their mean is 1, and the variance needs no eigenvalues")
  func molecules() throws {
    let frames = try ExtendedXYZ.frames(path: PackagePaths.root + "/share/hone/held-out.xyz")
    for value in try Golden.values("molecules") {
      let frame = frames[try #require(value["frame"]?.int)]
      let radius = try #require(value["radius"]?.double)
      let graphs = try graphs(frame.structure.positions, radius: 9)
      let found = try LaplacianSpectrum.eigenvalues(graphs, radius: radius)
      let wanted = try Golden.numbers(value["eigenvalues"])
      #expect(found.count == wanted.count)
      for (x, y) in zip(found, wanted) { #expect((x - y).magnitude < 1e-12) }
      let measure = try LaplacianSpectrum.measure(graphs, radius: radius)
      #expect((measure.mean - 1).magnitude < 1e-12)
      let variance = try LaplacianSpectrum.variance(graphs, radius: radius)
      #expect((measure.variance - variance).magnitude < 1e-12)
    }
  }

  @Test("crystals have the spectrum of the infinite graph")
  func crystals() throws {
    for value in try Golden.values("crystals") {
      let radius = try #require(value["radius"]?.double)
      let graphs = try graphs(
        Golden.numbers(value["positions"]), cell: Golden.cell(value), radius: radius)
      let variance = try #require(value["variance"]?.double)
      #expect(
        (try LaplacianSpectrum.variance(graphs, radius: radius) - variance).magnitude < 1e-10)
      let measure = try LaplacianSpectrum.measure(graphs, radius: radius)
      #expect((measure.variance - variance).magnitude < 1e-10)
      let deciles = try Golden.numbers(value["deciles"])
      // Two meshes of the same infinite graph.
      #expect(SpectralMeasure.distance(measure.quantiles(count: 10), deciles) < 0.01)
    }
  }

  @Test("supercells of crystals have the same spectrum, as the Γ point alone has not")
  func supercells() throws {
    let value = try #require(try Golden.values("crystals").first)
    let (cell, positions) = (try Golden.cell(value), try Golden.numbers(value["positions"]))
    let radius = 3.5
    var doubled: [Double] = []
    for shift in 0..<2 {
      for index in positions.indices {
        doubled.append(positions[index] + Double(shift) * cell.rows.row2[index % 3])
      }
    }
    let large = try Cell(
      rows: Matrix3(cell.rows.row0, cell.rows.row1, cell.rows.row2 * 2), periodicity: .all)
    let (first, second) = (
      try graphs(positions, cell: cell, radius: radius),
      try graphs(doubled, cell: large, radius: radius)
    )
    let (one, two) = (
      try LaplacianSpectrum.measure(first, radius: radius).quantiles(count: 128),
      try LaplacianSpectrum.measure(second, radius: radius).quantiles(count: 128)
    )
    #expect(SpectralMeasure.distance(one, two) < 1e-10)
    let gamma = SpectralMeasure(
      eigenvalues: try LaplacianSpectrum.eigenvalues(first, radius: radius)
    ).quantiles(count: 128)
    #expect(SpectralMeasure.distance(one, gamma) > 0.05)
  }

  @Test("large structures are estimated, with the mean and variance that are known exactly")
  func largeStructures() throws {
    var random = RandomNumbers(seed: 3)
    let side = 9
    var positions: [Double] = []
    for site in 0..<side * side * side {
      for coordinate in [site % side, site / side % side, site / side / side] {
        positions.append(2.5 * Double(coordinate) + 0.2 * random.normal())
      }
    }
    let graphs = try graphs(positions, radius: 4)
    #expect(graphs.atomCount > LaplacianSpectrum.densestAtomCount)
    let estimate = try LaplacianSpectrum.measure(graphs, radius: 4)
    let exact = SpectralMeasure(eigenvalues: try LaplacianSpectrum.eigenvalues(graphs, radius: 4))
    #expect(
      SpectralMeasure.distance(estimate.quantiles(count: 64), exact.quantiles(count: 64)) < 0.01)
    #expect((estimate.mean - 1).magnitude < 1e-3)
    let variance = try LaplacianSpectrum.variance(graphs, radius: 4)
    #expect((estimate.variance - variance).magnitude < 0.03 * variance)
    #expect(estimate.values.allSatisfy { (0...2).contains($0) })
  }

  @Test("graphs of smaller radii are the first edges of the largest")
  func radii() throws {
    let frames = try ExtendedXYZ.frames(path: PackagePaths.root + "/share/hone/held-out.xyz")
    let positions = frames[0].structure.positions
    let all = try graphs(positions, radius: 9)
    for radius in [1.0, 2.2, 5.0, 9.0] {
      let own = try graphs(positions, radius: radius)
      #expect(try all.edgeCount(radius: radius) == own.edgeCount(radius: radius))
      #expect(Array(try all.degrees(radius: radius)) == Array(try own.degrees(radius: radius)))
    }
    #expect(try all.edgeCount(radius: 0.1) == 0)
  }

  @Test("a measure's quantiles, window and distance are those of its distribution")
  func measures() {
    let measure = SpectralMeasure([(2, 1), (0, 2), (1, 1)])
    #expect(measure.values == [0, 1, 2] && measure.weights == [0.5, 0.25, 0.25])
    #expect(measure.mean == 0.75 && measure.variance == 0.75)
    #expect(measure.quantiles(count: 4) == [0, 0, 1, 2])
    #expect(measure.fraction(width: 0.1) == 0.25)
    #expect(SpectralMeasure.distance([0, 0], [3, 4]) == 12.5.squareRoot())
  }

  @Test("the paper's distance pads with zeros, and is refused beyond the largest structure")
  func padded() throws {
    let mean = try PaddedSpectrum(averaging: [[0, 2], [0, 1, 2]])
    #expect(mean.values == [0, 1.5, 1])
    #expect(try mean.distance(to: [0, 2]) == 1.25)
    #expect(try mean.distance(to: [0, 1, 2]) == 1.25)
    #expect(throws: HoneError.self) { try mean.distance(to: [0, 1, 1, 2]) }
    #expect(throws: HoneError.self) { try PaddedSpectrum(averaging: []) }
  }
}
