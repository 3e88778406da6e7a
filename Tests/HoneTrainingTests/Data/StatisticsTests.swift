import HoneFormats
import HoneNumerics
import HoneTestSupport
@testable import HoneTraining
import Testing

@Suite("Energies of single atoms and statistics of labels")
struct StatisticsTests {
  private let set: DataSet
  private let golden: [String: [Double]]
  private let species: [Int32]

  init() throws {
    set = try DataSet(paths: [TrainingGolden.folder + "/labels-all.xyz"])
    let values = try #require(TrainingGolden.json()["statistics"])
    var golden: [String: [Double]] = [:]
    for key in ["average_e0s", "ridge_e0s", "deficient_e0s", "species"] {
      golden[key] = try TrainingGolden.numbers(values[key])
    }
    for key in ["mean", "std", "rms"] { golden[key] = [try #require(values[key]?.double)] }
    self.golden = golden
    species = try #require(golden["species"]).map { Int32($0) }
  }

  private func expect(_ fit: AtomicEnergies, _ key: String) throws {
    #expect(fit.atomicNumbers == species)
    for (x, y) in zip(fit.energies, try #require(golden[key])) {
      #expect((x - y).magnitude < 1e-11)
    }
  }

  @Test("least squares are mace's average")
  func average() throws {
    let fit = try AtomicEnergies(fitting: set, frames: Array(0..<set.count), species: species)
    try expect(fit, "average_e0s")
    #expect(fit.undetermined.isEmpty)
    #expect(fit[8] == fit.energies[3] && fit[2] == nil && fit[-1] == nil)
  }

  @Test("with a ridge they are SevenNet's reference energies")
  func ridge() throws {
    let fit = try AtomicEnergies(
      fitting: set, frames: Array(0..<set.count), species: species, ridge: 0.1)
    try expect(fit, "ridge_e0s")
  }

  @Test("what the compositions leave open has the least norm, and is said")
  func deficient() throws {
    let fit = try AtomicEnergies(fitting: set, frames: [5, 6], species: species)
    try expect(fit, "deficient_e0s")
    #expect(fit.undetermined == [1, 6, 7, 8])
    let text = "3\nenergy=-9\nO 0 0 0\nH 0 0 1\nH 0 1 0\n2\nenergy=-4\nN 0 0 0\nN 0 0 1\n"
    let water = try dataSet(text)
    let part = try AtomicEnergies(fitting: water, frames: [0, 1], species: [1, 7, 8])
    #expect(part.undetermined == [1, 8])
    // The least (h, o) with 2 h + o = −9 is −9 (2, 1) / 5.
    for (x, y) in zip(part.energies, [-3.6, -2, -1.8]) { #expect(isClose(x, y, 1e-14)) }
  }

  @Test("mean and spread after the energies of atoms are mace's")
  func meanAndSpread() throws {
    let frames = Array(0..<set.count)
    let fit = try AtomicEnergies(fitting: set, frames: frames, species: species)
    let statistics = try LabelStatistics(set, frames: frames, subtracting: fit)
    #expect((statistics.mean - golden["mean", default: []][0]).magnitude < 1e-11)
    // mace divides by n − 1 + 10⁻⁶.
    let below = Double(frames.count - 1)
    let std = golden["std", default: []][0] * ((below + 1e-6) / below).squareRoot()
    #expect((statistics.standardDeviation - std).magnitude < 1e-11)
    #expect(isClose(statistics.forceRootMeanSquare, golden["rms", default: []][0], 1e-13))
    #expect(statistics.energyCount == 7)
    let ratio = statistics.populationDeviation / statistics.standardDeviation
    #expect(isClose(ratio, (6.0 / 7).squareRoot(), 1e-14))
  }

  @Test("frames without a label are passed over")
  func missingLabels() throws {
    let text = frame("energy=-2") + frame("x=1", shift: 1, forces: "forces") + frame("energy=-4")
    let set = try dataSet(text)
    let statistics = try LabelStatistics(set, frames: [0, 1, 2], subtracting: nil)
    #expect(statistics.energyCount == 2 && statistics.forceCount == 6)
    #expect(statistics.mean == -1.5)
    #expect(isClose(statistics.standardDeviation, 0.5.squareRoot(), 1e-15))
    // Components 0.1, 0, −0.5 and 0.1, 1, −0.5.
    #expect(isClose(statistics.forceRootMeanSquare, (1.52 / 6).squareRoot(), 1e-15))
    let fit = try AtomicEnergies(fitting: set, frames: [0, 1, 2], species: [1])
    #expect(isClose(fit.energies[0], -1.5, 1e-15))
    #expect(throws: HoneError.self) {
      try AtomicEnergies(fitting: set, frames: [1], species: [1])
    }
  }

  @Test("elements without an energy are named")
  func missingElements() throws {
    let set = try dataSet(
      frame("energy=-13.6 config_type=IsolatedAtom", atoms: 1) + frame("energy=1"))
    let isolated = try AtomicEnergies(isolatedAtomsOf: set, head: "Default", species: [1])
    #expect(isolated[1] == -13.6)
    #expect(
      throws: HoneError(
        .invalidArgument,
        "expected isolated atoms of all elements of head 'Default', got none of C O: add frames of "
          + "one atom with config_type=IsolatedAtom and an energy, give the energies, or fit them")
    ) { try AtomicEnergies(isolatedAtomsOf: set, head: "Default", species: [1, 6, 8]) }
    #expect(throws: HoneError.self) {
      try AtomicEnergies(fitting: set, frames: [0], species: [8])
    }
    let oxygen = try AtomicEnergies([(8, -1)])
    #expect(
      throws: HoneError(
        .invalidArgument,
        "a.xyz:line 4 (frame 2): atom 0 has the atomic number 1, for which there is no energy of a "
          + "single atom: give one")
    ) { try LabelStatistics(set, frames: [0], subtracting: oxygen) }
    for wrong in [[(0, 1.0)], [(119, 1)], [(1, .nan)], [(1, 1), (1, 2)]] as [[(Int32, Double)]] {
      #expect(throws: HoneError.self) {
        try AtomicEnergies(wrong.map { (atomicNumber: $0.0, energy: $0.1) })
      }
    }
  }

  @Test("nearly dependent equations keep their digits")
  func nearlyDependent() {
    var equations = LeastSquares(unknowns: 2)
    // Normal equations would see 1 + 10⁻¹⁶ and lose the difference.
    for row in [[1, 1], [1e-8, 0], [0, 1e-8]] { equations.add(row, 2 * row[0] - 3 * row[1]) }
    let solution = equations.solution()
    #expect(solution.rank == 2)
    for (x, y) in zip(solution.values, [2.0, -3]) { #expect((x - y).magnitude < 1e-7) }
    let empty = LeastSquares(unknowns: 2).solution()
    #expect(empty.values == [0, 0] && empty.rank == 0 && empty.isDetermined == [false, false])
  }
}
