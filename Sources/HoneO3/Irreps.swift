/// A direct sum of irreducible representations of O(3), each with a multiplicity.
///
/// Features are laid out as e3nn does it: block after block in the order of `blocks`, within a
/// block copy after copy, within a copy m = −l … l.
public struct Irreps: Sendable, Hashable, CustomStringConvertible {
  /// A representation and how often it occurs.
  public struct Block: Sendable, Hashable, CustomStringConvertible {
    /// The number of copies, not negative.
    public let multiplicity: Int
    /// The representation.
    public let irrep: Irrep

    /// Makes a block; a negative multiplicity is a programming error.
    public init(_ multiplicity: Int, _ irrep: Irrep) {
      precondition(multiplicity >= 0, "a multiplicity is not negative")
      self.multiplicity = multiplicity
      self.irrep = irrep
    }

    /// The number of components, multiplicity · (2l + 1).
    public var dim: Int { multiplicity * irrep.dim }

    /// The block in e3nn's notation, such as 64x1o.
    public var description: String { "\(multiplicity)x\(irrep)" }
  }

  /// The blocks in their order.
  public let blocks: [Block]

  /// Makes the direct sum of the given blocks.
  public init(_ blocks: [Block]) { self.blocks = blocks }

  /// Makes the direct sum of the given representations, once each.
  public init(_ irreps: [Irrep]) { self.blocks = irreps.map { Block(1, $0) } }

  /// The representations 0e + 1o + 2e + … of the spherical harmonics of degrees 0 … `lMax`.
  public static func sphericalHarmonics(lMax: Int) -> Irreps {
    precondition(lMax >= 0, "the highest degree is not negative")
    return Irreps((0...lMax).map { Irrep($0, .natural($0)) })
  }

  /// The number of components of all blocks.
  public var dim: Int { blocks.reduce(0) { $0 + $1.dim } }

  /// The number of copies of all representations.
  public var irrepCount: Int { blocks.reduce(0) { $0 + $1.multiplicity } }

  /// The highest degree that occurs, or −1 where nothing does.
  public var lMax: Int { blocks.lazy.filter { $0.multiplicity > 0 }.map(\.irrep.l).max() ?? -1 }

  /// The number of copies of one representation, over all blocks.
  public func count(of irrep: Irrep) -> Int {
    blocks.reduce(0) { $0 + ($1.irrep == irrep ? $1.multiplicity : 0) }
  }

  /// The first component of each block, and at the end the dimension; `blocks.count + 1` numbers.
  public var offsets: [Int] {
    var result = [0]
    for block in blocks { result.append(result[result.count - 1] + block.dim) }
    return result
  }

  /// Merges neighbouring blocks of one representation and drops empty blocks, without sorting.
  public func simplified() -> Irreps {
    var result: [Block] = []
    for block in blocks where block.multiplicity > 0 {
      if let last = result.last, last.irrep == block.irrep {
        result[result.count - 1] = Block(last.multiplicity + block.multiplicity, block.irrep)
      } else {
        result.append(block)
      }
    }
    return Irreps(result)
  }

  /// The result of a sort: the sorted blocks and where each came from and went to.
  public struct Sorted: Sendable, Hashable {
    /// The blocks in the order of their representations.
    public let irreps: Irreps
    /// The new position of each old block; `p` in e3nn.
    public let newPosition: [Int]
    /// The old position of each new block; `inv` in e3nn.
    public let oldPosition: [Int]
  }

  /// Sorts the blocks by their representation; equal ones keep their order.
  public func sorted() -> Sorted {
    let old = blocks.indices.sorted {
      (blocks[$0].irrep, $0) < (blocks[$1].irrep, $1)
    }
    var new = [Int](repeating: 0, count: old.count)
    for (position, index) in old.enumerated() { new[index] = position }
    return Sorted(irreps: Irreps(old.map { blocks[$0] }), newPosition: new, oldPosition: old)
  }

  /// The sum in e3nn's notation, such as 128x0e+64x1o.
  public var description: String {
    blocks.map(\.description).joined(separator: "+")
  }
}
