public import HoneNumerics

extension ForceField {
  /// Makes a force field from scratch: the described architecture with random weights.
  ///
  /// The same description and seed give the same numbers on every machine; every tensor has random
  /// numbers of its own, so that descriptions that differ in a layer or a head share all the others.
  ///
  /// - Parameters:
  ///   - description: The architecture, the species and the statistics of the data.
  ///   - seed: What the weights are drawn from.
  /// - Throws: `.format` for descriptions that contradict themselves, `.unsupported` for models
  ///   beyond the limits, `.outOfMemory`.
  public convenience init(_ description: ModelDescription, seed: UInt64) throws(HoneError) {
    try self.init(definition: try description.definition(seed: seed))
  }

  /// Makes a MACE model from scratch.
  ///
  /// - Throws: As for a `ModelDescription`.
  public convenience init(_ description: MACEDescription, seed: UInt64) throws(HoneError) {
    try self.init(.mace(description), seed: seed)
  }

  /// Makes a NequIP model from scratch.
  ///
  /// - Throws: As for a `ModelDescription`.
  public convenience init(_ description: NequIPDescription, seed: UInt64) throws(HoneError) {
    try self.init(.nequip(description), seed: seed)
  }

  /// The name and the constants of a head.
  ///
  /// - Parameter index: An index into `heads`.
  /// - Throws: `.invalidArgument` for heads there are none of.
  public func headDescription(_ index: Int) throws(HoneError) -> HeadDescription {
    try definition.headDescription(index)
  }

  /// A force field with one head more over the same representation; the others' energies stay.
  ///
  /// - Parameters:
  ///   - head: Its name and constants.
  ///   - readout: How its readout begins.
  /// - Throws: `.invalidArgument` for a name there is, `.format` for constants that do not go with
  ///   the species, `.unsupported` for NequIP models whose maps see the head, `.outOfMemory`.
  public func addingHead(_ head: HeadDescription, readout: HeadReadout) throws(HoneError)
    -> ForceField
  {
    try ForceField(definition: try definition.addingHead(head, readout: readout))
  }
}
