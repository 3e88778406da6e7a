import HoneDiagnosis
import HoneNumerics
import HoneRefinement
import HoneStructure
import HoneTestSupport
import Testing

/// Frames of real molecules, beside the package.
private struct SharedMolecules {
  static let folder = PackagePaths.root + "/../shared/data"
  static let exist = FileAccess.exists(folder + "/3bpa/train_300K.xyz")

  static func frames(_ name: String) throws -> [Structure] {
    let path =
      switch name {
      case "3BPA": "3bpa/train_300K.xyz"
      case "acac": "acac/train_300K.xyz"
      default: "ethanol/train.xyz"
      }
    // A hundred, evenly spaced.
    let all = try ExtendedXYZ.frames(path: folder + "/" + path)
    return (0..<100).map { all[$0 * (all.count / 100)].structure }
  }
}

@Suite("Choosing a radius")
struct RadiusChoiceTests {
  private func graphs(_ structure: Structure, _ radius: Double) throws -> RadiusGraphs {
    try RadiusGraphs(
      positions: structure.positions.span, cell: structure.cell, largestRadius: radius)
  }

  /// Two chains and a ring, so that radii matter.
  private func chain(_ count: Int, spacing: Double = 1.5) throws -> Structure {
    try Structure(
      atomicNumbers: [Int32](repeating: 6, count: count),
      positions: (0..<count).flatMap { [spacing * Double($0), 0, 0.1 * Double($0 % 2)] })
  }

  private func statistics(_ frames: [Structure], radius: Double) throws -> TrainingStatistics {
    let collector = try StatisticsCollector(radius: radius)
    for frame in frames {
      try collector.add(
        atomicNumbers: frame.atomicNumbers, positions: frame.positions, cell: frame.cell,
        forces: nil)
    }
    return try collector.statistics()
  }

  @Test("the paper's rule takes the nearest spectrum, and among equals the training radius")
  func paper() throws {
    let structure = try chain(12)
    let all = try graphs(structure, 9)
    let mean = try PaddedSpectrum(averaging: [LaplacianSpectrum.eigenvalues(all, radius: 5)])
    let choice = try PaperRadiusRule().choose([all], mean: mean, trainingRadius: 5)
    #expect(choice.radius == 5 && choice.candidates.count == 10 && choice.distances[3] < 1e-20)
    #expect(choice.candidates[0] == 3 && choice.candidates[9] == 9)
    // Two atoms: all radii give {0, 2}.
    let pair = try graphs(chain(2), 9)
    let flat = try PaddedSpectrum(values: [0, 2])
    #expect(try PaperRadiusRule().choose([pair], mean: flat, trainingRadius: 5).radius == 5)
    #expect(throws: HoneError.self) {
      try PaperRadiusRule().choose([all], mean: flat, trainingRadius: 5)
    }
    #expect(throws: HoneError.self) {
      try PaperRadiusRule().choose([graphs(structure, 6)], mean: mean, trainingRadius: 5)
    }
  }

  @Test("our rule refines what is shifted, within its limits, and leaves alone what is not")
  func smooth() throws {
    // Chains with a spacing of 1.5 Å, known; denser ones have more neighbors within the same radius.
    var random = RandomNumbers(seed: 4)
    let training = try (0..<40).map { _ in try chain(12, spacing: 1.5 + 0.02 * random.normal()) }
    let statistics = try statistics(training, radius: 5)
    let rule = SmoothRadiusRule()
    let known = try rule.choose([graphs(training[3], 5)], statistics)
    #expect(known.radius == 5 && known.reason == .notShifted)
    let dense = try rule.choose([graphs(chain(12, spacing: 1.2), 5)], statistics)
    #expect(dense.reason == .refined && dense.radius < 5 && dense.radius >= 3.5)
    #expect(dense.candidates.count == 16 && dense.candidates.last == 5)
    #expect(zip(dense.candidates, dense.candidates.dropFirst()).allSatisfy(<))
    // A smaller radius cannot give neighbors that are missing.
    let sparse = try rule.choose([graphs(chain(12, spacing: 2.4), 5)], statistics)
    #expect(sparse.radius == 5 && sparse.reason == .noImprovement)
    let cell = try Cell(rows: Matrix3([20, 0, 0], [0, 20, 0], [0, 0, 20]), periodicity: .all)
    let crystal = try Structure(atomicNumbers: [6], positions: [0, 0, 0], cell: cell)
    #expect(try rule.choose([graphs(crystal, 5)], statistics).reason == .noReference)
    #expect(throws: HoneError.self) { try rule.choose([graphs(training[0], 4)], statistics) }
  }

  @Test(
    "real molecules have the spectra that were found before",
    .enabled(if: SharedMolecules.exist, "needs shared/data"))
  func referenceSpectra() throws {
    for (name, radius, fraction, variance, degree) in [
      ("3BPA", 3.0, 0.271, 0.1339, 7.6), ("3BPA", 5, 0.588, 0.0598, 16.8),
      ("3BPA", 9, 0.928, 0.0391, 25.6), ("acac", 5, nil, 0.0822, 12.1),
    ] as [(String, Double, Double?, Double, Double)] {
      var sums = SIMD3<Double>.zero
      let frames = try SharedMolecules.frames(name)
      for frame in frames {
        let graphs = try graphs(frame, radius)
        let measure = try LaplacianSpectrum.measure(graphs, radius: radius)
        sums += try SIMD3(
          measure.fraction(width: 0.1), measure.variance, graphs.meanDegree(radius: radius))
      }
      sums /= Double(frames.count)
      // Acetylacetone has eigenvalues that are 1.1 but for rounding: in or out of the window by chance.
      if let fraction {
        #expect((sums.x - fraction).magnitude < 6e-4, "\(name) \(radius): \(sums)")
      }
      #expect((sums.y - variance).magnitude < 6e-5, "\(name) \(radius): \(sums)")
      #expect((sums.z - degree).magnitude < 0.06, "\(name) \(radius): \(sums)")
    }
  }

  @Test(
    "the paper's rule moves the radius of molecules it was trained on, ours keeps it",
    .enabled(if: SharedMolecules.exist, "needs shared/data"),
    arguments: [
      (["3BPA"], "3BPA", 5.0), (["3BPA"], "acac", 4.33), (["3BPA", "acac"], "3BPA", 8.92),
      (["3BPA", "acac"], "acac", 4.63), (["3BPA", "acac", "ethanol"], "3BPA", 8.92),
      (["3BPA", "acac", "ethanol"], "acac", 7.0), (["3BPA", "acac", "ethanol"], "ethanol", 3.91),
    ] as [([String], String, Double)])
  func sizeMixes(_ mix: [String], _ test: String, _ published: Double) throws {
    let training = try mix.flatMap(SharedMolecules.frames)
    let statistics = try statistics(training, radius: 5)
    let mean = try #require(statistics.padded)
    let frames = try SharedMolecules.frames(test)
    var (sum, kept) = (0.0, 0)
    for frame in frames {
      let graphs = try graphs(frame, 9)
      sum += try PaperRadiusRule().choose([graphs], mean: mean, trainingRadius: 5).radius
      if try SmoothRadiusRule().choose([graphs], statistics).radius == 5 { kept += 1 }
    }
    // Where ethanol's graph is complete distances are equal: the first of them would give 3.58.
    let chosen = sum / Double(frames.count)
    #expect((chosen - published).magnitude < 0.04, "\(chosen)")
    if mix.contains(test) { #expect(kept >= frames.count - 1, "\(kept) of \(frames.count)") }
  }
}
