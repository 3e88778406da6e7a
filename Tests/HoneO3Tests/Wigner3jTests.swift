import HoneO3
import Testing

@Suite("Wigner 3j tensors")
struct Wigner3jTests {
  @Test(
    "both conventions are those of e3nn",
    arguments: [("0.4", Wigner3jConvention.firstPositive), ("0.6", .clebschGordan)])
  func golden(_ version: String, _ convention: Wigner3jConvention) throws {
    let golden = try Golden.load(version)
    #expect(golden.couplings.count == 454)
    for row in golden.couplings {
      let (l1, l2, l3) = (Int(row[0]), Int(row[1]), Int(row[2]))
      let tensor = wigner3j(l1, l2, l3, convention: convention)
      let sum = zip(tensor, Golden.pattern(tensor.count)).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(sum - row[3]) < 2e-14, "\(l1) \(l2) \(l3)")
    }
  }

  @Test("the two conventions differ where the sum of degrees is odd, and by the sign alone")
  func conventions() {
    var differences = 0
    for l1 in 0...5 {
      for l2 in 0...5 {
        for l3 in 0...5 {
          let new = wigner3j(l1, l2, l3)
          let old = wigner3j(l1, l2, l3, convention: .firstPositive)
          guard new != old else { continue }
          #expect(old == new.map { -$0 })
          #expect((l1 + l2 + l3) % 2 == 1)
          differences += 1
        }
      }
    }
    // The orders of (1, l, l) for l from 2 to 5, and of (4, 4, 5) and (5, 5, 5).
    #expect(differences == 4 * 3 + 3 + 1)
  }

  @Test("slices are orthogonal: the sum over two axes is a multiple of the identity")
  func orthogonality() {
    for (l1, l2) in [(0, 0), (1, 2), (4, 4), (3, 8), (8, 8), (11, 4), (16, 16)] {
      for l3 in abs(l1 - l2)...min(l1 + l2, wigner3jHighestDegree) {
        let dim = 2 * l3 + 1
        let tensor = wigner3j(l1, l2, l3)
        var worst = 0.0
        for a in 0..<dim {
          for b in 0..<dim {
            let sum = stride(from: 0, to: tensor.count, by: dim).reduce(0) {
              $0 + tensor[$1 + a] * tensor[$1 + b]
            }
            worst = max(worst, abs(sum - (a == b ? 1 / Double(dim) : 0)))
          }
        }
        #expect(worst < 1e-15)
      }
    }
  }

  @Test("exchanging two axes gives the sign (-1)^(l1 + l2 + l3)")
  func exchange() {
    for convention in [Wigner3jConvention.clebschGordan, .firstPositive] {
      for (l1, l2, l3) in [(1, 1, 1), (1, 2, 2), (2, 3, 4), (4, 5, 6), (5, 6, 10), (3, 3, 1)] {
        let sign = (l1 + l2 + l3) % 2 == 0 ? 1.0 : -1.0
        let (d1, d2, d3) = (2 * l1 + 1, 2 * l2 + 1, 2 * l3 + 1)
        let tensor = wigner3j(l1, l2, l3, convention: convention)
        let first = wigner3j(l2, l1, l3, convention: convention)
        let last = wigner3j(l1, l3, l2, convention: convention)
        var worst = 0.0
        for a in 0..<d1 {
          for b in 0..<d2 {
            for c in 0..<d3 {
              let value = sign * tensor[(a * d2 + b) * d3 + c]
              worst = max(worst, abs(value - first[(b * d1 + a) * d3 + c]))
              worst = max(worst, abs(value - last[(a * d3 + c) * d2 + b]))
            }
          }
        }
        #expect(worst < 1e-15)
      }
    }
  }

  @Test("outside the triangle there are zeros")
  func outsideTriangle() {
    #expect(wigner3j(1, 1, 3) == [Double](repeating: 0, count: 63))
    #expect(wigner3j(4, 1, 2).allSatisfy { $0 == 0 })
  }

  @Test("the tensors are invariant under rotations")
  func invariance() {
    var generator = TestGenerator(state: 1)
    let matrices = wignerD(upTo: 9, rotation: generator.rotation())
    for (l1, l2, l3) in [(1, 1, 1), (1, 2, 2), (2, 2, 2), (3, 4, 6), (5, 5, 5), (4, 5, 9)] {
      let (d1, d2, d3) = (2 * l1 + 1, 2 * l2 + 1, 2 * l3 + 1)
      let tensor = wigner3j(l1, l2, l3)
      let (u, v) = (generator.vector(d1), generator.vector(d2))
      func couple(_ u: [Double], _ v: [Double]) -> [Double] {
        var result = [Double](repeating: 0, count: d3)
        for a in 0..<d1 {
          for b in 0..<d2 {
            for c in 0..<d3 { result[c] += u[a] * v[b] * tensor[(a * d2 + b) * d3 + c] }
          }
        }
        return result
      }
      let rotated = couple(apply(matrices[l1], u), apply(matrices[l2], v))
      #expect(worstDifference(rotated, apply(matrices[l3], couple(u, v))) < 1e-14)
    }
  }
}
