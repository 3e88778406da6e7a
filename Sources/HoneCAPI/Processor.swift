package import CHoneEigen
internal import CHoneShims
package import HoneNumerics

/// Refuses a processor that cannot run what the kernels were compiled to.
///
/// Every function that makes a handle calls this before it enters a kernel; this file and all it
/// reaches are compiled for the oldest processor of the architecture.
///
/// - Parameter required: Bits of `CHoneProcessor.h`.
/// - Throws: `.unsupported` naming a missing feature.
package func requireProcessor(_ required: UInt64 = honeeigen_required_features()) throws(HoneError)
{
  guard let name = honeshim_missing_feature(required) else { return }
  throw HoneError(
    .unsupported,
    "this library was built for a processor with \(String(cString: name)), which this one lacks; "
      + "build it with HONE_CPU=x86-64-v3 or lower")
}

/// The number of cores this process may use, at least one.
func allowedCoreCount() -> Int {
  Int(honeshim_core_count())
}
