internal import Glibc

/// Random numbers that are the same for a seed on every machine.
///
/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
struct RandomNumbers {
  private var state: UInt64
  private var spare: Double?

  /// Starts a sequence.
  init(seed: UInt64) {
    state = seed
  }

  private mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number in (0, 1].
  private mutating func uniform() -> Double {
    Double((next() >> 11) + 1) * 0x1p-53
  }

  /// A number of the normal distribution with mean 0 and variance 1, by Box and Muller.
  mutating func normal() -> Double {
    if let value = spare {
      spare = nil
      return value
    }
    let radius = (-2 * log(uniform())).squareRoot()
    let angle = 2 * Double.pi * uniform()
    spare = radius * sin(angle)
    return radius * cos(angle)
  }
}
