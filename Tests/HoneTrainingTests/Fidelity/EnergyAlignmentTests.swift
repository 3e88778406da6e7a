import HoneFormats
import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HoneTraining

@Suite("Energies to train on with cheap labels")
struct EnergyAlignmentTests {
  private static func energies(_ set: DataSet) throws -> [Double] {
    try (0..<set.count).map { try #require(set[$0].labels.energy) }
  }

  /// The golden frames with other cheap energies.
  private static func changed(_ change: (Double, TrainingFrame) -> Double) throws -> DataSet {
    let cheap = try FidelityGolden().cheap
    let energies = try Buffer(
      (0..<cheap.count).map { change(try #require(cheap[$0].labels.energy), cheap[$0]) })
    return try cheap.replacingEnergies(with: energies.view)
  }

  @Test("the shift and what it leaves are those of NumPy")
  func golden() throws {
    let golden = try FidelityGolden()
    defer { withExtendedLifetime(golden) {} }
    let expected = try #require(golden.json["alignment"])
    func number(_ key: String) throws -> Double { try #require(expected[key]?.double) }
    let found = try EnergyAlignment(of: golden.cheap, to: golden.energies.view)
    // Ethanol, methanol and water differ by CH₂: two compositions determine no energy by itself.
    #expect(found.shift.atomicNumbers == [1, 6, 8] && found.undetermined == [1, 6, 8])
    // Energies of 500 eV lose so many digits of their differences.
    #expect(
      FidelityGolden.areClose(found.shift.energies, try TrainingGolden.numbers(expected["shift"])))
    for (value, key) in [
      (found.meanDifference, "mean_difference"), (found.difference, "difference"),
    ] { #expect(isClose(value, try number(key), 1e-12)) }
    for (value, key) in [
      (found.remainder, "remainder"), (found.cheapSpread, "cheap_spread"),
      (found.referenceSpread, "reference_spread"),
    ] { #expect(isClose(value, try number(key), 1e-10)) }
    let alone = try EnergyAlignment(
      of: golden.cheap, frames: Array(0..<5), to: golden.energies.view.slice(0, 5))
    #expect(alone.undetermined == [1, 6, 8])
    #expect(
      FidelityGolden.areClose(
        alone.shift.energies, try TrainingGolden.numbers(expected["shift_of_ethanol"])))
  }

  @Test("accurate energies of other structures give a shift that fits them")
  func otherStructures() throws {
    let golden = try FidelityGolden()
    defer { withExtendedLifetime(golden) {} }
    // The accurate set is the cheap one with Δ = (0.3, −2, 5) eV, of all molecules or of some.
    let delta = try AtomicEnergies([(1, 0.3), (6, -2), (8, 5)])
    let accurate = try golden.cheap.shiftingEnergies(by: delta)
    func expectEqual(_ found: EnergyAlignment, _ frames: [Int]) {
      for frame in frames {
        let (one, other) = (
          found.shift.sum(over: golden.cheap[frame]), delta.sum(over: golden.cheap[frame])
        )
        #expect(abs(one - other) < 1e-9)
      }
    }
    let all = try EnergyAlignment(of: golden.cheap, to: accurate)
    expectEqual(all, Array(0..<9))
    #expect(all.undetermined == [1, 6, 8])
    // What the shift leaves is how energies of a composition vary.
    let energies = try Self.energies(golden.cheap)
    let mean = { (frames: ClosedRange<Int>) in
      energies[frames].reduce(0, +) / Double(frames.count)
    }
    var squares = 0.0
    for frames in [0...4, 5...6, 7...8] {
      for frame in frames {
        let rest = (energies[frame] - mean(frames)) / Double(golden.cheap.atomCount(of: frame))
        squares += rest * rest
      }
    }
    #expect(isClose(all.remainder, (squares / 9).squareRoot(), 1e-9))
    // Ethanol alone determines one number; others follow from the smallest Δ.
    let few = try EnergyAlignment(of: golden.cheap, to: accurate, accurateFrames: [0, 1, 2, 3, 4])
    expectEqual(few, [0])
    let ratios = zip(few.shift.energies, [6.0, 2, 1]).map { $0 / $1 }
    #expect(isClose(ratios[0], ratios[1], 1e-9) && isClose(ratios[0], ratios[2], 1e-9))
    // Methanol is no cheap molecule here, but half of ethanol and water.
    let sums = try EnergyAlignment(
      of: golden.cheap, frames: [0, 1, 2, 3, 4, 7, 8], to: accurate, accurateFrames: [5])
    let accurateMethanol = try #require(accurate[5].labels.energy)
    let difference = accurateMethanol - (mean(0...4) + mean(7...8)) / 2
    #expect(abs(sums.shift.sum(over: golden.cheap[5]) - difference) < 1e-8)
    #expect(
      sentence {
        _ = try EnergyAlignment(
          of: golden.cheap, frames: [0, 1], to: accurate, accurateFrames: [5])
      }
        == "expected accurate frames whose compositions are sums of those of cheap frames, got none: add "
        + "cheap frames of the same molecules")
  }

  @Test("targets are the cheap energies, shifted ones or the auxiliary model's; forces stay")
  func targets() throws {
    let golden = try FidelityGolden()
    defer { withExtendedLifetime(golden) {} }
    let near = try golden.cheap.shiftingEnergies(
      by: EnergyAlignment(of: golden.cheap, to: golden.energies.view).shift)
    let cheap = try near.targetingEnergies(.cheap, auxiliary: golden.energies.view).dataSet
    #expect(try Self.energies(cheap) == Self.energies(near))
    let (shifted, alignment) = try golden.cheap.targetingEnergies(
      .shifted, auxiliary: golden.energies.view)
    let expected = try Self.energies(golden.cheap).enumerated().map {
      $1 + alignment.shift.sum(over: golden.cheap[$0])
    }
    #expect(try Self.energies(shifted) == expected)
    let own = try golden.cheap.targetingEnergies(
      .auxiliary, auxiliary: golden.energies.view
    ).dataSet
    #expect(try Self.energies(own) == Array(golden.energies))
    for set in [cheap, shifted, own] {
      for index in 0..<set.count {
        let forces = try #require(set[index].labels.forces)
        let before = try #require(golden.cheap[index].labels.forces)
        #expect((0..<forces.count).allSatisfy { forces[$0] == before[$0] })
      }
    }
    // The data set itself stays, and weights stay with it.
    let weights = try ForceWeights(golden.bias(), .deviations(1))
    let weighted = try golden.cheap.weightingForces(by: weights)
    let both = try weighted.replacingEnergies(with: golden.energies.view)
    #expect(both[3].labels.fidelityWeights?[0] == weighted[3].labels.fidelityWeights?[0])
    #expect(both[3].labels.fidelityWeights != nil && both[3].labels.energy == golden.energies[3])
    #expect(weighted[3].labels.energy == golden.cheap[3].labels.energy)
  }

  @Test("isolated atoms move with the energies they belong to")
  func isolatedAtoms() throws {
    let text =
      "1\nProperties=species:S:1:pos:R:3 config_type=IsolatedAtom energy=-13\nH 0 0 0\n"
      + frame("energy=-30") + frame("energy=-29", shift: 0.2)
    let set = try dataSet(text)
    let moved = try set.shiftingEnergies(by: AtomicEnergies([(1, 0.5)]))
    #expect(moved.isolatedAtoms.map(\.energy) == [-12.5])
    #expect(moved[0].labels.energy == -29 && moved[1].labels.energy == -28)
    let other = try Buffer([1.0, 2])
    #expect(try set.replacingEnergies(with: other.view).isolatedAtoms.isEmpty)
  }

  @Test("energies with another zero, of other units or without sense are told apart")
  func guards() throws {
    let golden = try FidelityGolden()
    defer { withExtendedLifetime(golden) {} }
    func refusal(_ target: EnergyTarget, _ cheap: DataSet) -> String? {
      sentence { _ = try cheap.targetingEnergies(target, auxiliary: golden.energies.view) }
    }
    for target in [EnergyTarget.shifted, .auxiliary] {
      #expect(refusal(target, golden.cheap) == nil)
    }
    // These molecules are so far from equilibrium that their energies vary by 0.5 eV per atom.
    let far = try Self.changed { $0 - 20 * Double($1.atomCount) }
    let message = try #require(refusal(.cheap, far))
    #expect(
      message.hasPrefix(
        "expected cheap energies with the zero of the reference energies, got a mean difference of 23.43 "
          + "eV per atom, of which one energy for each element leaves 0.02665: train on shifted"))
    #expect(refusal(.shifted, far) == nil)
    let hartree = try Self.changed { energy, _ in energy / 27.211386 }
    let kilocalories = try Self.changed { energy, _ in energy * 23.06 }
    for (set, spread) in [(hartree, "0.01936"), (kilocalories, "12.15")] {
      #expect(
        refusal(.shifted, set)
          == "expected cheap energies in eV as the reference energies, got ones that vary by \(spread) eV "
          + "per atom where those vary by 0.518: correct their units, or train on energies of the "
          + "auxiliary model")
      #expect(refusal(.auxiliary, set) == nil)
    }
    let mixed = try Self.changed { energy, frame in
      energy + (frame.index % 2 == 0 ? 2.5 : -2.5) * Double(frame.atomCount)
    }
    #expect(
      try #require(refusal(.shifted, mixed)).hasPrefix(
        "expected cheap energies that one energy for each element takes to the reference energies, got a "
          + "difference of"))
  }

  @Test("sets without energies or shared elements are refused")
  func refusals() throws {
    let golden = try FidelityGolden()
    defer { withExtendedLifetime(golden) {} }
    let unlabelled = try dataSet(frame("", forces: "forces"))
    let helium = try dataSet(frame("energy=1", symbol: "He"))
    let water = try dataSet(frame("energy=1") + frame("energy=2", symbol: "O"))
    let one = try Buffer([1.0])
    #expect(
      sentence { _ = try EnergyAlignment(of: unlabelled, to: one.view) }
        == "expected cheap frames with energies to fit a shift to, got none: add energies, or name their "
        + "key")
    #expect(
      sentence { _ = try EnergyAlignment(of: golden.cheap, to: unlabelled) }
        == "expected accurate frames with energies to fit a shift to, got none: add energies, or name "
        + "their key")
    #expect(
      sentence { _ = try EnergyAlignment(of: golden.cheap, to: helium) }
        == "expected elements that cheap and accurate frames share, got H C O in the cheap and He in the "
        + "accurate ones: take data sets of the same elements")
    #expect(
      sentence { _ = try EnergyAlignment(of: golden.cheap, to: water) }
        == "expected accurate frames with all elements of the cheap ones, got none with C: add such "
        + "frames, or leave out the cheap ones that have them")
    #expect(
      sentence { _ = try EnergyAlignment(of: golden.cheap, to: one.view) }
        == "expected reference energies of 9 frames, got 1")
    one[0] = .infinity
    #expect(
      sentence { _ = try EnergyAlignment(of: helium, to: one.view) }
        == "a.xyz:line 1 (frame 1): the reference energy must be finite, got inf")
    #expect(
      sentence { _ = try helium.replacingEnergies(with: one.view) }
        == "a.xyz:line 1 (frame 1): an energy must be finite, got inf")
    #expect(
      sentence { _ = try helium.shiftingEnergies(by: AtomicEnergies([(1, 1)])) }
        == "a.xyz:line 1 (frame 1): atom 0 has the atomic number 2, for which there is no shift of energies: "
        + "give one")
    withExtendedLifetime(one) {}
  }
}
