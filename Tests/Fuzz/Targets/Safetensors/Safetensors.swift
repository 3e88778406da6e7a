import FuzzSupport
import HoneFormats
import HoneNumerics

/// Safetensors files: the header, whose length is set to fit, then 256 bytes of tensors.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  let bytes = input(data, size)
  let framed = littleEndian(UInt64(size)) + bytes + [UInt8](repeating: 0x3F, count: 256)
  // Once as the header and once as the whole file.
  for file in [framed, bytes] {
    guard let file = try? SafetensorsFile(bytes: Bytes(file)) else { continue }
    for name in file.names { if let tensor = try? file.requiredTensor(name) { read(tensor) } }
    use(file.metadata.count)
  }
  return 0
}

private let seeds: [[UInt8]] = [
  #"{"__metadata__":{"format":"pt","a":"b"},"x":{"dtype":"F64","shape":[4,8],"data_offsets":[0,256]}}"#,
  #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"BF16","shape":[],"data_offsets":[16,18]},"c":{"dtype":"F16","shape":[0,3],"data_offsets":[18,18]},"d":{"dtype":"I8","shape":[238],"data_offsets":[18,256]}}"#,
  #"{"a":{"dtype":"BOOL","shape":[128],"data_offsets":[0,128]},"b":{"dtype":"I64","shape":[16],"data_offsets":[128,256]}}  "#,
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
