internal import HoneFormats
public import HoneStructure

/// A structure with the values a reference code computed for it, in eV and Å.
public struct ReferenceStructure: Sendable, CustomStringConvertible {
  /// What the structure is called.
  public let name: String
  /// The atoms and their cell.
  public let structure: Structure
  /// The total energy in eV.
  public let energy: Double
  /// The energy of each atom in eV.
  public let atomEnergies: [Double]
  /// Forces in eV/Å, `[atoms][3]`.
  public let forces: [Double]
  /// The virial in eV, `[3][3]`, where known.
  public let virial: [Double]?
  /// The virial of each atom in eV, where known.
  public let atomVirials: [Double]?
  /// The reference code's own single-precision forces, where known.
  public let singleForces: [Double]?

  /// The name.
  public var description: String { name }
}

/// The structures of a reference file for one head.
public struct ReferenceSet: Sendable {
  /// The name of the head; `nil` for models without.
  public let head: String?
  /// The structures with their values.
  public let structures: [ReferenceStructure]

  /// Reads a committed reference file.
  public static func json(_ path: String) throws -> (model: String, sets: [ReferenceSet]) {
    let document = try JSONValue(parsing: Bytes(contentsOfFile: path))
    let model = document["model"]?.string ?? ""
    if let heads = document["heads"]?.members {
      return (
        model,
        try heads.map {
          ReferenceSet(
            head: $0.key,
            structures: try ($0.value["structures"]?.array ?? $0.value.array ?? []).map(structure))
        }
      )
    }
    return (
      model,
      [
        ReferenceSet(
          head: document["head"]?.string,
          structures: try (document["structures"]?.array ?? []).map(structure))
      ]
    )
  }

  private static func numbers(_ value: JSONValue?) -> [Double] {
    guard let values = value?.array else { return value?.double.map { [$0] } ?? [] }
    return values.flatMap(numbers)
  }

  private static func structure(_ value: JSONValue) throws -> ReferenceStructure {
    let cell = numbers(value["cell"])
    let periodic = (value["pbc"]?.array ?? []).map { $0.bool ?? ($0.int == 1) }
    let virials = numbers(value["atom_virials"])
    return ReferenceStructure(
      name: value["name"]?.string ?? "",
      structure: try Structure(
        atomicNumbers: numbers(value["numbers"]).map { Int32($0) },
        positions: numbers(value["positions"]), cell: try makeCell(cell, periodic)),
      energy: value["energy"]?.double ?? .nan, atomEnergies: numbers(value["atom_energies"]),
      forces: numbers(value["forces"]), virial: numbers(value["virial"]),
      atomVirials: virials.isEmpty ? nil : virials, singleForces: nil)
  }

  private static func makeCell(_ rows: [Double], _ periodic: [Bool]) throws -> Cell? {
    guard rows.count == 9, periodic.contains(true) else { return nil }
    return try Cell(
      rows: Matrix3(
        [rows[0], rows[1], rows[2]], [rows[3], rows[4], rows[5]], [rows[6], rows[7], rows[8]]),
      periodicity: Periodicity(periodic[0], periodic[1], periodic[2]))
  }

  /// Reads the structures of a folder of real models, the `clean` values.
  public static func shared(_ folder: String) throws -> [ReferenceStructure] {
    try PackagePaths.files(in: folder, endings: [".npz"]).map { name in
      let archive = try NumPyArchive(path: folder + "/" + name)
      let periodic = try archive.ints("pbc").map { $0 != 0 }
      func values(_ key: String) throws -> [Double] {
        try archive.doubles(archive.contains(key + "_clean") ? key + "_clean" : key)
      }
      let isPeriodic = periodic.contains(true)
      return ReferenceStructure(
        name: String(name.dropLast(4)),
        structure: try Structure(
          atomicNumbers: try archive.ints("numbers").map { Int32($0) },
          positions: try archive.doubles("positions"),
          cell: try makeCell(try archive.doubles("cell"), periodic)),
        energy: try values("energy")[0], atomEnergies: try values("node_energy"),
        forces: try values("forces"),
        // Files of molecules hold no virial.
        virial: isPeriodic ? try values("virial") : nil, atomVirials: nil,
        singleForces: archive.contains("forces_f32") ? try archive.doubles("forces_f32") : nil)
    }
  }
}
