/// Three rows of three numbers.
public struct Matrix3: Sendable, Equatable, BitwiseCopyable {
  /// The first row.
  public var row0: SIMD3<Double>
  /// The second row.
  public var row1: SIMD3<Double>
  /// The third row.
  public var row2: SIMD3<Double>

  /// Makes a matrix from its rows.
  public init(_ row0: SIMD3<Double>, _ row1: SIMD3<Double>, _ row2: SIMD3<Double>) {
    self.row0 = row0
    self.row1 = row1
    self.row2 = row2
  }

  /// The matrix of zeros.
  public static var zero: Matrix3 { Matrix3(.zero, .zero, .zero) }

  /// The unit matrix.
  public static var identity: Matrix3 { Matrix3([1, 0, 0], [0, 1, 0], [0, 0, 1]) }

  /// The row at an index in `0..<3`.
  public subscript(row: Int) -> SIMD3<Double> {
    @inline(__always) get {
      row == 0 ? row0 : row == 1 ? row1 : row2
    }
    set {
      switch row {
      case 0: row0 = newValue
      case 1: row1 = newValue
      default: row2 = newValue
      }
    }
  }

  /// The nine numbers, row by row.
  public var elements: [Double] {
    (0..<9).map { self[$0 / 3][$0 % 3] }
  }

  /// The combination of the rows with the given coefficients, `Σ_d x[d] row[d]`.
  @inline(__always)
  func combination(_ x: SIMD3<Double>) -> SIMD3<Double> {
    x.x * row0 + x.y * row1 + x.z * row2
  }

  /// The products of a vector with each row.
  @inline(__always)
  func products(_ x: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3(dot(x, row0), dot(x, row1), dot(x, row2))
  }
}

/// The scalar product.
@inline(__always)
func dot(_ x: SIMD3<Double>, _ y: SIMD3<Double>) -> Double {
  x.x * y.x + x.y * y.y + x.z * y.z
}

/// The vector product.
@inline(__always)
func cross(_ x: SIMD3<Double>, _ y: SIMD3<Double>) -> SIMD3<Double> {
  SIMD3(
    x.y * y.z - x.z * y.y,
    x.z * y.x - x.x * y.z,
    x.x * y.y - x.y * y.x)
}

/// The Euclidean length.
@inline(__always)
func length(_ x: SIMD3<Double>) -> Double {
  dot(x, x).squareRoot()
}
