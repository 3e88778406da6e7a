internal import HoneNumerics

/// Radii drawn anew for every structure and step, for models that are to work with any of them.
///
/// A radius is a function of seed, epoch, step and frame alone, so that a run that is resumed goes on
/// with the radii it would have had, whatever the number of threads.
///
/// - SeeAlso: Oerder, Hamaekers, arXiv:2603.10205, who draw one for every atom and tell the network;
///   here structures have one, which the network sees through its cutoff function.
struct RadiusDraw: Sendable, Equatable {
  /// The least radius in Å.
  let least: Double
  /// The largest radius, the model's cutoff, in Å.
  let largest: Double
  /// What the radii depend on.
  let seed: UInt64

  /// The radii of one step, by frame.
  struct Step: Sendable, Equatable {
    fileprivate let draw: RadiusDraw
    fileprivate let state: UInt64

    /// The radius of a frame in Å, in [least, largest).
    subscript(frame: Int) -> Double {
      var numbers = RandomNumbers(seed: state ^ RadiusDraw.mixed(UInt64(bitPattern: Int64(frame))))
      // (0, 1] turned around: the largest radius is that of validation.
      let part = 1 - numbers.uniform()
      return draw.least + part * (draw.largest - draw.least)
    }
  }

  /// The radii of a step.
  func step(_ step: Int, epoch: Int) -> Step {
    var state = Self.mixed(seed ^ 0x7261_6469_7573)
    for number in [epoch, step] { state = Self.mixed(state ^ UInt64(bitPattern: Int64(number))) }
    return Step(draw: self, state: state)
  }

  private static func mixed(_ seed: UInt64) -> UInt64 {
    var numbers = RandomNumbers(seed: seed)
    return numbers.next()
  }
}
