public import HoneModels
public import HoneNumerics

extension ForceField {
  /// A number, in hexadecimal, that tells weights apart: FNV-1a of all tensors' names and the bits of
  /// their numbers in double precision.
  ///
  /// For provenance, not for security. It does not depend on the file format.
  ///
  /// - Throws: `.format`, `.outOfMemory`.
  /// - SeeAlso: Fowler, Noll, Vo, Eastlake, RFC 9923.
  public func fingerprint() throws(HoneError) -> String {
    let model = try TrainableModel(self)
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    for tensor in model.tensors {
      for byte in tensor.name.utf8 { add(byte) }
      add(0)
      for index in tensor.range {
        let bits = model.initialValues[index].bitPattern
        for byte in 0..<8 { add(UInt8(truncatingIfNeeded: bits >> (8 * byte))) }
      }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
