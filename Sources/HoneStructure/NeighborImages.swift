internal import HoneNumerics

/// The periodic images that a search can meet, numbered in the order of their shifts.
///
/// An edge is kept as the number of its image and the index of its neighbour, eight bytes in all. For
/// two given atoms the order of the numbers is that of the shifts, and image `count - 1 - n` is the
/// opposite of image `n`.
final class NeighborImages {
  /// The number of images.
  @exclusivity(unchecked) private(set) var count = 0
  /// The image itself in vectors of the short basis, by number, shape `[count]`.
  @exclusivity(unchecked) private(set) var images = View<SIMD4<Int32>>.empty
  /// The image in vectors of the cell, modulo 2^32, by number, shape `[count]`.
  @exclusivity(unchecked) private(set) var shifts = View<SIMD4<Int32>>.empty
  /// The image in Å, by number, shape `[count]`.
  @exclusivity(unchecked) private(set) var translations = View<SIMD4<Double>>.empty
  /// The farthest images along each vector of the short basis; all up to them are numbered.
  @exclusivity(unchecked) private(set) var reach = SIMD3<Int>(repeating: -1)

  @exclusivity(unchecked) private var transform = Matrix3.zero
  @exclusivity(unchecked) private var numbers = View<Int32>.empty
  private let imageMemory = ReusableBuffer<SIMD4<Int32>>()
  private let shiftMemory = ReusableBuffer<SIMD4<Int32>>()
  private let translationMemory = ReusableBuffer<SIMD4<Double>>()
  private let numberMemory = ReusableBuffer<Int32>()

  /// Numbers the images of a lattice.
  ///
  /// The order is kept while neither the integers of the basis nor the reach change.
  ///
  /// - Throws: `.outOfMemory`.
  func prepare(_ lattice: ReducedLattice, reach: SIMD3<Int>) throws(HoneError) {
    if reach != self.reach || lattice.transform != transform {
      self.reach = SIMD3(repeating: -1)
      try enumerate(lattice.transform, reach)
      self.reach = reach
      transform = lattice.transform
    }
    translations = try translationMemory.resize(count)
    for number in 0..<count {
      let image = images[number]
      let moved = lattice.basis.combination(
        SIMD3(Double(image.x), Double(image.y), Double(image.z)))
      translations[number] = SIMD4(moved, 0)
    }
  }

  /// The number of an image within the reach.
  @inline(__always)
  func number(of image: SIMD3<Int>) -> Int {
    Int(numbers[place(image.x, image.y, image.z, reach)])
  }

  @inline(__always)
  private func place(_ x: Int, _ y: Int, _ z: Int, _ reach: SIMD3<Int>) -> Int {
    ((x &+ reach.x) &* (2 &* reach.y &+ 1) &+ y &+ reach.y) &* (2 &* reach.z &+ 1) &+ z &+ reach.z
  }

  private func enumerate(_ transform: Matrix3, _ reach: SIMD3<Int>) throws(HoneError) {
    count = (2 * reach.x + 1) * (2 * reach.y + 1) * (2 * reach.z + 1)
    images = try imageMemory.resize(count)
    shifts = try shiftMemory.resize(count)
    numbers = try numberMemory.resize(count)
    var next = 0
    for x in -reach.x...reach.x {
      for y in -reach.y...reach.y {
        for z in -reach.z...reach.z {
          images[next] = SIMD4(
            Int32(truncatingIfNeeded: x), Int32(truncatingIfNeeded: y),
            Int32(truncatingIfNeeded: z), 0)
          next += 1
        }
      }
    }
    // Numbers of images and coefficients are small enough for exact products.
    var sorted = UnsafeMutableBufferPointer(start: images.base, count: count)
    if transform != .identity {
      sorted.sort {
        let left = NeighborImages.shift($0, transform)
        let right = NeighborImages.shift($1, transform)
        if left.x != right.x { return left.x < right.x }
        return left.y != right.y ? left.y < right.y : left.z < right.z
      }
    }
    for number in 0..<count {
      let image = images[number]
      let shift = SIMD4<Int32>(truncatingIfNeeded: NeighborImages.shift(image, transform))
      shifts[number] = shift
      numbers[place(Int(image.x), Int(image.y), Int(image.z), reach)] =
        Int32(truncatingIfNeeded: number)
    }
  }

  /// An image in vectors of the cell.
  private static func shift(_ image: SIMD4<Int32>, _ transform: Matrix3) -> SIMD4<Int64> {
    let shift = transform.combination(SIMD3(Double(image.x), Double(image.y), Double(image.z)))
    return SIMD4(Int64(shift.x), Int64(shift.y), Int64(shift.z), 0)
  }
}
