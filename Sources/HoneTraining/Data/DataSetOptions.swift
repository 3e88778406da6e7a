/// How files become a data set.
public struct DataSetOptions: Sendable, Equatable {
  /// What is done about frames that have no label at all.
  public enum Unlabeled: Sendable, Equatable {
    /// The file is refused: a misspelt key is the usual reason.
    case refuse
    /// They are left out, and counted.
    case skip
    /// They are kept as frames without labels, for score matching.
    case keep
  }

  /// What is done about a structure that occurs again with the same head.
  public enum Duplicates: Sendable, Equatable {
    /// It is kept, and counted.
    case keep
    /// It is left out where its labels and weights are the same too, and counted; one with other
    /// labels is kept.
    case drop
    /// The file is refused.
    case refuse
  }

  /// The names of the labels.
  public var keys = LabelKeys.automatic
  /// Labels without which a frame is refused; other labels may be missing.
  public var required: LabelSet = []
  /// What is done about frames without labels.
  public var unlabeled = Unlabeled.refuse
  /// What is done about structures that occur again.
  public var duplicates = Duplicates.keep
  /// The values of `config_type` by which a frame of one atom is an isolated atom.
  public var isolatedAtomTypes: Set<String> = ["IsolatedAtom", "isolated_atom"]
  /// Whether isolated atoms are trained on, beside giving energies of isolated atoms.
  public var keepsIsolatedAtoms = false
  /// What the weights of structures of some kinds are multiplied by, by `config_type`.
  public var configurationTypeWeights: [String: Double] = [:]

  /// Makes the default options.
  public init() {}
}
