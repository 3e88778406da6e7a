import Foundation
import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HonePriors

@Suite("Silence of libxtb")
struct XTBSilenceTests {
  private static func water() throws -> PriorSystem {
    try PriorSystem(
      Structure(
        atomicNumbers: [8, 1, 1], positions: [0, 0, 0.1, 0, 0.77, -0.47, 0, -0.77, -0.47]))
  }

  /// Everything that could make the library speak, in a folder where files would be seen.
  private static func provoke() throws {
    let water = try water()
    let close = try PriorSystem(
      Structure(atomicNumbers: [8, 1, 1], positions: [0, 0, 0, 0, 0, 0.25, 0, 0.8, -0.5]))
    let far = try PriorSystem(
      Structure(atomicNumbers: [11, 17], positions: [0, 0, 0, 0, 0, 5000]))
    for method in XTBMethod.allCases {
      for system in [water, close, far] {
        _ = try? XTBPrior(method: method).labels(of: system)
      }
      var settings = XTBSettings()
      settings.iterationLimit = 1
      settings.threadCount = 2
      _ = try? XTBPrior(method: method, settings: settings).labels(of: water)
    }
  }

  @Test(
    "nothing is printed, nothing is written, and nothing is read where the process stands",
    .enabled(if: hasXTB, "libxtb is not installed; apt-get install libxtb-dev"))
  func silence() async throws {
    let folder = try TemporaryFolder()
    let output = try folder.file("output", "")
    await #expect(processExitsWith: .success) { [output = output as String] in
      let folder = try TemporaryFolder()
      let place = folder.path("")
      let wanted = try XTBPrior(method: .gfnff).labels(of: Self.water())
      // GFN-FF takes charges of fragments from such a file.
      _ = try folder.file(".CHRG", "0\n1 -1\n")
      guard FileManager.default.changeCurrentDirectoryPath(place) else { exit(2) }
      // What is buffered until the process ends must get there too.
      let descriptor = open(output, O_WRONLY | O_APPEND)
      guard descriptor >= 0, dup2(descriptor, 1) == 1, dup2(descriptor, 2) == 2 else { exit(3) }
      try Self.provoke()
      guard try XTBPrior(method: .gfnff).labels(of: Self.water()) == wanted else { exit(4) }
      guard try folder.names == [".CHRG"] else { exit(5) }
      let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
      guard here.lastPathComponent == URL(fileURLWithPath: place).lastPathComponent else {
        exit(6)
      }
      guard write(1, "heard", 5) == 5 else { exit(7) }
      exit(0)
    }
    #expect(try String(contentsOfFile: output, encoding: .utf8).prefix(5) == "heard")
    // The runner of the test marks the end of the output in bytes of its own.
    let text = try Data(contentsOf: URL(fileURLWithPath: output))
    #expect(String(decoding: text, as: UTF8.self).contains("Force Field") == false)
    #expect(text.count < 100, "\(String(decoding: text.prefix(500), as: UTF8.self))")
  }

  @Test("without the library an error says what to install, and names the file that was asked for")
  func absence() async {
    await #expect(processExitsWith: .success) {
      setenv(XTBLibrary.variable, "/nowhere/libxtb.so", 1)
      do throws(HoneError) {
        try XTBPrior.requireLibrary()
        exit(2)
      } catch {
        guard error.kind == .unsupported, error.message.contains("/nowhere/libxtb.so") else {
          exit(3)
        }
      }
      setenv(XTBLibrary.variable, "libm.so.6", 1)
      do throws(HoneError) {
        try XTBPrior.requireLibrary()
        exit(4)
      } catch {
        guard error.kind == .unsupported, error.message.contains("xtb_newEnvironment") else {
          exit(5)
        }
      }
      exit(0)
    }
  }

  @Test("temporary folders and descriptors do not pile up", .enabled(if: hasXTB))
  func leaks() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      setenv("TMPDIR", URL(fileURLWithPath: folder.path("")).path, 1)
      func descriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
      }
      try Self.provoke()
      let before = try descriptors()
      for _ in 0..<20 {
        for method in XTBMethod.allCases {
          _ = try XTBPrior(method: method).labels(of: Self.water())
        }
      }
      guard try descriptors() == before else { exit(2) }
      guard try folder.names.isEmpty else { exit(3) }
      exit(0)
    }
  }
}
