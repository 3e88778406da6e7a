internal import HoneNumerics

/// One computation of libxtb from beginning to end, with handles of its own.
///
/// Handles are not kept: results of an earlier computation would be the guess for the next one and show
/// in its last digits, GFN-FF derives its bonds when it is loaded, and loading costs little beside the
/// rest.
struct XTBCalculation {
  let library: XTBLibrary
  let method: XTBMethod
  let settings: XTBSettings
  let input: XTBInput

  /// The energy in eV and the forces in eV/Å, shape `[atoms, 3]`.
  ///
  /// - Throws: `.invalidArgument` for what the library refuses, `.notConverged` where it fails.
  func run() throws(HoneError) -> (energy: Double, forces: [Double]) {
    var environment = library.newEnvironment()
    defer { library.deleteEnvironment(&environment) }
    library.setVerbosity(environment, 0)

    var molecule = makeMolecule(environment)
    defer { library.deleteMolecule(&molecule) }
    try check(environment, .invalidArgument)

    var calculator = library.newCalculator()
    defer { library.deleteCalculator(&calculator) }
    switch method {
    case .gfn1: library.loadGFN1(environment, molecule, calculator, nil)
    case .gfn2: library.loadGFN2(environment, molecule, calculator, nil)
    case .gfnff: library.loadGFNFF(environment, molecule, calculator, nil)
    }
    try check(environment, .invalidArgument)
    if method != .gfnff {
      library.setAccuracy(environment, calculator, settings.accuracy)
      library.setMaximumIterations(environment, calculator, CInt(clamping: settings.iterationLimit))
      library.setElectronicTemperature(environment, calculator, settings.electronicTemperature)
    }
    try check(environment, .invalidArgument)

    var results = library.newResults()
    defer { library.deleteResults(&results) }
    library.singlePoint(environment, molecule, calculator, results)
    try check(environment, .notConverged)
    var energy = 0.0
    library.getEnergy(environment, results, &energy)
    var gradient = [Double](repeating: 0, count: input.positions.count)
    library.getGradient(environment, results, &gradient)
    try check(environment, .notConverged)
    let unit = -Units.hartree / Units.bohr
    return (energy * Units.hartree, XTBInput.turnedBack(gradient).map { $0 * unit })
  }

  private func makeMolecule(_ environment: XTBLibrary.Handle) -> XTBLibrary.Handle {
    let count = CInt(clamping: input.numbers.count)
    return withUnsafePointer(to: count) { count in
      withUnsafePointer(to: input.charge) { charge in
        withUnsafePointer(to: input.unpaired) { unpaired in
          library.newMolecule(
            environment, count, input.numbers, input.positions, charge, unpaired, nil, nil)
        }
      }
    }
  }

  private func check(
    _ environment: XTBLibrary.Handle, _ kind: HoneError.Kind
  ) throws(HoneError) {
    guard library.checkEnvironment(environment) != 0 else { return }
    var text = [CChar](repeating: 0, count: 1024)
    // One less than there is, for the end of the string.
    var size = CInt(text.count - 1)
    library.getError(environment, &text, &size)
    let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let reasons = Self.reasons(String(decoding: bytes, as: UTF8.self))
    throw HoneError(
      kind, "\(method.rawValue) of libxtb failed: \(reasons.isEmpty ? "no reason given" : reasons)")
  }

  /// The library's stack of messages, `-2- place: what` in lines, as one sentence.
  static func reasons(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).map { line in
      guard line.hasPrefix("-"), let end = line.dropFirst().firstIndex(of: "-") else {
        return String(line)
      }
      return String(line[line.index(after: end)...].drop { $0 == " " })
    }.joined(separator: "; ")
  }
}
