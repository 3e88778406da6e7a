/// Real spherical harmonics of all degrees up to `lMax`, in e3nn's order and axes.
///
/// The reference evaluation in double precision; faster ones are checked against it. Harmonics are
/// numbered l² + l + m. They are the homogeneous polynomials: only `evaluateDirection` normalizes
/// its argument.
public struct SphericalHarmonics: Sendable, Hashable {
  /// The recurrence that is evaluated.
  public let recurrence: HarmonicRecurrence

  /// Makes the harmonics up to a degree, `0 … wigner3jHighestDegree`.
  public init(lMax: Int, normalization: SphericalHarmonicNormalization = .component) {
    recurrence = HarmonicRecurrence(lMax: lMax, normalization: normalization)
  }

  /// The highest degree.
  public var lMax: Int { recurrence.lMax }

  /// The number of harmonics, (lMax + 1)².
  public var count: Int { recurrence.count }

  /// Evaluates the homogeneous polynomials.
  ///
  /// - Parameters:
  ///   - x: First coordinate; of a unit vector, where harmonics of the direction are wanted.
  ///   - y: Second coordinate, along the polar axis.
  ///   - z: Third coordinate.
  ///   - values: Y, shape `[(lMax + 1)²]`; made that long if it is not.
  public func evaluate(x: Double, y: Double, z: Double, into values: inout [Double]) {
    let u = [x, y, z]
    values.removeAll(keepingCapacity: true)
    values.append(recurrence.y0)
    if lMax > 0 { values.append(contentsOf: u.map { recurrence.y1 * $0 }) }
    values.append(contentsOf: repeatElement(0, count: count - values.count))
    for entry in recurrence.entries {
      values[entry.out] += entry.coefficient * u[entry.axis] * values[entry.source]
    }
  }

  /// Evaluates the homogeneous polynomials and their gradients.
  ///
  /// - Parameters:
  ///   - x: First coordinate.
  ///   - y: Second coordinate.
  ///   - z: Third coordinate.
  ///   - values: Y, shape `[(lMax + 1)²]`; made that long if it is not.
  ///   - gradients: ∂Y/∂x, ∂Y/∂y and ∂Y/∂z, shape `[(lMax + 1)², 3]`; made that long.
  public func evaluate(
    x: Double, y: Double, z: Double, into values: inout [Double],
    gradients: inout [Double]
  ) {
    let u = [x, y, z]
    evaluate(x: x, y: y, z: z, into: &values)
    gradients.removeAll(keepingCapacity: true)
    gradients.append(contentsOf: repeatElement(0, count: 3 * count))
    if lMax > 0 {
      for axis in 0..<3 { gradients[3 * (1 + axis) + axis] = recurrence.y1 }
    }
    for entry in recurrence.entries {
      gradients[3 * entry.out + entry.axis] += entry.coefficient * values[entry.source]
      for axis in 0..<3 {
        gradients[3 * entry.out + axis] +=
          entry.coefficient * u[entry.axis] * gradients[3 * entry.source + axis]
      }
    }
  }

  /// Evaluates the harmonics of the direction of a vector, and their gradients by the vector.
  ///
  /// Y(r/|r|), the `normalize=True` of e3nn. Its gradient is (∇Y − l Y u) / |r| with Y and ∇Y at
  /// u = r/|r|, because the polynomials are homogeneous.
  ///
  /// - Parameters:
  ///   - x: First coordinate, Å.
  ///   - y: Second coordinate, Å.
  ///   - z: Third coordinate, Å.
  ///   - values: Y, shape `[(lMax + 1)²]`; made that long if it is not.
  ///   - gradients: ∂Y/∂r in 1/Å, shape `[(lMax + 1)², 3]`; made that long. Not finite at r = 0.
  public func evaluateDirection(
    x: Double, y: Double, z: Double, into values: inout [Double],
    gradients: inout [Double]
  ) {
    let length = (x * x + y * y + z * z).squareRoot()
    let u = [x / length, y / length, z / length]
    evaluate(x: u[0], y: u[1], z: u[2], into: &values, gradients: &gradients)
    for l in 0...lMax {
      for index in (l * l)..<((l + 1) * (l + 1)) {
        for axis in 0..<3 {
          let radial = Double(l) * values[index] * u[axis]
          gradients[3 * index + axis] = (gradients[3 * index + axis] - radial) / length
        }
      }
    }
  }
}
