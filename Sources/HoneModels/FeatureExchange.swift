public import HoneNumerics

/// Which way an exchange goes.
public enum ExchangeDirection: Sendable {
  /// Ghosts get what their owners have.
  case forward
  /// Owners get what ghosts have, added up.
  case reverse
}

/// A host's communication between its processes.
///
/// A small structure needs no memory of its own where it is used.
public protocol DomainExchange {
  /// Fills the ghosts' rows from their owners' or adds them to these.
  ///
  /// - Parameter values: `[own + ghosts][width]`.
  /// - Throws: What ends the computation.
  func exchange(_ direction: ExchangeDirection, width: Int, _ values: View<Double>)
    throws(HoneError)
}

/// What layers hand over to a host's communication: features of ghosts from their owners, gradients
/// back.
///
/// Rows travel in the host's order and in double precision, channel after channel without padding,
/// so that processes need not be built for the same processor.
struct FeatureExchange {
  /// The number of the host's atoms, ghosts included.
  let atomCount: Int
  /// The host's atom of each point.
  let atoms: View<Int32>
  /// The point of each of the host's atoms, negative for none.
  let places: View<Int32>
  /// Where rows are put in the host's order.
  let values: ReusableBuffer<Double>
  /// The threads that put them there.
  let team: Team
  let host: any DomainExchange

  /// How many values an exchange of one row per atom has.
  func valueCount(_ layout: FeatureLayout) -> Int { atomCount * layout.width }

  /// Fills the rows of points behind the first from their owners'.
  ///
  /// - Parameters:
  ///   - rows: `[points][row of the layout]`, in the order of nodes.
  ///   - points: The point of each node.
  ///   - localCount: How many nodes are this process' own, the first ones.
  ///   - memory: `valueCount` values that nobody else uses meanwhile; `nil` for memory of its own.
  /// - Throws: What the host's function throws, `.outOfMemory`.
  func forward<L: HoneLanes>(
    _ rows: View<L>, _ layout: FeatureLayout, points: View<Int32>, localCount: Int,
    memory: View<Double>? = nil
  ) throws(HoneError) {
    let width = layout.width
    let values = try room(width, memory)
    team.split(localCount) { nodes, _ in
      for node in nodes { pack(rows, layout, node, into: row(values, node, points, width)) }
    }
    try host.exchange(.forward, width: width, values)
    team.split(points.count - localCount) { ghosts, _ in
      for ghost in ghosts {
        let node = localCount + ghost
        unpack(row(values, node, points, width), layout, node, into: rows)
      }
    }
  }

  /// Adds the rows of ghosts to their owners', for several gradients at once.
  ///
  /// - Parameters:
  ///   - count: The number of gradients.
  ///   - gradient: Each of them, `[points][row of the layout]`, in the order of nodes; those of ghosts
  ///     are then meaningless.
  ///   - memory: As for `forward`, for each gradient.
  /// - Throws: What the host's function throws, `.outOfMemory`.
  func reverse<L: HoneLanes>(
    _ count: Int, _ layout: FeatureLayout, points: View<Int32>, localCount: Int,
    memory: View<Double>? = nil, gradient: (Int) -> View<L>
  ) throws(HoneError) {
    let single = layout.width
    let width = count * single
    let values = try room(width, memory)
    for index in 0..<count {
      let rows = gradient(index)
      team.split(points.count) { nodes, _ in
        for node in nodes {
          pack(
            rows, layout, node, into: row(values, node, points, width).dropping(index * single))
        }
      }
    }
    try host.exchange(.reverse, width: width, values)
    for index in 0..<count {
      let rows = gradient(index)
      team.split(localCount) { nodes, _ in
        for node in nodes {
          unpack(
            row(values, node, points, width).dropping(index * single), layout, node, into: rows)
        }
      }
    }
  }

  /// Room for the rows of all atoms; those of atoms that are no points are zero.
  private func room(_ width: Int, _ memory: View<Double>?) throws(HoneError) -> View<Double> {
    let values = if let memory { memory } else { try values.resize(atomCount * width) }
    for atom in 0..<atomCount where places[atom] < 0 { values.slice(atom * width, width).fill(0) }
    return values
  }

  private func row(_ values: View<Double>, _ node: Int, _ points: View<Int32>, _ width: Int)
    -> View<Double>
  {
    values.slice(Int(atoms[Int(points[node])]) * width, width)
  }

  private func pack<L: HoneLanes>(
    _ rows: View<L>, _ layout: FeatureLayout, _ node: Int, into target: View<Double>
  ) {
    var next = 0
    for block in layout.blocks {
      for component in 0..<block.componentCount {
        let source = rows.dropping(node * layout.rowLanes + block.offset(component: component))
        // Without checked sums, which keep the compiler from taking several channels at once.
        for u in 0..<block.multiplicity { target[next &+ u] = source.channel(u).value }
        next &+= block.multiplicity
      }
    }
  }

  private func unpack<L: HoneLanes>(
    _ source: View<Double>, _ layout: FeatureLayout, _ node: Int, into rows: View<L>
  ) {
    var next = 0
    for block in layout.blocks {
      for component in 0..<block.componentCount {
        let target = rows.dropping(node * layout.rowLanes + block.offset(component: component))
        // Channels beyond the last are zero, as everywhere.
        if block.multiplicity % L.width != 0 { target[block.lanes - 1] = .zero }
        for u in 0..<block.multiplicity {
          target.setChannel(u, to: L.Element(source[next &+ u]))
        }
        next &+= block.multiplicity
      }
    }
  }
}
