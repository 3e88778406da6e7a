import HoneFormats
import HoneModels
import HoneTestSupport
import Testing

/// A sum of squared force errors in (eV/Å)².
struct ForceError {
  var sumOfSquares = 0.0
  var count = 0

  mutating func add(_ forces: [Double], _ reference: [Double]) {
    sumOfSquares += zip(forces, reference).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    count += forces.count
  }

  static func + (a: ForceError, b: ForceError) -> ForceError {
    ForceError(sumOfSquares: a.sumOfSquares + b.sumOfSquares, count: a.count + b.count)
  }

  /// The root of the mean square in eV/Å; infinite where nothing was measured or NaN came out.
  var rootMeanSquare: Double {
    let value = (sumOfSquares / Double(count)).squareRoot()
    return value.isNaN ? .infinity : value
  }
}

@Suite("Single precision")
struct SinglePrecisionTests {
  /// Errors of the reference codes' own single precision, by reference file.
  private static func stored() throws -> [String: ForceError] {
    let document = try JSONValue(
      parsing: Bytes(contentsOfFile: PackagePaths.golden + "/float32-errors.json"))
    return Dictionary(
      uniqueKeysWithValues: try (document.members ?? []).map { member in
        let sum = try #require(member.value["sum_of_squares"]?.double)
        let count = try #require(member.value["count"]?.int)
        return (member.key, ForceError(sumOfSquares: sum, count: Int(count)))
      })
  }

  @Test(
    "Over all committed models forces are off at most twice as far as the reference codes'",
    arguments: ReferenceTests.evaluators)
  func golden(_ evaluator: Evaluator) throws {
    let stored = try Self.stored()
    var (own, theirs) = (ForceError(), ForceError())
    for file in InvarianceCase.golden {
      let error = try Self.error(file, evaluator)
      let reference = try #require(stored[file], "\(file)")
      // Both must have seen the same structures and heads.
      try #require(error.count == reference.count, "\(file)")
      own = own + error
      theirs = theirs + reference
    }
    #expect(own.rootMeanSquare <= 2 * theirs.rootMeanSquare)
    // Errors of nothing at all would mean that single precision was not used.
    #expect(own.rootMeanSquare > 1e-9)
  }

  private static func error(_ file: String, _ evaluator: Evaluator) throws -> ForceError {
    let folder = PackagePaths.golden + "/" + file.split(separator: "/")[0]
    let (name, sets) = try ReferenceSet.json(PackagePaths.golden + "/" + file)
    let model = try ForceField(path: folder + "/" + name)
    var error = ForceError()
    for set in sets {
      let head = set.head.flatMap { model.heads.firstIndex(of: $0) } ?? 0
      for reference in set.structures {
        let result = try model.computeAll(
          reference, precision: .float32, head: head, evaluator: evaluator)
        error.add(try #require(result.forces.map(Array.init)), reference.forces)
      }
    }
    return error
  }

  /// Real models whose reference files hold the reference code's own single-precision forces.
  private static let withSingleForces = InvarianceCase.real.filter { name in
    let references = try? ReferenceSet.shared(PackagePaths.sharedModels + "/" + name)
    return references?.contains { $0.singleForces != nil } ?? false
  }

  @Test(
    "Real models' forces are off at most twice as far as the reference code's",
    .enabled(
      if: !withSingleForces.isEmpty,
      "needs real models with single-precision forces, and HONE_SEVENNET"),
    arguments: withSingleForces, ReferenceTests.evaluators)
  func realModels(_ name: String, _ evaluator: Evaluator) throws {
    let model = try ForceField(path: try #require(RealModels.path(name)))
    let head = RealModels.head(name).flatMap { model.heads.firstIndex(of: $0) } ?? 0
    var (own, theirs) = (ForceError(), ForceError())
    for reference in try ReferenceSet.shared(PackagePaths.sharedModels + "/" + name) {
      guard let single = reference.singleForces else { continue }
      let result = try model.computeAll(
        reference, precision: .float32, head: head, quantities: [.energy, .forces],
        evaluator: evaluator)
      own.add(try #require(result.forces.map(Array.init)), reference.forces)
      theirs.add(single, reference.forces)
    }
    #expect(own.rootMeanSquare <= 2 * theirs.rootMeanSquare)
    #expect(own.rootMeanSquare > 1e-9)
  }
}
