// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation
// What these functions promise is written in hone.h.

public import CHone
internal import HoneModels
internal import HoneNumerics

@c @implementation
public func hone_model_cutoff(_ model: OpaquePointer?) -> Double {
  withValue(orElse: .nan) { () throws(HoneError) in
    try ModelHandle.borrow(model).forceField.cutoff
  }
}

@c @implementation
public func hone_model_layer_count(_ model: OpaquePointer?) -> Int32 {
  withValue(orElse: -1) { () throws(HoneError) in
    Int32(clamping: try ModelHandle.borrow(model).forceField.layerCount)
  }
}

@c @implementation
public func hone_model_exchange_width(_ model: OpaquePointer?) -> Int64 {
  withValue(orElse: -1) { () throws(HoneError) in
    Int64(try ModelHandle.borrow(model).forceField.exchangeWidth)
  }
}

@c @implementation
public func hone_model_parameter_count(_ model: OpaquePointer?) -> Int64 {
  withValue(orElse: -1) { () throws(HoneError) in
    Int64(try ModelHandle.borrow(model).forceField.parameterCount)
  }
}

@c @implementation
public func hone_model_species(
  _ model: OpaquePointer?, _ capacity: Int32, _ atomic_numbers: UnsafeMutablePointer<Int32>?,
  _ count: UnsafeMutablePointer<Int32>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let species = try ModelHandle.borrow(model).forceField.species
    guard capacity >= 0 else {
      throw HoneError(.invalidArgument, "capacity must not be negative, got \(capacity)")
    }
    let count = try require(count, "count")
    count.pointee = Int32(clamping: species.count)
    guard capacity > 0 else { return }
    let output = try require(atomic_numbers, "atomic_numbers")
    guard Int(capacity) >= species.count else {
      throw HoneError(
        .invalidArgument,
        "capacity must be 0, or at least the \(species.count) species of the model, got \(capacity)"
      )
    }
    for (index, number) in species.enumerated() { output[index] = number }
  }
}

@c @implementation
public func hone_model_head_count(_ model: OpaquePointer?) -> Int32 {
  withValue(orElse: -1) { () throws(HoneError) in
    Int32(clamping: try ModelHandle.borrow(model).headNames.count)
  }
}

@c @implementation
public func hone_model_head_name(_ model: OpaquePointer?, _ index: Int32) -> UnsafePointer<CChar>? {
  withValue(orElse: literal("")) { () throws(HoneError) in
    let names = try ModelHandle.borrow(model).headNames
    guard let position = Int(exactly: index), names.indices.contains(position) else {
      throw HoneError(
        .invalidArgument, "index must be 0 to \(names.count - 1), got \(index)")
    }
    return names[position]
  }
}

@c @implementation
public func hone_model_description(_ model: OpaquePointer?) -> UnsafePointer<CChar>? {
  withValue(orElse: literal("")) { () throws(HoneError) in
    try ModelHandle.borrow(model).description
  }
}

@c @implementation
public func hone_model_fallback(_ model: OpaquePointer?) -> UnsafePointer<CChar>? {
  withValue(orElse: literal("")) { () throws(HoneError) in
    try ModelHandle.borrow(model).fallbacks.latest
  }
}

@c @implementation
public func hone_model_table_error(_ model: OpaquePointer?) -> Double {
  withValue(orElse: .nan) { () throws(HoneError) in
    let handle = try ModelHandle.borrow(model)
    return try handle.forceField.tableError(handle.settings)
  }
}
