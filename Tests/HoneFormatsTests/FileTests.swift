import Glibc
import HoneFormats
import HoneNumerics
import Testing

@Suite struct FileTests {
  private func text(_ path: String) throws -> String? { try Bytes(contentsOfFile: path).utf8Text }

  @Test("What is written can be read, and replaces what was there")
  func replace() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/file"
    for content in ["first", "", "second"] {
      try AtomicFile.write(to: path) { sink throws(HoneError) in
        try sink.write(Array(content.utf8))
      }
      #expect(try text(path) == content)
    }
    #expect(directory.files == ["file"])
  }

  @Test("Large content arrives in order and whole")
  func large() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/file"
    let part = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    try AtomicFile.write(to: path) { sink throws(HoneError) in
      try sink.write(Array(part[..<10]))
      try sink.write(Bytes(part))
      try sink.write(part)
    }
    #expect(try Bytes(contentsOfFile: path).array() == part[..<10] + part + part)
  }

  @Test("A failure while writing leaves the old file and nothing else")
  func failure() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/file"
    try AtomicFile.write(to: path) { sink throws(HoneError) in try sink.write([65]) }
    #expect(throws: HoneError.self) {
      try AtomicFile.write(to: path) { sink throws(HoneError) in
        try sink.write([66])
        throw HoneError(.cancelled, "stopped")
      }
    }
    #expect(try text(path) == "A")
    #expect(directory.files == ["file"])
  }

  @Test("What killed writers left is removed, and nothing else")
  func leftovers() throws {
    let directory = try TemporaryDirectory()
    let others = [".hone-", ".hone-12-", ".hone-x-1", ".hone-1-A", ".hone-1-2-3", "hone-1-2"]
    for name in others + [".hone-1-2", ".hone-4194304-1z141z3"] {
      close(open("\(directory.path)/\(name)", O_CREAT | O_WRONLY, 0o600))
    }
    symlink("hone-1-2", "\(directory.path)/.hone-5-5")
    try AtomicFile.write(to: directory.path + "/file") { sink throws(HoneError) in
      // The file that is being written stays, also where the same process looks.
      AtomicFile.removeLeftovers(inDirectory: directory.path)
      try sink.write([65])
    }
    #expect(try text(directory.path + "/file") == "A")
    #expect(directory.files == (others + [".hone-5-5", "file"]).sorted())
    AtomicFile.removeLeftovers(inDirectory: directory.path + "/none")
    AtomicFile.removeLeftovers(inDirectory: "")
  }

  @Test("Links are followed and permissions kept")
  func links() throws {
    let directory = try TemporaryDirectory()
    let (path, link) = (directory.path + "/file", directory.path + "/link")
    try AtomicFile.write(to: path) { sink throws(HoneError) in try sink.write([65]) }
    chmod(path, 0o640)
    symlink("file", link)
    try AtomicFile.write(to: link) { sink throws(HoneError) in try sink.write([66]) }
    #expect(try text(path) == "B" && text(link) == "B")
    var status = stat()
    lstat(link, &status)
    #expect(status.st_mode & S_IFMT == S_IFLNK)
    stat(path, &status)
    #expect(status.st_mode & 0o777 == 0o640)
  }

  @Test("Only regular files are read or replaced, and the message says what was found")
  func irregular() throws {
    let directory = try TemporaryDirectory()
    let pipe = directory.path + "/pipe"
    mkfifo(pipe, 0o600)
    for (path, found) in [
      (directory.path, "a directory"), (pipe, "a pipe"), ("/dev/zero", "a device"),
    ] {
      let reading = #expect(throws: HoneError.self) { try Bytes(contentsOfFile: path) }
      #expect(reading?.kind == .io && reading?.message.contains(found) == true)
      let writing = #expect(throws: HoneError.self) {
        try AtomicFile.write(to: path) { _ throws(HoneError) in }
      }
      #expect(writing?.kind == .io && writing?.message.contains(found) == true)
    }
    #expect(directory.files == ["pipe"])
  }

  @Test("Missing files and directories are named with the system's reason")
  func missing() {
    let error = #expect(throws: HoneError.self) { try Bytes(contentsOfFile: "/no/such") }
    #expect(error?.message == "could not open '/no/such': No such file or directory")
    #expect(error?.kind == .io)
    let path = "/no/such/file"
    #expect(
      kind { () throws(HoneError) in
        try AtomicFile.write(to: path) { _ throws(HoneError) in }
      } == .io)
    for path in ["", "a\0b"] {
      #expect(
        kind { () throws(HoneError) in _ = try Bytes(contentsOfFile: path) } == .invalidArgument)
    }
  }

  @Test("Slices and integers stay within their run of bytes")
  func bytes() throws {
    let bytes = try #require(Bytes([1, 2, 3, 4, 5]).slice(at: 1, count: 3))
    #expect(bytes.integer(at: 0, as: UInt16.self) == 0x0302)
    #expect(bytes.integer(at: 2, as: UInt16.self) == nil && bytes.byte(at: 3) == nil)
    #expect(
      bytes.integer(at: -1, as: UInt8.self) == nil && bytes.integer(at: .max, as: Int.self) == nil)
    #expect(bytes.slice(at: 3, count: 0)?.count == 0 && bytes.slice(at: 2, count: 2) == nil)
    #expect(bytes.slice(at: .max, count: .max) == nil && bytes.slice(at: 0, count: -1) == nil)
  }
}
