/// The behavior of a representation under inversion of space.
public enum Parity: Int8, Sendable, Hashable {
  /// Changes its sign: `o` in e3nn's notation.
  case odd = -1
  /// Does not change: `e` in e3nn's notation.
  case even = 1

  /// The parity of a spherical harmonic of degree `l`, which is (−1)^l.
  public static func natural(_ l: Int) -> Parity { l % 2 == 0 ? .even : .odd }

  /// The parity of a product.
  public static func * (left: Parity, right: Parity) -> Parity {
    left == right ? .even : .odd
  }
}

/// An irreducible representation of O(3): a degree and a parity.
///
/// The order is that of e3nn (0.4 to 0.6): by degree, and odd before even within a degree,
/// that is 0o, 0e, 1o, 1e, …
public struct Irrep: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The degree, not negative.
  public let l: Int
  /// The parity.
  public let parity: Parity

  /// Makes a representation.
  ///
  /// - Parameters:
  ///   - l: The degree; negative degrees are a programming error.
  ///   - parity: The parity.
  public init(_ l: Int, _ parity: Parity) {
    precondition(l >= 0, "the degree of an irrep is not negative")
    self.l = l
    self.parity = parity
  }

  /// The dimension, 2l + 1.
  public var dim: Int { 2 * l + 1 }

  /// Whether this is the invariant representation 0e.
  public var isScalar: Bool { l == 0 && parity == .even }

  /// By degree, and odd before even within a degree.
  public static func < (left: Irrep, right: Irrep) -> Bool {
    (left.l, left.parity.rawValue) < (right.l, right.parity.rawValue)
  }

  /// The representations in the product of two, by rising degree |l₁ − l₂| … l₁ + l₂.
  public static func * (left: Irrep, right: Irrep) -> [Irrep] {
    let parity = left.parity * right.parity
    return (abs(left.l - right.l)...(left.l + right.l)).map { Irrep($0, parity) }
  }

  /// The representation in e3nn's notation, such as 1o.
  public var description: String { "\(l)\(parity == .even ? "e" : "o")" }
}
