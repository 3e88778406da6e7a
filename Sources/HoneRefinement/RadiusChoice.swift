/// A radius for the graphs of structures that a model was not trained on, and why.
public struct RadiusChoice: Sendable, Equatable {
  /// Why the radius is what it is.
  public enum Reason: String, Sendable, Equatable, CaseIterable {
    /// Another radius makes the graphs more like those of the training data.
    case refined
    /// The graphs are like those of the training data.
    case notShifted = "not shifted"
    /// No radius makes them enough like those.
    case noImprovement = "no improvement"
    /// The training data have no structures to compare with.
    case noReference = "no reference"
    /// The rule chose a radius beyond that of training, where the model sees nothing: it stays as it is.
    case beyondTraining = "beyond training"
    /// The caller chose.
    case given
  }

  /// The radius chosen, in Å.
  public let radius: Double
  /// The radius the model was trained with, in Å.
  public let trainingRadius: Double
  /// The radii that were tried, in Å, ascending.
  public let candidates: [Double]
  /// How far the spectra of each are from those of the training data, the mean over structures.
  public let distances: [Double]
  /// Why.
  public let reason: Reason

  /// The radius that a model gets: that of training where the choice lies beyond it.
  public var effectiveRadius: Double { min(radius, trainingRadius) }
}
