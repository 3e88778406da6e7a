public import HoneNumerics

/// The number formats in which model files store the elements of a tensor.
public enum ElementType: Sendable, Equatable, CaseIterable {
  /// IEEE 754 double, single and half precision.
  case float64, float32, float16
  /// The upper half of a single-precision number.
  case bfloat16
  /// Signed integers.
  case int64, int32, int16, int8
  /// Unsigned bytes, and bytes that are 0 or 1.
  case uint8, bool

  /// The size of an element in bytes.
  public var byteCount: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  /// Whether the elements are integers or truth values.
  public var isInteger: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16: false
    case .int64, .int32, .int16, .int8, .uint8, .bool: true
    }
  }

  /// The type that a safetensors header calls by a name.
  init?(safetensorsName name: String) {
    guard let type = Self.allCases.first(where: { $0.safetensorsName == name }) else { return nil }
    self = type
  }

  /// The name in a safetensors header.
  var safetensorsName: String {
    switch self {
    case .float64: "F64"
    case .float32: "F32"
    case .float16: "F16"
    case .bfloat16: "BF16"
    case .int64: "I64"
    case .int32: "I32"
    case .int16: "I16"
    case .int8: "I8"
    case .uint8: "U8"
    case .bool: "BOOL"
    }
  }

  /// The type of a PyTorch storage class (`FloatStorage`) or of a dtype (`float32`).
  init?(torchName name: String) {
    switch name {
    case "DoubleStorage", "float64": self = .float64
    case "FloatStorage", "float32": self = .float32
    case "HalfStorage", "float16": self = .float16
    case "BFloat16Storage", "bfloat16": self = .bfloat16
    case "LongStorage", "int64": self = .int64
    case "IntStorage", "int32": self = .int32
    case "ShortStorage", "int16": self = .int16
    case "CharStorage", "int8": self = .int8
    case "ByteStorage", "uint8": self = .uint8
    case "BoolStorage", "bool": self = .bool
    default: return nil
    }
  }

  /// The type of a NumPy type code without its byte order, such as `f8`.
  init?(numpyCode code: some StringProtocol) {
    switch code {
    case "f8": self = .float64
    case "f4": self = .float32
    case "f2": self = .float16
    case "i8": self = .int64
    case "i4": self = .int32
    case "i2": self = .int16
    case "i1": self = .int8
    case "u1": self = .uint8
    case "b1": self = .bool
    default: return nil
    }
  }

  /// Splits a full NumPy type code, such as `<f8`, and checks its byte order.
  ///
  /// - Throws: `.unsupported` for big-endian numbers and for types that are not listed here.
  public init(numpyDescription text: String) throws(HoneError) {
    guard let order = text.first, "<|=".contains(order),
      let type = ElementType(numpyCode: text.dropFirst())
    else { throw HoneError(.unsupported, "expected a little-endian NumPy number, got '\(text)'") }
    self = type
  }
}

/// Half-precision numbers of both kinds, by their bits.
///
/// Written out because the conversions of the hardware are not there on every processor, and
/// those of the runtime library not on every system.
enum HalfPrecision {
  /// The value of an IEEE 754 half-precision number.
  static func value(ofFloat16 bits: UInt16) -> Float {
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let exponent = Int((bits >> 10) & 0x1F)
    let fraction = Float(bits & 0x3FF)
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default:
      return sign
        * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction * 0x1p-10)
    }
  }

  /// The value of a "brain" half-precision number.
  static func value(ofBFloat16 bits: UInt16) -> Float {
    Float(bitPattern: UInt32(bits) << 16)
  }
}
