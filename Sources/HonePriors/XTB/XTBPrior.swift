public import HoneNumerics
internal import HoneStructure

/// How libxtb computes.
public struct XTBSettings: Sendable, Equatable {
  /// The library's measure of how far numbers are converged, 0.0001 (tight) to 1000; of GFN1 and GFN2.
  public var accuracy = 1.0
  /// The most iterations of charges; of GFN1 and GFN2.
  public var iterationLimit = 250
  /// The temperature of the electrons in K, which smooths where orbitals cross; of GFN1 and GFN2.
  public var electronicTemperature = 300.0
  /// The OpenMP threads of a computation, at least one; molecules of a hundred atoms gain nothing.
  public var threadCount = 1

  /// The library's defaults, on one thread.
  public init() {}
}

/// Tight binding and a force field for molecules of all elements to radon, from the library libxtb.
///
/// The library is loaded when labels are first asked for. It must not be used by two threads at once, so
/// computations wait for one another. It prints nothing and leaves no files: every computation runs on
/// a thread with descriptors and a working directory of its own.
public struct XTBPrior: Prior {
  /// The method.
  public let method: XTBMethod
  /// How it is computed.
  public let settings: XTBSettings
  /// The name.
  public var name: String { method.rawValue }

  /// Makes a prior; the library is not looked for yet.
  ///
  /// - Throws: `.invalidArgument` for settings that no computation can have.
  public init(
    method: XTBMethod, settings: XTBSettings = XTBSettings()
  ) throws(HoneError) {
    guard (1e-4...1e3).contains(settings.accuracy) else {
      throw HoneError(
        .invalidArgument, "the accuracy must be from 0.0001 to 1000, got \(settings.accuracy)")
    }
    guard (1...100_000).contains(settings.iterationLimit) else {
      throw HoneError(
        .invalidArgument,
        "the limit of iterations must be from 1 to 100000, got \(settings.iterationLimit)")
    }
    guard (1e-3...1e5).contains(settings.electronicTemperature) else {
      throw HoneError(
        .invalidArgument,
        "the electronic temperature must be from 0.001 to 100000 K, got "
          + "\(settings.electronicTemperature)")
    }
    guard (1...1024).contains(settings.threadCount) else {
      throw HoneError(
        .invalidArgument,
        "the number of threads must be from 1 to 1024, got \(settings.threadCount)")
    }
    self.method = method
    self.settings = settings
  }

  /// Whether the library is there.
  ///
  /// - Throws: `.unsupported` with what to install.
  public static func requireLibrary() throws(HoneError) {
    try XTBLibrary.withLibrary { _ in }
  }

  /// The labels of a molecule.
  ///
  /// - Throws: `.unsupported` without the library and for periodic structures,
  ///   `.unknownSpecies` beyond radon, `.invalidArgument` for atoms that overlap and for electrons that
  ///   the atoms cannot have, `.notConverged` where the library fails, `.outOfMemory`.
  public func labels(of system: PriorSystem) throws(HoneError) -> PriorLabels {
    let input = try XTBInput(system, method)
    guard !input.numbers.isEmpty else {
      return PriorLabels(energy: 0, forces: [], virial: [Double](repeating: 0, count: 9))
    }
    let result = try XTBLibrary.withLibrary { (library) throws(HoneError) in
      let calculation = XTBCalculation(
        library: library, method: method, settings: settings, input: input)
      return try library.runApart(
        threadCount: settings.threadCount, mustBeAlone: method == .gfnff
      ) { () throws(HoneError) in try calculation.run() }
    }
    guard result.energy >= input.energyFloor else {
      throw HoneError(
        .notConverged,
        "\(name) of libxtb converged to \(shown(result.energy)) eV, which no such molecule can have; "
          + "use another method")
    }
    var labels = PriorLabels(energy: result.energy, forces: result.forces)
    labels.virial = Self.virial(labels, system.structure.positions)
    try labels.check(atomCount: system.structure.atomCount, name: name)
    return labels
  }

  /// Σ r_a F_b of a molecule, about its centre: noise of the net force must not grow with its place.
  private static func virial(_ labels: PriorLabels, _ positions: [Double]) -> [Double] {
    let atomCount = positions.count / 3
    var centre = [0.0, 0, 0]
    for index in positions.indices { centre[index % 3] += positions[index] / Double(atomCount) }
    var virial = [Double](repeating: 0, count: 9)
    for atom in 0..<atomCount {
      for a in 0..<3 {
        for b in 0..<3 {
          virial[3 * a + b] += (positions[3 * atom + a] - centre[a]) * labels.forces[3 * atom + b]
        }
      }
    }
    return virial
  }
}
