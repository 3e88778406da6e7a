public import HoneModels

/// What happens while a model is adapted, told as it goes on.
public enum RefinementEvent: Sendable {
  /// The prior has labelled a structure; those of the training data that it is compared with its head on
  /// come after the others, and count from then on.
  case labelled(count: Int, of: Int)
  /// Dynamics on the prior has made structures from another start.
  case generated(count: Int, starts: Int)
  /// A step was taken.
  case step(Int, of: Int, loss: Double)
  /// Parameters were looked at.
  case look(RefinementLook)
}

/// What parameters on the way come to.
public struct RefinementLook: Sendable, Equatable {
  /// The steps taken until then.
  public let step: Int
  /// The loss of the structures that parameters are chosen by: the held-out ones, where there are some.
  public let loss: Double
  /// The change of the main head's forces on replay structures, relative; nil without any.
  public let replayForceChange: Double?
}

/// What adapting a model came to.
public struct RefinementReport: Sendable, Equatable {
  /// The steps taken.
  public internal(set) var steps = 0
  /// The step after which the parameters were taken.
  public internal(set) var chosenStep = 0
  /// How much of the way from the base model to the parameters of that step was gone: 1, or less
  /// where all of it would have changed too much.
  public internal(set) var fraction = 1.0
  /// The loss of the prior head on the structures adapted to, before and after.
  public internal(set) var priorLossBefore = 0.0, priorLossAfter = 0.0
  /// The loss on held-out structures before and after; nil without any.
  public internal(set) var heldOutBefore, heldOutAfter: Double?
  /// The root mean square error of the prior head's force components on them, in eV/Å.
  public internal(set) var forceErrorBefore = 0.0, forceErrorAfter = 0.0
  /// The root mean square change of the main head's forces on replay structures over that of these
  /// forces; nil without any.
  public internal(set) var replayForceChange: Double?
  /// Whether the new model may be used; one that may not is thrown away with an error.
  public internal(set) var accepted = false
  /// How many structures were adapted to, held out, and given to replay and to measure change by.
  public internal(set) var structureCount = 0, heldOutCount = 0, replayCount = 0
  /// The number of parameters that could move.
  public internal(set) var parameterCount = 0
  /// Why dynamics on the prior made fewer structures than asked for; empty where it did not.
  public internal(set) var interruptions: [String] = []
  /// How long it took.
  public internal(set) var milliseconds = 0.0
}

/// An adapted model, and what adapting it came to.
public struct RefinedForceField: Sendable {
  /// The model.
  public let model: ForceField
  /// What it came to.
  public let report: RefinementReport
}
