public import HoneNumerics

/// A pickle read as data: a tree, or graph, of inert objects.
///
/// Nothing in the file is executed. What Python would import is kept as a name, what Python would
/// call is kept as a name with arguments.
public final class PickleDocument: Sendable {
  let arena: PickleArena
  let rootIndex: PickleArena.Index
  let storages: TorchStorages?

  /// Reads a pickle of protocol 0 to 5.
  ///
  /// - Throws: `.format` if it is damaged, `.unsupported` for later protocols.
  public convenience init(bytes: Bytes) throws(HoneError) {
    try self.init(bytes: bytes, storages: nil)
  }

  init(bytes: Bytes, storages: TorchStorages?) throws(HoneError) {
    var parser = PickleParser(bytes)
    rootIndex = try parser.run()
    arena = parser.arena
    self.storages = storages
  }

  /// The object that was pickled.
  public var root: PickleNode { node(rootIndex) }

  func node(_ index: PickleArena.Index) -> PickleNode { PickleNode(document: self, index: index) }
}
