/// The nonbonded parameters of the Universal Force Field, for all elements to lawrencium.
///
/// - SeeAlso: Rappé, Casewit, Colwell, Goddard and Skiff, J. Am. Chem. Soc. 114, 10024 (1992),
///   doi:10.1021/ja00051a040, table I: the distances x and the well depths D.
enum UFFParameters {
  /// σ and ε of an element, or nil outside 1 to 103.
  ///
  /// UFF gives the distance of the minimum, x = 2^(1/6) σ, and the depth D = ε in kcal/mol. (It mixes
  /// both by geometric means; `LennardJonesPrior` takes the arithmetic one of σ.)
  static func lennardJones(_ atomicNumber: Int32) -> LennardJonesPrior.Parameters? {
    guard atomicNumber >= 1, atomicNumber <= 103 else { return nil }
    let index = Int(atomicNumber) - 1
    return LennardJonesPrior.Parameters(
      sigma: distances[index] / 1.122462048309373,
      epsilon: depths[index] / Units.kilocaloriesPerMole)
  }

  /// Distances of the minima in Å, in the order of the atomic numbers, hydrogen first.
  private static let distances: [Double] = [
    2.886, 2.362, 2.451, 2.745, 4.083, 3.851, 3.66, 3.5, 3.364, 3.243, 2.983, 3.021, 4.499, 4.295,
    4.147, 4.035, 3.947, 3.868, 3.812, 3.399, 3.295, 3.175, 3.144, 3.023, 2.961, 2.912, 2.872,
    2.834, 3.495, 2.763, 4.383, 4.28, 4.23, 4.205, 4.189, 4.141, 4.114, 3.641, 3.345, 3.124,
    3.165, 3.052, 2.998, 2.963, 2.929, 2.899, 3.148, 2.848, 4.463, 4.392, 4.42, 4.47, 4.5, 4.404,
    4.517, 3.703, 3.522, 3.556, 3.606, 3.575, 3.547, 3.52, 3.493, 3.368, 3.451, 3.428, 3.409,
    3.391, 3.374, 3.355, 3.64, 3.141, 3.17, 3.069, 2.954, 3.12, 2.84, 2.754, 3.293, 2.705, 4.347,
    4.297, 4.37, 4.709, 4.75, 4.765, 4.9, 3.677, 3.478, 3.396, 3.424, 3.395, 3.424, 3.424, 3.381,
    3.326, 3.339, 3.313, 3.299, 3.286, 3.274, 3.248, 3.236,
  ]

  /// Depths of the minima in kcal/mol.
  private static let depths: [Double] = [
    0.044, 0.056, 0.025, 0.085, 0.18, 0.105, 0.069, 0.06, 0.05, 0.042, 0.03, 0.111, 0.505, 0.402,
    0.305, 0.274, 0.227, 0.185, 0.035, 0.238, 0.019, 0.017, 0.016, 0.015, 0.013, 0.013, 0.014,
    0.015, 0.005, 0.124, 0.415, 0.379, 0.309, 0.291, 0.251, 0.22, 0.04, 0.235, 0.072, 0.069,
    0.059, 0.056, 0.048, 0.056, 0.053, 0.048, 0.036, 0.228, 0.599, 0.567, 0.449, 0.398, 0.339,
    0.332, 0.045, 0.364, 0.017, 0.013, 0.01, 0.01, 0.009, 0.008, 0.008, 0.009, 0.007, 0.007,
    0.007, 0.007, 0.006, 0.228, 0.041, 0.072, 0.081, 0.067, 0.066, 0.037, 0.073, 0.08, 0.039,
    0.385, 0.68, 0.663, 0.518, 0.325, 0.284, 0.248, 0.05, 0.404, 0.033, 0.026, 0.022, 0.022,
    0.019, 0.016, 0.014, 0.013, 0.013, 0.013, 0.012, 0.012, 0.011, 0.011, 0.011,
  ]
}
