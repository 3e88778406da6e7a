import HoneTraining
import Testing

@Suite("Parameter groups")
struct ParameterGroupTests {
  @Test("groups differ where their matrices do")
  func equality() {
    let group = ParameterGroup(
      name: "up", role: .interaction, range: 0..<12, matrices: [(rows: 3, columns: 4)])
    var other = group
    #expect(other == group)
    other.matrices = [(rows: 4, columns: 3)]
    #expect(other != group)
  }
}
