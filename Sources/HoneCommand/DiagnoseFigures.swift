internal import Glibc
internal import HoneDiagnosis

/// The drawings of a diagnosis: frames among the training data.
enum DiagnoseFigures {
  private static let (width, height) = (430.0, 250.0)
  private static let (left, right, top, bottom) = (20.0, 20.0, 36.0, 54.0)
  /// More frames are drawn as a histogram.
  private static let mostDots = 300
  private static let binCount = 72

  /// A distribution of training data with its mass in bins of an axis.
  private struct Shape {
    let axis: PlotAxis
    var mass: [Double]

    /// Nothing yet, on the bins of an axis.
    init(_ axis: PlotAxis) {
      self.axis = axis
      mass = [Double](repeating: 0, count: binCount)
    }

    private func place(_ value: Double) -> Double {
      axis.fraction(value) * Double(mass.count)
    }

    private func bin(_ value: Double) -> Int {
      Int(min(max(place(value), 0), Double(mass.count - 1)))
    }

    /// Adds a distribution by its quantiles, between which its mass is even; what lies beyond the axis is
    /// left out.
    mutating func add(quantiles: [Double], weight: Double) {
      let share = weight / Double(quantiles.count - 1)
      for (low, high) in zip(quantiles, quantiles.dropFirst()) {
        let (start, end) = (place(low), place(high))
        guard end > start else {
          if start >= 0, start <= Double(mass.count) { mass[bin(low)] += share }
          continue
        }
        guard end > 0, start < Double(mass.count) else { continue }
        for index in bin(low)...bin(high) {
          let part = min(end, Double(index + 1)) - max(start, Double(index))
          mass[index] += share * max(0, part) / (end - start)
        }
      }
    }

    mutating func add(_ value: Double) { mass[bin(value)] += 1 }
  }

  /// Where the numbers of frames lie among those of the training structures.
  ///
  /// - Parameters:
  ///   - title: What they are.
  ///   - unit: What the axis says.
  ///   - values: Of the frames that have one.
  ///   - training: Quantiles of training structures with the weight of each.
  ///   - band: The numbers within the paper's criterion.
  static func distribution(
    title: String, unit: String, values: [Double],
    training: [(quantiles: [Double], weight: Double)],
    band: ClosedRange<Double>
  ) -> String {
    var drawing = SVGDocument(width: width, height: height, title: title)
    drawing.text(title, x: left, y: 20, style: "title")
    let axis = axis(values, training, band)
    let base = height - bottom - 40
    let area = PlotArea(
      x: left, y: top, width: width - left - right, height: base - top, horizontal: axis,
      vertical: PlotAxis(showing: 0, 1, margin: 0))
    let (first, last) = (
      max(area.x, area.column(band.lowerBound)),
      min(area.x + area.width, area.column(band.upperBound))
    )
    drawing.rectangle(
      x: first, y: top, width: max(0, last - first), height: base - top + 34, style: "band")
    var shape = Shape(axis)
    for part in training { shape.add(quantiles: part.quantiles, weight: part.weight) }
    draw(shape, area, isFilled: true, in: &drawing)
    draw(values, area, below: base, in: &drawing)
    drawAxis(
      area, axis.ticks.map { area.column($0) }, axis.labels, unit, y: base + 34, in: &drawing)
    let beyond = values.count { $0 > axis.high }
    if beyond > 0 {
      drawing.text(
        "\(Style.grouped(beyond)) beyond →", x: width - right - 4, y: top + 12, anchor: .end,
        style: "tick")
    }
    return drawing.part
  }

  /// An axis of what most training structures and most frames have.
  private static func axis(
    _ values: [Double], _ training: [(quantiles: [Double], weight: Double)],
    _ band: ClosedRange<Double>
  ) -> PlotAxis {
    func level(_ index: Int, _ pick: ([Double]) -> Double?) -> Double {
      pick(training.compactMap { $0.quantiles.count > index ? $0.quantiles[index] : nil }) ?? 0
    }
    let (low, high) = (level(0) { $0.min() }, max(level(99) { $0.max() }, band.upperBound))
    // One frame far away must not press all others into a line.
    let room = 1.5 * max(high - low, 1e-9)
    let finite = values.filter(\.isFinite)
    return PlotAxis(
      showing: max(min(low, finite.min() ?? low), low - room),
      min(max(high, finite.max() ?? high), high + room))
  }

  private static func draw(
    _ shape: Shape, _ area: PlotArea, isFilled: Bool, in drawing: inout SVGDocument
  ) {
    let most = max(shape.mass.max() ?? 0, 1e-12)
    let step = area.width / Double(shape.mass.count)
    var points: [(x: Double, y: Double)] = [(area.x, area.y + area.height)]
    for (index, mass) in shape.mass.enumerated() {
      let y = area.y + area.height * (1 - mass / most)
      points.append((area.x + step * Double(index), y))
      points.append((area.x + step * Double(index + 1), y))
    }
    points.append((area.x + area.width, area.y + area.height))
    drawing.polyline(points, style: isFilled ? "training" : "curve")
  }

  /// Frames as dots, each a little higher or lower than the next, or as a histogram.
  private static func draw(
    _ values: [Double], _ area: PlotArea, below base: Double, in drawing: inout SVGDocument
  ) {
    guard values.count <= mostDots else {
      var shape = Shape(area.horizontal)
      for value in values { shape.add(value) }
      let strip = PlotArea(
        x: area.x, y: base + 4, width: area.width, height: 28, horizontal: area.horizontal,
        vertical: area.vertical)
      return draw(shape, strip, isFilled: false, in: &drawing)
    }
    var dots = SVGPath()
    for (index, value) in values.enumerated() {
      // Multiples of the golden ratio spread evenly, however many there are.
      let spread = (Double(index) * 0.618_033_988_749_895).truncatingRemainder(dividingBy: 1)
      let x = min(max(area.column(value), area.x), area.x + area.width)
      dots.dash(x, base + (values.count == 1 ? 18 : 8 + 20 * spread))
    }
    drawing.add(dots, style: "dots")
  }

  private static func drawAxis(
    _ area: PlotArea, _ columns: [Double], _ labels: [String], _ unit: String, y: Double,
    in drawing: inout SVGDocument
  ) {
    var marks = SVGPath()
    marks.move(area.x, y)
    marks.line(area.x + area.width, y)
    for (column, label) in zip(columns, labels) {
      marks.move(column, y)
      marks.line(column, y + 5)
      drawing.text(label, x: column, y: y + 18, anchor: .middle, style: "tick")
    }
    drawing.add(marks, style: "mark")
    drawing.text(
      unit, x: area.x + area.width / 2, y: y + 36, anchor: .middle, style: "label")
  }

  /// The ticks of logarithmic axes of distances.
  private static var decades: [(value: Double, label: String)] {
    [(-1, "0.1"), (0, "1"), (1, "10"), (2, "100")]
  }

  /// How far atoms are from the training data.
  static func distances(_ counts: [Int]) -> String {
    let title = "Distance of every atom"
    var drawing = SVGDocument(width: width, height: height, title: title)
    drawing.text(title, x: left, y: 20, style: "title")
    let range = DiagnoseSummary.distanceRange
    let axis = PlotAxis(showing: range.low, range.high, margin: 0)
    let base = height - bottom - 6
    // Above the bars there is room for a word.
    let area = PlotArea(
      x: left, y: top + 18, width: width - left - right, height: base - top - 18, horizontal: axis,
      vertical: PlotAxis(showing: 0, 1, margin: 0))
    drawing.rectangle(
      x: area.x, y: top, width: area.column(0) - area.x, height: base - top, style: "band")
    let most = Double(max(counts.max() ?? 0, 1))
    let step = area.width / Double(counts.count)
    for (index, count) in counts.enumerated() where count > 0 {
      // A single atom must be seen among a million.
      let height = max(1.5, area.height * Double(count) / most)
      let isBeyond = Double(index) + 0.5 > Double(counts.count) * axis.fraction(0)
      drawing.rectangle(
        x: area.x + step * Double(index), y: base - height, width: max(step - 0.6, 0.6),
        height: height, style: isBeyond ? "beyond" : "within")
    }
    drawing.text(
      "99 % of training atoms", x: area.column(0) - 6, y: top + 12, anchor: .end, style: "tick")
    drawAxis(
      area, decades.map { area.column($0.value) }, decades.map(\.label),
      "distance (1: one training atom in a hundred is farther)", y: base, in: &drawing)
    return drawing.part
  }

  /// The farthest atom of every frame, in the order of the file; of many frames the farthest of each
  /// few.
  static func series(_ frames: [DiagnosedFrame]) -> String {
    let title = "Farthest atom of each frame"
    let (width, height) = (2 * width + 20, 220.0)
    var drawing = SVGDocument(width: width, height: height, title: title)
    drawing.text(title, x: left, y: 20, style: "title")
    let range = DiagnoseSummary.distanceRange
    let area = PlotArea(
      x: left + 36, y: 34, width: width - left - 56, height: height - 34 - 48,
      horizontal: PlotAxis(showing: 1, Double(frames.count), margin: 0.01),
      vertical: PlotAxis(showing: range.low, range.high, margin: 0))
    drawing.rectangle(
      x: area.x, y: area.row(0), width: area.width, height: area.y + area.height - area.row(0),
      style: "band")
    for decade in decades {
      drawing.text(
        decade.label, x: area.x - 8, y: area.row(decade.value) + 4, anchor: .end, style: "tick")
    }
    let columns = min(frames.count, 400)
    var points: [(x: Double, y: Double)] = []
    for column in 0..<columns {
      let some = frames[frames.count * column / columns..<frames.count * (column + 1) / columns]
      guard let farthest = some.compactMap({ $0.farthest?.distance }).max(), let first = some.first
      else { continue }
      let level = min(max(log10(max(farthest, 1e-9)), range.low), range.high)
      points.append((area.column(Double(first.number)), area.row(level)))
    }
    drawing.polyline(points, style: "curve")
    let marks = area.horizontal.ticks.indices.filter { area.horizontal.ticks[$0] >= 1 }
    drawAxis(
      area, marks.map { area.column(area.horizontal.ticks[$0]) },
      marks.map { area.horizontal.labels[$0] }, "frame", y: area.y + area.height, in: &drawing)
    return drawing.part
  }

  /// The quantile function of a spectrum beside the mean one of training structures of the size.
  static func spectrum(_ shown: DiagnoseSummary.ShownSpectrum) -> String {
    let title = "Frame \(shown.frame.number), \(Style.excerpt(shown.frame.formula, limit: 18))"
    var drawing = SVGDocument(width: width, height: 260, title: title)
    drawing.text(title, x: left + 36, y: 20, style: "title")
    let area = PlotArea(
      x: left + 36, y: 32, width: width - left - 56, height: 170,
      horizontal: PlotAxis(showing: 0, 1, margin: 0), vertical: PlotAxis(showing: 0, 2, margin: 0))
    area.drawGrid(in: &drawing)
    func points(_ quantiles: [Double]) -> [(x: Double, y: Double)] {
      quantiles.enumerated().map { index, value in
        (area.column((Double(index) + 0.5) / Double(quantiles.count)), area.row(value))
      }
    }
    drawing.polyline(points(shown.reference.quantiles), style: "reference")
    drawing.polyline(points(shown.quantiles), style: "curve")
    area.drawAxes(
      in: &drawing, horizontalTitle: "part of the eigenvalues", verticalTitle: "eigenvalue")
    let sizes = shown.reference.atomCounts.map { range in
      range.count == 1
        ? "\(range.lowerBound) atoms" : "\(range.lowerBound)–\(range.upperBound) atoms"
    }
    drawing.text(
      "training: \(sizes ?? "crystals")",
      x: area.x + area.width, y: 20, anchor: .end, style: "tick")
    return drawing.part
  }
}
