public import HoneNumerics

/// Means and spreads of labels, by which models are scaled.
///
/// mace scales by `mean` and `standardDeviation` (`std_scaling`) or by `mean` and
/// `forceRootMeanSquare` (`rms_forces_scaling`), with the energies of single atoms taken off
/// (mace/modules/utils.py, compute_mean_std_atomic_inter_energy and compute_mean_rms_energy_forces);
/// SevenNet shifts by `mean` and scales by `forceRootMeanSquare` with nothing taken off, and knows
/// `populationDeviation` as `per_atom_energy_std` (sevenn/train/graph_dataset.py).
public struct LabelStatistics: Sendable, Equatable {
  /// The number of frames with energies.
  public let energyCount: Int
  /// The number of components of forces.
  public let forceCount: Int
  /// The mean over the frames of the energy per atom, in eV; 0 without energies.
  public let mean: Double
  /// The standard deviation of the energy per atom as that of a sample, n − 1 below, in eV.
  ///
  /// 0 for fewer than two frames. mace adds 10⁻⁶ to n − 1.
  public let standardDeviation: Double
  /// The standard deviation with n below, in eV.
  public let populationDeviation: Double
  /// The root mean square of the components of the forces, in eV/Å; 0 without forces.
  public let forceRootMeanSquare: Double

  /// Goes through frames.
  ///
  /// - Parameters:
  ///   - dataSet: The data set.
  ///   - frames: The frames, normally those of one head to train on.
  ///   - atomicEnergies: The energies of single atoms to take off; nil for none.
  /// - Throws: `.invalidArgument` naming the first frame with an element that has no such energy.
  public init(
    _ dataSet: DataSet, frames: [Int], subtracting atomicEnergies: AtomicEnergies?
  ) throws(HoneError) {
    var (energyCount, sum) = (0, 0.0)
    var (forceCount, forceSum) = (0, 0.0)
    for index in frames {
      let frame = dataSet[index]
      try LabelStatistics.require(atomicEnergies, dataSet, frame)
      if let energy = LabelStatistics.energyPerAtom(frame, atomicEnergies) {
        energyCount += 1
        sum += energy
      }
      if let forces = frame.labels.forces {
        forceCount += forces.count
        for component in 0..<forces.count { forceSum += forces[component] * forces[component] }
      }
    }
    let mean = energyCount > 0 ? sum / Double(energyCount) : 0
    var squares = 0.0
    // A second time round: differences of large sums would have lost the digits that matter.
    for index in frames {
      guard let energy = LabelStatistics.energyPerAtom(dataSet[index], atomicEnergies) else {
        continue
      }
      squares += (energy - mean) * (energy - mean)
    }
    self.energyCount = energyCount
    self.forceCount = forceCount
    self.mean = mean
    standardDeviation = energyCount > 1 ? (squares / Double(energyCount - 1)).squareRoot() : 0
    populationDeviation = energyCount > 0 ? (squares / Double(energyCount)).squareRoot() : 0
    forceRootMeanSquare = forceCount > 0 ? (forceSum / Double(forceCount)).squareRoot() : 0
  }

  private static func energyPerAtom(
    _ frame: TrainingFrame, _ atomicEnergies: AtomicEnergies?
  ) -> Double? {
    frame.labels.energy.map { energy in
      (energy - (atomicEnergies?.sum(over: frame) ?? 0)) / Double(frame.atomCount)
    }
  }

  private static func require(
    _ atomicEnergies: AtomicEnergies?, _ dataSet: DataSet, _ frame: TrainingFrame
  ) throws(HoneError) {
    guard let atomicEnergies else { return }
    for atom in 0..<frame.atomCount where atomicEnergies[frame.atomicNumbers[atom]] == nil {
      throw HoneError(
        .invalidArgument,
        "\(dataSet.place(of: frame.index)): atom \(atom) has the atomic number "
          + "\(frame.atomicNumbers[atom]), for which there is no energy of a single atom: give one")
    }
  }
}
