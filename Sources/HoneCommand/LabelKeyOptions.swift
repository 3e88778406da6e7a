internal import ArgumentParser
internal import HoneTraining

/// The names of references in frames, for the subcommands that read them.
struct LabelKeyOptions: ParsableArguments {
  @Option(
    help: """
      The key of reference energies. With one of these four keys, references without a key are not \
      read.
      """)
  var energyKey: String?

  @Option(help: "The column of reference forces.")
  var forcesKey: String?

  @Option(help: "The key of reference virials, −dE/dε in eV.")
  var virialKey: String?

  @Option(help: "The key of reference stresses, (1/V) dE/dε in eV/Å³.")
  var stressKey: String?

  /// What to read.
  var keys: LabelKeys {
    .given(energy: energyKey, forces: forcesKey, virial: virialKey, stress: stressKey)
  }
}
