import HoneFormats
import HoneNumerics
import HoneTestSupport
import Testing

@Suite("hone diagnose")
struct DiagnoseTests {
  /// Carbon monoxide with water beside it, shaken; forces that are known.
  private static func frames(
    _ count: Int, seed: UInt64, scale: Double = 1, symbols: [String] = names
  )
    -> String
  {
    let ideal = [0, 0, 0, 1.13, 0, 0, 0.2, 2.5, 0, 0.3, 3.45, 0, 1.25, 3.6, 0]
    var random = RandomNumbers(seed: seed)
    var text = ""
    for _ in 0..<count {
      text += "5\nProperties=species:S:1:pos:R:3:REF_forces:R:3 REF_energy=-1.0\n"
      for atom in 0..<5 {
        let place = (0..<3).map { scale * (ideal[3 * atom + $0] + 0.05 * random.normal()) }
        text += "\(symbols[atom]) \(place[0]) \(place[1]) \(place[2]) 0.3 0.4 \(random.uniform())\n"
      }
    }
    return text
  }

  private static let names = ["C", "O", "H", "O", "H"]

  private func fitted(_ folder: TemporaryFolder) throws -> String {
    let training = try folder.file("training.xyz", Self.frames(80, seed: 1))
    let output = folder.path("fitted.safetensors")
    let run = try hone("diagnose", Fixtures.mace, "--fit", training, "--output", output, "--json")
    #expect(run.code == 0, "\(run.errors)")
    #expect(try run.json["frames"]?.int == 80)
    #expect(try run.json["exemplars"]?.int == 80)
    return output
  }

  @Test("gives every key of the interface, for known, shifted and unseen structures")
  func keys() throws {
    let folder = try TemporaryFolder()
    let model = try fitted(folder)
    let data = try folder.file(
      "data.xyz",
      Self.frames(3, seed: 2) + Self.frames(1, seed: 3, scale: 0.5)
        + Self.frames(1, seed: 4, symbols: ["C", "F", "H", "U", "H"]))
    for threads in ["1", "2"] {
      let run = try hone("diagnose", model, data, "--json", "--threads", threads)
      #expect(run.code == 0, "\(run.errors)")
      let frames = try #require(try run.json["frames"]?.array)
      #expect(frames.count == 5)
      for frame in frames.prefix(3) {
        #expect(frame["unseen_species"]?.array == [])
        let norm = try #require(frame["force_norm"]?.double)
        #expect(norm > 0.5 && norm < 1.2 && frame["forces"]?.string == "reference")
        #expect(frame["force_norm_shifted"]?.bool != nil && frame["shifted"]?.bool != nil)
        #expect(try #require(frame["connectivity_distance"]?.double) >= 0)
        #expect(frame["connectivity_shifted"]?.bool != nil)
        #expect(try #require(frame["descriptor_distance"]?.double) < 3)
      }
      #expect(frames[3]["shifted"]?.bool == true)
      #expect(try #require(frames[3]["descriptor_distance"]?.double) > 3)
      #expect(frames[4]["unseen_species"]?.array == [.integer(9), .integer(92)])
      #expect(frames[4]["descriptor_distance"] == .null && frames[4]["shifted"]?.bool == true)
      #expect(frames[4]["verdict"]?.string?.contains("unseen elements F, U") == true)
    }
    let text = try hone("diagnose", model, data)
    #expect(text.code == 0 && text.output.contains("unseen elements F, U"))
  }

  @Test("the report is one page without anything from outside, of bounded size")
  func report() throws {
    let folder = try TemporaryFolder()
    let model = try fitted(folder)
    let report = folder.path("report.html")
    var sizes: [Int] = []
    for count in [1, 40, 3000] {
      let data = try folder.file("<data>.xyz", Self.frames(count, seed: 9, scale: 0.9))
      let run = try hone("diagnose", model, data, "--report", report, "--quiet")
      #expect(run.code == 0, "\(run.errors)")
      let page = String(decoding: try contents(report), as: UTF8.self)
      #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n"))
      for outside in ["<script", "src=", "url(", "<link", "href"] {
        #expect(!page.contains(outside), "\(outside)")
      }
      #expect(page.contains("prefers-color-scheme: dark") && page.contains("&lt;data&gt;.xyz"))
      #expect(page.components(of: "<svg") == page.components(of: "</svg>"))
      #expect(page.components(of: "<svg") >= 4)
      #expect(!page.contains("nan") && !page.contains("inf"))
      sizes.append(page.utf8.count)
    }
    #expect(sizes[2] < 150_000 && sizes[2] < 3 * sizes[1], "\(sizes)")
  }

  @Test("what is missing or contradicts itself is said in words")
  func wrong() throws {
    let folder = try TemporaryFolder()
    let data = try folder.file("data.xyz", Self.frames(2, seed: 2))
    let bare = try hone("diagnose", Fixtures.mace, data)
    #expect(bare.code == 1 && bare.errors.contains("--fit"))
    for arguments in [
      ["diagnose", Fixtures.mace], ["diagnose", Fixtures.mace, "--fit", data],
      ["diagnose", Fixtures.mace, data, "--output", "a"],
      ["diagnose", Fixtures.mace, data, "--fit", data, "--output", "a", "--report", "a"],
      ["diagnose", Fixtures.mace, "--fit", data, "--output", "a", "--report", "b"],
    ] {
      #expect(try hone(arguments: arguments).code == 2, "\(arguments)")
    }
    let nowhere = try hone(
      "diagnose", Fixtures.mace, data, "--fit", data, "--report", folder.path("no/report.html"))
    #expect(nowhere.code == 1 && nowhere.errors.contains("no"))
  }
}

extension String {
  /// How often a text occurs in it.
  fileprivate func components(of part: String) -> Int {
    var count = 0
    var rest = self[...]
    while let range = rest.firstRange(of: part) {
      count += 1
      rest = rest[range.upperBound...]
    }
    return count
  }
}
