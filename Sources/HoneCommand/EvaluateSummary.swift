internal import HoneModels
internal import HoneNumerics
internal import HoneStructure
internal import HoneTraining

/// The errors of what was computed so far: of all frames, and of groups of them.
struct EvaluateSummary {
  /// Frames that share the value of a key.
  struct Group {
    /// The value; nil for frames without the key.
    let name: String?
    var frames = 0
    var atoms = 0
    var errors = ErrorStatistics()
  }

  /// The number of frames.
  private(set) var frames = 0
  /// The number of their atoms.
  private(set) var atoms = 0
  /// The errors of all frames.
  private(set) var errors = ErrorStatistics()
  /// The number of frames with references for forces.
  private(set) var framesWithForces = 0
  /// The key by which frames are grouped.
  let groupKey: String

  private let isGroupKeyNamed: Bool
  private var allGroups: [Group] = []
  private var groupIndices: [String?: Int] = [:]
  /// The frames beyond the last group.
  private var rest: Group?

  /// The most groups; what has more values is a number, not a kind.
  static let groupLimit = 200

  /// Makes a summary of nothing.
  ///
  /// - Parameter groupKey: The key by which frames are grouped; nil for their kind.
  init(groupKey: String?) {
    self.groupKey = groupKey ?? LabelKeys.automatic.configurationType
    isGroupKeyNamed = groupKey != nil
  }

  /// Adds a frame.
  ///
  /// - Throws: `.invalidArgument` when prediction and references do not fit together.
  mutating func add(_ frame: EvaluateFrame, _ result: ComputeResult) throws(HoneError) {
    let numbers = frame.frame.structure.atomicNumbers
    frames += 1
    atoms += numbers.count
    // Frames without atoms have no errors per atom.
    let labels = numbers.isEmpty ? nil : frame.labels
    if labels?.forces != nil { framesWithForces += 1 }
    try Self.add(labels, numbers, result, to: &errors)
    if let index = groupIndex(frame.group) {
      try Self.add(labels, numbers, result, to: &allGroups[index])
    } else {
      var group = rest ?? Group(name: nil)
      rest = nil
      try Self.add(labels, numbers, result, to: &group)
      rest = group
    }
  }

  private static func add(
    _ labels: SourceLabels?, _ numbers: [Int32], _ result: ComputeResult, to group: inout Group
  ) throws(HoneError) {
    group.frames += 1
    group.atoms += numbers.count
    try add(labels, numbers, result, to: &group.errors)
  }

  private static func add(
    _ labels: SourceLabels?, _ numbers: [Int32], _ result: ComputeResult,
    to errors: inout ErrorStatistics
  ) throws(HoneError) {
    guard let labels else { return }
    try errors.add(
      labels, atomicNumbers: numbers, energy: result.energy, forces: result.forces,
      virial: result.virial)
  }

  /// The group of a value, a new one where it is new, or nil where there are too many.
  private mutating func groupIndex(_ name: String?) -> Int? {
    if let index = groupIndices[name] { return index }
    guard allGroups.count < Self.groupLimit else { return nil }
    groupIndices[name] = allGroups.count
    allGroups.append(Group(name: name))
    return allGroups.count - 1
  }

  /// The groups in the order in which they came; none where a key that nobody named tells nothing.
  var groups: [Group] {
    guard allGroups.contains(where: { $0.name != nil }) else { return [] }
    return allGroups.count > 1 || isGroupKeyNamed ? allGroups : []
  }

  /// The frames whose values came after as many others as there may be groups.
  var otherFrames: Group? { rest }

  /// Notes on frames without references, and on groups.
  var notes: [String] {
    var notes: [String] = []
    for (name, found) in [("energy", errors.energy.count), ("forces", framesWithForces)]
    where found < frames {
      let which = found == 0 ? "no frame has" : "only \(found) of \(frames) frames have"
      notes.append("\(which) a reference for \(name)")
    }
    if isGroupKeyNamed && groups.isEmpty {
      notes.append("no frame has the key '\(groupKey)'")
    }
    if let rest {
      notes.append(
        "'\(groupKey)' has more than \(Self.groupLimit) values: \(rest.frames) frames with "
          + "further ones are one group, other")
    }
    return notes
  }
}
