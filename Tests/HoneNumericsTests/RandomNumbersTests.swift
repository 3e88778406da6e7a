import HoneNumerics
import Testing

@Suite("Random numbers")
struct RandomNumbersTests {
  @Test("the sequence of a seed is that of SplitMix64")
  func sequence() {
    // The first numbers of the generator's authors for the seed 1234567.
    var random = RandomNumbers(seed: 1_234_567)
    #expect(
      (0..<5).map { _ in random.next() } == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
      ])
  }

  @Test("normal variates have mean 0, variance 1 and fourth moment 3")
  func moments() {
    var random = RandomNumbers(seed: 3)
    let count = 200_000
    let values = (0..<count).map { _ in random.normal() }
    func moment(_ power: Int) -> Double {
      values.reduce(0) { sum, x in sum + (0..<power).reduce(1) { y, _ in y * x } } / Double(count)
    }
    // Five standard errors of each mean.
    let error = 5 / Double(count).squareRoot()
    #expect(moment(1).magnitude < error)
    #expect((moment(2) - 1).magnitude < 2.0.squareRoot() * error)
    #expect((moment(4) - 3).magnitude < 96.0.squareRoot() * error)
  }

  @Test("integers below a bound are equally likely")
  func integers() {
    var random = RandomNumbers(seed: 5)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[random.integer(below: 7)] += 1 }
    let deviation = (70_000.0 / 7 * 6 / 7).squareRoot()
    #expect(counts.allSatisfy { (Double($0) - 10_000).magnitude < 5 * deviation })
  }

  @Test("a permutation holds every number once, and every order occurs")
  func permutations() {
    var random = RandomNumbers(seed: 7)
    #expect(random.permutation(0) == [])
    #expect(random.permutation(50).sorted() == Array(0..<50))
    #expect(Set((0..<300).map { _ in random.permutation(3) }).count == 6)
  }

  @Test("a sequence goes on where it was left, also between the numbers of a pair")
  func resumed() {
    var random = RandomNumbers(seed: 11)
    _ = random.normal()
    var resumed = RandomNumbers(state: random.state, spare: random.spare)
    #expect(resumed == random)
    for _ in 0..<5 { #expect(resumed.normal() == random.normal()) }
  }
}
