public import HoneNumerics

extension ExtendedXYZ {
  /// Reads frames one after the other.
  ///
  /// Memory is needed for one frame at a time.
  public struct Reader {
    /// The number of frames read so far.
    public private(set) var frameCount = 0
    /// The line on which the frame read last begins, counted from 1; 0 before the first.
    public private(set) var frameLine = 0
    /// What messages call the file.
    public var name: String { lines.name }

    private var lines: LineReader
    private var line: [UInt8] = []
    private var failure: HoneError?

    /// Opens a file.
    ///
    /// - Throws: `.io` when the file cannot be opened.
    public init(path: String) throws(HoneError) {
      lines = try LineReader(path: path)
    }

    /// Reads from memory.
    ///
    /// - Parameters:
    ///   - bytes: The content of a file.
    ///   - name: What messages call it.
    public init(bytes: [UInt8], name: String) {
      lines = LineReader(bytes: bytes, name: name)
    }

    /// Reads the next frame.
    ///
    /// After an error every further call throws it again: where the next frame begins is unknown.
    ///
    /// - Returns: The frame, or nil at the end of the file.
    /// - Throws: `.io` when the file cannot be read; `.format` naming file, line and frame, both
    ///   counted from 1.
    public mutating func next() throws(HoneError) -> Frame? {
      if let failure { throw failure }
      do throws(HoneError) {
        guard let atomCount = try atomCount() else { return nil }
        let frame = try frame(atomCount)
        frameCount += 1
        return frame
      } catch {
        failure = error
        throw error
      }
    }

    /// An error in what the frame read last says.
    ///
    /// - Parameters:
    ///   - reason: What was expected and what came instead.
    ///   - atom: The atom whose line is at fault, or nil for the comment line.
    public func error(_ reason: String, atom: Int?) -> HoneError {
      let line = frameLine + 1 + (atom.map { $0 + 1 } ?? 0)
      return HoneError(.format, "\(lines.name):line \(line) (frame \(frameCount)): \(reason)")
    }

    /// An error of the line read last.
    private func error(_ reason: String) -> HoneError {
      HoneError(
        .format, "\(lines.name):line \(lines.lineNumber) (frame \(frameCount + 1)): \(reason)")
    }

    /// The number of atoms of the next frame, or nil at the end; blank lines before it are skipped.
    private mutating func atomCount() throws(HoneError) -> Int? {
      while try lines.next(into: &line) {
        let words = line.split(whereSeparator: NumberText.isSpace)
        guard let word = words.first else { continue }
        guard words.count == 1, let count = NumberText.integer(word), count >= 0,
          count <= Int(Int32.max)
        else {
          throw error("expected a number of atoms, got '\(excerpt(line))'")
        }
        frameLine = lines.lineNumber
        return count
      }
      return nil
    }

    private mutating func frame(_ atomCount: Int) throws(HoneError) -> Frame {
      guard try lines.next(into: &line) else {
        throw error("expected a comment line, got the end of the file")
      }
      var info: Info
      let properties: Properties
      let cell: Cell?
      let isStandard: Bool
      do throws(Malformed) {
        info = try CommentLine.parse(line)
        isStandard = info["Properties"] == nil
        properties = try Reader.properties(info)
        cell = try Reader.cell(info)
      } catch {
        throw self.error(error.reason)
      }
      for key in ["Lattice", "pbc", "Properties"] { info[key] = nil }

      var columns = properties.list.map(ColumnBuilder.init)
      for atom in 0..<atomCount {
        guard try lines.next(into: &line) else {
          throw error("expected \(atomCount) atom lines, got \(atom)")
        }
        do throws(Malformed) {
          try Reader.append(line, properties, allowsMore: isStandard, to: &columns)
        } catch {
          throw self.error(error.reason)
        }
      }
      return try assembled(columns, atomCount, cell, info)
    }

    private static func properties(_ info: Info) throws(Malformed) -> Properties {
      switch info["Properties"] {
      case nil: return try Properties(Properties.standard)
      case .string(let text): return try Properties(text)
      default: throw Malformed("Properties must be triples of name, type and width between colons")
      }
    }

    private static func cell(_ info: Info) throws(Malformed) -> Cell? {
      var periodicity: Periodicity?
      if let value = info["pbc"] {
        switch value {
        case .logicals(let flags) where flags.count == 3:
          periodicity = Periodicity(flags[0], flags[1], flags[2])
        case .integers(let flags)
        where flags.count == 3 && flags.allSatisfy { (0...1).contains($0) }:
          periodicity = Periodicity(flags[0] == 1, flags[1] == 1, flags[2] == 1)
        case .logical(let flag):
          periodicity = flag ? .all : []
        default:
          throw Malformed("pbc must be three logicals, T or F, got \(excerpt(value))")
        }
      }
      guard let lattice = info["Lattice"] else {
        guard periodicity?.isEmpty ?? true else {
          throw Malformed("expected a Lattice, as pbc asks for periods, got none")
        }
        return nil
      }
      guard let x = lattice.numbers, x.count == 9 else {
        throw Malformed("Lattice must be 9 numbers, got \(excerpt(lattice))")
      }
      do throws(HoneError) {
        return try Cell(
          rows: Matrix3([x[0], x[1], x[2]], [x[3], x[4], x[5]], [x[6], x[7], x[8]]),
          periodicity: periodicity ?? .all)
      } catch {
        throw Malformed(error.message)
      }
    }

    /// Adds the words of a line to the columns.
    ///
    /// Files without `Properties` are plain XYZ files, which often have more columns than four.
    private static func append(
      _ line: [UInt8], _ properties: Properties, allowsMore: Bool, to columns: inout [ColumnBuilder]
    ) throws(Malformed) {
      var place = 0
      var wordCount = 0
      for index in columns.indices {
        for _ in 0..<columns[index].property.width {
          guard let word = nextWord(line, &place) else {
            throw Malformed(
              "expected \(properties.wordCount) columns in an atom line, got \(wordCount)")
          }
          try columns[index].append(word)
          wordCount += 1
        }
      }
      guard allowsMore || nextWord(line, &place) == nil else {
        throw Malformed("expected \(properties.wordCount) columns in an atom line, got more")
      }
    }

    private static func nextWord(_ line: [UInt8], _ place: inout Int) -> ArraySlice<UInt8>? {
      while place < line.count, NumberText.isSpace(line[place]) { place += 1 }
      let start = place
      while place < line.count, !NumberText.isSpace(line[place]) { place += 1 }
      return start < place ? line[start..<place] : nil
    }

    /// Makes a frame of columns: atomic numbers and positions leave them.
    private func assembled(
      _ builders: [ColumnBuilder], _ atomCount: Int, _ cell: Cell?, _ info: Info
    ) throws(HoneError) -> Frame {
      var positions: [Double] = []
      var species: [String] = []
      var numbers: [Int]?
      var columns: [Column] = []
      for builder in builders {
        switch (builder.property.name, builder.values) {
        case ("pos", .reals(let values)): positions = values
        case ("species", .strings(let values)) where builder.property.width == 1: species = values
        case ("Z", .integers(let values)): numbers = values
        default:
          columns.append(
            Column(
              name: builder.property.name, width: builder.property.width, values: builder.values))
        }
      }
      let atomicNumbers = try atomicNumbers(species, numbers, atomCount)
      do throws(HoneError) {
        let structure = try Structure(
          atomicNumbers: atomicNumbers, positions: positions, cell: cell)
        return Frame(structure: structure, info: info, columns: columns)
      } catch {
        throw self.error(error.message)
      }
    }

    /// The atomic numbers: the column `Z` where there is one, as ASE has it, else the symbols.
    private func atomicNumbers(
      _ species: [String], _ numbers: [Int]?, _ atomCount: Int
    ) throws(HoneError) -> [Int32] {
      var result: [Int32] = []
      result.reserveCapacity(atomCount)
      for atom in 0..<atomCount {
        let word = numbers.map { "\($0[atom])" } ?? species[atom]
        let number = Int32(word) ?? ElementSymbols.atomicNumber(of: word)
        guard let number, (1...118).contains(number) else {
          throw error(
            "expected a chemical symbol or an atomic number from 1 to 118 for atom \(atom), got "
              + "'\(excerpt(word.utf8))'")
        }
        result.append(number)
      }
      return result
    }
  }
}
