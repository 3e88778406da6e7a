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
    _ frame: TrainingFrame, _ prediction: FramePrediction
  ) throws(HoneError) {
    let labels = frame.labels
    let perAtom = 1 / Double(frame.atomCount)
    if let reference = labels.energy {
      energy.add(predicted: prediction.energy, reference: reference)
      energyPerAtom.add(
        predicted: perAtom * prediction.energy, reference: perAtom * reference)
    }
    if let reference = labels.forces, let predicted = prediction.forces {
      guard predicted.count == reference.count else {
        throw HoneError(
          .invalidArgument,
          "expected \(reference.count) components of forces, got \(predicted.count)"
        )
      }
      for index in 0..<predicted.count {
        forces.add(predicted: predicted[index], reference: reference[index])
        bySpecies[Int(frame.atomicNumbers[index / 3])].add(
          predicted: predicted[index], reference: reference[index])
      }
    }
    if let reference = labels.virial, let predicted = prediction.virial {
      for index in 0..<9 {
        let (x, y) = (predicted[index / 3][index % 3], reference[index / 3][index % 3])
        virial.add(predicted: x, reference: y)
        virialPerAtom.add(predicted: perAtom * x, reference: perAtom * y)
        if let volume = labels.volume {
          stress.add(predicted: -x / volume, reference: -y / volume)
        }
      }
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
