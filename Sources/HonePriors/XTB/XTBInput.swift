internal import HoneNumerics
internal import HoneStructure

/// A structure in the units and the words of libxtb, refused where the library would crash or compute
/// nonsense.
struct XTBInput: Sendable {
  /// Atoms closer than this, in Å, are no structure.
  static let smallestDistance = 0.2

  /// Atomic numbers, shape `[atoms]`.
  let numbers: [Int32]
  /// Positions in Bohr, turned by `rotation`, shape `[atoms, 3]`.
  let positions: [Double]
  /// The total charge in e, an integer.
  let charge: Double
  /// The number of unpaired electrons.
  let unpaired: Int32
  /// An energy in eV that no such molecule can have: several times what valence electrons of any
  /// element are bound by.
  ///
  /// Charges can run away and converge where the energy is thousands of electronvolts too low, as
  /// in GFN1 with lanthanum.
  let energyFloor: Double

  /// Rows of a rotation that leaves no two atoms of any reasonable structure with an equal coordinate.
  ///
  /// Where the coordinates of two atoms along an axis are equal in every bit, libxtb 6.5.1 gives
  /// gradients of GFN1 and GFN2 that are wrong by a tenth of an eV/Å. Of a unit quaternion whose
  /// components are proportional to 1, √2/3, −√3/5 and √5/7.
  private static let rotation: [SIMD3<Double>] = {
    let (w, x, y, z) = (1.0, 2.0.squareRoot() / 3, -3.0.squareRoot() / 5, 5.0.squareRoot() / 7)
    let scale = 2 / (w * w + x * x + y * y + z * z)
    return [
      SIMD3(1 - scale * (y * y + z * z), scale * (x * y - w * z), scale * (x * z + w * y)),
      SIMD3(scale * (x * y + w * z), 1 - scale * (x * x + z * z), scale * (y * z - w * x)),
      SIMD3(scale * (x * z - w * y), scale * (y * z + w * x), 1 - scale * (x * x + y * y)),
    ]
  }()

  /// Takes a structure.
  ///
  /// - Throws: `.invalidArgument`, `.unsupported` or `.unknownSpecies` with what is wrong.
  init(_ system: PriorSystem, _ method: XTBMethod) throws(HoneError) {
    let structure = system.structure
    for (atom, number) in structure.atomicNumbers.enumerated()
    where !(1...XTBMethod.lastElement).contains(number) {
      throw HoneError(
        .unknownSpecies,
        "\(method.rawValue) has parameters for the elements 1 to \(XTBMethod.lastElement), but atom "
          + "\(atom) has the atomic number \(number)")
    }
    // Of periodic structures libxtb 6.5 has none in GFN2 and GFN-FF, and energies in GFN1 that are
    // wrong by electronvolts.
    guard structure.cell?.periodicity.isEmpty ?? true else {
      throw HoneError(
        .unsupported,
        "\(method.rawValue) of libxtb computes molecules alone, and this structure is periodic; leave "
          + "out the cell, or use another prior")
    }
    try Self.checkDistances(structure, method)
    let unpaired = try Self.unpaired(system, method)
    numbers = structure.atomicNumbers
    positions = Self.turned(structure.positions).map { $0 / Units.bohr }
    charge = system.charge
    energyFloor = -60 * Double(numbers.reduce(0) { $0 + XTBElectrons.valence($1) })
    self.unpaired = unpaired
  }

  /// Vectors in the axes of the structure, from vectors in those of `positions`.
  ///
  /// - Parameter vectors: Shape `[atoms, 3]`.
  static func turnedBack(_ vectors: [Double]) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(vectors.count)
    for atom in 0..<vectors.count / 3 {
      let sum =
        vectors[3 * atom] * rotation[0] + vectors[3 * atom + 1] * rotation[1]
        + vectors[3 * atom + 2] * rotation[2]
      result += [sum.x, sum.y, sum.z]
    }
    return result
  }

  private static func turned(_ vectors: [Double]) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(vectors.count)
    for atom in 0..<vectors.count / 3 {
      let vector = SIMD3(vectors[3 * atom], vectors[3 * atom + 1], vectors[3 * atom + 2])
      for row in rotation { result.append((row * vector).sum()) }
    }
    return result
  }

  private static func checkDistances(
    _ structure: Structure, _ method: XTBMethod
  ) throws(HoneError) {
    let list = try structure.neighborList(cutoff: smallestDistance)
    try withExtendedLifetime(list) { () throws(HoneError) in
      guard list.edgeCount > 0 else { return }
      let atom = (0..<list.atomCount).first { !list.edges(of: $0).isEmpty } ?? 0
      let neighbor = list.neighbors[list.edges(of: atom).lowerBound]
      throw HoneError(
        .invalidArgument,
        "the atoms \(atom) and \(neighbor) must be \(smallestDistance) Å or more apart for "
          + method.rawValue)
    }
  }

  /// The number of unpaired electrons, checked against what atoms of these elements can have.
  private static func unpaired(
    _ system: PriorSystem, _ method: XTBMethod
  ) throws(HoneError) -> Int32 {
    let numbers = system.structure.atomicNumbers
    let orbitals = numbers.reduce(0) { $0 + XTBElectrons.orbitals($1) }
    let neutral = numbers.reduce(0) { $0 + XTBElectrons.valence($1) }
    guard let charge = Int(exactly: system.charge), charge.magnitude < 1 << 30 else {
      throw HoneError(
        .invalidArgument,
        "\(method.rawValue) needs a charge that is a whole number of e, got \(system.charge)")
    }
    let electrons = neutral - charge
    guard (0...2 * orbitals).contains(electrons) else {
      throw HoneError(
        .invalidArgument,
        "the charge must leave 0 to \(2 * orbitals) of the \(neutral) valence electrons of the neutral "
          + "atoms, got \(charge)")
    }
    guard system.multiplicity > 0 else { return Int32(electrons % 2) }
    let unpaired = system.multiplicity - 1
    let most = min(electrons, 2 * orbitals - electrons)
    guard unpaired % 2 == electrons % 2, unpaired <= most else {
      throw HoneError(
        .invalidArgument,
        "the multiplicity \(system.multiplicity) is not possible for \(electrons) valence electrons: "
          + "expected \(electrons % 2 == 0 ? "an odd" : "an even") number up to \(most + 1), or 0 for "
          + "the lowest")
    }
    return Int32(truncatingIfNeeded: unpaired)
  }
}
