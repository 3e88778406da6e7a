/// How drawings look, on light and on dark backgrounds.
enum SVGTheme {
  /// The number of shades of a density.
  static let shadeCount = 6

  /// The class of a shade in `0..<shadeCount`, from little to much.
  static func shade(_ index: Int) -> String { "shade\(index)" }

  private struct Palette {
    let background, ink, faint, grid, accent: String
    /// One hue from what is near the background to what is far from it.
    let shades: [String]
  }

  private static let light = Palette(
    background: "#ffffff", ink: "#1b1f24", faint: "#57606a", grid: "#e3e7eb", accent: "#0b61a4",
    shades: ["#a6cbe8", "#78aeda", "#4a8fc8", "#2470b0", "#11508a", "#08305c"])

  private static let dark = Palette(
    background: "#14181d", ink: "#e6eaef", faint: "#9aa5b1", grid: "#2a313a", accent: "#6db3ee",
    shades: ["#23527c", "#3172a8", "#4a93cd", "#74b3e3", "#a6d1f3", "#e0f1fd"])

  /// The style sheet: light by default, dark where the reader's system asks for it.
  static let styleSheet = """
    text { font-family: system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
    .heading { font-size: 15px; font-weight: 600; }
    .title { font-size: 13px; font-weight: 600; }
    .label { font-size: 12px; }
    .tick { font-size: 11px; }
    .frame, .mark, .diagonal, .curve { fill: none; }
    .frame, .mark { stroke-width: 1; }
    .diagonal { stroke-width: 1; stroke-dasharray: 5 4; }
    .grid { fill: none; stroke-width: 1; }
    .curve { stroke-width: 1.5; stroke-linejoin: round; }
    .density { stroke-linecap: square; }
    .dots { fill: none; stroke-width: 4; stroke-linecap: round; stroke-opacity: 0.6; }
    \(rules(light))
    @media (prefers-color-scheme: dark) {
    \(rules(dark))
    }

    """

  private static func rules(_ palette: Palette) -> String {
    let shades = palette.shades.enumerated().map {
      ".\(shade($0.offset)) { fill: \($0.element); stroke: \($0.element); }"
    }
    return """
      .background { fill: \(palette.background); }
      .heading, .title, .label { fill: \(palette.ink); }
      .tick { fill: \(palette.faint); }
      .frame, .mark { stroke: \(palette.faint); }
      .diagonal { stroke: \(palette.ink); }
      .grid { stroke: \(palette.grid); }
      .curve, .dots { stroke: \(palette.accent); }
      \(shades.joined(separator: "\n"))
      """
  }
}
