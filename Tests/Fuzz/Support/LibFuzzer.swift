/// libFuzzer's own byte-wise mutation.
///
/// - Returns: The new size.
@_silgen_name("LLVMFuzzerMutate")
public func mutateBytes(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ maximum: Int
) -> Int
