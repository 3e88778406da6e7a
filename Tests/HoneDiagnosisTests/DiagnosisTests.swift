import HoneFormats
import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HoneDiagnosis

@Suite("Training statistics and shifts")
struct DiagnosisTests {
  private static let frames: [ExtendedXYZ.Frame] =
    (try? ExtendedXYZ.frames(path: PackagePaths.root + "/share/hone/held-out.xyz")) ?? []

  private func collector(_ frames: some Sequence<ExtendedXYZ.Frame>) throws -> StatisticsCollector {
    let collector = try StatisticsCollector(radius: 4.5)
    for frame in frames {
      try collector.add(
        atomicNumbers: frame.structure.atomicNumbers, positions: frame.structure.positions,
        cell: frame.structure.cell, forces: frame.vectors("REF_forces"))
    }
    return collector
  }

  private func diagnosis(
    _ statistics: TrainingStatistics, _ structure: Structure, forces: [Double]? = nil
  ) throws -> ShiftDiagnosis {
    try ShiftDiagnosis(
      statistics, atomicNumbers: structure.atomicNumbers, positions: structure.positions,
      cell: structure.cell, forces: forces)
  }

  @Test("distributions have the plain moments and quantiles, and tell where a number stands")
  func distributions() throws {
    var random = RandomNumbers(seed: 2)
    let values = (0..<5000).map { _ in 3 + 2 * random.normal() }
    let distribution = try #require(Distribution(values))
    #expect((distribution.mean - 3).magnitude < 0.1)
    #expect((distribution.standardDeviation - 2).magnitude < 0.1)
    for (value, wanted) in [(3.0, 0.5), (5, 0.841), (1, 0.159), (-100, 0), (100, 1)] {
      #expect((distribution.quantile(of: value) - wanted).magnitude < 0.02)
    }
    #expect(distribution.standing(of: 5.5).isShifted && !distribution.standing(of: 4).isShifted)
    let constant = try #require(Distribution([2, 2, 2]))
    #expect(constant.quantile(of: 2) == 0.5)
    #expect(constant.quantile(of: 1) == 0 && constant.quantile(of: 3) == 1)
    #expect(Distribution([]) == nil)
  }

  @Test("of more numbers than are kept, moments and ends are exact and quantiles near")
  func samples() throws {
    var random = RandomNumbers(seed: 4)
    var sample = DistributionSample()
    let values = (0..<3 * DistributionSample.mostValues).map { _ in 3 + 2 * random.normal() }
    for value in values { sample.add(value) }
    let exact = try #require(Distribution(values))
    let found = try #require(sample.distribution)
    #expect(found.count == values.count && (found.mean - exact.mean).magnitude < 1e-12)
    #expect((found.standardDeviation - exact.standardDeviation).magnitude < 1e-12)
    #expect(found.quantiles.first == exact.quantiles.first)
    #expect(found.quantiles.last == exact.quantiles.last)
    // A level of a sample of n has a deviation of at most 1 / (2 √n) = 0.002; five of them.
    for level in 1..<100 {
      let part = exact.quantile(of: found.quantiles[level])
      #expect((part - Double(level) / 100).magnitude < 0.01)
    }
    var few = DistributionSample()
    for value in values.prefix(100) { few.add(value) }
    #expect(few.distribution == Distribution(Array(values.prefix(100))))
    #expect(DistributionSample().distribution == nil)
  }

  @Test("ranges of sizes grow by a quarter, and every size has one")
  func ranges() {
    var last = -1
    for size in 1...3000 {
      let range = StatisticsCollector.range(of: size)
      #expect(range == last || range == last + 1)
      last = range
    }
    #expect(StatisticsCollector.range(of: 1) == 0 && StatisticsCollector.range(of: 1 << 40) > 80)
  }

  @Test("statistics hold what was added, and come back from a file as they were")
  func statistics() throws {
    let statistics = try collector(Self.frames).statistics()
    #expect(statistics.frameCount == 40 && statistics.elements == [1, 6, 7, 8, 16])
    #expect(statistics.sizes.quantiles.first == 12 && statistics.sizes.quantiles.last == 17)
    #expect(statistics.elementSets.contains([1, 8]) && !statistics.elementSets.contains([1, 7]))
    #expect(statistics.spectra.reduce(0) { $0 + $1.frameCount } == 40)
    #expect(statistics.padded?.values.count == 17)
    let norms = try #require(statistics.forceNorms)
    #expect(norms.count == 40 && norms.mean > 0.1 && norms.mean < 5)
    #expect(statistics.atomForceNorms.map(\.atomicNumber) == [1, 6, 7, 8, 16])
    #expect(statistics.atomForceNorms.reduce(0) { $0 + $1.norms.count } == 576)
    let carbon = try #require(statistics.coordination.first { $0.atomicNumber == 6 })
    #expect(carbon.degrees.count == 144 && carbon.degrees.mean > 5)
    let text = try statistics.json.text()
    #expect(try TrainingStatistics(json: JSONValue(parsing: text)) == statistics)
  }

  @Test("structures like those of the training data are not shifted, others are by what differs")
  func shifts() throws {
    // Dynamics of ten molecules; of each the minimum is left out.
    let training = Self.frames.enumerated().filter { $0.offset % 4 != 0 }.map(\.element)
    let statistics = try collector(training).statistics()
    let known = try diagnosis(statistics, Self.frames[0].structure)
    #expect(known.unseenElements.isEmpty && known.isKnownCombination && known.isWithinSizes)
    #expect(known.connectivity.map { $0.quantile < 1 } == true)
    #expect(known.coordinationQuantiles.count == 15)

    let fluorine = try Structure(atomicNumbers: [9, 1], positions: [0, 0, 0, 0.92, 0, 0])
    let strange = try diagnosis(statistics, fluorine)
    #expect(strange.unseenElements == [9] && strange.isShifted && !strange.isWithinSizes)
    #expect(strange.coordinationQuantiles[0].isNaN && strange.coordinationQuantiles[1] == 0)

    // The same molecule, stretched to twice its size: another graph.
    let first = Self.frames[0].structure
    let stretched = try Structure(
      atomicNumbers: first.atomicNumbers, positions: first.positions.map { 2 * $0 })
    let far = try diagnosis(statistics, stretched)
    #expect(far.isConnectivityShifted && far.connectivity?.quantile == 1)

    let forces = [Double](repeating: 50, count: first.positions.count)
    let forced = try diagnosis(statistics, first, forces: forces)
    #expect(forced.forceNorm?.isShifted == true && forced.forceNorm?.quantile == 1)
    #expect(forced.forceNormQuantiles.allSatisfy { $0 == 1 })
    #expect(known.forceNormQuantiles.allSatisfy { $0.isNaN })
    #expect(
      forced.verdict.hasPrefix("shifted: mean force 86.6 eV/Å, above all training structures"))
    #expect(strange.isUnseenElement == [true, false])
    #expect(strange.verdict.hasPrefix("shifted: unseen element F"))
    let distances = [0.5, 2.25] + [Double](repeating: .nan, count: first.atomCount - 2)
    let measured = try ShiftDiagnosis(
      statistics, atomicNumbers: first.atomicNumbers, positions: first.positions, cell: nil,
      forces: nil, descriptorDistances: distances)
    #expect(measured.farthestAtom?.atom == 1 && measured.farthestAtom?.distance == 2.25)
    #expect(measured.verdict.contains("the farthest atom 1, at 2.25"))
    #expect(throws: HoneError.self) {
      try ShiftDiagnosis(
        statistics, atomicNumbers: [1, 1], positions: [0, 0, 0, 1, 0, 0], cell: nil, forces: nil,
        descriptorDistances: [1])
    }

    let cell = try Cell(rows: Matrix3([9, 0, 0], [0, 9, 0], [0, 0, 9]), periodicity: .all)
    let crystal = try Structure(
      atomicNumbers: first.atomicNumbers, positions: first.positions, cell: cell)
    let periodic = try diagnosis(statistics, crystal)
    #expect(periodic.connectivity == nil && periodic.isConnectivityShifted && periodic.size == nil)
  }

  @Test("damaged statistics are refused in words")
  func damaged() throws {
    let json = try collector(Self.frames.prefix(3)).statistics().json
    let members = try #require(json.members)
    for index in members.indices {
      for wrong in [JSONValue.string("x"), .integer(-1), .array([.string("x")])] {
        var changed = members
        changed[index].value = wrong
        let error = #expect(throws: HoneError.self) {
          try TrainingStatistics(json: .object(changed))
        }
        #expect(error?.message.contains("statistics") == true, "\(members[index].key)")
      }
    }
  }

  @Test("nothing and nonsense are refused")
  func refusals() throws {
    #expect(throws: HoneError.self) { try StatisticsCollector(radius: .nan) }
    let collector = try StatisticsCollector(radius: 3)
    #expect(throws: HoneError.self) { try collector.statistics() }
    #expect(throws: HoneError.self) {
      try collector.add(atomicNumbers: [], positions: [], cell: nil, forces: nil)
    }
    #expect(throws: HoneError.self) {
      try collector.add(atomicNumbers: [1], positions: [0, 0], cell: nil, forces: nil)
    }
  }
}
