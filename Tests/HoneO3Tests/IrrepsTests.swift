import HoneNumerics
import HoneO3
import Testing

@Suite("Irreps")
struct IrrepsTests {
  @Test("strings, simplification and order are those of e3nn")
  func golden() throws {
    for golden in try #require(Golden.load("0.4").irreps) {
      let irreps = try Irreps(parsing: golden.text)
      #expect(irreps.description == golden.string)
      #expect(irreps.dim == golden.dim)
      #expect(irreps.simplified().description == golden.simplified)
      let sorted = irreps.sorted()
      #expect(sorted.irreps.description == golden.sorted)
      #expect(sorted.newPosition == golden.newPosition)
      #expect(sorted.oldPosition == golden.oldPosition)
      #expect(irreps.offsets.last == golden.dim)
    }
  }

  @Test(
    "malformed strings are refused",
    arguments: [
      "x", "0", "e", "0f", "1x", "x0e", "+", "0e+", "+0e", "0e++1o", "-1x0e", "1x-1e", "2x2x0e",
      "1.5x0e", "0x", "13e", "99999999999999999999999e", "1048577x0e",
      "99999999999999999999999x0e", "1_0x0e", "٣x0e", "0E", "0e 1o", "1x0e,1x1o", "0e\u{0}",
      "1 0e", "é",
    ])
  func malformed(_ text: String) {
    #expect {
      try Irreps(parsing: text)
    } throws: { error in
      (error as? HoneError)?.kind == .format
    }
  }

  @Test("too many terms are refused, and the largest sum that is read has a dimension")
  func limits() throws {
    let terms = Array(repeating: "1048576x12o", count: Irreps.mostParsedBlocks)
    #expect(try Irreps(parsing: terms.joined(separator: "+")).dim == 4096 * 1_048_576 * 25)
    #expect(throws: HoneError.self) {
      try Irreps(parsing: (terms + ["0e"]).joined(separator: "+"))
    }
  }

  @Test("a description reads back")
  func roundTrip() throws {
    let irreps = try Irreps(parsing: "16x0o+3x12e+1o+0x2e")
    #expect(try Irreps(parsing: irreps.description) == irreps)
    #expect(irreps.count(of: Irrep(1, .odd)) == 1)
    #expect(irreps.irrepCount == 20)
    #expect(irreps.lMax == 12)
    #expect(Irreps([Irreps.Block]()).lMax == -1)
  }

  @Test("a product has every degree of the triangle once and the product of the parities")
  func product() {
    let product = Irrep(2, .odd) * Irrep(1, .even)
    #expect(product == [Irrep(1, .odd), Irrep(2, .odd), Irrep(3, .odd)])
    for l1 in 0...6 {
      for l2 in 0...6 {
        let product = Irrep(l1, .odd) * Irrep(l2, .odd)
        #expect(product.reduce(0) { $0 + $1.dim } == (2 * l1 + 1) * (2 * l2 + 1))
        #expect(product.allSatisfy { $0.parity == .even })
      }
    }
  }
}
