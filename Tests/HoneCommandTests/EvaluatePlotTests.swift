internal import Foundation
import HoneFormats
import HoneNumerics
import HoneStructure
import HoneTestSupport
import HoneTraining
import Testing

@testable import HoneCommand

#if canImport(FoundationXML)
  internal import FoundationXML
#endif

/// What an XML parser finds in a drawing.
private final class Drawing: NSObject, XMLParserDelegate {
  private(set) var texts: [String] = []
  private(set) var paths: [(style: String, data: String)] = []
  private(set) var root: (name: String, attributes: [String: String])?
  private var text = ""

  /// Parses a drawing, which must be well formed.
  init(_ bytes: [UInt8]) throws {
    super.init()
    let parser = XMLParser(data: Data(bytes))
    parser.delegate = self
    try #require(parser.parse(), "\(String(describing: parser.parserError))")
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    if root == nil { root = (name, attributes) }
    if name == "path" { paths.append((attributes["class"] ?? "", attributes["d"] ?? "")) }
    text = ""
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    if name == "text" { texts.append(text) }
  }

  /// The number of dots or lines of the paths with a style.
  func partCount(_ style: String) -> Int {
    paths.filter { $0.style == style }.reduce(0) { $0 + $1.data.split(separator: "M").count }
  }
}

@Suite("hone evaluate: parity plots")
struct EvaluatePlotTests {
  @Test("show energies, forces and stresses with their errors")
  func panels() throws {
    let folder = try TemporaryFolder()
    let data = try folder.file("a&b.xyz", try KnownErrors.text(try KnownErrors.frames()))
    let plot = folder.path("parity.svg")
    let run = try hone(
      "evaluate", Fixtures.mace, data, "--plot", plot, "--precision", "float64", "--quiet")
    #expect(run.code == 0, "\(run.errors)")
    let drawing = try Drawing(try contents(plot))
    #expect(drawing.root?.name == "svg")
    #expect(drawing.root?.attributes["xmlns"] == "http://www.w3.org/2000/svg")
    #expect(drawing.texts.contains("scalar-c3.model on a&b.xyz"))
    #expect(drawing.texts.contains("3 frames, 9 atoms"))
    for text in [
      "MAE 133.333 meV/atom", "RMSE 141.421 meV/atom", "3 values",
      "MAE 8.889 meV/Å", "18 values", "reference force, eV/Å", "predicted force, eV/Å",
      "MAE 0.667 meV/Å³", "9 values", "reference stress, eV/Å³",
    ] {
      #expect(drawing.texts.contains(text), "no '\(text)' in \(drawing.texts)")
    }
    #expect(drawing.partCount("dots") == 3 + 18 + 9)
    #expect(drawing.partCount("diagonal") == 3)
  }

  @Test("have no panel for what has no references")
  func onePanel() throws {
    let folder = try TemporaryFolder()
    let plot = folder.path("parity.svg")
    let run = try hone(
      "evaluate", Fixtures.mace, "-", "--plot", plot, "--quiet",
      input: "1\nenergy=-1.0\nH 0 0 0\n")
    #expect(run.code == 0, "\(run.errors)")
    let drawing = try Drawing(try contents(plot))
    #expect(drawing.partCount("diagonal") == 1)
    #expect(drawing.texts.contains("1 value"))
    #expect(!drawing.texts.contains { $0.contains("force") })
    // A single atom as the model has it is the zero of the axis.
    #expect(drawing.texts.contains("0") || drawing.texts.contains("0.0"))
  }

  @Test("are not written when there is nothing to draw, or an evaluation fails")
  func nothing() throws {
    let folder = try TemporaryFolder()
    let plot = try folder.file("parity.svg", "old")
    let none = try hone("evaluate", Fixtures.mace, "-", "--plot", plot, input: "1\n\nH 0 0 0\n")
    #expect(none.code == 1)
    #expect(none.errors.contains("expected references to plot"))
    let wrong = try hone(
      "evaluate", Fixtures.mace, "-", "--plot", plot, input: "1\nenergy=0.0\nFe 0 0 0\n")
    #expect(wrong.code == 1)
    #expect(try contents(plot) == Array("old".utf8))
    let twice = try hone(
      "evaluate", Fixtures.mace, "-", "--plot", plot, "--output", plot, input: "1\n\nH 0 0 0\n")
    #expect(twice.code == 2)
    #expect(try folder.names == ["parity.svg"])
  }

  /// Pairs around the diagonal, and one far from all others.
  private func pairs(_ count: Int) -> [(Double, Double)] {
    var random = RandomNumbers(seed: 5)
    var pairs = (0..<count).map { _ in
      let x = random.normal()
      return (3 * x, 3 * x + 0.3 * random.normal())
    }
    pairs.append((-41.5, 17.25))
    return pairs
  }

  @Test("count what they do not show as dots: every pair, in any order, as a plain histogram does")
  func histogram() throws {
    let pairs = pairs(30_000)
    var forward = ParityPoints()
    for (x, y) in pairs { forward.add(reference: x, predicted: y) }
    var backward = ParityPoints()
    for (x, y) in pairs.reversed() { backward.add(reference: x, predicted: y) }
    #expect(forward.points.isEmpty && forward.squares == backward.squares)
    #expect(forward.width == backward.width && forward.count == pairs.count)
    #expect(forward.low == -41.5)
    let span = forward.high - forward.low
    #expect(span / forward.width <= 256 && span / forward.width > 100)
    var plain: [ParityPoints.Square: Int] = [:]
    for (x, y) in pairs {
      let square = ParityPoints.Square(
        column: Int((x / forward.width).rounded(.down)),
        row: Int((y / forward.width).rounded(.down)))
      plain[square, default: 0] += 1
    }
    #expect(plain == forward.squares)
  }

  @Test("stay small for whatever is thrown at them")
  func bounds() throws {
    var random = RandomNumbers(seed: 6)
    var points = ParityPoints()
    for _ in 0..<200_000 {
      points.add(reference: random.uniform(), predicted: random.uniform())
    }
    #expect(points.squares.count <= ParityPoints.squareLimit)
    #expect(points.squares.values.reduce(0, +) == 200_000)
    var errors = ErrorSum()
    errors.add(predicted: 1, reference: 2)
    let panel = ParityPanel(
      title: "t", quantity: "q", points: points, errors: errors, errorUnit: "u")
    let bytes = ParityPlot([panel, panel, panel], heading: "h", detail: "d").document.bytes
    #expect(bytes.count < 1_000_000)
    let drawing = try Drawing(bytes)
    #expect(drawing.texts.filter { $0 == "values per square" }.count == 3)
    var extreme = ParityPoints()
    for index in 0..<3000 {
      extreme.add(reference: index == 7 ? 1e308 : 1e-300, predicted: index == 9 ? -.infinity : 0)
    }
    #expect(extreme.squares.values.reduce(0, +) == 3000)
  }
}
