public import HoneNumerics

/// A linear map with weights of its own for each species, such as a product with the species'
/// one-hot vector.
public struct SpeciesLinear<T: HoneScalar>: Sendable {
  /// The map of each species; they share their layouts.
  public let maps: [EquivariantLinear<T>]

  /// Makes the map from one per species, of equal layouts; there must be one at least.
  public init(_ maps: [EquivariantLinear<T>]) {
    precondition(!maps.isEmpty)
    self.maps = maps
  }

  /// The rows it takes.
  public var inputLayout: FeatureLayout { maps[0].inputLayout }
  /// The rows it gives.
  public var outputLayout: FeatureLayout { maps[0].outputLayout }

  /// `output[r] += W[species[r]] input[r]`.
  ///
  /// Runs of rows of one species are taken together; the caller sorts rows by species where that
  /// pays.
  public func accumulate(
    _ input: View<T.Lanes>, species: View<Int32>, into output: View<T.Lanes>, rows: Int
  ) {
    forEachRun(species, rows) { map, start, length in
      map.apply(
        input.dropping(start * inputLayout.rowLanes),
        into: output.dropping(start * outputLayout.rowLanes), rows: length)
    }
  }

  /// Adds the gradient with respect to the input: `inputGradient[r] += W[species[r]]ᵀ g[r]`.
  ///
  /// Adjoint of `accumulate(_:species:into:rows:)`.
  public func accumulateGradient(
    _ outputGradient: View<T.Lanes>, species: View<Int32>, into inputGradient: View<T.Lanes>,
    rows: Int
  ) {
    forEachRun(species, rows) { map, start, length in
      map.accumulateGradient(
        outputGradient.dropping(start * outputLayout.rowLanes),
        into: inputGradient.dropping(start * inputLayout.rowLanes), rows: length)
    }
  }

  /// Adds the gradient with respect to the weights of all species.
  ///
  /// Adjoint of `accumulate(_:species:into:rows:)` in these.
  func accumulateWeightGradient(
    _ outputGradient: View<T.Lanes>, at input: View<T.Lanes>, species: View<Int32>, rows: Int,
    into gradients: WeightGradients<T>
  ) {
    forEachRun(species, rows) { map, start, length in
      map.accumulateWeightGradient(
        outputGradient.dropping(start * outputLayout.rowLanes),
        at: input.dropping(start * inputLayout.rowLanes), rows: length, into: gradients)
    }
  }

  private func forEachRun(
    _ species: View<Int32>, _ rows: Int,
    _ body: (_ map: EquivariantLinear<T>, _ start: Int, _ length: Int) -> Void
  ) {
    var start = 0
    while start < rows {
      var end = start + 1
      while end < rows && species[end] == species[start] { end += 1 }
      body(maps[Int(species[start])], start, end - start)
      start = end
    }
  }
}
