public import HoneDiagnosis
public import HoneModels
public import HoneNumerics
public import HoneStructure

/// How the radius of a model is refined.
public struct RadiusRefinementSettings: Sendable {
  /// How a radius is chosen, and what happens to atoms beyond it.
  public enum Mode: String, Sendable, CaseIterable {
    /// The paper's rule and its shorter list of neighbours: energies jump where an atom crosses the
    /// radius.
    case paper
    /// The rule of the paper's first version: 55 % of the eigenvalues within 0.1 of 1; otherwise as
    /// `paper`.
    case fraction
    /// Our rule, and messages that fade before the radius: energies are conserved.
    case smooth
  }

  /// The mode.
  public var mode = Mode.smooth
  /// The paper's rule, for `paper` and `fraction`.
  public var paper = PaperRadiusRule()
  /// Our rule, for `smooth`.
  public var smooth = SmoothRadiusRule()
  /// A radius that is taken as it is, in Å; nil for the rule's.
  public var radius: Double?
  /// Over which length messages fade in mode `smooth`, in Å, where the model was trained with one
  /// radius alone; those trained with many move their own cutoff function.
  public var taperWidth = 0.5

  /// Makes the default settings.
  public init() {}
}

extension ForceField {
  /// Chooses a radius for structures: one for a trajectory, of its first frame or better of some.
  ///
  /// - Parameters:
  ///   - structures: One or more.
  ///   - settings: How.
  /// - Throws: `.invalidArgument` for models without statistics of their training data, settings that
  ///   make no sense, and what the rules refuse; `.outOfMemory`.
  public func chooseRadius(
    for structures: [Structure], _ settings: RadiusRefinementSettings
  ) throws(HoneError) -> RadiusChoice {
    if let radius = settings.radius {
      guard radius > 0, radius <= trainingCutoff else {
        throw HoneError(
          .invalidArgument,
          "expected a radius up to the \(trainingCutoff) Å of training, beyond which the model sees "
            + "nothing, got \(radius) Å")
      }
      return RadiusChoice(
        radius: radius, trainingRadius: trainingCutoff, candidates: [], distances: [],
        reason: .given)
    }
    let search = NeighborSearch()
    func graphs(_ radius: Double) throws(HoneError) -> [RadiusGraphs] {
      var graphs: [RadiusGraphs] = []
      for structure in structures {
        graphs.append(
          try RadiusGraphs(
            positions: structure.positions.span, cell: structure.cell, largestRadius: radius,
            search: search))
      }
      return graphs
    }
    let largest = settings.paper.candidates.max() ?? 0
    switch settings.mode {
    case .fraction:
      return try settings.paper.chooseByFraction(graphs(largest), trainingRadius: trainingCutoff)
    case .paper:
      guard let mean = try requiredStatistics().padded else {
        throw HoneError(
          .invalidArgument,
          "the training data of the model have no molecules, whose mean spectrum mode 'paper' "
            + "compares with; mode 'smooth' compares crystals too")
      }
      return try settings.paper.choose(
        graphs(largest), mean: mean, trainingRadius: trainingCutoff)
    case .smooth:
      var rule = settings.smooth
      if let least = leastTrainingRadius {
        rule.leastFraction = max(rule.leastFraction, min(least / trainingCutoff, 0.999))
      }
      return try rule.choose(graphs(trainingCutoff), requiredStatistics())
    }
  }

  /// The model with the radius that suits structures; the model itself where that is its own.
  ///
  /// - Throws: As `chooseRadius`; `.invalidArgument` for a radius given beyond that of training.
  public func refiningRadius(
    for structures: [Structure], _ settings: RadiusRefinementSettings
  ) throws(HoneError) -> (model: ForceField, choice: RadiusChoice) {
    let choice = try chooseRadius(for: structures, settings)
    guard choice.reason == .given || choice.effectiveRadius < trainingCutoff else {
      return (refinement == nil ? self : try refined(nil), choice)
    }
    let refinement: RadiusRefinement =
      switch settings.mode {
      case .paper, .fraction: .init(mode: .truncated, radius: choice.radius)
      case .smooth where leastTrainingRadius != nil: .init(mode: .envelope, radius: choice.radius)
      case .smooth:
        .init(mode: .tapered, radius: choice.radius, width: settings.taperWidth)
      }
    return (try refined(refinement), choice)
  }

  /// What is known of the training data.
  ///
  /// - Throws: `.invalidArgument` where that is nothing; `.format` where it makes no sense.
  public func requiredStatistics() throws(HoneError) -> TrainingStatistics {
    guard let statistics else {
      throw HoneError(
        .invalidArgument,
        "the model has no statistics of its training data: 'hone diagnose --fit DATA' adds them")
    }
    return try TrainingStatistics(json: statistics)
  }
}
