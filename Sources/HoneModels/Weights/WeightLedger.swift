internal import HoneFormats
internal import HoneNumerics

/// What the numbers of a model that is ready to evaluate are made from.
///
/// Builders turn parameters into what kernels read: normalised, transposed, packed, contracted with
/// coupling coefficients. All of that is linear in the parameters, and it is recorded here while it is
/// done. So new parameters reach a model without building it again (`load`), and a gradient with
/// respect to its numbers becomes one with respect to the parameters by the transpose (`pullBack`).
final class WeightLedger<T: HoneScalar>: @unchecked Sendable {
  /// The lanes of all gradients of one thread.
  private(set) var gradientLanes = 0
  /// The number of parameters of the model.
  let parameterCount: Int

  private let starts: [String: Int]
  /// The parameters of tensors that stay as they are: what is made from these alone is not recorded.
  private let fixed: [Range<Int>]
  private var matrices: [MatrixRecord] = []
  private var rows: [RowRecord] = []
  private var products: [ProductRecord<T>] = []

  private struct MatrixRecord {
    let forward: PackedMatrix<T>
    let reverse: PackedMatrix<T>
    /// The parameter of each entry, `[rows][columns]`; −1 for none.
    let parameters: Buffer<Int32>
    let factor: Double
    let slot: Int
  }

  private struct RowRecord {
    let numbers: Buffer<T.Lanes.Weight>
    let terms: [[WeightTerm]]
    let slot: Int
  }

  /// Begins a record for the parameters of a model.
  ///
  /// - Parameter fixed: Tensors that stay as they are.
  /// - Throws: `.unsupported` for more parameters than 32 bits count.
  init(_ parameters: ParameterSet, fixed: Set<String> = []) throws(HoneError) {
    var starts: [String: Int] = [:]
    var ranges: [Range<Int>] = []
    var count = 0
    for name in parameters.names {
      let size = parameters[name]?.count ?? 0
      starts[name] = count
      if fixed.contains(name) { ranges.append(count..<count + size) }
      count += size
    }
    guard count <= Int32.max else {
      throw HoneError(
        .unsupported, "models of up to \(Int32.max) parameters can be trained, got \(count)")
    }
    self.starts = starts
    self.fixed = ranges
    parameterCount = count
  }

  /// Whether a parameter may change.
  private func mayChange(_ parameter: Int) -> Bool {
    !fixed.contains { $0.contains(parameter) }
  }

  /// Where a tensor's numbers start in the vector of all parameters.
  func start(of name: String) -> Int { starts[name] ?? 0 }

  /// Records a matrix.
  ///
  /// - Returns: Where its gradient starts; `nil` where nothing of it is trained.
  /// - Throws: `.outOfMemory`.
  func record(_ forward: PackedMatrix<T>, _ reverse: PackedMatrix<T>, _ entries: MatrixEntries)
    throws(HoneError) -> Int?
  {
    let (rowCount, columnCount) = (forward.rowCount, forward.columnCount)
    let parameters = try Buffer<Int32>(count: rowCount * columnCount)
    var isTrained = false
    for row in 0..<rowCount {
      for column in 0..<columnCount {
        let parameter = entries.parameter(row, column)
        parameters[row * columnCount + column] = Int32(truncatingIfNeeded: parameter ?? -1)
        isTrained = isTrained || parameter.map(mayChange) ?? false
      }
    }
    guard isTrained else { return nil }
    matrices.append(
      MatrixRecord(
        forward: forward, reverse: reverse, parameters: parameters, factor: entries.factor,
        slot: gradientLanes))
    gradientLanes += forward.gradientLanes
    return matrices.last?.slot
  }

  /// Records a row.
  ///
  /// - Returns: Where its gradient starts; `nil` where nothing of it is trained.
  func record(_ numbers: Buffer<T.Lanes.Weight>, _ entries: RowEntries) -> Int? {
    let isTrained = entries.terms.contains { terms in
      terms.contains { mayChange($0.parameter) || $0.other.map(mayChange) ?? false }
    }
    guard isTrained else { return nil }
    rows.append(RowRecord(numbers: numbers, terms: entries.terms, slot: gradientLanes))
    gradientLanes += numbers.count
    return rows.last?.slot
  }

  /// Records the coefficients of a product basis.
  ///
  /// - Returns: Where the gradient of each table starts.
  func record(_ product: ProductRecord<T>) -> [Int] {
    var product = product
    for table in product.tables {
      product.slots.append(gradientLanes)
      gradientLanes += table.count
    }
    products.append(product)
    return product.slots
  }

  /// Puts new parameters into the model, while nobody evaluates it.
  ///
  /// - Parameter parameters: All of the model, `parameterCount`.
  func load(_ parameters: View<T.Weight>) {
    for record in matrices {
      let factor = T.Weight(record.factor)
      let columnCount = record.forward.columnCount
      for row in 0..<record.forward.rowCount {
        for column in 0..<columnCount {
          let parameter = Int(record.parameters[row * columnCount + column])
          guard parameter >= 0 else { continue }
          let value = parameters[parameter] * factor
          record.forward.set(row, column, to: value)
          record.reverse.set(column, row, to: value)
        }
      }
    }
    for record in rows {
      for (channel, terms) in record.terms.enumerated() where !terms.isEmpty {
        var sum = T.Weight.zero
        for term in terms {
          let product = parameters[term.parameter] * T.Weight(term.factor)
          sum += term.other.map { product * parameters[$0] } ?? product
        }
        record.numbers.view.setChannel(channel, to: sum)
      }
    }
    for record in products { record.load(parameters) }
  }

  /// Adds the gradient with respect to the parameters from that with respect to the model's numbers.
  ///
  /// Adjoint of `load`.
  ///
  /// - Parameters:
  ///   - parameters: Those that were loaded.
  ///   - gradient: `parameterCount` numbers, added to.
  func pullBack(
    _ gradients: WeightGradients<T>, at parameters: View<T.Weight>, into gradient: View<T.Weight>
  ) {
    for record in matrices {
      let factor = T.Weight(record.factor)
      let columnCount = record.forward.columnCount
      for row in 0..<record.forward.rowCount {
        let lanes = gradients.lanes.view(
          from: record.slot + row * record.forward.blockCount, count: record.forward.blockCount)
        for column in 0..<columnCount {
          let parameter = Int(record.parameters[row * columnCount + column])
          guard parameter >= 0 else { continue }
          gradient[parameter] += lanes.channel(column) * factor
        }
      }
    }
    for record in rows {
      let lanes = gradients.lanes.view(from: record.slot, count: record.numbers.count)
      for (channel, terms) in record.terms.enumerated() {
        for term in terms {
          let share = lanes.channel(channel) * T.Weight(term.factor)
          guard let other = term.other else {
            gradient[term.parameter] += share
            continue
          }
          gradient[term.parameter] += share * parameters[other]
          gradient[other] += share * parameters[term.parameter]
        }
      }
    }
    for record in products { record.pullBack(gradients, into: gradient) }
  }
}
