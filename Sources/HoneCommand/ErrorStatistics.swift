/// Mean absolute and root mean square of errors, added one at a time.
struct ErrorStatistics {
  private(set) var count = 0
  private var absolute = 0.0
  private var square = 0.0

  /// Adds an error.
  mutating func add(_ error: Double) {
    count += 1
    absolute += error.magnitude
    square += error * error
  }

  /// The mean absolute error, or nil where there are none.
  var mean: Double? { count > 0 ? absolute / Double(count) : nil }

  /// The root of the mean square error, or nil where there are none.
  var rootMeanSquare: Double? { count > 0 ? (square / Double(count)).squareRoot() : nil }
}
