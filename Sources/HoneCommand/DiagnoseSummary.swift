internal import Glibc
internal import HoneDiagnosis
internal import HoneFormats
internal import HoneStructure

/// What comparing frames with training data came to: a few numbers of each frame, and what a report
/// shows of their atoms.
struct DiagnoseSummary {
  /// An atom that is far from the training data.
  struct FarAtom {
    /// The number of its frame, counted from 1.
    let frame: Int
    let atom: Int
    let element: Int32
    let distance: Double
    let coordinationQuantile, forceNormQuantile: Double
  }

  /// A spectrum beside those of training structures of its size.
  struct ShownSpectrum {
    let frame: DiagnosedFrame
    let quantiles: [Double]
    let reference: TrainingStatistics.SpectrumReference
  }

  let statistics: TrainingStatistics
  /// Whether the model measures distances of descriptors.
  let measuresDistances: Bool
  private(set) var frames: [DiagnosedFrame] = []
  private(set) var atomCount = 0
  private(set) var beyondCount = 0
  /// How many atoms have distances in equal steps of their logarithm.
  private(set) var distanceCounts = [Int](repeating: 0, count: distanceBinCount)
  /// The farthest atoms, farthest first.
  private(set) var farAtoms: [FarAtom] = []
  /// Those with the strangest connectivity, strangest first.
  private(set) var spectra: [ShownSpectrum] = []

  /// The decimal logarithms of the distances at both ends of a histogram.
  static let distanceRange = (low: -1.0, high: 2.0)
  static let distanceBinCount = 60
  private static let mostAtoms = 15
  private static let mostSpectra = 4

  /// Makes a summary of nothing.
  init(_ statistics: TrainingStatistics, measuresDistances: Bool) {
    self.statistics = statistics
    self.measuresDistances = measuresDistances
  }

  /// Adds a frame.
  mutating func add(_ frame: EvaluateFrame, _ diagnosis: ShiftDiagnosis) {
    let kept = DiagnosedFrame(frame, diagnosis)
    frames.append(kept)
    atomCount += kept.atomCount
    beyondCount += kept.beyondCount
    let numbers = frame.frame.structure.atomicNumbers
    for (atom, distance) in (diagnosis.descriptorDistances ?? []).enumerated() {
      guard !distance.isNaN else { continue }
      distanceCounts[Self.bin(distance)] += 1
      guard farAtoms.count < Self.mostAtoms || distance > farAtoms[farAtoms.count - 1].distance
      else { continue }
      let place = farAtoms.firstIndex { $0.distance < distance } ?? farAtoms.count
      farAtoms.insert(
        FarAtom(
          frame: kept.number, atom: atom, element: numbers[atom], distance: distance,
          coordinationQuantile: diagnosis.coordinationQuantiles[atom],
          forceNormQuantile: diagnosis.forceNormQuantiles[atom]), at: place)
      if farAtoms.count > Self.mostAtoms { farAtoms.removeLast() }
    }
    addSpectrum(
      kept, diagnosis, isPeriodic: (frame.frame.structure.cell?.periodicity.count ?? 0) > 0)
  }

  private mutating func addSpectrum(
    _ frame: DiagnosedFrame, _ diagnosis: ShiftDiagnosis, isPeriodic: Bool
  ) {
    guard let quantiles = diagnosis.spectrumQuantiles, let connectivity = frame.connectivity,
      let (reference, _) = statistics.reference(
        atomCount: frame.atomCount, isPeriodic: isPeriodic)
    else { return }
    let strangeness = DiagnosedFrame.deviations(connectivity)
    let place =
      spectra.firstIndex { shown in
        shown.frame.connectivity.map { DiagnosedFrame.deviations($0) < strangeness } ?? true
      } ?? spectra.count
    guard place < Self.mostSpectra else { return }
    spectra.insert(
      ShownSpectrum(frame: frame, quantiles: quantiles, reference: reference), at: place)
    if spectra.count > Self.mostSpectra { spectra.removeLast() }
  }

  /// The place of a distance in the histogram; the ends hold what lies beyond.
  private static func bin(_ distance: Double) -> Int {
    guard distance > 0 else { return 0 }
    let part = (log10(distance) - distanceRange.low) / (distanceRange.high - distanceRange.low)
    return Int(min(max(part, 0), 1 - 1e-9) * Double(distanceBinCount))
  }

  /// The numbers of frames with one kind of shift or any.
  var shiftedCount: Int { frames.count { $0.isShifted } }
  var unseenCount: Int { frames.count { !$0.unseenElements.isEmpty } }
  var forceNormCount: Int { frames.count { $0.forceNorm?.isShifted == true } }
  var connectivityCount: Int { frames.count { $0.isConnectivityShifted } }

  /// All frames, strangest first.
  var strangestFirst: [DiagnosedFrame] { frames.sorted { $0.isStranger(than: $1) } }

  /// The part of the atoms beyond a distance of 1; nil where nothing was measured.
  var beyondPart: Double? {
    measuresDistances && atomCount > 0 ? Double(beyondCount) / Double(atomCount) : nil
  }

  /// The result for programs.
  var json: JSONValue {
    .object([
      .init("frames", .array(frames.map(\.json))), .init("shifted_frames", .count(shiftedCount)),
      .init("atoms", .count(atomCount)),
      .init("atoms_beyond", measuresDistances ? .count(beyondCount) : .null),
      .init(
        "training",
        .object([
          .init("frames", .count(statistics.frameCount)),
          .init("elements", .array(statistics.elements.map { .integer(Int64($0)) })),
          .init("radius", .number(statistics.radius)),
        ])),
    ])
  }

  /// The most frames that are listed for a person.
  private static let mostListed = 20

  /// The result for people.
  var text: String {
    var table = TextTable([.left, .right, .left])
    func add(_ name: String, _ count: Int, _ remark: String) {
      table.add(name, "\(Style.grouped(count)) of \(Style.grouped(frames.count))", remark)
    }
    add("shifted frames", shiftedCount, "")
    add("  unseen elements", unseenCount, "")
    add("  mean force", forceNormCount, "beyond one standard deviation of the training data")
    add("  connectivity", connectivityCount, "as much farther than training structures of the size")
    if let beyondPart {
      table.add(
        "atoms far from the training data",
        "\(Style.grouped(beyondCount)) of \(Style.grouped(atomCount))",
        "\((100 * beyondPart).formatted(1)) %; 1 % in data like it")
    }
    var text = Style.heading("Diagnosis") + table.text
    var list = TextTable([.right, .left, .left])
    for frame in strangestFirst.prefix(Self.mostListed) {
      list.add("frame \(frame.number)", frame.formula, frame.verdict)
    }
    let rest = frames.count - Self.mostListed
    text += "\n" + Style.heading(rest > 0 ? "The strangest frames" : "Frames") + list.text
    if rest > 0 { text += "  … and \(Style.grouped(rest)) more\n" }
    return text
  }
}
