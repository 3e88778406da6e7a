internal import HoneFormats

/// A drawing as one self-contained SVG file, written shape after shape.
///
/// Shapes get their looks from classes of a style sheet, which knows light and dark. Lengths are
/// pixels, y grows downwards.
struct SVGDocument {
  /// The size in pixels.
  let width, height: Double
  private let title: String
  private var body = ""

  /// How a text lies at its point.
  enum Anchor: String {
    case start, middle, end
  }

  /// Makes an empty drawing on a background.
  ///
  /// - Parameters:
  ///   - width: In pixels.
  ///   - height: In pixels.
  ///   - title: What readers of screens say of it.
  init(width: Double, height: Double, title: String) {
    self.width = width
    self.height = height
    self.title = title
    rectangle(x: 0, y: 0, width: width, height: height, style: "background")
  }

  /// Adds a rectangle.
  mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, style: String
  ) {
    body +=
      "<rect x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(width))\" "
      + "height=\"\(Self.number(height))\" class=\"\(style)\"/>\n"
  }

  /// Adds a line through points.
  mutating func polyline(_ points: [(x: Double, y: Double)], style: String) {
    guard let first = points.first else { return }
    var path = SVGPath()
    path.move(first.x, first.y)
    for point in points.dropFirst() { path.line(point.x, point.y) }
    add(path, style: style)
  }

  /// Adds a path; one without parts is left out.
  mutating func add(_ path: SVGPath, style: String) {
    guard !path.isEmpty else { return }
    body += "<path d=\"\(path.data)\" class=\"\(style)\"/>\n"
  }

  /// Adds a path of lines that has units of its own.
  ///
  /// - Parameters:
  ///   - path: The path; y grows upwards.
  ///   - x: The pixel of its origin.
  ///   - y: The pixel of its origin.
  ///   - scale: The pixels of its unit.
  ///   - lineWidth: The width of its lines, in its units.
  ///   - style: Its class.
  mutating func add(
    _ path: SVGPath, x: Double, y: Double, scale: Double, lineWidth: Double, style: String
  ) {
    guard !path.isEmpty else { return }
    let factor = scale.significant(9)
    body +=
      "<path transform=\"translate(\(Self.number(x)) \(Self.number(y))) scale(\(factor) -\(factor))\" "
      + "stroke-width=\"\(Self.number(lineWidth))\" d=\"\(path.data)\" class=\"\(style)\"/>\n"
  }

  /// Adds a line of text.
  ///
  /// - Parameters:
  ///   - text: What it says.
  ///   - x: The point at which it lies.
  ///   - y: That of the line its letters stand on.
  ///   - anchor: Which part of it lies there.
  ///   - isVertical: Whether it runs upwards.
  ///   - style: Its class.
  mutating func text(
    _ text: String, x: Double, y: Double, anchor: Anchor = .start, isVertical: Bool = false,
    style: String
  ) {
    let place = "x=\"\(Self.number(x))\" y=\"\(Self.number(y))\""
    let turn =
      isVertical ? " transform=\"rotate(-90 \(Self.number(x)) \(Self.number(y)))\"" : ""
    body +=
      "<text \(place) text-anchor=\"\(anchor.rawValue)\"\(turn) class=\"\(style)\">"
      + "\(Self.escaped(text))</text>\n"
  }

  /// The file.
  var bytes: [UInt8] {
    let style = "<style>\n\(SVGTheme.styleSheet)</style>\n"
    return Array(("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + element(style)).utf8)
  }

  /// The drawing as a part of a page, which has the style sheet.
  var part: String { element("") }

  private func element(_ style: String) -> String {
    let size = "\(Self.number(width)) \(Self.number(height))"
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(Self.number(width))\" "
      + "height=\"\(Self.number(height))\" viewBox=\"0 0 \(size)\" role=\"img\">\n"
      + "<title>\(Self.escaped(title))</title>\n" + style + body + "</svg>\n"
  }

  /// A text without what XML would take for its own or does not allow at all.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case _ where scalar.properties.generalCategory == .control: result += "\u{FFFD}"
      case "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A length to a hundredth of a pixel, as short as it gets.
  static func number(_ value: Double) -> String {
    // Nothing farther out can be seen, and SVG has neither infinity nor what is not a number.
    guard value.isFinite else { return "0" }
    let hundredths = (100 * min(max(value, -1e6), 1e6)).rounded()
    let whole = Int(hundredths.magnitude)
    var text = hundredths < 0 ? "-" : ""
    text += "\(whole / 100)"
    let rest = whole % 100
    if rest > 0 { text += rest % 10 == 0 ? ".\(rest / 10)" : rest < 10 ? ".0\(rest)" : ".\(rest)" }
    return text
  }
}

/// The outline of a shape, or of many with one look.
struct SVGPath {
  /// The value of the attribute `d`.
  private(set) var data = ""

  /// Whether nothing was added.
  var isEmpty: Bool { data.isEmpty }

  /// Goes somewhere without drawing.
  mutating func move(_ x: Double, _ y: Double) {
    data += "M\(SVGDocument.number(x)) \(SVGDocument.number(y))"
  }

  /// Draws a straight line.
  mutating func line(_ x: Double, _ y: Double) {
    data += "L\(SVGDocument.number(x)) \(SVGDocument.number(y))"
  }

  /// Adds a line to the right, for dots with hardly any length: round or square as the caps of the
  /// look are.
  mutating func dash(_ x: Double, _ y: Double, length: Double = 0) {
    move(x, y)
    data += "h\(SVGDocument.number(max(length, 0.01)))"
  }
}
