/// The names under which a file keeps its labels.
///
/// Files mix labels of several origins: those that ASE writes of a calculator (`energy`, `forces`,
/// `stress`), and those that somebody set aside under names of their own. A convention is a set of
/// names that belong together. In every frame the first convention counts of which anything is
/// there, whole: an energy of one level of theory is never combined with forces of another.
public struct LabelKeys: Sendable, Equatable {
  /// Names that belong together; of several for one label the first one found counts.
  ///
  /// Where a frame has both a virial and a stress, the virial counts.
  public struct Convention: Sendable, Equatable {
    /// Keys of the energy in eV.
    public var energy: [String]
    /// Columns of the forces in eV/Å.
    public var forces: [String]
    /// Keys of the virial W = −dE/dε in eV.
    public var virial: [String]
    /// Keys of the stress σ = −W / V in eV/Å³.
    public var stress: [String]

    /// Makes a convention.
    public init(
      energy: [String] = [], forces: [String] = [], virial: [String] = [], stress: [String] = []
    ) {
      self.energy = energy
      self.forces = forces
      self.virial = virial
      self.stress = stress
    }

    /// All names, for messages.
    var names: [String] { energy + forces + virial + stress }
  }

  /// The conventions, the first one first.
  public var conventions: [Convention]
  /// The key of the head, one of several energies of a model.
  public var head = "head"
  /// The key of the kind of a structure.
  public var configurationType = "config_type"
  /// The column of one weight per atom, which multiplies what its forces add to a loss.
  public var atomWeights = "atom_weights"
  /// The key of the temperature in K of the distribution that a structure is a sample of.
  ///
  /// Not `temperature`, which programs of dynamics write of the velocities of a frame.
  public var temperature = "sampling_temperature"

  /// Makes keys from conventions.
  public init(conventions: [Convention]) {
    self.conventions = conventions
  }

  /// Makes keys that the caller names; labels without a key are not read.
  public init(
    energy: String?, forces: String? = nil, virial: String? = nil, stress: String? = nil
  ) {
    let list = { (name: String?) in name.map { [$0] } ?? [] }
    conventions = [
      Convention(
        energy: list(energy), forces: list(forces), virial: list(virial), stress: list(stress))
    ]
  }

  /// The names that somebody gave where there is one, and then no others; else the automatic ones.
  public static func given(
    energy: String?, forces: String?, virial: String?, stress: String?
  ) -> LabelKeys {
    [energy, forces, virial, stress].allSatisfy { $0 == nil }
      ? automatic : LabelKeys(energy: energy, forces: forces, virial: virial, stress: stress)
  }

  /// mace's names with `REF_`, then those of ASE, then those with `dft_` of GAP's files.
  public static let automatic = LabelKeys(conventions: [
    Convention(
      energy: ["REF_energy"], forces: ["REF_forces"], virial: ["REF_virials", "REF_virial"],
      stress: ["REF_stress"]),
    Convention(
      energy: ["energy", "free_energy"], forces: ["forces", "force"],
      virial: ["virials", "virial"], stress: ["stress"]),
    Convention(
      energy: ["dft_energy"], forces: ["dft_forces", "dft_force"],
      virial: ["dft_virials", "dft_virial"], stress: ["dft_stress"]),
  ])
}
