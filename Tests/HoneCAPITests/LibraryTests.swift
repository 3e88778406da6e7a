internal import CHone
internal import Glibc
internal import Synchronization
internal import Testing

internal import HoneCAPI
internal import HoneNumerics

@Suite("The library as a whole")
struct LibraryTests {
  @Test("the version of the header is the version that runs")
  func version() {
    #expect(text(hone_version()) == HONE_VERSION_STRING)
    #expect(
      HONE_VERSION_STRING == "\(HONE_VERSION_MAJOR).\(HONE_VERSION_MINOR).\(HONE_VERSION_PATCH)")
  }

  @Test("every status has its name, and every other value has one too")
  func statusNames() {
    let names: [(hone_status, UInt32, String)] = [
      (HONE_SUCCESS, 0, "HONE_SUCCESS"), (HONE_INVALID_ARGUMENT, 1, "HONE_INVALID_ARGUMENT"),
      (HONE_IO_ERROR, 2, "HONE_IO_ERROR"), (HONE_FORMAT_ERROR, 3, "HONE_FORMAT_ERROR"),
      (HONE_UNSUPPORTED, 4, "HONE_UNSUPPORTED"),
      (HONE_UNKNOWN_SPECIES, 5, "HONE_UNKNOWN_SPECIES"),
      (HONE_CALLBACK_ERROR, 6, "HONE_CALLBACK_ERROR"),
      (HONE_NOT_CONVERGED, 7, "HONE_NOT_CONVERGED"), (HONE_OUT_OF_MEMORY, 8, "HONE_OUT_OF_MEMORY"),
      (HONE_CANCELLED, 9, "HONE_CANCELLED"), (HONE_INTERNAL_ERROR, 255, "HONE_INTERNAL_ERROR"),
    ]
    for (status, value, name) in names {
      #expect(status.rawValue == value)
      #expect(text(hone_status_name(status)) == name)
    }
    #expect(text(hone_status_name(hone_status(rawValue: 10))) == "unknown hone_status")
    #expect(text(hone_status_name(hone_status(rawValue: .max))) == "unknown hone_status")
  }

  @Test("each thread has its own last failure, and none at first")
  func lastErrorPerThread() throws {
    #expect(hone_model_load(nil, nil) == HONE_INVALID_ARGUMENT)
    let before = lastError()
    let seen = inParallel(1) { _ in
      let atFirst = lastError()
      _ = hone_model_set_thread_count(nil, 1)
      _ = hone_model_view(nil, nil)
      return [atFirst, lastError()]
    }
    #expect(seen == [["", "view must not be NULL"]])
    #expect(lastError() == before)
  }

  @Test("a call that succeeds leaves the last failure as it is")
  func successKeepsLastError() throws {
    let fixture = try Fixture()
    #expect(hone_model_view(nil, nil) == HONE_INVALID_ARGUMENT)
    #expect(hone_model_set_thread_count(fixture.model, 1) == HONE_SUCCESS)
    #expect(lastError() == "view must not be NULL")
  }

  @Test("a long text is cut before a character that does not fit whole", arguments: 0..<4)
  func longErrors(_ shift: Int) throws {
    let text =
      String(repeating: "a", count: 2044 + shift) + "Å€😀" + String(repeating: "b", count: 9)
    let status = withStatus { () throws(HoneError) in throw HoneError(.notConverged, text) }
    #expect(status == HONE_NOT_CONVERGED)
    let kept = lastError()
    #expect(text.hasPrefix(kept))
    #expect((2044...2047).contains(kept.utf8.count))
    #expect(!kept.unicodeScalars.contains("\u{FFFD}"))
  }

  @Test("every kind of error has a status of its own")
  func kinds() {
    let kinds: [HoneError.Kind] = [
      .invalidArgument, .io, .format, .unsupported, .unknownSpecies, .callback, .notConverged,
      .outOfMemory, .cancelled, .internalError,
    ]
    #expect(kinds.map(\.status.rawValue) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 255])
  }

  @Test("a processor that lacks a feature is refused by the feature's name")
  func processor() throws {
    try requireProcessor()
    try requireProcessor(0)
    #if arch(x86_64)
      // FMA4 and XOP died with AMD's Bulldozer line, which never had AVX-512.
      let error = #expect(throws: HoneError.self) {
        try requireProcessor(1 << 13 | 1 << 32)
      }
      #expect(error?.kind == .unsupported)
      #expect(error?.message.contains("which this one lacks") == true)
      #expect(error?.message.contains("HONE_CPU=x86-64-v3") == true)
    #endif
  }

  @Test("messages reach the host's function, with its context, until it is taken away")
  func logging() throws {
    let box = Box()
    hone_set_log_callback(
      { context, level, message in
        guard let context, level == HONE_LOG_INFO else { return }
        let box = Unmanaged<Box>.fromOpaque(context).takeUnretainedValue()
        box.messages.withLock { $0.append(text(message)) }
      }, Unmanaged.passUnretained(box).toOpaque())
    _ = try Fixture("sevennet/l2-parity.pth")
    hone_set_log_callback(nil, nil)
    _ = try Fixture("sevennet/l2-parity.pth")
    // Other tests run at the same time, and load other files.
    let mine = box.messages.withLock { $0.filter { $0.contains("l2-parity.pth") } }
    #expect(mine.count == 1)
    #expect(mine.first?.contains("parameters") == true)
  }
}

/// What a message leaves behind.
private final class Box: Sendable {
  let messages = Mutex<[String]>([])
}
