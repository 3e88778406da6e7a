internal import HoneModels
internal import HoneNumerics

extension Trainer {
  /// Refuses frames that are not there, or in both parts.
  static func check(_ split: Split, of dataSet: DataSet) throws(HoneError) {
    guard !split.training.isEmpty else {
      throw HoneError(
        .invalidArgument, "expected frames to train on, got none: add structures with labels")
    }
    let known = 0..<dataSet.count
    for frame in split.training + split.validation + split.companions
    where !known.contains(frame) {
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

  /// What radii are drawn from, where settings want them to vary.
  ///
  /// - Throws: `.invalidArgument` for radii beyond the model's, and for one whose radius was refined.
  static func radii(
    _ settings: TrainingSettings, of field: ForceField
  ) throws(HoneError) -> RadiusDraw? {
    guard let least = settings.leastCutoff else { return nil }
    guard field.refinement == nil else {
      throw HoneError(
        .invalidArgument,
        "expected a model with its radius of training for one that varies, got one refined to "
          + "\(field.cutoff) Å: take the model it was refined from")
    }
    guard least <= field.cutoff else {
      throw HoneError(
        .invalidArgument,
        "expected a least cutoff up to the model's \(field.cutoff) Å, got \(least) Å")
    }
    return RadiusDraw(least: least, largest: field.cutoff, seed: settings.seed)
  }

  /// Refuses frames to validate with that scores cannot be matched on: their loss would be 0 whatever
  /// the model.
  static func checkTemperatures(
    _ loss: LossSchedule, of frames: [Int], in dataSet: DataSet
  ) throws(HoneError) {
    for score in loss.stages.compactMap(\.loss.score) where !frames.isEmpty {
      guard frames.contains(where: { score.thermalEnergy(of: dataSet[$0].labels) != nil }) else {
        throw HoneError(
          .invalidArgument,
          "the loss needs a temperature, which no frame to validate with has: give the one that "
            + "the structures were sampled at, the key of the temperatures, or no frames to "
            + "validate with")
      }
    }
  }

  /// Refuses a loss of labels, or of temperatures, that no frame has.
  static func check(
    _ loss: LossSchedule, of frames: [Int], in dataSet: DataSet
  ) throws(HoneError) {
    let present = frames.reduce(into: LabelSet()) { $0.formUnion(dataSet[$1].labels.present) }
    for stage in loss.stages {
      if let score = stage.loss.score {
        guard frames.contains(where: { score.thermalEnergy(of: dataSet[$0].labels) != nil }) else {
          throw HoneError(
            .invalidArgument,
            "the loss from epoch \(stage.start) on needs a temperature, which no frame to train on "
              + "has: give the one that the structures were sampled at, or the key of the temperatures"
          )
        }
        continue
      }
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
