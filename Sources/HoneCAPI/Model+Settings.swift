// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation
// What these functions promise is written in hone.h.

public import CHone
internal import HoneModels
internal import HoneNumerics

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

@c @implementation
public func hone_model_set_evaluator(
  _ model: OpaquePointer?, _ evaluator: hone_evaluator
) -> hone_status {
  withStatus { () throws(HoneError) in
    let handle = try ModelHandle.borrow(model)
    switch evaluator {
    case HONE_EVALUATOR_AUTOMATIC: handle.settings.evaluator = .automatic
    case HONE_EVALUATOR_REFERENCE: handle.settings.evaluator = .reference
    default:
      throw HoneError(
        .invalidArgument,
        "evaluator must be HONE_EVALUATOR_AUTOMATIC (0) or HONE_EVALUATOR_REFERENCE (1), got "
          + "\(Int32(truncatingIfNeeded: evaluator.rawValue))")
    }
  }
}

@c @implementation
public func hone_model_set_table_tolerance(
  _ model: OpaquePointer?, _ tolerance: Double
) -> hone_status {
  withStatus { () throws(HoneError) in
    let handle = try ModelHandle.borrow(model)
    // Written so that NaN fails the comparisons.
    guard tolerance == 0 || (tolerance >= 1e-12 && tolerance <= 1e-2) else {
      throw HoneError(
        .invalidArgument,
        "tolerance must be 1e-12 to 1e-2, or 0 for the default, got \(tolerance)")
    }
    handle.settings.tableTolerance = tolerance == 0 ? nil : tolerance
  }
}
