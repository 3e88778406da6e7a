import Foundation
import HoneO3

/// Values of e3nn, mace-torch and cuequivariance; see `Scripts/golden/make_o3_fixtures.py`.
struct Golden: Decodable {
  struct Harmonics: Decodable {
    let lMax: Int
    let vectors: [[Double]]
    let values: [String: [[Double]]]
  }
  struct IrrepsCase: Decodable {
    let text: String
    let string: String
    let dim: Int
    let simplified: String
    let sorted: String
    let newPosition: [Int]
    let oldPosition: [Int]
  }
  struct Contraction: Decodable {
    let lMax: Int
    let order: Int
    let l: Int
    let reduced: Bool
    let paths: [Double]
  }

  let couplings: [[Double]]
  let harmonics: Harmonics
  let irreps: [IrrepsCase]?
  let contractions: [Contraction]?

  /// Reads `Tests/Golden/o3/e3nn-<version>.json`.
  static func load(_ version: String) throws -> Golden {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
    let path = parts.joined(separator: "/") + "/Golden/o3/e3nn-\(version).json"
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: URL(filePath: path)))
  }

  /// The fixed weights of the script.
  static func pattern(_ count: Int) -> [Double] {
    (0..<count).map { index in
      let step = (37 * index + 11) % 101
      return Double(step) / 50 - 1
    }
  }
}

/// SplitMix64, so that tests see the same numbers on every run.
struct TestGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func vector(_ count: Int) -> [Double] {
    (0..<count).map { _ in Double.random(in: -1...1, using: &self) }
  }

  /// A proper rotation, from a quaternion.
  mutating func rotation() -> [Double] {
    var q = vector(4)
    let norm = q.reduce(0) { $0 + $1 * $1 }.squareRoot()
    q = q.map { $0 / norm }
    // R = (2w² − 1) 1 + 2 v vᵀ + 2w [v]×
    var result: [Double] = []
    for i in 0..<3 {
      for j in 0..<3 {
        var element = 2 * q[1 + i] * q[1 + j]
        if i == j {
          element += 2 * q[0] * q[0] - 1
        } else {
          let cross = 2 * q[0] * q[1 + (3 - i - j)]
          element += (j - i + 3) % 3 == 1 ? -cross : cross
        }
        result.append(element)
      }
    }
    return result
  }
}

/// Matrix times vector, shapes `[rows, columns]` and `[columns]`.
func apply(_ matrix: [Double], _ vector: [Double]) -> [Double] {
  (0..<(matrix.count / vector.count)).map { row in
    vector.indices.reduce(0) { $0 + matrix[row * vector.count + $1] * vector[$1] }
  }
}

/// The largest difference between two arrays; infinite where their lengths differ.
func worstDifference(_ left: [Double], _ right: [Double]) -> Double {
  guard left.count == right.count else { return .infinity }
  return zip(left, right).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
