internal import HoneFormats
internal import HoneNumerics

extension DescriptorMetric {
  private static func name(_ part: String) -> String {
    ModelFile.statisticsPrefix + "descriptors." + part
  }

  /// The metric as tensors for a model file; axes and variances are padded to the same rank.
  ///
  /// - Throws: `.outOfMemory`.
  func tensors() throws(HoneError) -> [(name: String, tensor: StoredTensor)] {
    let count = gaussians.count
    let rank = gaussians.map(\.variances.count).max() ?? 0
    func floats(
      _ part: String, _ shape: [Int], _ values: [Double]
    ) throws(HoneError) -> (name: String, tensor: StoredTensor) {
      (Self.name(part), try StoredTensor(values.map { Float($0) }, shape: shape))
    }
    return [
      try floats("scales", [width], scales),
      (
        Self.name("atomic_numbers"),
        try StoredTensor(gaussians.map { Int($0.atomicNumber) }, shape: [count])
      ),
      try floats("means", [count, width], gaussians.flatMap(\.mean)),
      try floats(
        "axes", [count, rank, width],
        gaussians.flatMap {
          $0.axes + [Double](repeating: 0, count: rank * width - $0.axes.count)
        }),
      // A variance of zero marks an axis that is not there.
      try floats(
        "variances", [count, rank],
        gaussians.flatMap {
          $0.variances + [Double](repeating: 0, count: rank - $0.variances.count)
        }),
      try floats("residuals", [count], gaussians.map(\.residual)),
      try floats("units", [count], gaussians.map(\.unit)),
    ]
  }

  /// Reads a metric from the tensors of a model file.
  ///
  /// - Returns: `nil` when there is none.
  /// - Throws: `.format` for tensors that do not go together, or numbers that make no sense.
  init?(_ tensors: ParameterSet) throws(HoneError) {
    guard tensors[Self.name("scales")] != nil else { return nil }
    let scales = try tensors.values(Self.name("scales"))
    let numbers = try tensors.values(Self.name("atomic_numbers"))
    let width = scales.count
    let count = numbers.count
    guard width > 0, count > 0, width <= ModelLimits.largestDimension, count <= 118 else {
      throw Self.failure("atomic_numbers", "1 to 118 elements")
    }
    let means = try tensors.values(Self.name("means"), count: count * width)
    let variances = try tensors.values(Self.name("variances"))
    let rank = variances.count / count
    guard rank * count == variances.count, rank < max(2, width) else {
      throw Self.failure("variances", "fewer axes than channels")
    }
    let axes = try tensors.values(Self.name("axes"), count: count * rank * width)
    let residuals = try tensors.values(Self.name("residuals"), count: count)
    let units = try tensors.values(Self.name("units"), count: count)
    var gaussians: [Gaussian] = []
    for place in 0..<count {
      guard let number = Int32(exactly: numbers[place]), (1...118).contains(number),
        !gaussians.contains(where: { $0.atomicNumber == number })
      else { throw Self.failure("atomic_numbers", "different elements") }
      guard residuals[place] > 0, units[place] > 0 else {
        throw Self.failure("residuals", "positive numbers, as those of 'units'")
      }
      let own = variances[place * rank..<(place + 1) * rank].prefix { $0 > 0 }
      let first = place * rank * width
      gaussians.append(
        Gaussian(
          atomicNumber: number, mean: Array(means[place * width..<(place + 1) * width]),
          axes: Array(axes[first..<first + own.count * width]), variances: Array(own),
          residual: residuals[place], unit: units[place]))
    }
    self.init(scales: scales, gaussians: gaussians)
  }

  private static func failure(_ part: String, _ expected: String) -> HoneError {
    HoneError(.format, "expected \(expected) in '\(name(part))'")
  }
}
