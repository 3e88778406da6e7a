import HoneNumerics
import Testing

@Suite struct CopySpeedTests {
  /// Between what a tape gives and what no memory does.
  @Test(arguments: [1, 2, 3]) func aCopyIsMeasured(threadCount: Int) throws {
    let speed = try CopySpeed.gigabytesPerSecond(threadCount: threadCount)
    #expect(speed > 0.05 && speed < 100_000)
  }
}
