internal import HoneNumerics

/// The order in which the monomials of a tree are worked through.
///
/// Most nodes of a tree are leaves, whose value is their coefficient. So the work is listed by inner
/// nodes, the branches: each is its own coefficient, plus its leaves, plus the branches below it.
struct MonomialPlan: Sendable {
  /// An inner node; the root is the first, and parents come before children.
  struct Branch {
    /// Its coefficient among those of all trees.
    let coefficient: Int32
    /// Its leaves.
    let firstLeaf: Int32
    let endLeaf: Int32
    /// The branches below it, in `children`.
    let firstChild: Int32
    let endChild: Int32
  }

  /// A factor A of a row, and what it multiplies.
  struct Link {
    /// Where the factor's channels start in a row, in lanes.
    let offset: Int32
    /// The coefficient of a leaf, or the number of a branch.
    let source: Int32
  }

  let branches: Buffer<Branch>
  let leaves: Buffer<Link>
  let children: Buffer<Link>

  /// Makes the plan of a tree.
  ///
  /// - Parameters:
  ///   - inputOffsets: Where each component starts in a row, in lanes.
  /// - Throws: `.outOfMemory`.
  init(_ tree: MonomialTree, inputOffsets: [Int]) throws(HoneError) {
    let count = tree.count
    var below = [[Int]](repeating: [], count: count)
    for node in 1..<max(count, 1) { below[Int(tree.parents[node])].append(node) }
    var numbers = [Int](repeating: -1, count: count)
    var inner: [Int] = []
    for node in 0..<count where node == 0 || !below[node].isEmpty {
      numbers[node] = inner.count
      inner.append(node)
    }
    var branches: [Branch] = []
    var leaves: [Link] = []
    var children: [Link] = []
    for node in inner {
      let (firstLeaf, firstChild) = (leaves.count, children.count)
      for child in below[node] {
        let offset = Int32(inputOffsets[Int(tree.variables[child])])
        if numbers[child] < 0 {
          leaves.append(
            Link(offset: offset, source: Int32(tree.coefficientOffset + child)))
        } else {
          children.append(Link(offset: offset, source: Int32(numbers[child])))
        }
      }
      branches.append(
        Branch(
          coefficient: Int32(tree.coefficientOffset + node),
          firstLeaf: Int32(firstLeaf), endLeaf: Int32(leaves.count),
          firstChild: Int32(firstChild), endChild: Int32(children.count)))
    }
    self.branches = try Buffer(branches)
    self.leaves = try Buffer(leaves)
    self.children = try Buffer(children)
  }
}

/// The polynomial of one plan for a few lanes of channels of one row.
struct MonomialKernel<T: HoneScalar, let width: Int> {
  /// Computes the values of all branches, `[branches][width]`: from the leaves to the root.
  ///
  /// - Parameter table: The coefficients of these lanes, `[node of all trees][width]`.
  static func values(
    _ plan: MonomialPlan, _ input: UnsafePointer<T.Lanes>,
    _ table: UnsafePointer<T.Lanes.Weight>, _ values: UnsafeMutablePointer<T.Lanes>
  ) {
    var index = plan.branches.count - 1
    while index >= 0 {
      let branch = plan.branches.base[index]
      var sum = InlineArray<width, T.Lanes>(repeating: .zero)
      let own = table + Int(branch.coefficient) &* width
      for lane in 0..<width { sum[unchecked: lane] = T.Lanes(weight: own[lane]) }
      for number in branch.firstLeaf..<branch.endLeaf {
        let leaf = plan.leaves.base[Int(number)]
        let factor = input + Int(leaf.offset)
        let coefficient = table + Int(leaf.source) &* width
        for lane in 0..<width {
          sum[unchecked: lane] = T.Lanes.multiplyAdd(
            sum[unchecked: lane], factor[lane], weight: coefficient[lane])
        }
      }
      for number in branch.firstChild..<branch.endChild {
        let child = plan.children.base[Int(number)]
        let factor = input + Int(child.offset)
        let value = values + Int(child.source) &* width
        for lane in 0..<width {
          sum[unchecked: lane] = T.Lanes.multiplyAdd(
            sum[unchecked: lane], factor[lane], value[lane])
        }
      }
      for lane in 0..<width { values[index &* width &+ lane] = sum[unchecked: lane] }
      index &-= 1
    }
  }

  /// Adds the gradient with respect to the input: values first, then adjoints from the root down.
  static func gradient(
    _ plan: MonomialPlan, _ input: UnsafePointer<T.Lanes>,
    _ table: UnsafePointer<T.Lanes.Weight>, _ seed: UnsafePointer<T.Lanes>,
    _ values: UnsafeMutablePointer<T.Lanes>, _ adjoints: UnsafeMutablePointer<T.Lanes>,
    into gradient: UnsafeMutablePointer<T.Lanes>
  ) {
    self.values(plan, input, table, values)
    for lane in 0..<width { adjoints[lane] = seed[lane] }
    for index in 0..<plan.branches.count {
      let branch = plan.branches.base[index]
      var adjoint = InlineArray<width, T.Lanes>(repeating: .zero)
      for lane in 0..<width { adjoint[unchecked: lane] = adjoints[index &* width &+ lane] }
      for number in branch.firstLeaf..<branch.endLeaf {
        let leaf = plan.leaves.base[Int(number)]
        let target = gradient + Int(leaf.offset)
        let coefficient = table + Int(leaf.source) &* width
        for lane in 0..<width {
          target[lane] = T.Lanes.multiplyAdd(
            target[lane], adjoint[unchecked: lane], weight: coefficient[lane])
        }
      }
      for number in branch.firstChild..<branch.endChild {
        let child = plan.children.base[Int(number)]
        let target = gradient + Int(child.offset)
        let factor = input + Int(child.offset)
        let value = values + Int(child.source) &* width
        let below = adjoints + Int(child.source) &* width
        for lane in 0..<width {
          target[lane] = T.Lanes.multiplyAdd(
            target[lane], adjoint[unchecked: lane], value[lane])
          below[lane] = adjoint[unchecked: lane] * factor[lane]
        }
      }
    }
  }

  /// Adds the gradient with respect to the coefficients of these lanes, once `gradient` has left the
  /// adjoints: that of a branch's own coefficient is its adjoint, that of a leaf's is times its factor.
  static func coefficientGradient(
    _ plan: MonomialPlan, _ input: UnsafePointer<T.Lanes>,
    _ adjoints: UnsafePointer<T.Lanes>, into gradient: UnsafeMutablePointer<T.Lanes.Weight>
  ) {
    let one = T.Lanes(repeating: T(1))
    for index in 0..<plan.branches.count {
      let branch = plan.branches.base[index]
      let adjoint = adjoints + index &* width
      let own = gradient + Int(branch.coefficient) &* width
      for lane in 0..<width {
        own[lane] = T.Lanes.accumulateWeight(own[lane], one, adjoint[lane])
      }
      for number in branch.firstLeaf..<branch.endLeaf {
        let leaf = plan.leaves.base[Int(number)]
        let factor = input + Int(leaf.offset)
        let target = gradient + Int(leaf.source) &* width
        for lane in 0..<width {
          target[lane] = T.Lanes.accumulateWeight(target[lane], factor[lane], adjoint[lane])
        }
      }
    }
  }
}
