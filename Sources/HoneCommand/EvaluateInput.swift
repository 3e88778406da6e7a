internal import Glibc
internal import HoneNumerics
internal import HoneStructure
internal import HoneTraining

/// A frame on its way through an evaluation.
struct EvaluateFrame: Sendable {
  let frame: ExtendedXYZ.Frame
  /// Its references, or nil where it has none.
  let labels: SourceLabels?
  /// The head to compute it with.
  let head: Int
  /// The value by which it is grouped, or nil where it has none.
  let group: String?
  /// What messages call the file.
  let file: String
  /// The number of the frame, counted from 1.
  let number: Int

  /// Runs a body; its error with file and frame.
  func located<T>(_ body: () throws(HoneError) -> T) throws(HoneError) -> T {
    do throws(HoneError) {
      return try body()
    } catch {
      throw HoneError(error.kind, "\(file): frame \(number): \(error.message)")
    }
  }
}

/// Frames of a file with their references, a few at a time.
struct EvaluateInput {
  private var reader: ExtendedXYZ.Reader
  private var labels: LabelReader
  private let groupKey: String
  private let heads: [String]
  private let defaultHead: Int
  /// A frame that has been read and belongs to the next few.
  private var waiting: EvaluateFrame?
  /// What is wrong with the frame after those that were handed out.
  private var failure: HoneError?
  private var framesOfUnknownHeads = 0
  private var unknownHead: String?

  /// Frames of more atoms are computed alone, by all threads.
  static let largeAtomCount = 2000
  /// How many frames there are at once for each thread.
  private static let framesPerThread = 8

  /// Reads from a file.
  ///
  /// - Parameters:
  ///   - reader: The file.
  ///   - keys: The names of references.
  ///   - group: The key by which frames are grouped; nil for their kind.
  ///   - heads: The heads of the model that frames may choose; none when all have the default head.
  ///   - defaultHead: The head of frames that choose none.
  init(
    _ reader: ExtendedXYZ.Reader, keys: LabelKeys, group: String?, heads: [String], defaultHead: Int
  ) {
    self.reader = reader
    labels = LabelReader(keys: keys)
    groupKey = group ?? keys.configurationType
    self.heads = heads.count > 1 ? heads : []
    self.defaultHead = defaultHead
  }

  /// Opens a file of frames, or standard input for "-".
  ///
  /// Standard input is opened once more by its name where it is a pipe or a file of which nothing has
  /// been read, for then it need not be in memory as a whole.
  ///
  /// - Throws: `.io` when it cannot be opened.
  static func reader(_ path: String) throws(HoneError) -> ExtendedXYZ.Reader {
    guard path == "-", isReopenable, let reader = try? ExtendedXYZ.Reader(path: "/dev/stdin")
    else { return try StructureInput.reader(path) }
    return reader
  }

  private static var isReopenable: Bool {
    var status = stat()
    guard fstat(STDIN_FILENO, &status) == 0 else { return false }
    switch status.st_mode & S_IFMT {
    case S_IFIFO: return true
    case S_IFREG: return lseek(STDIN_FILENO, 0, SEEK_CUR) == 0
    default: return false
    }
  }

  /// The next frames, in order; none at the end.
  ///
  /// - Parameter threadCount: For how many threads there should be work.
  /// - Throws: What is wrong with a frame, after those before it have been handed out.
  mutating func next(threadCount: Int) throws(HoneError) -> [EvaluateFrame] {
    if let failure { throw failure }
    var frames: [EvaluateFrame] = []
    let limit = threadCount > 1 ? Self.framesPerThread * threadCount : 1
    while frames.count < limit {
      do throws(HoneError) {
        guard let frame = try read() else { break }
        let isLarge = frame.frame.structure.atomCount > Self.largeAtomCount
        if isLarge && !frames.isEmpty {
          waiting = frame
          break
        }
        frames.append(frame)
        if isLarge { break }
      } catch {
        guard !frames.isEmpty else { throw error }
        failure = error
        break
      }
    }
    return frames
  }

  private mutating func read() throws(HoneError) -> EvaluateFrame? {
    if let waiting {
      self.waiting = nil
      return waiting
    }
    guard let frame = try reader.next() else { return nil }
    return EvaluateFrame(
      frame: frame, labels: try labels.labels(of: frame, from: reader), head: head(of: frame),
      group: frame.text(groupKey), file: reader.name, number: reader.frameCount)
  }

  private mutating func head(of frame: ExtendedXYZ.Frame) -> Int {
    guard !heads.isEmpty, let name = frame.text("head") else { return defaultHead }
    if let index = heads.firstIndex(of: name) { return index }
    framesOfUnknownHeads += 1
    if unknownHead == nil { unknownHead = name }
    return defaultHead
  }

  /// What a person should know of the frames.
  var notes: [String] {
    guard let unknownHead else { return [] }
    let count = framesOfUnknownHeads == 1 ? "1 frame" : "\(framesOfUnknownHeads) frames"
    return [
      "\(count) with heads the model lacks, such as '\(Style.excerpt(unknownHead))', computed with "
        + "'\(heads[defaultHead])'"
    ]
  }
}
