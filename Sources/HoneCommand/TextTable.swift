/// Text in aligned columns, for people.
struct TextTable {
  /// What a column shows, and where.
  enum Alignment {
    case left, right
  }

  private let alignments: [Alignment]
  private var rows: [[String]] = []

  /// Makes a table of columns.
  init(_ alignments: [Alignment]) {
    self.alignments = alignments
  }

  /// Adds a row; missing cells are empty.
  mutating func add(_ cells: String...) {
    rows.append(cells)
  }

  /// The rows, indented by two spaces, each with a newline.
  var text: String {
    let widths = alignments.indices.map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      var line = " "
      for (column, cell) in row.enumerated() where column < widths.count {
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        line += " " + (alignments[column] == .right ? padding + cell : cell + padding) + " "
      }
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }
}

/// How numbers and headings look to people.
enum Style {
  /// A heading, bold on a terminal.
  static func heading(_ text: String) -> String {
    Console.hasColor ? "\u{1B}[1m\(text)\u{1B}[0m\n" : text + "\n"
  }

  /// An integer with a comma between thousands.
  static func grouped(_ value: Int) -> String {
    var digits = Array(String(value.magnitude))
    var place = digits.count - 3
    while place > 0 {
      digits.insert(",", at: place)
      place -= 3
    }
    return (value < 0 ? "-" : "") + String(digits)
  }

  /// A number with a fixed number of decimals; "–" for none.
  static func decimal(_ value: Double?, _ decimals: Int) -> String {
    guard let value else { return "–" }
    return value.formatted(decimals)
  }

  /// Words in lines of a length, all after the first indented.
  static func wrapped(_ words: [String], width: Int, indent: Int) -> String {
    var lines: [String] = []
    var line = ""
    for word in words {
      if !line.isEmpty && line.count + 1 + word.count > width {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    lines.append(line)
    return lines.joined(separator: "\n" + String(repeating: " ", count: indent))
  }
}
