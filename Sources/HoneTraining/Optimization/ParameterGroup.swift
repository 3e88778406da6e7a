/// Some of a model's parameters that are trained alike: one tensor, or a part of one.
///
/// Optimisers see all parameters of a model as one vector in double precision; a group says which
/// numbers of it belong together, and how far they may be moved.
public struct ParameterGroup: Sendable, Equatable {
  /// What the parameters do; what rates and freezing are chosen by.
  public enum Role: String, Sendable, CaseIterable {
    /// Initial features of the species.
    case embedding
    /// Networks of the distance, and trained frequencies.
    case radial
    /// Maps between features.
    case interaction
    /// Weights of MACE's product bases.
    case product
    /// From features to energies, of all heads.
    case readout
    /// Scales and shifts of energies, and energies of single atoms.
    case energyScale = "energy_scale"
  }

  /// The name of the tensor.
  public var name: String
  /// What it does.
  public var role: Role
  /// The layer of messages it belongs to, from 0; nil for what belongs to none.
  public var layer: Int?
  /// Its numbers in the vector of parameters.
  public var range: Range<Int>
  /// The matrices it consists of, one after the other and row by row, for optimisers that see
  /// matrices; empty for one that is no matrix, or that is to be trained as if it were none.
  public var matrices: [(rows: Int, columns: Int)]
  /// What learning rates are multiplied by; 0 for parameters that stay as they are.
  public var rateFactor: Double
  /// Whether weight decay applies.
  public var decays: Bool

  /// Makes a group.
  public init(
    name: String, role: Role, layer: Int? = nil, range: Range<Int>,
    matrices: [(rows: Int, columns: Int)] = [], rateFactor: Double = 1, decays: Bool = true
  ) {
    self.name = name
    self.role = role
    self.layer = layer
    self.range = range
    self.matrices = matrices
    self.rateFactor = rateFactor
    self.decays = decays
  }

  /// Whether all about two groups is equal.
  public static func == (lhs: Self, rhs: Self) -> Bool {
    lhs.name == rhs.name && lhs.role == rhs.role && lhs.layer == rhs.layer
      && lhs.range == rhs.range
      && lhs.matrices.elementsEqual(rhs.matrices, by: ==) && lhs.rateFactor == rhs.rateFactor
      && lhs.decays == rhs.decays
  }
}
