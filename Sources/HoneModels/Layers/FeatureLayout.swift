public import HoneO3

/// How one row of equivariant features lies in memory.
///
/// Blocks follow each other; a block of degree l holds 2l + 1 components, each a run of channels
/// padded with zeros to whole lanes. Channels are the fastest index.
public struct FeatureLayout: Sendable {
  /// One block of channels that transform alike.
  public struct Block: Sendable {
    /// How a channel transforms.
    public let irrep: Irrep
    /// The number of channels.
    public let multiplicity: Int
    /// The lanes that hold one component of all channels.
    public let lanes: Int
    /// Where the block starts in a row, in lanes.
    public let offset: Int

    /// The number of components of a channel, 2l + 1.
    @inlinable public var componentCount: Int { 2 * irrep.l + 1 }

    /// Where a component of all channels starts in a row, in lanes.
    @inlinable
    public func offset(component: Int) -> Int { offset + component * lanes }
  }

  /// The blocks in order.
  public let blocks: [Block]
  /// The length of a row, in lanes.
  public let rowLanes: Int
  /// The numbers in a row, without padding.
  public var width: Int { blocks.reduce(0) { $0 + $1.multiplicity * $1.componentCount } }

  /// Lays out irreps for numbers with a given number of channels per lane.
  ///
  /// - Parameters:
  ///   - irreps: One block each; equal neighbours are kept apart.
  ///   - width: Channels per lane, `T.Lanes.width`.
  public init(_ irreps: Irreps, width: Int) {
    var offset = 0
    var blocks: [Block] = []
    for block in irreps.blocks {
      let lanes = (block.multiplicity + width - 1) / width
      blocks.append(
        Block(
          irrep: block.irrep, multiplicity: block.multiplicity, lanes: lanes, offset: offset))
      offset += lanes * block.irrep.dim
    }
    self.blocks = blocks
    rowLanes = offset
  }
}
