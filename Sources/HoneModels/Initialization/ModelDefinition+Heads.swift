internal import HoneFormats
internal import HoneNumerics
internal import HoneO3

/// How the readout of a new head begins.
public enum HeadReadout: Sendable, Equatable {
  /// As that of the head with this index.
  case copied(from: Int)
  /// With the random weights that a model made from scratch with this seed has.
  case random(seed: UInt64)
}

extension ModelDefinition {
  /// The constants of a head.
  ///
  /// - Throws: `.invalidArgument` for heads there are none of, `.format` for damaged models.
  func headDescription(_ index: Int) throws(HoneError) -> HeadDescription {
    try requireHead(index)
    let count = atomicNumbers.count
    switch architecture {
    case .mace:
      let energies = try parameters.values("atomic_energies", count: heads.count * count)
      return HeadDescription(
        name: heads[index], atomicEnergies: Array(energies[index * count..<(index + 1) * count]),
        scale: [try parameters.values("scale", count: heads.count)[index]],
        shift: [try parameters.values("shift", count: heads.count)[index]])
    case .nequip(let configuration):
      return HeadDescription(
        name: heads[index],
        scale: try configuration.perSpecies(
          "scale", parameters, speciesCount: count, modality: index, start: 0
        ).values,
        shift: try configuration.perSpecies(
          "shift", parameters, speciesCount: count, modality: index, start: 0
        ).values)
    }
  }

  /// The same model with one head more, the last: the representation stays and is shared.
  ///
  /// The energies of the heads there were stay. A MACE model's head has a readout of its own; hidden
  /// layers of readouts are normalised by their width over all heads, so what follows them is
  /// multiplied by the square root of the widths' ratio. A NequIP model's heads have one readout, so
  /// the new one has scales and shifts of its own alone.
  ///
  /// - Parameters:
  ///   - head: Its name and constants.
  ///   - readout: How its readout begins; of a NequIP model it is that of all heads.
  /// - Throws: `.invalidArgument` for a name there is and for copies of heads there are none of,
  ///   `.format` for constants that do not go with the species, `.unsupported` for NequIP models
  ///   whose maps see the head, `.outOfMemory`.
  func addingHead(_ head: HeadDescription, readout: HeadReadout) throws(HoneError)
    -> ModelDefinition
  {
    guard !heads.contains(head.name) else {
      throw HoneError(.invalidArgument, "expected a new head's name, got '\(head.name)'")
    }
    if case .copied(let index) = readout { try requireHead(index) }
    var result = self
    result.heads.append(head.name)
    switch architecture {
    case .mace(var configuration):
      try head.validate(speciesCount: atomicNumbers.count, bySpecies: false)
      try appendConstants(of: head, to: &result.parameters)
      for (index, layer) in configuration.layers.enumerated() {
        guard let old = layer.readout else { continue }
        var extended = ExtendedReadout(
          readout: old, heads: heads, head: head.name, beginning: readout)
        try extended.extend("layers.\(index).readout", input: layer.output, &result.parameters)
        configuration.layers[index].readout = extended.readout
      }
      result.architecture = .mace(configuration)
    case .nequip(let configuration):
      try head.validate(speciesCount: atomicNumbers.count, bySpecies: true)
      guard configuration.modal == .none else {
        throw HoneError(
          .unsupported,
          "this version does not add a head to a NequIP model whose maps see the head: they are "
            + "normalised by the number of heads")
      }
      try appendRows(of: head, configuration, to: &result.parameters)
    }
    try result.validate()
    return result
  }

  private func requireHead(_ index: Int) throws(HoneError) {
    guard heads.indices.contains(index) else {
      throw HoneError(
        .invalidArgument, "expected a head from 0 to \(heads.count - 1), got \(index)")
    }
  }

  private func appendConstants(of head: HeadDescription, to parameters: inout ParameterSet)
    throws(HoneError)
  {
    let count = atomicNumbers.count
    let energies = try self.parameters.values("atomic_energies", count: heads.count * count)
    parameters["atomic_energies"] = try StoredTensor(
      energies + HeadDescription.spread(head.atomicEnergies, speciesCount: count),
      shape: [heads.count + 1, count])
    for (name, value) in [("scale", head.scale[0]), ("shift", head.shift[0])] {
      let values = try self.parameters.values(name, count: heads.count)
      parameters[name] = try StoredTensor(values + [value], shape: [heads.count + 1])
    }
  }

  private func appendRows(
    of head: HeadDescription, _ configuration: NequIPConfiguration,
    to parameters: inout ParameterSet
  ) throws(HoneError) {
    let count = atomicNumbers.count
    let shift = zip(
      HeadDescription.spread(head.shift, speciesCount: count),
      HeadDescription.spread(head.atomicEnergies, speciesCount: count)
    ).map { $0 + $1 }
    let scale = HeadDescription.spread(head.scale, speciesCount: count)
    for (name, row) in [("scale", scale), ("shift", shift)] {
      var rows: [Double] = []
      for index in heads.indices {
        rows += try configuration.perSpecies(
          name, self.parameters, speciesCount: count, modality: index, start: 0
        ).values
      }
      parameters[name] = try StoredTensor(rows + row, shape: [heads.count + 1, count])
    }
  }
}
