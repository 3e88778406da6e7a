import HoneFormats
import HoneModels
import HoneNumerics
import HoneTestSupport
import Testing

@Suite("Files that are refused")
struct RefusalTests {
  /// What a file is refused with; nothing where it is read.
  private func refusal(_ path: String) -> HoneError? {
    do throws(HoneError) {
      _ = try ForceField(path: path)
      return nil
    } catch {
      return error
    }
  }

  static let mace: [(String, String)] = [
    ("attention", "AttResidual"), ("unsupported-atomic-dipoles", "Dipole"),
    ("unsupported-checkpoint", "SevenNet checkpoint"),
    ("unsupported-cueq-layout", "cuEquivariance"),
    ("unsupported-energy-dipoles", "Dipole"), ("unsupported-joint-embedding", "joint_embedding"),
    ("unsupported-lora", "LoRA"),
  ]

  @Test("Parts of MACE this version does not evaluate are refused by name", arguments: mace)
  func unsupportedMACE(_ name: String, _ part: String) throws {
    let error = try #require(refusal(PackagePaths.golden + "/mace/\(name).model"))
    #expect(error.kind == .unsupported)
    #expect(error.message.contains(part), "\(error)")
    #expect(error.message.contains("\(name).model"), "\(error)")
  }

  static let sevenNet: [(String, HoneError.Kind, String)] = [
    ("radial-basis", .unsupported, "radial basis"),
    ("cutoff-function", .unsupported, "cutoff function"),
    ("cutoff-on-missing", .format, "cutoff_on"), ("activation", .unsupported, "act_"),
    ("interaction-type", .unsupported, "interaction_type"),
    ("self-connection-none", .unsupported, "self_connection_type"),
    ("model-type", .unsupported, "model type"), ("version-missing", .format, "version"),
    ("not-reduced", .unsupported, "optimize_by_reduce"), ("type-map-hole", .format, "_type_map"),
    ("tensor-missing", .format, "tensor '"), ("radial-columns", .format, "network.0.weight"),
    ("denominator-zero", .format, "denominator"), ("not-a-number", .format, "finite"),
    ("foreign-3j", .unsupported, "Wigner 3j"), ("scalars-last", .unsupported, "scalars"),
  ]

  @Test("Checkpoints of SevenNet are refused with what is wrong", arguments: sevenNet)
  func refusedSevenNet(_ name: String, _ kind: HoneError.Kind, _ part: String) throws {
    let error = try #require(refusal(PackagePaths.golden + "/sevennet/refused/\(name).pth"))
    #expect(error.kind == kind, "\(error)")
    #expect(error.message.contains(part), "\(error)")
  }

  @Test("Every refused checkpoint has its test")
  func complete() {
    let folder = PackagePaths.golden + "/sevennet/refused"
    let files = PackagePaths.files(in: folder, endings: [".pth"]).map { String($0.dropLast(4)) }
    #expect(files == Self.sevenNet.map(\.0).sorted())
  }

  @Test("Files of other kinds are refused")
  func foreign() throws {
    let directory = try ScratchDirectory()
    let script = try EditableArchive([
      ("model/constants.pkl", [0x80, 2, 0x29, 0x2E]), ("model/data.pkl", [0x80, 2, 0x4E, 0x2E]),
      ("model/code/model.py", Array("class M: pass".utf8)), ("model/version", Array("3".utf8)),
    ]).bytes()
    let zip = try EditableArchive([("readme.txt", Array("hello".utf8))]).bytes()
    let files: [(String, [UInt8], HoneError.Kind)] = [
      ("script", script, .unsupported), ("zip", zip, .format),
      ("text", Array("128x0e + 128x1o\n".utf8), .format), ("empty", [], .format),
      ("json", Array("{\"model\": 1}".utf8), .format),
    ]
    for (name, bytes, kind) in files {
      let path = directory.path + "/" + name
      try AtomicFile.write(to: path) { sink throws(HoneError) in try sink.write(bytes) }
      let error = try #require(refusal(path), "\(name)")
      #expect(error.kind == kind, "\(name): \(error)")
    }
    #expect(try #require(refusal(directory.path + "/script")).message.contains("TorchScript"))
    #expect(refusal(directory.path)?.kind == .io)
    #expect(refusal(directory.path + "/missing")?.kind == .io)
  }
}
