internal import Glibc
internal import HoneTraining

/// One square of a parity plot: predictions over references.
struct ParityPanel {
  /// What is compared.
  let title: String
  /// What the axes show, with its unit.
  let quantity: String
  /// The pairs.
  let points: ParityPoints
  /// Their errors.
  let errors: ErrorSum
  /// The thousandth of the unit, in which errors are given.
  let errorUnit: String
}

/// Parity plots side by side: predictions over references, with the diagonal on which they agree.
struct ParityPlot {
  private static let side = 320.0
  private static let (left, right, top, bottom) = (88.0, 20.0, 74.0, 58.0)

  /// The drawing.
  private(set) var document: SVGDocument

  /// Draws panels.
  ///
  /// - Parameters:
  ///   - panels: One at least.
  ///   - heading: What has been compared with what.
  ///   - detail: How much of it.
  init(_ panels: [ParityPanel], heading: String, detail: String) {
    let step = Self.left + Self.side + Self.right
    let width = step * Double(max(1, panels.count))
    document = SVGDocument(
      width: width, height: Self.top + Self.side + Self.bottom, title: "Parity of \(heading)")
    // About eight pixels a letter.
    let letters = Int(width / 8) - 4
    document.text(Style.excerpt(heading, limit: letters), x: 20, y: 24, style: "heading")
    document.text(Style.excerpt(detail, limit: letters), x: 20, y: 42, style: "tick")
    for (index, panel) in panels.enumerated() {
      draw(panel, x: step * Double(index) + Self.left)
    }
  }

  private mutating func draw(_ panel: ParityPanel, x: Double) {
    let axis = PlotAxis(showing: panel.points.low, panel.points.high)
    let area = PlotArea(
      x: x, y: Self.top, width: Self.side, height: Self.side, horizontal: axis, vertical: axis)
    document.text(panel.title, x: x, y: Self.top - 9, style: "title")
    area.drawGrid(in: &document)
    document.polyline(
      [(area.x, area.y + area.height), (area.x + area.width, area.y)], style: "diagonal")
    if panel.points.squares.isEmpty {
      drawDots(panel.points, area)
    } else {
      drawDensity(panel.points, area)
    }
    area.drawAxes(
      in: &document, horizontalTitle: "reference \(panel.quantity)",
      verticalTitle: "predicted \(panel.quantity)")
    let lines = [
      "MAE \(EvaluateSummary.milli(panel.errors.meanAbsolute)) \(panel.errorUnit)",
      "RMSE \(EvaluateSummary.milli(panel.errors.rootMeanSquare)) \(panel.errorUnit)",
      "\(Style.grouped(panel.errors.count)) \(panel.errors.count == 1 ? "value" : "values")",
    ]
    for (index, line) in lines.enumerated() {
      document.text(line, x: x + 12, y: area.y + 22 + 17 * Double(index), style: "label")
    }
  }

  private mutating func drawDots(_ points: ParityPoints, _ area: PlotArea) {
    var path = SVGPath()
    for point in points.points {
      path.dash(area.column(point.reference), area.row(point.predicted))
    }
    document.add(path, style: "dots")
  }

  /// Draws squares in shades of the logarithm of their numbers, and what the shades mean.
  private mutating func drawDensity(_ points: ParityPoints, _ area: PlotArea) {
    let largest = points.squares.values.max() ?? 1
    var shades = [SVGPath](repeating: SVGPath(), count: SVGTheme.shadeCount)
    // Squares are counted from the corner of the data, so that their coordinates are short.
    let (first, scale) = (
      (points.low / points.width).rounded(.down),
      area.width * points.width / (area.horizontal.high - area.horizontal.low)
    )
    let sorted = points.squares.sorted {
      ($0.key.row, $0.key.column) < ($1.key.row, $1.key.column)
    }
    var index = 0
    while index < sorted.count {
      let (square, number) = sorted[index]
      let shade = Self.shade(number, of: largest)
      var length = 1
      // Neighbours of the same shade are one line.
      while index + length < sorted.count, sorted[index + length].key.row == square.row,
        sorted[index + length].key.column == square.column + length,
        Self.shade(sorted[index + length].value, of: largest) == shade
      { length += 1 }
      shades[shade].dash(
        Double(square.column) - first, Double(square.row) - first, length: Double(length - 1))
      index += length
    }
    // The middle of the first square; squares of less than two pixels could not be seen.
    let middle = (first + 0.5) * points.width
    for (shade, path) in shades.enumerated() {
      document.add(
        path, x: area.column(middle), y: area.row(middle), scale: scale,
        lineWidth: max(1, 2 / scale), style: "density \(SVGTheme.shade(shade))")
    }
    drawLegend(largest, area)
  }

  private static func shade(_ number: Int, of largest: Int) -> Int {
    guard largest > 1 else { return 0 }
    let part = log(Double(number)) / log(Double(largest))
    return min(SVGTheme.shadeCount - 1, Int(part * Double(SVGTheme.shadeCount)))
  }

  private mutating func drawLegend(_ largest: Int, _ area: PlotArea) {
    let (width, height) = (14.0, 8.0)
    let count = Double(SVGTheme.shadeCount)
    let label = Style.grouped(largest)
    let x = area.x + area.width - 18 - 6.4 * Double(label.count) - width * count
    let y = area.y + area.height - 24
    for shade in 0..<SVGTheme.shadeCount {
      document.rectangle(
        x: x + width * Double(shade), y: y, width: width, height: height,
        style: SVGTheme.shade(shade))
    }
    document.text("1", x: x - 5, y: y + height, anchor: .end, style: "tick")
    document.text(label, x: x + width * count + 5, y: y + height, style: "tick")
    document.text(
      "values per square", x: x + width * count / 2, y: y - 6, anchor: .middle, style: "tick")
  }
}
