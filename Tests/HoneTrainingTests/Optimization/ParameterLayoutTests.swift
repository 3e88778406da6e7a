import HoneNumerics
import HoneTraining
import Testing

@Suite("Layouts of parameters")
struct ParameterLayoutTests {
  static func group(
    _ range: Range<Int>, _ matrices: [(rows: Int, columns: Int)] = [], rateFactor: Double = 1
  ) -> ParameterGroup {
    ParameterGroup(
      name: "group", role: .radial, range: range, matrices: matrices, rateFactor: rateFactor)
  }

  @Test("groups that do not fit the parameters or each other are refused")
  func refusals() throws {
    let cases = [
      [Self.group(-1..<3)], [Self.group(3..<11)], [Self.group(0..<4), Self.group(3..<5)],
      [Self.group(6..<9), Self.group(2..<3), Self.group(0..<7)],
      [Self.group(0..<3, rateFactor: -1)], [Self.group(0..<3, rateFactor: .nan)],
      [Self.group(0..<6, [(rows: 2, columns: 2)])], [Self.group(0..<6, [(rows: -2, columns: -3)])],
      [Self.group(0..<6, [(rows: 2, columns: 3), (rows: 0, columns: 4)])],
      [Self.group(0..<6, [(rows: .max, columns: 2)])],
      [Self.group(0..<6, [(rows: .max, columns: 1), (rows: 7, columns: 1)])],
    ]
    for groups in cases {
      let error = #expect(throws: HoneError.self) {
        try ParameterLayout(groups, parameterCount: 10)
      }
      #expect(isRefusal(error, .invalidArgument), "\(String(describing: error))")
    }
  }

  @Test("groups in any order, with gaps and without numbers are fine")
  func accepted() throws {
    let groups = [
      Self.group(6..<10, [(rows: 2, columns: 2)]), Self.group(1..<3), Self.group(2..<2),
    ]
    let layout = try ParameterLayout(groups, parameterCount: 10)
    #expect(layout.groups == groups)
  }

  @Test("norms are over the parameters that are trained, whatever the lengths of their groups")
  func norms() throws {
    let groups = [Self.group(1..<20), Self.group(20..<23, rateFactor: 0), Self.group(23..<31)]
    let layout = try ParameterLayout(groups, parameterCount: 32)
    let vector = try Buffer((0..<32).map { Double($0) - 9.5 })
    var expected = 0.0
    for index in Array(1..<20) + Array(23..<31) { expected += vector[index] * vector[index] }
    #expect(try abs(layout.norm(of: vector.view) - expected.squareRoot()) < 1e-13)
  }
}
