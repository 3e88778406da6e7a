/// Units of other codes, from CODATA 2018.
///
/// - SeeAlso: Tiesinga, Mohr, Newell and Taylor, Rev. Mod. Phys. 93, 025010 (2021).
enum Units {
  /// One Hartree in eV.
  static let hartree = 27.211386245988
  /// One Bohr in Å.
  static let bohr = 0.529177210903
  /// One eV in kJ/mol: e N_A / 1000.
  static let kilojoulesPerMole = 96.48533212331
  /// One eV in kcal/mol, thermochemical calories of 4.184 J.
  static let kilocaloriesPerMole = kilojoulesPerMole / 4.184
  /// Boltzmann's constant in eV/K.
  static let boltzmann = 8.617333262e-5
  /// 1 eV/(Å amu) in Å/fs².
  static let acceleration = 9.648533212331e-3
}
