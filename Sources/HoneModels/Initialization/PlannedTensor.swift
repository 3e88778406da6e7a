/// A tensor a model needs, before it has numbers.
struct PlannedTensor: Sendable, Equatable {
  /// Where the numbers come from when a model is made from scratch.
  enum Distribution: Sendable, Equatable {
    /// The same number everywhere.
    case constant(Double)
    /// These numbers, kept in double precision: they are not random, and may be energies of whole
    /// atoms.
    case values([Double])
    /// Normal, with mean zero and this standard deviation.
    case normal(Double)
    /// Uniform between minus and plus this bound.
    case uniform(Double)
  }

  /// Its name in the parameters.
  var name: String
  /// Its shape.
  var shape: [Int]
  /// Where its numbers come from.
  var distribution: Distribution
  /// How many of the last columns in turn belong to each head; none where heads share it.
  var columnsPerHead: Int?

  /// Plans a tensor.
  init(
    _ name: String, _ shape: [Int], _ distribution: Distribution, columnsPerHead: Int? = nil
  ) {
    self.name = name
    self.shape = shape
    self.distribution = distribution
    self.columnsPerHead = columnsPerHead
  }

  /// The number of numbers.
  var count: Int { shape.reduce(1, *) }
}
