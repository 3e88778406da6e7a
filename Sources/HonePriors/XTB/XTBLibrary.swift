internal import CHoneShims
internal import Glibc
internal import HoneNumerics

/// The functions of libxtb, found when first needed; nothing of hone is linked with it.
///
/// The interface is that of xtb 6.3 and later (API version 1.0).
struct XTBLibrary: @unchecked Sendable {
  typealias Handle = OpaquePointer?
  typealias New = @convention(c) () -> Handle
  typealias Delete = @convention(c) (UnsafeMutablePointer<Handle>) -> Void
  typealias Load = @convention(c) (Handle, Handle, Handle, UnsafeMutablePointer<CChar>?) -> Void
  typealias GetNumbers = @convention(c) (Handle, Handle, UnsafeMutablePointer<Double>) -> Void
  typealias NewMolecule =
    @convention(c) (
      Handle, UnsafePointer<CInt>, UnsafePointer<CInt>, UnsafePointer<Double>,
      UnsafePointer<Double>, UnsafePointer<CInt>, UnsafePointer<Double>?, UnsafePointer<Bool>?
    ) -> Handle

  let newEnvironment: New
  let checkEnvironment: @convention(c) (Handle) -> CInt
  let getError: @convention(c) (Handle, UnsafeMutablePointer<CChar>, UnsafePointer<CInt>) -> Void
  let setVerbosity: @convention(c) (Handle, CInt) -> Void
  let deleteEnvironment: Delete
  let newMolecule: NewMolecule
  let deleteMolecule: Delete
  let newCalculator: New
  let deleteCalculator: Delete
  let loadGFN1: Load
  let loadGFN2: Load
  let loadGFNFF: Load
  let setAccuracy: @convention(c) (Handle, Handle, Double) -> Void
  let setMaximumIterations: @convention(c) (Handle, Handle, CInt) -> Void
  let setElectronicTemperature: @convention(c) (Handle, Handle, Double) -> Void
  let newResults: New
  let deleteResults: Delete
  let singlePoint: @convention(c) (Handle, Handle, Handle, Handle) -> Void
  let getEnergy: GetNumbers
  let getGradient: GetNumbers
  /// Sets the OpenMP threads of the calling thread, where the library was built with OpenMP.
  private let setThreadCount: (@convention(c) (CInt) -> Void)?
  /// Writes out what a Fortran unit has buffered, or all units for nil; of GNU Fortran alone.
  private let flushUnits: (@convention(c) (UnsafeMutablePointer<CInt>?) -> Void)?

  /// The environment variable that names the library's file.
  static let variable = "HONE_XTB_LIBRARY"

  /// One caller at a time: the library keeps global state.
  private static let loaded = Lock<XTBLibrary?>(nil)

  /// Runs a body with the library while nobody else does.
  ///
  /// - Throws: `.unsupported` where there is no library; what the body throws.
  static func withLibrary<Result>(
    _ body: (XTBLibrary) throws(HoneError) -> Result
  ) throws(HoneError) -> Result {
    try loaded.withLock { (library) throws(HoneError) in
      if let library { return try body(library) }
      let made = try XTBLibrary()
      library = made
      return try body(made)
    }
  }

  /// Loads the library, on the thread of the caller: threads that it starts for good belong there.
  private init() throws(HoneError) {
    let library = try Self.open()
    func find<Function>(_ name: String) throws(HoneError) -> Function {
      guard let address = dlsym(library, name) else {
        throw HoneError(
          .unsupported,
          "expected the C interface of xtb 6.3 or later in libxtb, it has no '\(name)'")
      }
      return unsafeBitCast(address, to: Function.self)
    }
    newEnvironment = try find("xtb_newEnvironment")
    checkEnvironment = try find("xtb_checkEnvironment")
    getError = try find("xtb_getError")
    setVerbosity = try find("xtb_setVerbosity")
    deleteEnvironment = try find("xtb_delEnvironment")
    newMolecule = try find("xtb_newMolecule")
    deleteMolecule = try find("xtb_delMolecule")
    newCalculator = try find("xtb_newCalculator")
    deleteCalculator = try find("xtb_delCalculator")
    loadGFN1 = try find("xtb_loadGFN1xTB")
    loadGFN2 = try find("xtb_loadGFN2xTB")
    loadGFNFF = try find("xtb_loadGFNFF")
    setAccuracy = try find("xtb_setAccuracy")
    setMaximumIterations = try find("xtb_setMaxIter")
    setElectronicTemperature = try find("xtb_setElectronicTemp")
    newResults = try find("xtb_newResults")
    deleteResults = try find("xtb_delResults")
    singlePoint = try find("xtb_singlepoint")
    getEnergy = try find("xtb_getEnergy")
    getGradient = try find("xtb_getGradient")
    // Handles see what the library itself needs: its OpenMP and its Fortran.
    setThreadCount = try? find("omp_set_num_threads")
    flushUnits = try? find("_gfortran_flush_i4")
  }

  private static func open() throws(HoneError) -> UnsafeMutableRawPointer {
    if let path = getenv(variable).map({ String(cString: $0) }), !path.isEmpty {
      if let library = dlopen(path, RTLD_NOW | RTLD_LOCAL) { return library }
      let reason = dlerror().map { String(cString: $0) } ?? "no reason given"
      throw HoneError(
        .unsupported,
        "expected the library libxtb at \(variable) = \(path), could not load it: \(reason)")
    }
    for name in ["libxtb.so.6", "libxtb.so", "libxtb.dylib"] {
      if let library = dlopen(name, RTLD_NOW | RTLD_LOCAL) { return library }
    }
    throw HoneError(
      .unsupported,
      "the priors gfn1-xtb, gfn2-xtb and gfnff need the library libxtb, which was not found; install it "
        + "(Debian and Ubuntu: libxtb6 or libxtb-dev, conda: xtb) or set \(variable) to its path")
  }

  /// Runs a body on a thread where the library can neither print nor reach the host's files.
  ///
  /// GFN-FF prints whatever verbosity is asked for, writes two files into the working directory, reads
  /// one there if it exists, and ends the process where it cannot write.
  ///
  /// - Parameters:
  ///   - threadCount: The OpenMP threads; those of other threads of the process stay as they are.
  ///   - mustBeAlone: Whether the body is not to run where the system refuses that.
  /// - Throws: `.unsupported` where it did not run, `.outOfMemory` without a thread; what the body
  ///   throws.
  func runApart<Value>(
    threadCount: Int, mustBeAlone: Bool,
    _ body: @escaping () throws(HoneError) -> Value
  ) throws(HoneError) -> Value {
    var result: Result<Value, HoneError>?
    let job = Job { [self] in
      setThreadCount?(CInt(clamping: threadCount))
      do throws(HoneError) {
        result = .success(try body())
      } catch {
        result = .failure(error)
      }
      // What it printed must go where this thread's output goes, not into the host's, later.
      flushUnits?(nil)
    }
    // And what the host printed must go where the host's output goes.
    flushUnits?(nil)
    let outcome = withExtendedLifetime(job) {
      honeshim_run_apart(
        { context in
          guard let context else { return }
          Unmanaged<Job>.fromOpaque(context).takeUnretainedValue().body()
        }, Unmanaged.passUnretained(job).toOpaque(), mustBeAlone ? 1 : 0)
    }
    if let result { return try result.get() }
    if outcome == Int32(HONESHIM_APART_NO_THREAD) {
      throw HoneError(.outOfMemory, "no memory for the thread that libxtb runs on")
    }
    throw HoneError(
      .unsupported,
      "gfnff writes files into the working directory, and this system allows no thread a directory of "
        + "its own; use gfn2-xtb, or let the container allow unshare and make TMPDIR or /tmp writable"
    )
  }

  /// What the thread does.
  private final class Job {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
  }
}
