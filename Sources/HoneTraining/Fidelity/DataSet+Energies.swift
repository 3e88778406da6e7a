public import HoneNumerics

extension DataSet {
  /// The data set with other energies of some frames; it shares everything else with this one.
  ///
  /// Energies of isolated atoms, which belong to the old ones, are left out.
  ///
  /// - Parameters:
  ///   - frames: Which frames; nil for all.
  ///   - energies: In eV, shape `[frames]`.
  /// - Throws: `.invalidArgument` for energies of another number or that are not finite, naming the frame;
  ///   `.outOfMemory`.
  public func replacingEnergies(
    of frames: [Int]? = nil, with energies: View<Double>
  ) throws(HoneError) -> DataSet {
    let frames = try requireFrames(frames)
    guard energies.count == frames.count else {
      throw HoneError(
        .invalidArgument, "expected energies of \(frames.count) frames, got \(energies.count)")
    }
    return try changingEnergies(isolatedAtoms: []) { (records) throws(HoneError) in
      for (index, frame) in frames.enumerated() {
        guard energies[index].isFinite else {
          throw HoneError(
            .invalidArgument,
            "\(place(of: frame)): an energy must be finite, got \(energies[index])")
        }
        records[frame].energy = energies[index]
        records[frame].labels.insert(.energy)
      }
    }
  }

  /// The data set with energies moved by one energy for each element; isolated atoms move with them.
  ///
  /// - Parameters:
  ///   - frames: Which frames; nil for all. Those without energies stay.
  ///   - shift: What is added for each atom, in eV.
  /// - Throws: `.invalidArgument` for an element without an energy, naming the frame; `.outOfMemory`.
  public func shiftingEnergies(
    of frames: [Int]? = nil, by shift: AtomicEnergies
  ) throws(HoneError) -> DataSet {
    let frames = try requireFrames(frames)
    let moved = isolatedAtoms.compactMap { atom in
      shift[atom.atomicNumber].map {
        IsolatedAtom(
          head: atom.head, atomicNumber: atom.atomicNumber, energy: atom.energy + $0)
      }
    }
    return try changingEnergies(isolatedAtoms: moved) { (records) throws(HoneError) in
      for frame in frames where records[frame].labels.contains(.energy) {
        let atoms = self[frame]
        for atom in 0..<atoms.atomCount where shift[atoms.atomicNumbers[atom]] == nil {
          throw HoneError(
            .invalidArgument,
            "\(place(of: frame)): atom \(atom) has the atomic number \(atoms.atomicNumbers[atom]), "
              + "for which there is no shift of energies: give one")
        }
        records[frame].energy += shift.sum(over: atoms)
      }
    }
  }

  /// The data set with the energies that are to be trained on, after a look whether they make sense.
  ///
  /// - Parameters:
  ///   - target: Which energies.
  ///   - frames: Which frames; nil for all.
  ///   - auxiliary: The auxiliary model's energies of these frames in eV, shape `[frames]`.
  /// - Returns: The data set, and how cheap energies lie to the auxiliary model's.
  /// - Throws: `.invalidArgument`, as `EnergyAlignment` and its `require(_:)`; `.outOfMemory`.
  public func targetingEnergies(
    _ target: EnergyTarget, of frames: [Int]? = nil, auxiliary: View<Double>
  ) throws(HoneError) -> (dataSet: DataSet, alignment: EnergyAlignment) {
    let alignment = try EnergyAlignment(of: self, frames: frames, to: auxiliary)
    try alignment.require(target)
    let result =
      switch target {
      case .cheap: self
      case .shifted: try shiftingEnergies(of: frames, by: alignment.shift)
      case .auxiliary: try replacingEnergies(of: frames, with: auxiliary)
      }
    return (result, alignment)
  }

  private func changingEnergies(
    isolatedAtoms: [IsolatedAtom],
    _ change: (GrowableBuffer<FrameRecord>) throws(HoneError) -> Void
  ) throws(HoneError) -> DataSet {
    let records = try copiedRecords()
    try change(records)
    return DataSet(
      storage: DataSetStorage(
        sharing: storage, records: records, fidelityWeights: storage.fidelityWeights),
      heads: heads, configurationTypes: configurationTypes, files: files,
      isolatedAtoms: isolatedAtoms, duplicates: duplicates, unlabeledCount: unlabeledCount,
      structureCount: structureCount)
  }
}
