/// What learning rates of a role's parameters are multiplied by: one number, or one for each layer.
///
/// 0 freezes.
public enum RateFactor: Sendable, Equatable {
  /// The same in all layers.
  case all(Double)
  /// One for each layer of messages; parameters of the role that belong to no layer have the first.
  case byLayer([Double])

  /// The factor of a layer; nil for what belongs to none.
  ///
  /// - Parameter layer: Below the number of factors.
  func factor(layer: Int?) -> Double {
    switch self {
    case .all(let factor): factor
    case .byLayer(let factors): factors[layer ?? 0]
    }
  }

  /// The factors, for checks.
  var factors: [Double] {
    switch self {
    case .all(let factor): [factor]
    case .byLayer(let factors): factors
    }
  }
}

extension RateFactor: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByArrayLiteral
{
  /// The same number in all layers.
  public init(floatLiteral value: Double) { self = .all(value) }

  /// The same number in all layers.
  public init(integerLiteral value: Int) { self = .all(Double(value)) }

  /// A number for each layer.
  public init(arrayLiteral elements: Double...) { self = .byLayer(elements) }
}
