internal import HoneModels
internal import HoneNumerics
internal import HoneStructure

extension ExtendedXYZ.Frame {
  /// The frame with predictions as ASE reads them: `energy`, `forces` and, in a cell that is
  /// periodic in all directions, `stress`.
  ///
  /// What the frame held under these names stays, as `REF_energy` and so on, unless those are
  /// there already.
  func predicted(_ result: ComputeResult) -> ExtendedXYZ.Frame {
    var frame = self
    for key in ["energy", "free_energy", "stress", "virial"] {
      guard let value = frame.info[key] else { continue }
      frame.info[key] = nil
      if frame.info["REF_\(key)"] == nil { frame.info["REF_\(key)"] = value }
    }
    let hasReference = columns.contains { $0.name == "REF_forces" }
    frame.columns = columns.compactMap { column in
      guard column.name == "forces" else { return column }
      return hasReference
        ? nil
        : ExtendedXYZ.Column(name: "REF_forces", width: column.width, values: column.values)
    }
    frame.info["energy"] = .real(result.energy)
    if let forces = result.forces {
      let values = (0..<forces.count).map { forces[$0] }
      frame.columns.append(ExtendedXYZ.Column(name: "forces", width: 3, values: .reals(values)))
    }
    if let cell = structure.cell, cell.periodicity == .all, let virial = result.virial {
      // ASE's stress is (1/V) ∂E/∂ε; written symmetric, so rows and columns are the same.
      let stress = (0..<9).map { index in
        -0.5 * (virial[index] + virial[3 * (index % 3) + index / 3]) / cell.volume
      }
      frame.info["stress"] = .reals(stress)
    }
    return frame
  }
}
