/// Factors between forces and slopes of the energy that a known mistake explains.
enum UnitMistake {
  /// The most a ratio may differ from a known factor, relative: several times the error of a difference
  /// of noisy energies, less than half the distance between any two factors of the list.
  private static let tolerance = 0.04

  /// Ratios of the forces as given to those of the energy as given, and what makes them.
  private static let factors: [(ratio: Double, cause: String)] = [
    (1, ""),
    (Units.kilocaloriesPerMole, "the forces seem to be in kcal/mol/Å beside energies in eV"),
    (1 / Units.kilocaloriesPerMole, "the energies seem to be in kcal/mol beside forces in eV/Å"),
    (Units.kilojoulesPerMole, "the forces seem to be in kJ/mol/Å beside energies in eV"),
    (1 / Units.kilojoulesPerMole, "the energies seem to be in kJ/mol beside forces in eV/Å"),
    (Units.hartree, "the energies seem to be in Hartree beside forces in eV/Å"),
    (1 / Units.hartree, "the forces seem to be in Hartree/Å beside energies in eV"),
    (
      Units.bohr / Units.hartree,
      "the forces seem to be in Hartree/Bohr beside energies in eV"
    ),
    (
      Units.bohr,
      "the forces seem to be per Bohr beside positions in Å, as in eV/Bohr, or in Hartree/Bohr with "
        + "energies in Hartree"
    ),
    (1 / Units.bohr, "the positions seem to be taken for Bohr, or the forces converted twice"),
    (1000, "the forces seem to be in meV/Å beside energies in eV"),
    (0.001, "the energies seem to be in meV beside forces in eV/Å"),
    (10, "the forces seem to be per nm beside positions in Å"),
    (0.1, "the positions seem to be taken for nm"),
    (4.184, "one of the two seems to be in kcal/mol and the other in kJ/mol"),
    (1 / 4.184, "one of the two seems to be in kJ/mol and the other in kcal/mol"),
  ]

  /// What a ratio says, as the end of a sentence.
  static func explanation(of ratio: Double) -> String {
    for (factor, cause) in factors where (ratio.magnitude / factor - 1).magnitude < tolerance {
      guard ratio < 0 else { return cause }
      let sign = "the forces have the wrong sign, as gradients have"
      return cause.isEmpty ? sign : "\(sign), and \(cause)"
    }
    return "no known factor; does it mix up atoms, or give the forces of another energy?"
  }
}
