import HoneNumerics
import HoneTestSupport
import HoneTraining
import Testing

@Suite("Structures that occur again")
struct DuplicateTests {
  /// A structure, another one, the first one again, and the first one with another energy.
  let text =
    frame("energy=1") + frame("energy=1", shift: 1) + frame("energy=1") + frame("energy=2")

  @Test("they are counted with their places")
  func report() throws {
    let set = try dataSet(text)
    #expect(set.count == 4)
    #expect(set.duplicates.count == 2 && set.duplicates.conflictCount == 1)
    let pair = set.duplicates.pairs[0]
    #expect(pair.place.description == "a.xyz:line 9 (frame 3)")
    #expect(pair.original.description == "a.xyz:line 1 (frame 1)")
  }

  @Test("those with equal labels are dropped where asked, the others never")
  func drop() throws {
    var options = DataSetOptions()
    options.duplicates = .drop
    let set = try dataSet(text, options: options)
    #expect(set.count == 3 && set.atomCount == 6 && set.duplicates.count == 2)
    #expect((0..<3).map { set[$0].labels.energy } == [1, 1, 2])
    #expect((0..<3).map { set[$0].positions[0] } == [0, 1, 0])
  }

  @Test("they are refused where asked")
  func refuse() {
    var options = DataSetOptions()
    options.duplicates = .refuse
    #expect(
      refusal(text, options: options)
        == "a.xyz:line 10 (frame 3): expected every structure once, got that of a.xyz:line 1 (frame "
        + "1) again: remove one of them, or allow duplicates")
  }

  @Test("both zeros are one, other last digits are not")
  func exactness() throws {
    let first = "1\nenergy=1\nH 0.0 1.5 0\n"
    #expect(try dataSet(first + "1\nenergy=1\nH -0.0 1.5 0\n").duplicates.count == 1)
    #expect(
      try dataSet(first + "1\nenergy=1\nH 0.0 1.5000000000000002 0\n").duplicates.count == 0)
    #expect(try dataSet(first + "1\nenergy=1\nHe 0.0 1.5 0\n").duplicates.count == 0)
    #expect(
      try dataSet(first + "1\nenergy=1 Lattice=\"9 0 0 0 9 0 0 0 9\"\nH 0 1.5 0\n").duplicates.count
        == 0)
  }

  @Test("structures of one set are found in another")
  func betweenSets() throws {
    let training = try dataSet(text)
    let validation = try dataSet(
      frame("energy=1", shift: 3) + frame("energy=5", shift: 1), name: "v.xyz")
    let report = validation.duplicates(in: training)
    #expect(report.count == 1 && report.conflictCount == 1)
    #expect(report.pairs[0].place.description == "v.xyz:line 5 (frame 2)")
    #expect(report.pairs[0].original.description == "a.xyz:line 5 (frame 2)")
    #expect(training.frames(absentFrom: validation) == [0, 2, 3])
  }

  @Test("a thousand structures, each twice")
  func many() throws {
    let once = (0..<1000).map { frame("energy=1", shift: 0.001 * Double($0)) }.joined()
    var options = DataSetOptions()
    options.duplicates = .drop
    let set = try dataSet(once + once, options: options)
    #expect(set.count == 1000 && set.duplicates.count == 1000)
    #expect(set.duplicates.pairs.count == 10)
  }
}
