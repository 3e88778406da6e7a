public import HoneFormats
internal import HoneNumerics

/// Asks every object that can be reached from a root everything there is to ask.
///
/// The work is bounded: what is tried is each accessor on each kind of object, not the patience of
/// a caller who follows a graph on which Python itself would take for ever.
public func walk(_ root: PickleNode) {
  var pending = [root]
  var seen: Set<Int> = []
  var budget = 200_000
  while let node = pending.popLast(), seen.count < 20_000, budget > 0 {
    guard seen.insert(node.identity).inserted else { continue }
    use(node.summary)
    use((node.isNone, node.bool, node.int, node.double, node.string, node.bytes?.count))
    use((node.globalName, node.className, node.shortClassName, node.irreps))
    use((node.ints?.count, node.doubles?.count, node.strings?.count))
    use((node.slice?.start, node.partial?.function, node.enumeration?.className))
    use((node["a"], node.attribute("training"), node.child("weight"), node.descendant("a.b")))
    if let tensor = try? node.tensor() { read(tensor) }
    if let array = try? node.numPyArray() { read(array) }
    use(try? node.integers("a"))
    use(try? node.numbers("a"))
    var children = node.elements ?? []
    for (key, value) in node.dictionary ?? [] { children += [key, value] }
    children += node.arguments
    if let state = node.state { children.append(state) }
    if let keywords = node.keywordArguments { children.append(keywords) }
    budget -= children.count + 1
    pending += children
  }
  use((try? root.namedTensors())?.count)
}

/// Reads a tensor in every way.
public func read(_ tensor: StoredTensor) {
  use((try? tensor.doubles())?.count)
  use((try? tensor.floats())?.count)
  use((try? tensor.ints())?.count)
  use((try? tensor.denseBytes())?.count)
}
