public import HoneNumerics

/// Extended XYZ files in the dialect of ASE.
///
/// A frame is a line with the number of atoms, a comment line of keys and values, and a line for each
/// atom. `Lattice` holds the cell vectors one after the other, `pbc` the periodic directions, and
/// `Properties` the names, types and widths of the columns. Everything else is kept as it is, under
/// the name it has in the file: `energy` and `forces` as well as `REF_energy` and `REF_forces`.
public enum ExtendedXYZ {
  /// Quantities of the atoms, one row for each atom.
  public struct Column: Sendable, Equatable {
    /// The name in the file.
    public let name: String
    /// The numbers of each atom.
    public let width: Int
    /// The values, shape `[atoms, width]`.
    public let values: Values

    /// Makes a column of values, shape `[atoms, width]`.
    public init(name: String, width: Int, values: Values) {
      self.name = name
      self.width = width
      self.values = values
    }
  }

  /// The values of a column.
  public enum Values: Sendable, Equatable {
    /// Real numbers, type `R`.
    case reals([Double])
    /// Integers, type `I`.
    case integers([Int])
    /// Words, type `S`.
    case strings([String])
    /// Logicals, type `L`.
    case logicals([Bool])

    /// The number of values.
    public var count: Int {
      switch self {
      case .reals(let values): values.count
      case .integers(let values): values.count
      case .strings(let values): values.count
      case .logicals(let values): values.count
      }
    }
  }

  /// A structure and what a file says about it.
  public struct Frame: Sendable, Equatable {
    /// The atoms and the cell.
    public var structure: Structure
    /// Keys and values of the comment line, without `Lattice`, `pbc` and `Properties`.
    public var info: Info
    /// Columns other than species and positions, in the order of the file.
    public var columns: [Column]

    /// Makes a frame.
    public init(structure: Structure, info: Info = Info(), columns: [Column] = []) {
      self.structure = structure
      self.info = info
      self.columns = columns
    }
  }

  /// Reads all frames of a file.
  ///
  /// - Throws: `.io` when the file cannot be read; `.format` naming file, line and frame.
  public static func frames(path: String) throws(HoneError) -> [Frame] {
    try frames(Reader(path: path))
  }

  /// Reads all frames from memory.
  ///
  /// - Parameters:
  ///   - bytes: The content of a file.
  ///   - name: What messages call it.
  /// - Throws: `.format` naming file, line and frame.
  public static func frames(bytes: [UInt8], name: String) throws(HoneError) -> [Frame] {
    try frames(Reader(bytes: bytes, name: name))
  }

  private static func frames(_ reader: Reader) throws(HoneError) -> [Frame] {
    var reader = reader
    var frames: [Frame] = []
    while let frame = try reader.next() { frames.append(frame) }
    return frames
  }
}

extension ExtendedXYZ.Frame {
  /// The column with a name, or nil where there is none.
  public func column(_ name: String) -> ExtendedXYZ.Column? {
    columns.first { $0.name == name }
  }

  /// A number of the comment line, in the units of the file.
  ///
  /// - Parameter name: The key, such as `energy` or `REF_energy`.
  /// - Returns: The number, or nil where the key is absent.
  /// - Throws: `.format` when the value is not one number.
  public func number(_ name: String) throws(HoneError) -> Double? {
    guard let value = info[name] else { return nil }
    guard let numbers = value.numbers, numbers.count == 1 else {
      throw HoneError(.format, "\(name) must be a number, got \(excerpt(value))")
    }
    return numbers[0]
  }

  /// Three numbers for each atom, in the units of the file.
  ///
  /// - Parameter name: The column, such as `forces` or `REF_forces`.
  /// - Returns: The numbers, shape `[atoms, 3]`, or nil where the column is absent.
  /// - Throws: `.format` when the column does not hold three numbers for each atom.
  public func vectors(_ name: String) throws(HoneError) -> [Double]? {
    guard let column = column(name) else { return nil }
    switch column.values {
    case .reals(let values) where column.width == 3: return values
    case .integers(let values) where column.width == 3: return values.map(Double.init)
    default:
      throw HoneError(
        .format, "the column \(name) must hold 3 numbers for each atom, got width \(column.width)")
    }
  }

  /// A virial or stress of the comment line, in the units and with the sign of the file.
  ///
  /// Six numbers are xx, yy, zz, yz, xz, xy. Nine are the rows of the matrix, except for the keys
  /// `virial` and `stress`, for which ASE writes the columns.
  ///
  /// - Parameter name: The key, such as `stress`, `virial`, `REF_stress` or `REF_virials`.
  /// - Returns: The matrix, or nil where the key is absent.
  /// - Throws: `.format` when the value is neither six nor nine numbers.
  public func matrix(_ name: String) throws(HoneError) -> Matrix3? {
    guard let value = info[name] else { return nil }
    let x = value.numbers ?? []
    switch x.count {
    case 6:
      return Matrix3([x[0], x[5], x[4]], [x[5], x[1], x[3]], [x[4], x[3], x[2]])
    case 9 where name == "virial" || name == "stress":
      return Matrix3([x[0], x[3], x[6]], [x[1], x[4], x[7]], [x[2], x[5], x[8]])
    case 9:
      return Matrix3([x[0], x[1], x[2]], [x[3], x[4], x[5]], [x[6], x[7], x[8]])
    default:
      throw HoneError(.format, "\(name) must be 6 or 9 numbers, got \(excerpt(value))")
    }
  }
}
