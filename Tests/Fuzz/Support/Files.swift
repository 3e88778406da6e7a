internal import Glibc
internal import HoneFormats
internal import HoneNumerics

/// Reads a committed file, by its path from the root of the package, where `Scripts/fuzz.sh` stands.
public func golden(_ path: String) -> [UInt8] {
  do {
    return try Bytes(contentsOfFile: "Tests/Golden/" + path).array()
  } catch {
    fatalError("the fuzz targets run in the root of the package: \(error)")
  }
}

/// Writes the first inputs and ends the process, if the environment asks for them.
///
/// To be called from `LLVMFuzzerInitialize`: the inputs are derived from the committed fixtures of
/// the tests, so that the repository holds them once.
public func writeSeedsIfAsked(_ seeds: () -> [[UInt8]]) {
  guard let folder = getenv("HONE_FUZZ_SEEDS").map({ String(cString: $0) }) else { return }
  for (index, seed) in seeds().enumerated() {
    guard let file = fopen("\(folder)/seed-\(index)", "wb") else {
      fatalError("no room for seeds in \(folder)")
    }
    fwrite(seed, 1, seed.count, file)
    fclose(file)
  }
  exit(0)
}

/// The bytes libFuzzer hands over.
public func input(_ data: UnsafePointer<UInt8>?, _ size: Int) -> [UInt8] {
  [UInt8](UnsafeBufferPointer(start: data, count: size))
}

/// The bytes of an integer, the lowest first.
public func littleEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
  (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * T($0))) }
}

/// Keeps the optimiser from dropping what a target reads.
@inline(never)
public func use<T>(_ value: T) {}
