internal import Glibc

/// A weight that may change from epoch to epoch.
public enum WeightSchedule: Sendable, Equatable {
  /// The same weight in all epochs.
  case constant(Double)
  /// From one weight to another in a straight line, constant before and after.
  case linear(from: Double, to: Double, epochs: Range<Int>)
  /// From one weight to another along half a cosine, constant before and after.
  case cosine(from: Double, to: Double, epochs: Range<Int>)
  /// One weight before an epoch and another from that epoch on, as in mace's stage two.
  case switched(from: Double, to: Double, at: Int)

  /// The weight in an epoch.
  public func value(epoch: Int) -> Double {
    switch self {
    case .constant(let weight): weight
    case .linear(let from, let to, let epochs):
      from + (to - from) * WeightSchedule.progress(epoch, epochs)
    case .cosine(let from, let to, let epochs):
      from + (to - from) * (1 - cos(.pi * WeightSchedule.progress(epoch, epochs))) / 2
    case .switched(let from, let to, let start): epoch < start ? from : to
    }
  }

  /// The weights it goes between, for checks.
  var weights: [Double] {
    switch self {
    case .constant(let weight): [weight]
    case .linear(let from, let to, _), .cosine(let from, let to, _), .switched(let from, let to, _):
      [from, to]
    }
  }

  /// How much of some epochs lies behind: 0 in the first one, 1 in the one after the last.
  private static func progress(_ epoch: Int, _ epochs: Range<Int>) -> Double {
    guard epoch > epochs.lowerBound else { return 0 }
    guard epoch < epochs.upperBound else { return 1 }
    return Double(epoch - epochs.lowerBound) / Double(epochs.count)
  }
}
