internal import HoneNumerics

extension Trainer {
  /// Refuses frames that are not there, or in both parts.
  static func check(_ split: Split, of dataSet: DataSet) throws(HoneError) {
    guard !split.training.isEmpty else {
      throw HoneError(
        .invalidArgument, "expected frames to train on, got none: add structures with labels")
    }
    let known = 0..<dataSet.count
    for frame in split.training + split.validation where !known.contains(frame) {
      throw HoneError(
        .invalidArgument, "expected frames below \(dataSet.count), got frame \(frame)")
    }
    if let both = Set(split.training).intersection(split.validation).min() {
      throw HoneError(
        .invalidArgument,
        "expected frames either to train on or to validate with, got \(dataSet.place(of: both)) "
          + "in both")
    }
  }

  /// Refuses a loss of labels that no frame has.
  static func check(
    _ loss: LossSchedule, of frames: [Int], in dataSet: DataSet
  ) throws(HoneError) {
    let present = frames.reduce(into: LabelSet()) { $0.formUnion(dataSet[$1].labels.present) }
    for stage in loss.stages {
      for term in stage.loss.terms where term.quantity == .stress && present.contains(.virial) {
        guard !frames.contains(where: { term.isLabelled(dataSet[$0].labels) }) else { continue }
        throw HoneError(
          .invalidArgument,
          "the loss from epoch \(stage.start) on needs stresses, but no frame to train on has both a "
            + "virial and a cell: choose a loss of virials, or a weight of 0")
      }
      let missing = stage.loss.labels.subtracting(present)
      guard missing.isEmpty else {
        throw HoneError(
          .invalidArgument,
          "the loss from epoch \(stage.start) on needs \(missing.names.joined(separator: " and ")), which no frame to train on has: "
            + "choose another loss, a weight of 0, or the keys of the labels")
      }
    }
  }
}
