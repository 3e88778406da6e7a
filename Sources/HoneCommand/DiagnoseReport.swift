internal import HoneDiagnosis
internal import HoneStructure

/// A diagnosis as one page of HTML that needs nothing else: no scripts, no files from outside.
///
/// Its size is bounded: of many frames it shows distributions, and the strangest ones by name.
struct DiagnoseReport {
  private let summary: DiagnoseSummary
  private let model, data: String
  /// The most frames that are listed.
  private static let mostFrames = 100

  /// Makes a report.
  ///
  /// - Parameters:
  ///   - summary: What was found.
  ///   - model: What the page calls the model.
  ///   - data: What it calls the frames.
  init(_ summary: DiagnoseSummary, model: String, data: String) {
    self.summary = summary
    self.model = model
    self.data = data
  }

  /// The page.
  var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Diagnosis of \(escaped(data))</title>
    <style>
    \(SVGTheme.styleSheet)\(Self.styleSheet)</style>
    </head>
    <body>
    <h1>\(escaped(headline))</h1>
    <p class="faint">\(escaped(data)) against the training data of \(escaped(model)): \
    \(Style.grouped(summary.statistics.frameCount)) structures of \(escaped(elements)).</p>
    \(counts)
    <h2>Frames among the training data</h2>
    <p class="faint">Filled: training structures. Dots or the line below: these frames. The shaded band is \
    one standard deviation about the mean, beyond which a frame counts as shifted; a third of the \
    training data lie there too.</p>
    <div class="figures">
    \(figures.joined())</div>
    \(spectra)
    \(farAtoms)
    \(frameTable)
    <p class="faint">Shifts after Kreiman and Krishnapriyan, arXiv:2503.08674. Connectivity is the spectrum \
    of the graph of all pairs within \(summary.statistics.radius.formatted(2)) Å. The distance of an atom \
    is that of the model's own invariant features from those of training atoms of its element. It says \
    where the model was never shown what is right, not how wrong it is.</p>
    </body>
    </html>

    """
  }

  private func escaped(_ text: String) -> String { SVGDocument.escaped(text) }

  private var headline: String {
    let count = summary.frames.count
    if count == 1 { return "The frame is \(summary.frames[0].verdict)" }
    guard summary.shiftedCount > 0 else {
      return "None of \(Style.grouped(count)) frames is shifted"
    }
    return "\(Style.grouped(summary.shiftedCount)) of \(Style.grouped(count)) frames are shifted"
  }

  private var elements: String {
    summary.statistics.elements.compactMap { ElementSymbols.symbol(of: $0) }
      .joined(separator: ", ")
  }

  /// The numbers at the top.
  private var counts: String {
    let all = Double(max(1, summary.frames.count))
    func tile(_ value: String, _ name: String, isAlarming: Bool) -> String {
      "<div class=\"tile\(isAlarming ? " alarming" : "")\"><b>\(value)</b><span>\(name)</span></div>\n"
    }
    func share(_ count: Int) -> String { "\(Style.grouped(count))" }
    var text = "<div class=\"tiles\">\n"
    text += tile(
      share(summary.unseenCount), "frames with unseen elements", isAlarming: summary.unseenCount > 0
    )
    // A third of the training data is beyond one standard deviation itself.
    text += tile(
      share(summary.forceNormCount), "frames beyond 1 σ in mean force",
      isAlarming: Double(summary.forceNormCount) > 0.5 * all)
    text += tile(
      share(summary.connectivityCount), "frames beyond 1 σ in connectivity",
      isAlarming: Double(summary.connectivityCount) > 0.5 * all)
    if let part = summary.beyondPart {
      text += tile(
        "\((100 * part).formatted(1)) %", "of atoms farther than 99 % of training atoms",
        isAlarming: part > 0.05)
    }
    return text + "</div>"
  }

  private var figures: [String] {
    let statistics = summary.statistics
    var figures: [String] = []
    func band(_ distribution: Distribution) -> ClosedRange<Double> {
      let (mean, deviation) = (distribution.mean, distribution.standardDeviation)
      return mean - deviation...mean + deviation
    }
    if let norms = statistics.forceNorms {
      figures.append(
        DiagnoseFigures.distribution(
          title: "Mean force", unit: "mean length of forces, eV/Å",
          values: summary.frames.compactMap { $0.forceNorm?.value },
          training: [(norms.quantiles, 1)], band: band(norms)))
    }
    let sizes = summary.frames.compactMap { $0.size?.value }
    if !sizes.isEmpty {
      figures.append(
        DiagnoseFigures.distribution(
          title: "Size", unit: "atoms", values: sizes,
          training: [(statistics.sizes.quantiles, 1)], band: band(statistics.sizes)))
    }
    // Each size has its own distribution: they compare in their own deviations.
    let training = statistics.spectra.compactMap { reference in
      let (mean, deviation) = (reference.distances.mean, reference.distances.standardDeviation)
      return deviation > 0
        ? (
          quantiles: reference.distances.quantiles.map { ($0 - mean) / deviation },
          weight: Double(reference.frameCount)
        ) : nil
    }
    let connectivity = summary.frames.compactMap { $0.connectivity.map(DiagnosedFrame.deviations) }
    if !training.isEmpty, !connectivity.isEmpty {
      figures.append(
        DiagnoseFigures.distribution(
          title: "Connectivity",
          unit: "distance from training structures of the size, in σ from the mean",
          values: connectivity, training: training, band: -1e9...1))
    }
    if summary.measuresDistances {
      figures.append(DiagnoseFigures.distances(summary.distanceCounts))
      if summary.frames.count >= 20 { figures.append(DiagnoseFigures.series(summary.frames)) }
    }
    return figures
  }

  private var spectra: String {
    guard !summary.spectra.isEmpty else { return "" }
    let drawings = summary.spectra.map(DiagnoseFigures.spectrum).joined()
    return """
      <h2>Spectra of the graphs, strangest first</h2>
      <p class="faint">The eigenvalues of the normalized Laplacian in order. Dashed: the mean of training structures of the size.</p>
      <div class="figures">
      \(drawings)</div>
      """
  }

  private var farAtoms: String {
    guard summary.measuresDistances, !summary.farAtoms.isEmpty else { return "" }
    var rows = ""
    for atom in summary.farAtoms {
      let symbol = ElementSymbols.symbol(of: atom.element) ?? "?"
      rows +=
        "<tr><td>\(atom.frame)</td><td>\(atom.atom)</td><td>\(symbol)</td>"
        + cell(distance(atom.distance), isAlarming: atom.distance > 1)
        + "<td>\(percent(atom.coordinationQuantile))</td><td>\(percent(atom.forceNormQuantile))</td></tr>\n"
    }
    return """
      <h2>Farthest atoms</h2>
      <div class="scroll"><table><tr><th>frame</th><th>atom</th><th>element</th><th>distance</th>\
      <th>fewer neighbors have</th><th>smaller forces have</th></tr>
      \(rows)</table></div>
      """
  }

  private var frameTable: String {
    let listed = summary.strangestFirst.prefix(Self.mostFrames)
    var rows = ""
    for frame in listed {
      rows +=
        "<tr><td>\(frame.number)</td><td>\(escaped(Style.excerpt(frame.formula, limit: 40)))</td>"
        + cell(
          frame.forceNorm.map { "\($0.value.formatted(2)) (\(percent($0.quantile)))" } ?? "–",
          isAlarming: frame.forceNorm?.isShifted == true)
        + cell(
          frame.connectivity.map { percent($0.quantile) } ?? "–",
          isAlarming: frame.isConnectivityShifted)
        + cell(
          frame.farthest.map { "\(distance($0.distance)) (atom \($0.atom))" } ?? "–",
          isAlarming: (frame.farthest?.distance ?? 0) > 1)
        + "<td class=\"verdict\">\(escaped(frame.verdict))</td></tr>\n"
    }
    let rest = summary.frames.count - listed.count
    let more =
      rest > 0
      ? "<p class=\"faint\">and \(Style.grouped(rest)) more, which --json lists in the order of the file</p>"
      : ""
    return """
      <h2>\(rest > 0 ? "The strangest frames" : "Frames, strangest first")</h2>
      <div class="scroll"><table><tr><th>frame</th><th>formula</th><th>mean force, eV/Å</th><th>connectivity</th>\
      <th>farthest atom</th><th>verdict</th></tr>
      \(rows)</table></div>
      \(more)
      """
  }

  private func cell(_ text: String, isAlarming: Bool) -> String {
    "<td\(isAlarming ? " class=\"alarming\"" : "")>\(text)</td>"
  }

  private func distance(_ value: Double) -> String {
    value.isFinite ? value.formatted(2) : "unseen element"
  }

  /// A part as whole per cents, such that nothing but all is 100 %.
  private func percent(_ part: Double) -> String {
    guard part.isFinite else { return "–" }
    return part == 1 ? "100 %" : "\(min(99, Int((100 * part).rounded()))) %"
  }

  private static let styleSheet = """
    :root { --paper: #ffffff; --ink: #1b1f24; --faint: #57606a; --line: #e3e7eb; --band: #eef2f6;
      --train: #c6d3df; --accent: #0b61a4; --alarm: #b3261e; --alarmpaper: #fdecea; }
    @media (prefers-color-scheme: dark) {
    :root { --paper: #14181d; --ink: #e6eaef; --faint: #9aa5b1; --line: #2a313a; --band: #1e252d;
      --train: #3a4754; --accent: #6db3ee; --alarm: #ff8a80; --alarmpaper: #3a1f1f; }
    }
    body { background: var(--paper); color: var(--ink); max-width: 920px; margin: 32px auto; padding: 0 20px;
      font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
    h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; }
    h2 { font-size: 18px; margin: 32px 0 4px; }
    .faint { color: var(--faint); margin: 4px 0 12px; }
    .tiles { display: flex; flex-wrap: wrap; gap: 12px; margin: 16px 0; }
    .tile { border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; flex: 1 1 180px; }
    .tile b { display: block; font-size: 24px; line-height: 1.2; }
    .tile span { color: var(--faint); font-size: 13px; }
    .tile.alarming b, td.alarming { color: var(--alarm); }
    td.alarming { background: var(--alarmpaper); }
    .figures { display: flex; flex-wrap: wrap; gap: 20px; }
    .figures svg { max-width: 100%; height: auto; }
    table { border-collapse: collapse; font-size: 13px; width: 100%; }
    th { text-align: left; font-weight: 600; color: var(--faint); }
    th, td { padding: 4px 8px; white-space: nowrap; border-bottom: 1px solid var(--line); vertical-align: top;
      font-variant-numeric: tabular-nums; }
    td.verdict { white-space: normal; }
    .scroll { overflow-x: auto; }
    .background { fill: none; }
    .band { fill: var(--band); }
    .training { fill: var(--train); stroke: none; }
    .within { fill: var(--accent); }
    .beyond { fill: var(--alarm); }
    .reference { fill: none; stroke: var(--faint); stroke-width: 1.5; stroke-dasharray: 5 4; }

    """
}
