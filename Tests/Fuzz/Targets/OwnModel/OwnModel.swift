import FuzzSupport
import HoneFormats
import HoneModels
import HoneNumerics

/// A model's own file taken apart: what describes it, and its tensors.
private struct Fixture: Sendable {
  let description: String
  let file: SafetensorsFile

  init(_ path: String) {
    do {
      let saved = "build/fuzz/own-\(path.split(separator: "/").last ?? "").safetensors"
      try ForceField(path: "Tests/Golden/" + path).save(to: saved)
      file = try SafetensorsFile(path: saved)
      description = file.metadata["hone"] ?? ""
    } catch {
      fatalError("\(path): \(error)")
    }
  }

  func bytes(description: String) throws -> Bytes {
    var writer = SafetensorsWriter()
    writer.metadata["hone"] = description
    for name in file.names { try writer.add(name, file.requiredTensor(name)) }
    return try writer.bytes()
  }
}

private let fixtures = [
  "mace/reduced-l0.model", "mace/nonlinear-heads.model", "mace/chebyshev-zbl.model",
  "mace/heads-3.model", "sevennet/readout-network.pth", "sevennet/modal-mf0.pth",
  "sevennet/l1-xplor.pth",
].map { Fixture($0) }

/// Models in the library's own format: a byte that chooses the tensors, then their description.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  guard size > 1 else { return 0 }
  let bytes = input(data, size)
  let text = String(decoding: bytes[1...], as: UTF8.self)
  guard let file = try? fixtures[Int(bytes[0]) % fixtures.count].bytes(description: text) else {
    return 0
  }
  load(file)
  return 0
}

private let seeds = fixtures.enumerated().map {
  [UInt8($0.offset)] + Array($0.element.description.utf8)
}

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
  let mutated = JSONMutator.mutate(data, size, maximum: maximum, seed: seed, from: 1)
  return mutated > 0 ? mutated : mutateBytes(data, size, maximum)
}
