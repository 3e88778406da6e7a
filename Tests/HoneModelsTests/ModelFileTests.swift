import Glibc
import HoneFormats
import HoneModels
import HoneNumerics
import HoneTestSupport
import Testing

@Suite("hone's own files")
struct ModelFileTests {
  static let models =
    PackagePaths.files(in: PackagePaths.golden + "/mace", endings: [".model"])
    .filter { !$0.hasPrefix("unsupported-") && $0 != "attention.model" }.map { "mace/" + $0 }
    + PackagePaths.files(in: PackagePaths.golden + "/sevennet", endings: [".pth"])
    .map { "sevennet/" + $0 }

  @Test("A saved model is the model it was saved from, to the last bit", arguments: models)
  func roundTrip(_ name: String) throws {
    let directory = try ScratchDirectory()
    let (first, second) = (directory.path + "/first", directory.path + "/second")
    let original = try ForceField(path: PackagePaths.golden + "/" + name)
    try original.save(to: first)
    let reloaded = try ForceField(path: first)
    try reloaded.save(to: second)
    #expect(try Bytes(contentsOfFile: first).array() == Bytes(contentsOfFile: second).array())
    #expect(reloaded.heads == original.heads)
    #expect(reloaded.species == original.species)
    #expect(reloaded.cutoff == original.cutoff)
    #expect(reloaded.parameterCount == original.parameterCount)
    #expect(reloaded.description == original.description)
    let reference = PackagePaths.golden + "/" + name.prefix { $0 != "." } + ".json"
    let structures = try ReferenceSet.json(reference).sets[0].structures
    try #require(!structures.isEmpty)
    for head in original.heads.indices {
      for precision in [Precision.float32, .float64] {
        for structure in structures.prefix(2) {
          let expected = try original.computeAll(structure, precision: precision, head: head)
          let found = try reloaded.computeAll(structure, precision: precision, head: head)
          #expect(found.energy.bitPattern == expected.energy.bitPattern, "head \(head)")
          #expect(
            found.forces.map(Array.init) == expected.forces.map(Array.init), "head \(head)")
        }
      }
    }
  }

  static let small = PackagePaths.golden + "/mace/reduced-l0.model"

  @Test("Saving replaces an existing file and leaves nothing else")
  func replace() throws {
    let directory = try ScratchDirectory()
    let path = directory.path + "/model"
    try AtomicFile.write(to: path) { sink throws(HoneError) in
      try sink.write([UInt8](repeating: 1, count: 1_000_000))
    }
    let model = try ForceField(path: Self.small)
    try model.save(to: path)
    #expect(directory.files == ["model"])
    #expect(try ForceField(path: path).parameterCount == model.parameterCount)
    try model.save(to: path)
    #expect(directory.files == ["model"])
  }

  @Test("Saving where nothing can be written is an input or output error and leaves nothing")
  func unwritable() throws {
    let directory = try ScratchDirectory()
    let model = try ForceField(path: Self.small)
    func kind(_ path: String) -> HoneError.Kind? {
      do throws(HoneError) {
        try model.save(to: path)
        return nil
      } catch {
        return error.kind
      }
    }
    #expect(kind(directory.path + "/missing/model") == .io)
    #expect(kind(directory.path) == .io)
    #expect(directory.files.isEmpty)
    // The superuser may write anywhere.
    if geteuid() != 0 {
      chmod(directory.path, 0o500)
      #expect(kind(directory.path + "/model") == .io)
      chmod(directory.path, 0o700)
      #expect(directory.files.isEmpty)
    }
  }
}
