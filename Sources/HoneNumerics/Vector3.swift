/// Three Cartesian components of any scalar.
@frozen
public struct Vector3<T: HoneScalar>: BitwiseCopyable, Sendable {
  /// The first component.
  public var x: T
  /// The second component.
  public var y: T
  /// The third component.
  public var z: T

  /// Makes a vector.
  @inlinable @inline(__always)
  public init(_ x: T, _ y: T, _ z: T) {
    self.x = x
    self.y = y
    self.z = z
  }

  /// The zero vector.
  @inlinable @inline(__always)
  public static var zero: Self { Self(.zero, .zero, .zero) }

  /// A component, 0 to 2.
  @inlinable
  public subscript(axis: Int) -> T {
    @inline(__always) get { axis == 0 ? x : axis == 1 ? y : z }
    @inline(__always) set {
      if axis == 0 { x = newValue } else if axis == 1 { y = newValue } else { z = newValue }
    }
  }

  /// The sum.
  @inlinable @inline(__always)
  public static func + (lhs: Self, rhs: Self) -> Self {
    Self(lhs.x + rhs.x, lhs.y + rhs.y, lhs.z + rhs.z)
  }

  /// The difference.
  @inlinable @inline(__always)
  public static func - (lhs: Self, rhs: Self) -> Self {
    Self(lhs.x - rhs.x, lhs.y - rhs.y, lhs.z - rhs.z)
  }

  /// Every component times a factor.
  @inlinable @inline(__always)
  public static func * (lhs: Self, rhs: T) -> Self {
    Self(lhs.x * rhs, lhs.y * rhs, lhs.z * rhs)
  }

  /// The inner product.
  @inlinable @inline(__always)
  public func dot(_ other: Self) -> T { x * other.x + y * other.y + z * other.z }
}

extension Buffer {
  /// Vector `index` of a buffer that holds three components each.
  @inlinable
  public subscript(vector index: Int) -> Vector3<Element> where Element: HoneScalar {
    @inline(__always) get { Vector3(self[3 * index], self[3 * index + 1], self[3 * index + 2]) }
    @inline(__always) set {
      self[3 * index] = newValue.x
      self[3 * index + 1] = newValue.y
      self[3 * index + 2] = newValue.z
    }
  }
}

extension View {
  /// Vector `index` of a view that holds three components each.
  @inlinable
  public subscript(vector index: Int) -> Vector3<Element> where Element: HoneScalar {
    @inline(__always) get { Vector3(self[3 * index], self[3 * index + 1], self[3 * index + 2]) }
    @inline(__always) nonmutating set {
      self[3 * index] = newValue.x
      self[3 * index + 1] = newValue.y
      self[3 * index + 2] = newValue.z
    }
  }
}
