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
