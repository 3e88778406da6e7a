internal import HoneModels
internal import HoneNumerics
internal import HoneStructure
internal import HoneTraining

/// What parity plots show, collected frame by frame.
struct ParityData {
  private let field: ForceField
  private let settings: ComputeSettings
  private let workspace = Workspace()
  private var energies = ParityPoints()
  private var forces = ParityPoints()
  private var stresses = ParityPoints()
  /// The model's energies of isolated atoms in eV.
  private var atoms: [Atom: Double] = [:]

  private struct Atom: Hashable {
    let atomicNumber: Int32
    let head: Int
  }

  /// Makes an empty collection for a model.
  init(field: ForceField, settings: ComputeSettings) {
    self.field = field
    self.settings = settings
  }

  /// Adds what a frame has references for.
  ///
  /// Energies are shown relative to those that the model gives isolated atoms: what remains is what
  /// binds the atoms, and can be compared between compositions. References and predictions are moved
  /// by the same amount, so that an offset between them stays visible.
  ///
  /// - Throws: As `ForceField.compute`.
  mutating func add(_ frame: EvaluateFrame, _ result: ComputeResult) throws(HoneError) {
    let numbers = frame.frame.structure.atomicNumbers
    guard let labels = frame.labels, !numbers.isEmpty else { return }
    if let energy = labels.energy {
      var sum = 0.0
      for number in numbers { sum += try isolated(number, frame.head) }
      let count = Double(numbers.count)
      energies.add(reference: (energy - sum) / count, predicted: (result.energy - sum) / count)
    }
    if let reference = labels.forces, let predicted = result.forces,
      reference.count == predicted.count
    {
      for index in 0..<predicted.count {
        forces.add(reference: reference[index], predicted: predicted[index])
      }
    }
    if let reference = labels.virial?.elements, let predicted = result.virial, labels.volume > 0 {
      for index in 0..<9 {
        stresses.add(
          reference: -reference[index] / labels.volume,
          predicted: -predicted[index] / labels.volume)
      }
    }
  }

  private mutating func isolated(_ number: Int32, _ head: Int) throws(HoneError) -> Double {
    let atom = Atom(atomicNumber: number, head: head)
    if let energy = atoms[atom] { return energy }
    var settings = settings
    settings.head = head
    let result = try field.compute(
      try Structure(atomicNumbers: [number], positions: [0, 0, 0]), .energy, settings, workspace)
    atoms[atom] = result.energy
    return result.energy
  }

  /// The drawing.
  ///
  /// - Parameters:
  ///   - heading: What was compared with what.
  ///   - summary: The errors of the same frames.
  /// - Throws: `.invalidArgument` when no frame had a reference.
  func document(_ heading: String, _ summary: EvaluateSummary) throws(HoneError) -> SVGDocument {
    let errors = summary.errors
    let panels = [
      ParityPanel(
        title: "Energy relative to the model's atoms",
        quantity: "E − Σ E(isolated atom), eV/atom",
        points: energies, errors: errors.energyPerAtom, errorUnit: "meV/atom"),
      ParityPanel(
        title: "Force components", quantity: "force, eV/Å", points: forces,
        errors: errors.forces, errorUnit: "meV/Å"),
      ParityPanel(
        title: "Stress components", quantity: "stress, eV/Å³", points: stresses,
        errors: errors.stress, errorUnit: "meV/Å³"),
    ].filter { $0.points.count > 0 }
    guard !panels.isEmpty else {
      throw HoneError(
        .invalidArgument,
        "expected references to plot predictions over, got none: name their keys, or leave out "
          + "--plot")
    }
    let detail = "\(Style.grouped(summary.frames)) frames, \(Style.grouped(summary.atoms)) atoms"
    return ParityPlot(panels, heading: heading, detail: detail).document
  }
}
