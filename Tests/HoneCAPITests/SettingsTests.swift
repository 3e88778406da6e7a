internal import CHone
internal import Testing

@Suite("Settings and queries with arguments")
struct SettingsTests {
  @Test("refuses a precision it does not know", arguments: [2, -1, Int32.max, .min])
  func refusesPrecision(_ value: Int32) throws {
    let fixture = try Fixture()
    let precision = hone_precision(rawValue: UInt32(bitPattern: value))
    #expect(hone_model_set_precision(fixture.model, precision) == HONE_INVALID_ARGUMENT)
    #expect(lastError().hasPrefix("precision must be"))
    #expect(lastError().hasSuffix("got \(value)"))
  }

  @Test("takes thread counts from 1 to 4096, and 0 for all cores", arguments: [0, 1, 2, 4096])
  func threadCounts(_ count: Int32) throws {
    let fixture = try Fixture()
    #expect(hone_model_set_thread_count(fixture.model, count) == HONE_SUCCESS)
    let outcome = Outcome(fixture.model, atomicNumbers: [1, 8], positions: [0, 0, 0, 0.9, 0, 0])
    #expect(outcome.status == HONE_SUCCESS, "\(lastError())")
  }

  @Test("refuses other thread counts", arguments: [-1, 4097, Int32.max, .min])
  func refusesThreadCounts(_ count: Int32) throws {
    let fixture = try Fixture()
    #expect(hone_model_set_thread_count(fixture.model, count) == HONE_INVALID_ARGUMENT)
    #expect(lastError().hasPrefix("count must be"))
    #expect(lastError().hasSuffix("got \(count)"))
  }

  @Test("chooses a head by its name, and the head decides the energy")
  func heads() throws {
    let fixture = try Fixture("sevennet/modal-mf0.pth")
    let count = hone_model_head_count(fixture.model)
    #expect(count > 1)
    var energies: Set<Double> = []
    for index in 0..<count {
      let name = hone_model_head_name(fixture.model, index)
      #expect(hone_model_set_head(fixture.model, name) == HONE_SUCCESS, "\(lastError())")
      let outcome = Outcome(fixture.model, atomicNumbers: [6, 8], positions: [0, 0, 0, 1.1, 0, 0])
      #expect(outcome.status == HONE_SUCCESS, "\(lastError())")
      energies.insert(outcome.energy)
    }
    #expect(energies.count == Int(count))
    #expect(hone_model_set_head(fixture.model, "no such head") == HONE_INVALID_ARGUMENT)
    #expect(lastError().contains("name must be one of the heads"))
    #expect(lastError().contains(text(hone_model_head_name(fixture.model, 1))))
    #expect(hone_model_set_head(fixture.model, "") == HONE_INVALID_ARGUMENT)
  }

  @Test("refuses indices of heads there are not", arguments: [-1, 1, Int32.max, .min])
  func refusesHeadIndex(_ index: Int32) throws {
    let fixture = try Fixture()
    #expect(text(hone_model_head_name(fixture.model, index)) == "")
    #expect(lastError() == "index must be 0 to 0, got \(index)")
  }

  @Test("lists its species in two calls, and refuses room that is too small")
  func species() throws {
    let fixture = try Fixture()
    var count: Int32 = -1
    #expect(hone_model_species(fixture.model, 0, nil, &count) == HONE_SUCCESS)
    #expect(count > 1)
    var numbers = [Int32](repeating: -1, count: Int(count) + 1)
    #expect(hone_model_species(fixture.model, count + 1, &numbers, &count) == HONE_SUCCESS)
    #expect(numbers.dropLast() == numbers.dropLast().sorted()[...])
    #expect(numbers.first == 1)
    #expect(numbers.last == -1)
    var untouched: [Int32] = [-7]
    #expect(hone_model_species(fixture.model, 1, &untouched, &count) == HONE_INVALID_ARGUMENT)
    #expect(lastError().hasPrefix("capacity must be"))
    #expect(untouched == [-7])
    #expect(hone_model_species(fixture.model, -1, &numbers, &count) == HONE_INVALID_ARGUMENT)
    #expect(lastError().hasPrefix("capacity must not be negative"))
    #expect(hone_model_species(fixture.model, 9, nil, &count) == HONE_INVALID_ARGUMENT)
    #expect(lastError() == "atomic_numbers must not be NULL")
    #expect(hone_model_species(fixture.model, 9, &numbers, nil) == HONE_INVALID_ARGUMENT)
    #expect(lastError() == "count must not be NULL")
  }
}
