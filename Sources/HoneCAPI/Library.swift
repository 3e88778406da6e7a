// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation
// What these functions promise is written in hone.h.

public import CHone
internal import CHoneShims

@c @implementation
public func hone_version() -> UnsafePointer<CChar>? {
  literal("0.1.0")
}

@c @implementation
public func hone_last_error() -> UnsafePointer<CChar>? {
  honeshim_last_error()
}

@c @implementation
public func hone_status_name(_ status: hone_status) -> UnsafePointer<CChar>? {
  switch status {
  case HONE_SUCCESS: literal("HONE_SUCCESS")
  case HONE_INVALID_ARGUMENT: literal("HONE_INVALID_ARGUMENT")
  case HONE_IO_ERROR: literal("HONE_IO_ERROR")
  case HONE_FORMAT_ERROR: literal("HONE_FORMAT_ERROR")
  case HONE_UNSUPPORTED: literal("HONE_UNSUPPORTED")
  case HONE_UNKNOWN_SPECIES: literal("HONE_UNKNOWN_SPECIES")
  case HONE_CALLBACK_ERROR: literal("HONE_CALLBACK_ERROR")
  case HONE_NOT_CONVERGED: literal("HONE_NOT_CONVERGED")
  case HONE_OUT_OF_MEMORY: literal("HONE_OUT_OF_MEMORY")
  case HONE_CANCELLED: literal("HONE_CANCELLED")
  case HONE_INTERNAL_ERROR: literal("HONE_INTERNAL_ERROR")
  default: literal("unknown hone_status")
  }
}
