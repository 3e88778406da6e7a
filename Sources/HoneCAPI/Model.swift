// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation
// What these functions promise is written in hone.h.

public import CHone
internal import HoneModels
internal import HoneNumerics

@c @implementation
public func hone_model_load(
  _ path: UnsafePointer<CChar>?, _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let output = try require(model, "model")
    output.pointee = nil
    try requireProcessor()
    let path = try text(path, "path")
    let forceField = try ForceField(path: path)
    output.pointee = try ModelHandle(forceField, settings: ComputeSettings()).lend()
    log(
      HONE_LOG_INFO,
      "read \(path): \(forceField.parameterCount) parameters, \(forceField.layerCount) layers, "
        + "cutoff \(forceField.cutoff) Å, \(forceField.species.count) species")
  }
}

@c @implementation
public func hone_model_save(_ model: OpaquePointer?, _ path: UnsafePointer<CChar>?) -> hone_status {
  withStatus { () throws(HoneError) in
    let handle = try ModelHandle.borrow(model)
    try handle.forceField.save(to: try text(path, "path"))
  }
}

@c @implementation
public func hone_model_view(
  _ model: OpaquePointer?, _ view: UnsafeMutablePointer<OpaquePointer?>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let output = try require(view, "view")
    output.pointee = nil
    let handle = try ModelHandle.borrow(model)
    output.pointee = try ModelHandle(handle.forceField, settings: handle.settings).lend()
  }
}

@c @implementation
public func hone_model_free(_ model: OpaquePointer?) {
  guard let model else { return }
  _ = withStatus { () throws(HoneError) in try ModelHandle.release(model) }
}

@c @implementation
public func hone_model_set_precision(
  _ model: OpaquePointer?, _ precision: hone_precision
) -> hone_status {
  withStatus { () throws(HoneError) in
    let handle = try ModelHandle.borrow(model)
    switch precision {
    case HONE_FLOAT32: handle.settings.precision = .float32
    case HONE_FLOAT64: handle.settings.precision = .float64
    default:
      throw HoneError(
        .invalidArgument,
        "precision must be HONE_FLOAT32 (0) or HONE_FLOAT64 (1), got "
          + "\(Int32(truncatingIfNeeded: precision.rawValue))")
    }
  }
}

@c @implementation
public func hone_model_set_thread_count(_ model: OpaquePointer?, _ count: Int32) -> hone_status {
  withStatus { () throws(HoneError) in
    let handle = try ModelHandle.borrow(model)
    guard (0...4096).contains(count) else {
      throw HoneError(
        .invalidArgument, "count must be 1 to 4096 threads, or 0 for all cores, got \(count)")
    }
    handle.settings.threadCount = count == 0 ? allowedCoreCount() : Int(count)
  }
}

@c @implementation
public func hone_model_set_head(_ model: OpaquePointer?, _ name: UnsafePointer<CChar>?)
  -> hone_status
{
  withStatus { () throws(HoneError) in
    let handle = try ModelHandle.borrow(model)
    let name = try text(name, "name")
    let heads = handle.forceField.heads
    guard let index = heads.firstIndex(of: name) else {
      let list = heads.map { "\"\($0)\"" }.joined(separator: ", ")
      throw HoneError(.invalidArgument, "name must be one of the heads \(list), got \"\(name)\"")
    }
    handle.settings.head = index
  }
}
