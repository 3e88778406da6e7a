import HoneFormats
import HoneNumerics
import HoneTestSupport

@testable import HoneModels

/// What an original code builds from options, untrained.
struct InitializationGolden: CustomStringConvertible, Sendable {
  /// A tensor of the original.
  struct Tensor: Sendable {
    let shape: [Int]
    /// The statistics over all seeds, where there are seeds.
    let moments: Moments?
  }

  let description: String
  let model: JSONValue
  /// The number of models the statistics are over.
  let seeds: Int
  let tensors: [String: Tensor]

  private init?(_ json: JSONValue) {
    guard let name = json["name"]?.string, let model = json["description"],
      let seeds = json["seeds"]?.int, let tensors = json["tensors"]?.members
    else { return nil }
    description = "\(model["family"]?.string ?? "") \(name)"
    self.model = model
    self.seeds = seeds
    self.tensors = Dictionary(
      uniqueKeysWithValues: tensors.map { member in
        let shape = member.value["shape"]?.array?.compactMap(\.int) ?? []
        return (member.key, Tensor(shape: shape, moments: Moments(member.value)))
      })
  }

  /// The models of both codes.
  static let all: [InitializationGolden] = ["mace", "nequip"].flatMap { family in
    let path = PackagePaths.golden + "/initialization/\(family).json"
    guard let bytes = try? Bytes(contentsOfFile: path),
      let document = try? JSONValue(parsing: bytes)
    else { return [InitializationGolden]() }
    return (document["models"]?.array ?? []).compactMap(InitializationGolden.init)
  }
}

/// Statistics of random numbers.
struct Moments: Sendable {
  var count = 0
  var mean = 0.0
  var deviation = 0.0
  var minimum = 0.0
  var maximum = 0.0
  /// 3 for normal numbers, 1.8 for uniform ones; 0 for constants.
  var kurtosis = 0.0

  init?(_ json: JSONValue) {
    guard let count = json["count"]?.int, let mean = json["mean"]?.double,
      let deviation = json["deviation"]?.double, let minimum = json["minimum"]?.double,
      let maximum = json["maximum"]?.double
    else { return nil }
    (self.count, self.mean, self.deviation) = (count, mean, deviation)
    (self.minimum, self.maximum) = (minimum, maximum)
    kurtosis = json["kurtosis"]?.double ?? 0
  }

  init(_ values: [Double]) {
    count = values.count
    let n = Double(max(count, 1))
    mean = values.reduce(0, +) / n
    let second = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
    deviation = second.squareRoot()
    minimum = values.min() ?? 0
    maximum = values.max() ?? 0
    if deviation > 1e-12 {
      kurtosis =
        values.reduce(0) { sum, value in
          let square = (value - mean) * (value - mean)
          return sum + square * square
        } / n / (second * second)
    }
  }
}
