import FuzzSupport
import HoneFormats
import HoneNumerics

/// JSON: what is read must be written again, and read back to the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  guard let bytes = try? Bytes(input(data, size)) else { return 0 }
  use(try? JSONValue(parsing: bytes, duplicateKeys: .reject))
  guard let value = try? JSONValue(parsing: bytes) else { return 0 }
  guard let text = try? value.text(), let again = try? JSONValue(parsing: text) else {
    preconditionFailure("what was read can be written and read")
  }
  precondition(again == value, "a round trip changes nothing")
  return 0
}

private let seeds: [[UInt8]] = [
  #"{"a":[1,-2,3.5e-7,true,false,null,"x\u00e9\ud83d\ude00\n\"\\\/"],"b":{"c":{}},"a":[]}"#,
  #"[[[[[[[[1]]]]]]]]"#, #"  -0.0 "#, #"9223372036854775807"#, #"{"":9223372036854775808}"#,
].map { Array($0.utf8) }

/// Writes the first inputs if asked to.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _: UnsafeMutablePointer<Int32>?,
  _: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> Int32 {
  writeSeedsIfAsked { seeds }
  return 0
}

/// Mutates three inputs in four by their structure, the fourth by its bytes.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ maximum: Int, _ seed: UInt32
) -> Int {
  if seed % 4 == 0 { return mutateBytes(data, size, maximum) }
  let mutated = JSONMutator.mutate(data, size, maximum: maximum, seed: seed, from: 0)
  return mutated > 0 ? mutated : mutateBytes(data, size, maximum)
}
