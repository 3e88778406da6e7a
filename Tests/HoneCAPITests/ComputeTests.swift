internal import CHone
internal import Testing

/// The molecule of `Tests/Golden/sevennet/bias.json`.
private let numbers: [Int32] = [6, 8, 7, 1, 1, 1, 1]
private let positions = [
  0.03, 0.01, -0.02, 1.19, 0.12, 0.21, -0.77, 1.08, 0.17, -0.52, -0.94, -0.28, -0.31, 1.95, 0.42,
  -1.74, 1.06, -0.11, 1.46, -2.31, 1.35,
]

private func replacing<Element>(_ array: [Element], at index: Int, with element: Element)
  -> [Element]
{
  var copy = array
  copy[index] = element
  return copy
}

@Suite("hone_model_compute")
struct ComputeTests {
  @Test("the energy of a molecule is the reference's, and its parts sum to it")
  func molecule() throws {
    let fixture = try Fixture()
    #expect(hone_model_set_precision(fixture.model, HONE_FLOAT64) == HONE_SUCCESS)
    let outcome = Outcome(fixture.model, atomicNumbers: numbers, positions: positions)
    #expect(outcome.status == HONE_SUCCESS, "\(lastError())")
    // Tests/Golden/sevennet/bias.json, computed by sevenn 0.13.0 in double precision.
    #expect(abs(outcome.energy - -18.137918566544965) < 1e-8)
    #expect(abs(outcome.atomEnergies.reduce(0, +) - outcome.energy) < 1e-9)
    for component in 0..<9 {
      let sum = stride(from: component, to: 63, by: 9).map { outcome.atomVirials[$0] }.reduce(0, +)
      #expect(abs(sum - outcome.virial[component]) < 1e-9)
    }
    for axis in 0..<3 {
      let sum = stride(from: axis, to: 21, by: 3).map { outcome.forces[$0] }.reduce(0, +)
      #expect(abs(sum) < 1e-10)
    }
  }

  @Test("outputs that are NULL are left out, and the others do not change")
  func partialOutputs() throws {
    let fixture = try Fixture()
    let whole = Outcome(fixture.model, atomicNumbers: numbers, positions: positions)
    var energy = Double.nan
    var forces = [Double](repeating: .nan, count: positions.count)
    let count = Int64(numbers.count)
    #expect(
      hone_model_compute(
        fixture.model, count, numbers, positions, nil, nil, &energy, nil, nil, nil, nil)
        == HONE_SUCCESS)
    #expect(abs(energy - whole.energy) < 1e-5)
    #expect(
      hone_model_compute(
        fixture.model, count, numbers, positions, nil, nil, nil, &forces, nil, nil, nil)
        == HONE_SUCCESS)
    #expect(zip(forces, whole.forces).allSatisfy { abs($0 - $1) < 1e-4 })
    #expect(
      hone_model_compute(
        fixture.model, count, numbers, positions, nil, nil, nil, nil, nil, nil, nil)
        == HONE_SUCCESS)
  }

  @Test("no atoms have zero energy, with or without arrays")
  func noAtoms() throws {
    let fixture = try Fixture()
    var energy = Double.nan
    var virial = [Double](repeating: .nan, count: 9)
    let status = hone_model_compute(
      fixture.model, 0, nil, nil, nil, nil, &energy, nil, &virial, nil, nil)
    #expect(status == HONE_SUCCESS)
    #expect(energy == 0)
    #expect(virial == [Double](repeating: 0, count: 9))
  }

  @Test("a cell without periodic directions is a molecule, and a flag of any value counts")
  func periodicFlags() throws {
    let fixture = try Fixture()
    let molecule = Outcome(fixture.model, atomicNumbers: numbers, positions: positions)
    let open = Outcome(
      fixture.model, atomicNumbers: numbers, positions: positions,
      cell: [Double](repeating: 0, count: 9), periodic: [0, 0, 0])
    #expect(open == molecule)
    let cell = [4.5, 0, 0, 0, 4.5, 0, 0, 0, 4.5]
    let implied = Outcome(fixture.model, atomicNumbers: numbers, positions: positions, cell: cell)
    let stated = Outcome(
      fixture.model, atomicNumbers: numbers, positions: positions, cell: cell,
      periodic: [1, -1, 256])
    #expect(implied == stated)
    #expect(implied.energy != molecule.energy)
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    var what: String
    var atomicNumbers = numbers
    var positions = ComputeTests.fine
    var cell: [Double]?
    var periodic: [Int32]?
    var status = HONE_INVALID_ARGUMENT
    var names: String
    var testDescription: String { what }
  }
  static let fine = positions
  static let cube = [6.0, 0, 0, 0, 6.0, 0, 0, 0, 6.0]

  static let refusals: [Refusal] =
    [Double.nan, .infinity, -.infinity].flatMap { value in
      [
        Refusal(
          what: "a position of \(value)", positions: replacing(fine, at: 7, with: value),
          names: "positions[2][1]"),
        Refusal(
          what: "a cell entry of \(value)", cell: replacing(cube, at: 5, with: value),
          names: "cell[1][2]"),
        Refusal(
          what: "a cell entry of \(value) in an open direction",
          cell: replacing(cube, at: 5, with: value), periodic: [1, 0, 1], names: "cell[1][2]"),
      ]
    } + [
      Refusal(what: "a zero cell", cell: [Double](repeating: 0, count: 9), names: "cell"),
      Refusal(
        what: "a cell with parallel rows", cell: [1, 2, 3, 2, 4, 6, 0, 0, 9], names: "cell"),
      Refusal(
        what: "a zero row in a periodic direction", cell: [6, 0, 0, 0, 0, 0, 0, 0, 6],
        periodic: [1, 1, 1], names: "cell"),
      Refusal(what: "periodic without a cell", periodic: [0, 1, 0], names: "cell"),
      Refusal(
        what: "an element the model does not know",
        atomicNumbers: replacing(numbers, at: 3, with: 92),
        status: HONE_UNKNOWN_SPECIES, names: "atomic_numbers[3] is 92"),
      Refusal(
        what: "atomic number zero", atomicNumbers: replacing(numbers, at: 0, with: 0),
        status: HONE_UNKNOWN_SPECIES, names: "atomic_numbers[0]"),
      Refusal(
        what: "the most negative atomic number",
        atomicNumbers: replacing(numbers, at: 0, with: .min), status: HONE_UNKNOWN_SPECIES,
        names: "atomic_numbers[0]"),
      Refusal(
        what: "two atoms in one place", positions: Array(fine[..<18] + fine[..<3]),
        names: "atoms 0 and 6"),
      Refusal(
        what: "an atom on another one's image",
        positions: fine[..<18] + [fine[0] + 6, fine[1], fine[2]], cell: cube,
        names: "atoms 0 and 6"),
    ]

  @Test("refuses and names what is wrong, and works again after", arguments: refusals)
  func refuses(_ refusal: Refusal) throws {
    let fixture = try Fixture()
    let outcome = Outcome(
      fixture.model, atomicNumbers: refusal.atomicNumbers, positions: refusal.positions,
      cell: refusal.cell, periodic: refusal.periodic)
    #expect(outcome.status == refusal.status)
    #expect(lastError().contains(refusal.names), "\(lastError())")
    #expect(!lastError().hasSuffix("."))
    #expect(
      Outcome(fixture.model, atomicNumbers: numbers, positions: positions).status == HONE_SUCCESS)
  }

  @Test("refuses counts that no array has", arguments: [-1, Int64.min, 1 << 31, 1 << 62, .max])
  func refusesCounts(_ count: Int64) throws {
    let fixture = try Fixture()
    var energy = 0.0
    let status = hone_model_compute(
      fixture.model, count, numbers, positions, nil, nil, &energy, nil, nil, nil, nil)
    #expect(status == HONE_INVALID_ARGUMENT)
    #expect(lastError().hasPrefix("n_atoms must be"))
    #expect(lastError().contains("\(count)"))
  }

  @Test("refuses arrays that are missing")
  func refusesMissingArrays() throws {
    let fixture = try Fixture()
    var energy = 0.0
    #expect(
      hone_model_compute(
        fixture.model, 7, nil, positions, nil, nil, &energy, nil, nil, nil, nil)
        == HONE_INVALID_ARGUMENT)
    #expect(lastError() == "atomic_numbers must not be NULL")
    #expect(
      hone_model_compute(fixture.model, 7, numbers, nil, nil, nil, &energy, nil, nil, nil, nil)
        == HONE_INVALID_ARGUMENT)
    #expect(lastError() == "positions must not be NULL")
    #expect(
      hone_model_compute(nil, 7, numbers, positions, nil, nil, &energy, nil, nil, nil, nil)
        == HONE_INVALID_ARGUMENT)
    #expect(lastError() == "model must not be NULL")
  }
}
