public import HoneNumerics
internal import HoneStructure

/// Sums of errors and of what they are errors of.
public struct ErrorSum: Sendable, Equatable {
  /// The number of values.
  public private(set) var count = 0
  /// The largest magnitude of an error.
  public private(set) var largest = 0.0
  private var absolute = 0.0
  private var square = 0.0
  private var referenceAbsolute = 0.0
  private var referenceSquare = 0.0

  /// Makes sums of nothing.
  public init() {}

  /// Adds a value.
  @inline(__always)
  public mutating func add(predicted: Double, reference: Double) {
    let error = predicted - reference
    count += 1
    largest = ErrorSum.larger(largest, error.magnitude)
    absolute += error.magnitude
    square += error * error
    referenceAbsolute += reference.magnitude
    referenceSquare += reference * reference
  }

  /// Adds the values of other sums.
  public mutating func add(_ other: ErrorSum) {
    count += other.count
    largest = ErrorSum.larger(largest, other.largest)
    absolute += other.absolute
    square += other.square
    referenceAbsolute += other.referenceAbsolute
    referenceSquare += other.referenceSquare
  }

  /// The larger of two magnitudes, and what is not a number where either is that.
  private static func larger(_ x: Double, _ y: Double) -> Double {
    x.isNaN || x > y ? x : y
  }

  /// The mean absolute error, or nil without values.
  public var meanAbsolute: Double? { count > 0 ? absolute / Double(count) : nil }

  /// The root mean square error, or nil without values.
  public var rootMeanSquare: Double? { count > 0 ? (square / Double(count)).squareRoot() : nil }

  /// The mean absolute error over the mean magnitude of the labels, or nil where that is 0.
  public var relativeMeanAbsolute: Double? {
    referenceAbsolute > 0 ? absolute / referenceAbsolute : nil
  }

  /// The root mean square error over that of the labels, or nil where that is 0.
  public var relativeRootMeanSquare: Double? {
    referenceSquare > 0 ? (square / referenceSquare).squareRoot() : nil
  }
}

/// Errors of a model on frames, in all the ways tables show them.
///
/// Statistics of several threads or batches are added up.
public struct ErrorStatistics: Sendable, Equatable {
  /// Errors of energies, in eV.
  public private(set) var energy = ErrorSum()
  /// Errors of energies divided by the number of atoms, in eV.
  public private(set) var energyPerAtom = ErrorSum()
  /// Errors of the components of forces, in eV/Å.
  public private(set) var forces = ErrorSum()
  /// Errors of the components of virials, in eV.
  public private(set) var virial = ErrorSum()
  /// Errors of the components of virials divided by the number of atoms, in eV.
  public private(set) var virialPerAtom = ErrorSum()
  /// Errors of the components of stresses −W / V, in eV/Å³.
  public private(set) var stress = ErrorSum()
  /// Errors of the components of forces by atomic number.
  private var bySpecies = [ErrorSum](repeating: ErrorSum(), count: 119)

  /// Makes statistics of nothing.
  public init() {}

  /// The elements whose atoms have forces in the labels, ascending.
  public var species: [Int32] {
    bySpecies.indices.filter { bySpecies[$0].count > 0 }.map(Int32.init)
  }

  /// Errors of the components of the forces on atoms of an element, in eV/Å.
  public func forces(on atomicNumber: Int32) -> ErrorSum {
    (0...118).contains(atomicNumber) ? bySpecies[Int(atomicNumber)] : ErrorSum()
  }

  /// Adds a frame: whatever both labels and prediction have.
  ///
  /// - Throws: `.invalidArgument` when arrays are of the wrong size.
  public mutating func add(
    _ frame: TrainingFrame, _ prediction: FramePrediction<Double>
  ) throws(HoneError) {
    let labels = frame.labels
    addEnergy(prediction.energy, labels.energy, atomCount: frame.atomCount)
    if let reference = labels.forces, let predicted = prediction.forces {
      try requireSize(predicted.count, reference.count, "forces")
      addForces(
        count: predicted.count, atomicNumber: { frame.atomicNumbers[$0] },
        predicted: { predicted[$0] }, reference: { reference[$0] })
    }
    if let reference = labels.virial, let predicted = prediction.virial {
      addVirial(
        volume: labels.volume ?? 0, atomCount: frame.atomCount,
        predicted: { predicted[$0] }, reference: { reference[$0 / 3][$0 % 3] })
    }
  }

  /// Adds a frame that belongs to no data set: whatever both labels and prediction have.
  ///
  /// - Parameters:
  ///   - labels: What a file says.
  ///   - atomicNumbers: The atoms, shape `[atoms]`, one at least.
  ///   - energy: The predicted energy in eV.
  ///   - forces: The predicted forces in eV/Å, shape `[atoms, 3]`, or nil.
  ///   - virial: The predicted virial −∂E/∂ε in eV, shape `[3, 3]`, or nil.
  /// - Throws: `.invalidArgument` when arrays are of the wrong size.
  public mutating func add(
    _ labels: SourceLabels, atomicNumbers: [Int32], energy: Double, forces: Buffer<Double>?,
    virial: [Double]?
  ) throws(HoneError) {
    guard !atomicNumbers.isEmpty else {
      throw HoneError(.invalidArgument, "expected at least one atom, got none")
    }
    addEnergy(energy, labels.energy, atomCount: atomicNumbers.count)
    if let reference = labels.forces, let forces {
      try requireSize(reference.count, 3 * atomicNumbers.count, "forces")
      try requireSize(forces.count, reference.count, "forces")
      addForces(
        count: forces.count, atomicNumber: { atomicNumbers[$0] }, predicted: { forces[$0] },
        reference: { reference[$0] })
    }
    if let reference = labels.virial?.elements, let virial {
      try requireSize(virial.count, 9, "the virial")
      addVirial(
        volume: labels.volume, atomCount: atomicNumbers.count, predicted: { virial[$0] },
        reference: { reference[$0] })
    }
  }

  private func requireSize(_ count: Int, _ expected: Int, _ what: String) throws(HoneError) {
    guard count == expected else {
      throw HoneError(
        .invalidArgument, "expected \(expected) components of \(what), got \(count)")
    }
  }

  private mutating func addEnergy(_ predicted: Double, _ reference: Double?, atomCount: Int) {
    guard let reference else { return }
    let perAtom = 1 / Double(atomCount)
    energy.add(predicted: predicted, reference: reference)
    energyPerAtom.add(predicted: perAtom * predicted, reference: perAtom * reference)
  }

  @inline(__always)
  private mutating func addForces(
    count: Int, atomicNumber: (_ atom: Int) -> Int32, predicted: (_ component: Int) -> Double,
    reference: (_ component: Int) -> Double
  ) {
    for index in 0..<count {
      let (x, y) = (predicted(index), reference(index))
      forces.add(predicted: x, reference: y)
      bySpecies[Int(atomicNumber(index / 3))].add(predicted: x, reference: y)
    }
  }

  /// - Parameter volume: What stresses are divided by, in Å³; 0 where there is none.
  @inline(__always)
  private mutating func addVirial(
    volume: Double, atomCount: Int, predicted: (_ component: Int) -> Double,
    reference: (_ component: Int) -> Double
  ) {
    let perAtom = 1 / Double(atomCount)
    for index in 0..<9 {
      let (x, y) = (predicted(index), reference(index))
      virial.add(predicted: x, reference: y)
      virialPerAtom.add(predicted: perAtom * x, reference: perAtom * y)
      if volume > 0 { stress.add(predicted: -x / volume, reference: -y / volume) }
    }
  }

  /// Adds the errors of other statistics.
  public mutating func add(_ other: ErrorStatistics) {
    energy.add(other.energy)
    energyPerAtom.add(other.energyPerAtom)
    forces.add(other.forces)
    virial.add(other.virial)
    virialPerAtom.add(other.virialPerAtom)
    stress.add(other.stress)
    for index in bySpecies.indices { bySpecies[index].add(other.bySpecies[index]) }
  }
}
