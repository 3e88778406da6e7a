internal import Glibc

/// The range of an axis and its ticks, at multiples of 1, 2 or 5 times a power of ten.
struct PlotAxis {
  /// The values at both ends, finite and different.
  let low, high: Double
  /// Where ticks are, ascending.
  let ticks: [Double]
  /// What they are called.
  let labels: [String]

  /// The largest value that is drawn; farther ones are drawn there.
  static let limit = 1e100

  /// Makes an axis that shows two values and all between them, with room at both ends.
  ///
  /// - Parameters:
  ///   - first: One of the values.
  ///   - second: The other one, which may be the same.
  ///   - margin: The room at each end, as a part of the distance.
  ///   - tickCount: About how many ticks there are.
  init(showing first: Double, _ second: Double, margin: Double = 0.04, tickCount: Int = 5) {
    let (one, other) = (Self.limited(first), Self.limited(second))
    let (lower, upper) = (min(one, other), max(one, other))
    // Ticks must differ in the digits that doubles have.
    let least = max(1e-9 * max(lower.magnitude, upper.magnitude), 1e-12)
    let room = max(margin * (upper - lower), upper - lower < least ? least : 0)
    low = lower - room
    high = upper + room
    let step = Self.step((high - low) / Double(max(1, tickCount)))
    var ticks: [Double] = []
    var multiple = (low / step).rounded(.up)
    while multiple * step <= high && ticks.count <= 4 * max(1, tickCount) {
      // Not minus zero.
      ticks.append(multiple * step + 0)
      multiple += 1
    }
    self.ticks = ticks
    labels = Self.labels(ticks, step)
  }

  /// Where a value lies, 0 at the lower end and 1 at the upper one.
  func fraction(_ value: Double) -> Double { (Self.limited(value) - low) / (high - low) }

  private static func limited(_ value: Double) -> Double {
    value.isNaN ? 0 : min(max(value, -limit), limit)
  }

  /// The smallest of 1, 2 and 5 times powers of ten that is at least a width.
  private static func step(_ width: Double) -> Double {
    let power = pow(10, log10(width).rounded(.down))
    for factor in [1.0, 2, 5] where factor * power >= width * (1 - 1e-9) { return factor * power }
    return 10 * power
  }

  private static func labels(_ ticks: [Double], _ step: Double) -> [String] {
    let largest = ticks.map(\.magnitude).max() ?? 0
    let place = Int(log10(step * (1 + 1e-9)).rounded(.down))
    let isPlain = largest < 1e5 && place >= -5
    return ticks.map { tick in
      let digits = Int(log10(max(largest, step)).rounded(.down)) - place + 1
      let text = isPlain ? tick.formatted(max(0, -place)) : tick.significant(max(1, digits))
      return text.first == "-" ? "−" + text.dropFirst() : text
    }
  }
}

/// A rectangle of a drawing in which data are shown over two axes.
struct PlotArea {
  /// The upper left corner and the size in pixels.
  let x, y, width, height: Double
  /// What runs to the right.
  let horizontal: PlotAxis
  /// What runs upwards.
  let vertical: PlotAxis

  /// The pixel of a value of the horizontal axis.
  func column(_ value: Double) -> Double { x + width * horizontal.fraction(value) }

  /// The pixel of a value of the vertical axis.
  func row(_ value: Double) -> Double { y + height * (1 - vertical.fraction(value)) }

  /// Draws the grid, on which data are drawn.
  func drawGrid(in drawing: inout SVGDocument) {
    var grid = SVGPath()
    for tick in horizontal.ticks {
      grid.move(column(tick), y)
      grid.line(column(tick), y + height)
    }
    for tick in vertical.ticks {
      grid.move(x, row(tick))
      grid.line(x + width, row(tick))
    }
    drawing.add(grid, style: "grid")
  }

  /// Draws the frame, ticks and their labels, and what the axes mean.
  func drawAxes(
    in drawing: inout SVGDocument, horizontalTitle: String, verticalTitle: String
  ) {
    drawing.rectangle(x: x, y: y, width: width, height: height, style: "frame")
    var marks = SVGPath()
    for (tick, label) in zip(horizontal.ticks, horizontal.labels) {
      marks.move(column(tick), y + height)
      marks.line(column(tick), y + height + 5)
      drawing.text(label, x: column(tick), y: y + height + 18, anchor: .middle, style: "tick")
    }
    for (tick, label) in zip(vertical.ticks, vertical.labels) {
      marks.move(x - 5, row(tick))
      marks.line(x, row(tick))
      drawing.text(label, x: x - 8, y: row(tick) + 4, anchor: .end, style: "tick")
    }
    drawing.add(marks, style: "mark")
    drawing.text(
      horizontalTitle, x: x + width / 2, y: y + height + 38, anchor: .middle, style: "label")
    let longest = vertical.labels.map(\.count).max() ?? 0
    drawing.text(
      verticalTitle, x: x - 18 - 6.2 * Double(longest), y: y + height / 2, anchor: .middle,
      isVertical: true, style: "label")
  }
}
