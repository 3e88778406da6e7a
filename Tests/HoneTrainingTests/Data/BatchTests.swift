import HoneNumerics
import HoneTestSupport
import Testing

@testable import HoneTraining

@Suite("Splits and batches")
struct BatchTests {
  @Test("a split is disjoint, complete and the same for a seed")
  func split() throws {
    let frames = (0..<100).map { 3 * $0 }
    let split = try Split(of: frames, validation: .fraction(0.1), seed: 5)
    #expect(split.validation.count == 10)
    #expect((split.training + split.validation).sorted() == frames)
    #expect(split.training == split.training.sorted())
    #expect(try Split(of: frames, validation: .count(10), seed: 5) == split)
    #expect(try Split(of: frames, validation: .count(10), seed: 6) != split)
    #expect(try Split(of: [4, 7], validation: .fraction(0.01), seed: 1).validation.count == 1)
  }

  @Test("splits that leave nothing are refused")
  func emptySplit() {
    #expect(
      throws: HoneError(
        .invalidArgument,
        "expected more frames than the 1 of the validation set, got 1: add structures, choose a "
          + "smaller part, or give others to validate with")
    ) { try Split(of: [0], validation: .fraction(0.5), seed: 1) }
    for size in [Split.Size.fraction(0), .fraction(1), .fraction(.nan), .count(0), .count(9)] {
      #expect(throws: HoneError.self) { try Split(of: Array(0..<9), validation: size, seed: 1) }
    }
  }

  @Test("the order of an epoch needs no other epoch, and differs from theirs")
  func epochs() throws {
    let order = try BatchOrder(limit: .structures(8), seed: 3)
    let frames = Array(0..<50)
    let all = (0..<20).map { order.batches(epoch: $0, frames: frames) { _ in 1 } }
    let again = try BatchOrder(limit: .structures(8), seed: 3)
    #expect(again.batches(epoch: 17, frames: frames) { _ in 1 } == all[17])
    #expect(Set(all.map { $0.flatMap { $0 } }).count == 20)
    let other = try BatchOrder(limit: .structures(8), seed: 4)
    #expect(other.batches(epoch: 0, frames: frames) { _ in 1 } != all[0])
    for batches in all {
      #expect(batches.flatMap { $0 }.sorted() == frames)
      #expect(batches.map(\.count) == [8, 8, 8, 8, 8, 8, 2])
    }
  }

  @Test("an incomplete last batch is dropped where asked, unless it is the only one")
  func incomplete() throws {
    let order = try BatchOrder(limit: .structures(4), seed: 1, dropsIncomplete: true)
    #expect(order.batches(epoch: 0, frames: Array(0..<10)) { _ in 1 }.map(\.count) == [4, 4])
    #expect(order.batches(epoch: 0, frames: Array(0..<8)) { _ in 1 }.map(\.count) == [4, 4])
    #expect(order.batches(epoch: 0, frames: [7]) { _ in 1 } == [[7]])
    #expect(order.batches(epoch: 0, frames: []) { _ in 1 }.isEmpty)
  }

  @Test("batches by atoms stay within the limit, and larger structures come alone")
  func sizes() throws {
    let sizes = [3, 3, 5, 20, 1, 9, 2]
    let order = try BatchOrder(limit: .atoms(10), seed: 1, shuffles: false)
    #expect(
      order.batches(epoch: 9, frames: Array(0..<7)) { sizes[$0] }
        == [[0, 1], [2], [3], [4, 5], [6]])
    let shuffled = try BatchOrder(limit: .edges(10), seed: 1)
    for epoch in 0..<20 {
      let batches = shuffled.batches(epoch: epoch, frames: Array(0..<7)) { sizes[$0] }
      #expect(batches.flatMap { $0 }.sorted() == Array(0..<7))
      for batch in batches {
        #expect(batch.count == 1 || batch.reduce(0) { $0 + sizes[$1] } <= 10)
      }
    }
    #expect(throws: HoneError.self) { try BatchOrder(limit: .atoms(0), seed: 1) }
  }

  @Test("companions accompany every batch, all of them before any again, and differ by epoch")
  func companions() throws {
    let order = try BatchOrder(limit: .structures(3), seed: 1)
    let batches = [[0, 1, 2], [3, 4, 5], [6]]
    let companions = Array(10..<17)
    let first = order.adding(companions, to: batches, epoch: 0)
    #expect(first.map(\.count) == [6, 6, 2])
    #expect(zip(first, batches).allSatisfy { Array($0.prefix($1.count)) == $1 })
    let added = zip(first, batches).flatMap { $0.dropFirst($1.count) }
    #expect(added.sorted() == companions)
    #expect(order.adding(companions, to: batches, epoch: 0) == first)
    let five = order.adding(companions, to: batches, epoch: 0, count: 5)
    #expect(zip(five, batches).allSatisfy { $0.count == $1.count + 5 })
    let all = order.adding(companions, to: batches, epoch: 0, count: 50)
    #expect(zip(all, batches).allSatisfy { Set($0) == Set($1 + companions) })
    #expect(order.adding(companions, to: batches, epoch: 1) != first)
    #expect(order.adding([20], to: batches, epoch: 0).map(\.count) == [4, 4, 2])
    #expect(order.adding([], to: batches, epoch: 0) == batches)
  }
}
