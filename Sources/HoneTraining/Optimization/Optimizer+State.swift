public import HoneNumerics

extension Optimizer {
  /// Adds all that the next steps depend on, beside the parameters, to a state.
  ///
  /// - Throws: `.invalidArgument` if the state has one of an optimiser already, `.outOfMemory`.
  public func save(into state: inout OptimizerState) throws(HoneError) {
    try state.add(Name.steps, Buffer(stepCounts.map(Double.init)))
    for (name, memory) in memories { try state.add(name, memory) }
  }

  /// Goes on from a state.
  ///
  /// - Throws: `.format` if it is that of another method, of other groups or of other parameters; the
  ///   optimiser is then as it was.
  public func restore(from state: OptimizerState) throws(HoneError) {
    let counts = try state.vector(Name.steps, count: stepCounts.count)
    var restored: [Int] = []
    for group in 0..<counts.count {
      restored.append(try OptimizerState.count(counts[group], Name.steps))
    }
    try state.requireVectors(Name.prefix, only: [Name.steps] + memories.map(\.name))
    var copies: [Buffer<Double>] = []
    for (name, memory) in memories {
      copies.append(try state.vector(name, count: memory.count))
    }
    for (entry, copy) in zip(memories, copies) { entry.memory.view.copy(from: copy.view) }
    stepCounts = restored
  }

  /// The vectors this method keeps, by name.
  private var memories: [(name: String, memory: Buffer<Double>)] {
    let label =
      switch method {
      case .gradientDescent: "momentum"
      case .adam: "mean"
      case .muon: "momentum_or_mean"
      }
    var list: [(name: String, memory: Buffer<Double>)] = []
    if let mean { list.append((Name.prefix + label, mean)) }
    if let meanSquare { list.append((Name.prefix + "mean_square", meanSquare)) }
    if let largestSquare { list.append((Name.prefix + "largest_square", largestSquare)) }
    return list
  }

  private enum Name {
    static let prefix = "optimizer."
    static let steps = prefix + "steps"
  }
}
