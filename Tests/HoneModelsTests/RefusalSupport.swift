import Glibc
@testable import HoneFormats
import HoneModels
import HoneNumerics
import HoneTestSupport
import Testing

/// What became of a file that may be damaged.
enum RefusalOutcome {
  case refused(HoneError)
  case finite
  case notFinite

  /// Reads a file and computes three atoms with every head it has, first and last.
  static func of(_ bytes: [UInt8]) -> RefusalOutcome {
    do throws(HoneError) {
      let model = try ForceField(bytes: try Bytes(bytes))
      for head in Set([0, model.heads.count - 1]) {
        let result = try triatomic(model, head: head)
        let forces = result.forces.map(Array.init) ?? []
        guard result.energy.isFinite, forces.count == 9, forces.allSatisfy(\.isFinite) else {
          return .notFinite
        }
      }
      return .finite
    } catch {
      return .refused(error)
    }
  }

  /// Energy and forces of three atoms well inside any real cutoff.
  static func triatomic(_ model: ForceField, head: Int) throws(HoneError) -> ComputeResult {
    var settings = ComputeSettings()
    settings.precision = .float64
    settings.head = head
    let species = model.species
    let numbers = (0..<3).map { species[$0 % species.count] }
    let positions = [0, 0, 0, 1.3, 0.2, 0.1, 0.3, 1.2, -0.5]
    return try model.compute(
      atomicNumbers: numbers.span, positions: positions.span, cell: nil,
      quantities: [.energy, .forces], settings: settings)
  }
}

/// Counts outcomes and complains about those no damage may have.
struct OutcomeCount {
  var refused = 0
  var finite = 0

  /// Takes one file.
  mutating func check(_ bytes: [UInt8], _ what: @autoclosure () -> String) {
    let start = Self.processorTime()
    switch RefusalOutcome.of(bytes) {
    case .refused(let error):
      refused += 1
      if ![.format, .unsupported].contains(error.kind) || error.message.isEmpty {
        Issue.record("\(what()): \(error.kind) \(error)")
      }
    case .finite: finite += 1
    case .notFinite: Issue.record("\(what()): values that are not finite")
    }
    let seconds = Self.processorTime() - start
    if seconds > 2 { Issue.record("\(what()): \(seconds) s") }
  }

  /// The processor's time of this thread in seconds, which other programs do not lengthen.
  static func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}

/// A zip archive whose entries can be changed without their checksums giving it away.
struct EditableArchive {
  var entries: [(name: String, data: [UInt8])]

  init(path: String) throws {
    let zip = try ZipArchive(path: path)
    entries = try zip.entries.map { ($0.name, try zip.contents(of: $0.name).array()) }
  }

  init(_ entries: [(name: String, data: [UInt8])]) { self.entries = entries }

  /// The file: all entries stored as they are.
  func bytes() throws -> [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for (name, data) in entries {
      let text = Array(name.utf8)
      let common =
        Self.little(20, 2) + Self.little(0, 8)
        + Self.little(Int(CRC32.checksum(of: try Bytes(data))), 4) + Self.little(data.count, 4)
        + Self.little(data.count, 4) + Self.little(text.count, 2) + [0, 0]
      directory += Self.little(0x0201_4B50, 4) + Self.little(20, 2) + common
      directory += Self.little(0, 10) + Self.little(file.count, 4) + text
      file += Self.little(0x0403_4B50, 4) + common + text + data
    }
    let end =
      Self.little(0x0605_4B50, 4) + Self.little(0, 4) + Self.little(entries.count, 2)
      + Self.little(entries.count, 2) + Self.little(directory.count, 4)
      + Self.little(file.count, 4) + [0, 0]
    return file + directory + end
  }

  private static func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}

/// A directory of the test's own, removed at the end.
struct ScratchDirectory: ~Copyable {
  let path: String

  init() throws {
    let parent = FileAccess.environment("TMPDIR") ?? P_tmpdir
    var template = Array("\(parent)/hone-models-XXXXXX".utf8CString)
    let made = try #require(mkdtemp(&template))
    path = String(cString: made)
  }

  var files: [String] { PackagePaths.files(in: path, endings: [""]) }

  deinit {
    for file in files { unlink(path + "/" + file) }
    rmdir(path)
  }
}
