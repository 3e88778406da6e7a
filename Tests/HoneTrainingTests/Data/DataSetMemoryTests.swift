import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HoneTraining

@Suite("Data sets from memory")
struct DataSetMemoryTests {
  private static let file = PackagePaths.golden + "/training/labels-all.xyz"

  private func structure(_ shift: Double, cell: Cell? = nil) throws -> Structure {
    try Structure(atomicNumbers: [1, 8], positions: [0, 0, shift, 1, 0, 0], cell: cell)
  }

  private func labels(_ energy: Double) -> StructureLabels {
    var labels = StructureLabels()
    labels.energy = energy
    return labels
  }

  @Test("have the labels and weights that were given, and are counted from 0")
  func given() throws {
    let cell = try Cell(rows: Matrix3([4, 0, 0], [0, 5, 0], [0, 0, 6]), periodicity: .all)
    let reader = try DataSetReader()
    var all = labels(-3)
    all.forces = [1, 2, 3, 4, 5, 6]
    all.virial = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    all.weights.forces = 2
    all.atomWeights = [0, 1]
    all.head = "a"
    all.configurationType = "b"
    try reader.add(structure(0, cell: cell), all)
    try reader.add(structure(0.1), labels(-2))
    let set = try DataSet(reader)
    let first = set[0].labels
    #expect(first.energy == -3 && first.volume == 120 && first.weights.forces == 2)
    #expect(first.forces?[5] == 6 && first.virial?[2][1] == 8 && first.atomWeights?[0] == 0)
    #expect(set.heads == ["a", "Default"] && set.configurationTypes == ["b", "Default"])
    #expect(set.place(of: 1).description == "structure 1")
  }

  @Test("a copy holds what the sets hold, and where it came from")
  func copies() throws {
    let (first, second) = (try DataSetReader(), try DataSetReader())
    try first.add(path: Self.file)
    try second.add(structure(0), labels(1))
    try second.add(path: Self.file)
    let sets = (try DataSet(first), try DataSet(second))
    let reader = try DataSetReader()
    try reader.add(structure(0.5), labels(0))
    try reader.add(sets.0)
    try reader.add(sets.1)
    let all = try DataSet(reader)
    #expect(all.count == 2 + 2 * sets.0.count)
    #expect(all.duplicates.count == sets.0.count)
    for index in 0..<sets.0.count {
      #expect(all.place(of: 1 + index) == sets.0.place(of: index))
      #expect(all[1 + index].labels.energy == sets.0[index].labels.energy)
      #expect(all.storage.hasEqualLabels(1 + index, sets.0.storage, index))
      #expect(all.storage.isSameStructure(1 + index, sets.0.storage, index))
    }
    #expect(all.place(of: 1 + sets.0.count).description == "structure 0")
    let named = try DataSetReader()
    try named.add(sets.1, name: "validation")
    #expect(try DataSet(named).place(of: 0).description == "validation structure 0")
    #expect(try DataSet(named).place(of: 1) == sets.1.place(of: 1))
    // The original does not change when the copy grows, nor the other way around.
    try reader.add(structure(0.7), labels(0))
    #expect(sets.0.count == sets.1.count - 1)
  }

  @Test("have a fingerprint that everything matters to that training sees")
  func fingerprints() throws {
    func fingerprint(
      _ shift: Double = 0, _ change: (inout StructureLabels) -> Void = { _ in }
    ) throws -> UInt64 {
      let reader = try DataSetReader()
      var labels = labels(0)
      labels.forces = [0, 0, 0, 0, 0, 0]
      change(&labels)
      try reader.add(structure(shift), labels)
      return try DataSet(reader).fingerprint
    }
    let all = try [
      fingerprint(), fingerprint(0.1), fingerprint { $0.energy = 2 },
      fingerprint { $0.energy = nil },
      fingerprint { $0.forces = nil }, fingerprint { $0.forces?[4] = 1 },
      fingerprint { $0.virial = [0, 0, 0, 0, 0, 0, 0, 0, 0] },
      fingerprint { $0.virial = [0, 0, 0, 0, 0, 0, 0, 0, 1] },
      fingerprint { $0.weights.structure = 2 }, fingerprint { $0.weights.energy = 2 },
      fingerprint { $0.weights.forces = 2 }, fingerprint { $0.weights.stress = 2 },
      fingerprint { $0.weights.virial = 2 }, fingerprint { $0.atomWeights = [1, 1] },
      fingerprint { $0.atomWeights = [1, 2] }, fingerprint { $0.head = "a" },
      fingerprint { $0.configurationType = "a" },
    ]
    #expect(Set(all).count == all.count)
    #expect(try fingerprint() == all[0])
  }

  @Test("what fails adds nothing, also where frames before the failure were right")
  func atomic() throws {
    let reader = try DataSetReader()
    try reader.add(structure(0), labels(1))
    let wrong = """
      2
      Properties=species:S:1:pos:R:3 config_type=new head=other energy=1
      H 0 0 0
      O 0 0 1
      2
      Properties=species:S:1:pos:R:3 energy=nan
      H 0 0 0
      O 0 0 1

      """
    #expect(throws: HoneError.self) { try reader.add(bytes: Array(wrong.utf8), name: "w") }
    #expect(throws: HoneError.self) { try reader.add(structure(0.1), StructureLabels()) }
    // What was rolled back is no duplicate.
    try reader.add(structure(0.2), labels(3))
    let set = try DataSet(reader)
    #expect(set.count == 2 && set.atomCount == 4 && set.files.isEmpty)
    #expect(set.heads == ["Default"] && set.configurationTypes == ["Default"])
    #expect(set.duplicates.count == 0 && set[1].labels.energy == 3)
    #expect(set.place(of: 1).description == "structure 1")
  }
}
