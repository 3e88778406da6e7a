internal import CHone
internal import Glibc
internal import Testing

@Suite("Models as handles")
struct ModelTests {
  @Test("loading says which argument is wrong, and leaves no handle")
  func loadRefuses() {
    let cases: [([CChar]?, hone_status, String)] = [
      (nil, HONE_INVALID_ARGUMENT, "path must not be NULL"),
      ([0], HONE_INVALID_ARGUMENT, "path must hold 1 to 4095 bytes, got none"),
      (
        [CChar](repeating: 97, count: 5000) + [0], HONE_INVALID_ARGUMENT,
        "path must hold 1 to 4095 bytes, got more"
      ),
      ([-1, 0], HONE_INVALID_ARGUMENT, "path must be UTF-8"),
      (Array("/no/such/file".utf8CString), HONE_IO_ERROR, "/no/such/file"),
      (Array("/".utf8CString), HONE_IO_ERROR, "/"),
      (Array(#filePath.utf8CString), HONE_FORMAT_ERROR, ""),
    ]
    for (path, expected, words) in cases {
      var model = OpaquePointer(bitPattern: 0x1000)
      let status =
        path.map { hone_model_load($0, &model) } ?? hone_model_load(nil, &model)
      #expect(status == expected, "\(lastError())")
      #expect(lastError().contains(words), "\(lastError())")
      #expect(model == nil)
    }
    #expect(hone_model_load("x", nil) == HONE_INVALID_ARGUMENT)
    #expect(lastError() == "model must not be NULL")
  }

  @Test("says what the file holds")
  func queries() throws {
    let fixture = try Fixture()
    #expect(hone_model_cutoff(fixture.model) > 1)
    #expect(hone_model_layer_count(fixture.model) >= 1)
    #expect(hone_model_exchange_width(fixture.model) >= 0)
    #expect(hone_model_parameter_count(fixture.model) > 100)
    #expect(text(hone_model_description(fixture.model)).hasPrefix("{"))
    #expect(hone_model_head_count(fixture.model) == 1)
  }

  @Test("a second handle shares the weights, not the settings, and outlives the first")
  func views() throws {
    var first: OpaquePointer?
    #expect(hone_model_load(Fixture.path("sevennet/bias.pth"), &first) == HONE_SUCCESS)
    #expect(hone_model_set_precision(first, HONE_FLOAT64) == HONE_SUCCESS)
    var second: OpaquePointer?
    #expect(hone_model_view(first, &second) == HONE_SUCCESS)
    let numbers: [Int32] = [6, 8]
    let positions = [0, 0, 0, 1.1, 0.2, 0]
    let double = Outcome(first, atomicNumbers: numbers, positions: positions)
    #expect(Outcome(second, atomicNumbers: numbers, positions: positions) == double)
    #expect(hone_model_set_precision(second, HONE_FLOAT32) == HONE_SUCCESS)
    let single = Outcome(second, atomicNumbers: numbers, positions: positions)
    #expect(single.forces != double.forces)
    #expect(Outcome(first, atomicNumbers: numbers, positions: positions) == double)
    hone_model_free(first)
    #expect(Outcome(second, atomicNumbers: numbers, positions: positions) == single)
    hone_model_free(second)
  }

  @Test("refuses handles and outputs that are missing, and names them")
  func missingHandles() throws {
    let fixture = try Fixture()
    var other = OpaquePointer(bitPattern: 0x1000)
    var count: Int32 = 0
    let statuses: [(hone_status, String)] = [
      (hone_model_view(nil, &other), "model"),
      (hone_model_save(nil, "x"), "model"),
      (hone_model_set_precision(nil, HONE_FLOAT32), "model"),
      (hone_model_set_thread_count(nil, 1), "model"),
      (hone_model_set_head(nil, "x"), "model"),
      (hone_model_species(nil, 0, nil, &count), "model"),
    ]
    #expect(other == nil)
    #expect(statuses.allSatisfy { $0.0 == HONE_INVALID_ARGUMENT })
    #expect(lastError() == "model must not be NULL")
    #expect(hone_model_view(fixture.model, nil) == HONE_INVALID_ARGUMENT)
    #expect(lastError() == "view must not be NULL")
    #expect(hone_model_save(fixture.model, nil) == HONE_INVALID_ARGUMENT)
    #expect(lastError() == "path must not be NULL")
    #expect(hone_model_set_head(fixture.model, nil) == HONE_INVALID_ARGUMENT)
    #expect(lastError() == "name must not be NULL")
    hone_model_free(nil)
  }

  @Test("queries without a handle give NaN, -1 or an empty text, and say why")
  func queriesWithoutHandle() {
    let queries: [() -> Bool] = [
      { hone_model_cutoff(nil).isNaN },
      { hone_model_layer_count(nil) == -1 },
      { hone_model_exchange_width(nil) == -1 },
      { hone_model_parameter_count(nil) == -1 },
      { hone_model_head_count(nil) == -1 },
      { text(hone_model_head_name(nil, 0)) == "" },
      { text(hone_model_description(nil)) == "" },
    ]
    for query in queries {
      #expect(hone_model_load("x", nil) == HONE_INVALID_ARGUMENT)
      #expect(query())
      #expect(lastError() == "model must not be NULL")
      // Something else in between, so that the next query has to set the sentence itself.
      #expect(hone_model_load("", nil) == HONE_INVALID_ARGUMENT)
    }
  }

  @Test("memory that is no handle is refused where that can be seen")
  func wrongMemory() {
    let zeros = UnsafeMutablePointer<UInt64>.allocate(capacity: 8)
    defer { zeros.deallocate() }
    zeros.initialize(repeating: 0, count: 8)
    #expect(hone_model_cutoff(OpaquePointer(zeros)).isNaN)
    #expect(lastError().contains("model must be a handle"))
    hone_model_free(OpaquePointer(zeros))
  }

  @Test("saves hone's own file, which loads again and gives the same")
  func savesAndLoads() throws {
    let fixture = try Fixture()
    let path = "\(#filePath).\(getpid()).build"
    defer { unlink(path) }
    #expect(hone_model_save(fixture.model, path) == HONE_SUCCESS, "\(lastError())")
    var copy: OpaquePointer?
    #expect(hone_model_load(path, &copy) == HONE_SUCCESS, "\(lastError())")
    let numbers: [Int32] = [6, 8]
    let positions = [0, 0, 0, 1.1, 0.2, 0]
    #expect(
      Outcome(copy, atomicNumbers: numbers, positions: positions)
        == Outcome(fixture.model, atomicNumbers: numbers, positions: positions))
    hone_model_free(copy)
    #expect(hone_model_save(fixture.model, "/no/such/folder/x") == HONE_IO_ERROR)
    #expect(lastError().contains("/no/such/folder"))
  }
}
