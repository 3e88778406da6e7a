internal import Glibc

/// Random numbers that are the same for a seed on every machine.
///
/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). All there is to it can be read and set again, so that
/// a run that is resumed goes on with the numbers it would have had.
public struct RandomNumbers: Sendable, Equatable {
  /// The state of the generator.
  public private(set) var state: UInt64
  /// The second number of the last pair of normal variates, if it has not been used.
  public private(set) var spare: Double?

  /// Starts a sequence.
  public init(seed: UInt64) {
    state = seed
  }

  /// Goes on with a sequence.
  public init(state: UInt64, spare: Double?) {
    self.state = state
    self.spare = spare
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number in (0, 1].
  public mutating func uniform() -> Double {
    Double((next() >> 11) + 1) * 0x1p-53
  }

  /// A number of the normal distribution with mean 0 and variance 1, by Box and Muller.
  public mutating func normal() -> Double {
    if let value = spare {
      spare = nil
      return value
    }
    let radius = (-2 * log(uniform())).squareRoot()
    let angle = 2 * Double.pi * uniform()
    spare = radius * sin(angle)
    return radius * cos(angle)
  }

  /// A number in `0..<bound`, all equally likely; `bound` must be positive.
  ///
  /// - SeeAlso: Lemire, ACM Trans. Model. Comput. Simul. 29, 3 (2019).
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0)
    let range = UInt64(bound)
    var product = next().multipliedFullWidth(by: range)
    if product.low < range {
      let threshold = (0 &- range) % range
      while product.low < threshold { product = next().multipliedFullWidth(by: range) }
    }
    return Int(product.high)
  }

  /// The numbers `0..<count` in random order (Fisher and Yates).
  public mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<max(count, 0))
    var last = order.count - 1
    while last > 0 {
      order.swapAt(last, integer(below: last + 1))
      last -= 1
    }
    return order
  }
}
