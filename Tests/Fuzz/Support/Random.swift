/// A small generator, seeded by libFuzzer, so that a run can be repeated.
struct Random: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt32) { state = UInt64(seed) &+ 0x9E37_79B9_7F4A_7C15 }

  /// SplitMix64: Steele, Lea and Flood, OOPSLA 2014.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}

/// Replaces the bytes of an input in place, cut to what there is room for.
func store(
  _ bytes: [UInt8], into data: UnsafeMutablePointer<UInt8>, maximum: Int
) -> Int {
  let count = min(bytes.count, maximum)
  for index in 0..<count { data[index] = bytes[index] }
  return count
}

/// Integers at which sizes, ranges and arithmetic tend to break.
let suspiciousIntegers: [Int64] = [
  0, 1, 2, 3, 4, 5, 7, 8, 11, 12, 13, 16, 17, 63, 64, 65, 100, 119, 255, 256, 1000, 1024, 4096,
  65535, 65536, 1 << 20, 1 << 31 - 1, 1 << 31, 1 << 32, 1 << 40, .max, .max - 1, -1, -2, -8,
  -(1 << 31), .min, .min + 1,
]

/// Real numbers at which formulas tend to break.
let suspiciousReals: [Double] = [
  0, -0.0, 1, -1, 0.5, 1e-3, 1e-30, 1e-300, .leastNonzeroMagnitude, 1e3, 1e6, 1e15, 1e30, 1e300,
  -1e300,
  .infinity, -.infinity, .nan, .pi, 999.99, 1000.01,
]
