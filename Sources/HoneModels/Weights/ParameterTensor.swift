/// A tensor of parameters, with its place among all of a model.
struct ParameterTensor {
  /// Its numbers, row by row.
  let values: [Double]
  /// Where the first of them stands in the vector of all parameters.
  let start: Int
}

/// A number of a model that is ready to evaluate, as a parameter, or a product of two, times a factor.
///
/// The factors are the normalisations of the code the model came from. Where a number is a sum, there
/// are several terms.
struct WeightTerm {
  /// The index of the parameter among all of the model.
  var parameter: Int
  /// That of the other parameter, if there are two.
  var other: Int?
  var factor: Double
}

/// The entries of a matrix of a layer.
struct MatrixEntries {
  /// The entry of a row and a column.
  let value: (_ row: Int, _ column: Int) -> Double
  /// The parameter an entry is made from; `nil` for entries that are not trained.
  let parameter: (_ row: Int, _ column: Int) -> Int?
  /// What the parameter is multiplied by.
  let factor: Double

  /// Entries that are parameters times a factor.
  ///
  /// - Parameter index: The place in the tensor of an entry; `nil` for an entry that is zero whatever
  ///   is learnt.
  init(
    _ tensor: ParameterTensor, factor: Double = 1,
    index: @escaping (_ row: Int, _ column: Int) -> Int?
  ) {
    value = { row, column in index(row, column).map { tensor.values[$0] * factor } ?? 0 }
    parameter = { row, column in index(row, column).map { tensor.start + $0 } }
    self.factor = factor
  }

  /// Entries that are not trained.
  init(_ constants: @escaping (_ row: Int, _ column: Int) -> Double) {
    value = constants
    parameter = { _, _ in nil }
    factor = 1
  }
}

/// The numbers of a row of a layer: biases, gains, initial features.
struct RowEntries {
  /// The number of each channel.
  var values: [Double]
  /// Per channel what its number is made from; none where nobody records it.
  var terms: [[WeightTerm]]

  /// Numbers that are not trained.
  init(constants: [Double]) {
    values = constants
    terms = []
  }

  /// As many zeros as there are channels, to be added to.
  ///
  /// - Parameter records: Whether what is added is remembered, not only summed.
  init(count: Int, records: Bool = true) {
    values = [Double](repeating: 0, count: count)
    terms = [[WeightTerm]](repeating: [], count: records ? count : 0)
  }

  /// Numbers that are parameters times a factor.
  ///
  /// - Parameters:
  ///   - start: Where the first stands in the tensor.
  ///   - stride: How far apart they stand.
  init(_ tensor: ParameterTensor, start: Int = 0, stride: Int = 1, count: Int, factor: Double = 1) {
    self.init(count: count)
    for channel in 0..<count { add(tensor, start + channel * stride, factor: factor, to: channel) }
  }

  /// Some of the channels.
  func part(_ channels: Range<Int>) -> RowEntries {
    var part = RowEntries(constants: Array(values[channels]))
    if !terms.isEmpty { part.terms = Array(terms[channels]) }
    return part
  }

  /// Adds a parameter times a factor to a channel.
  mutating func add(_ tensor: ParameterTensor, _ index: Int, factor: Double, to channel: Int) {
    values[channel] += tensor.values[index] * factor
    guard !terms.isEmpty else { return }
    terms[channel].append(WeightTerm(parameter: tensor.start + index, factor: factor))
  }

  /// Adds a channel of another row.
  mutating func add(_ other: RowEntries, _ index: Int, to channel: Int) {
    values[channel] += other.values[index]
    if !terms.isEmpty && !other.terms.isEmpty { terms[channel] += other.terms[index] }
  }

  /// Adds a product of two parameters times a factor to a channel.
  mutating func add(
    _ tensor: ParameterTensor, _ index: Int, times other: ParameterTensor, _ otherIndex: Int,
    factor: Double, to channel: Int
  ) {
    values[channel] += tensor.values[index] * other.values[otherIndex] * factor
    guard !terms.isEmpty else { return }
    terms[channel].append(
      WeightTerm(
        parameter: tensor.start + index, other: other.start + otherIndex, factor: factor))
  }
}
