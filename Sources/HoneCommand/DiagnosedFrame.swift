internal import HoneDiagnosis
internal import HoneFormats
internal import HoneStructure
internal import HoneTraining

/// What is kept of a frame that was compared with the training data.
struct DiagnosedFrame: Sendable {
  /// The number of the frame, counted from 1.
  let number: Int
  /// The elements with their counts.
  let formula: String
  let atomCount: Int
  let unseenElements: [Int32]
  let isKnownCombination: Bool
  let isShifted: Bool
  let isConnectivityShifted: Bool
  let size: Standing?
  let forceNorm: Standing?
  let connectivity: Standing?
  /// Whether the forces are references, not the model's own.
  let hasReferenceForces: Bool
  /// The largest distance of a descriptor, and its atom.
  let farthest: (atom: Int, distance: Double)?
  /// The number of atoms beyond a distance of 1.
  let beyondCount: Int
  let verdict: String

  /// Keeps what matters of a diagnosis.
  init(_ frame: EvaluateFrame, _ diagnosis: ShiftDiagnosis) {
    number = frame.number
    formula = Self.formula(frame.frame.structure.atomicNumbers)
    atomCount = frame.frame.structure.atomCount
    unseenElements = diagnosis.unseenElements
    isKnownCombination = diagnosis.isKnownCombination
    isShifted = diagnosis.isShifted
    isConnectivityShifted = diagnosis.isConnectivityShifted
    size = diagnosis.size
    forceNorm = diagnosis.forceNorm
    connectivity = diagnosis.connectivity
    hasReferenceForces = frame.labels?.forces != nil
    farthest = diagnosis.farthestAtom
    beyondCount = diagnosis.descriptorDistances?.count { $0 > 1 } ?? 0
    verdict = diagnosis.verdict
  }

  /// Whether it is stranger than another frame: unseen elements first, then shifted ones, then the
  /// farther ones.
  func isStranger(than other: DiagnosedFrame) -> Bool {
    func rank(_ frame: DiagnosedFrame) -> (Int, Int, Double, Int) {
      (
        frame.unseenElements.count, frame.isShifted ? 1 : 0, frame.farthest?.distance ?? 0,
        -frame.number
      )
    }
    return rank(self) > rank(other)
  }

  /// How many standard deviations a number is from the mean of the training structures.
  static func deviations(_ standing: Standing) -> Double {
    let difference = standing.value - standing.mean
    if difference == 0 { return 0 }
    return difference / standing.standardDeviation
  }

  /// Elements with their counts in Hill's order: carbon, hydrogen, then by symbol.
  static func formula(_ atomicNumbers: [Int32]) -> String {
    var counts: [String: Int] = [:]
    for number in atomicNumbers {
      counts[ElementSymbols.symbol(of: number) ?? "?", default: 0] += 1
    }
    func place(_ symbol: String) -> Int {
      guard counts["C"] != nil else { return 2 }
      return symbol == "C" ? 0 : symbol == "H" ? 1 : 2
    }
    let symbols = counts.keys.sorted { (place($0), $0) < (place($1), $1) }
    return symbols.map { symbol in
      let count = counts[symbol] ?? 0
      return count == 1 ? symbol : "\(symbol)\(count)"
    }.joined()
  }

  /// The frame for programs; what is infinite or unknown is null.
  var json: JSONValue {
    .object([
      .init("frame", .count(number)), .init("formula", .string(formula)),
      .init("atoms", .count(atomCount)),
      .init("unseen_species", .array(unseenElements.map { .integer(Int64($0)) })),
      .init("known_combination", .bool(isKnownCombination)),
      .init("atoms_quantile", .optional(size?.quantile)),
      .init("force_norm", .optional(forceNorm?.value)),
      .init("force_norm_quantile", .optional(forceNorm?.quantile)),
      .init("force_norm_shifted", .bool(forceNorm?.isShifted ?? false)),
      .init(
        "forces",
        forceNorm == nil ? .null : .string(hasReferenceForces ? "reference" : "predicted")),
      .init("connectivity_distance", .optional(connectivity?.value)),
      .init("connectivity_quantile", .optional(connectivity?.quantile)),
      .init("connectivity_shifted", .bool(isConnectivityShifted)),
      .init("descriptor_distance", .optional(farthest?.distance)),
      .init("farthest_atom", farthest.map { .count($0.atom) } ?? .null),
      .init("atoms_beyond", .count(beyondCount)),
      .init("shifted", .bool(isShifted)), .init("verdict", .string(verdict)),
    ])
  }
}
