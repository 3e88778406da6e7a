internal import CHone
internal import Synchronization
internal import Testing

/// A molecule, and one whose atoms are too close for tables.
private let numbers: [Int32] = [6, 8, 1]
private let positions = [0, 0, 0, 1.1, 0.2, 0, -0.5, 0.9, 0.1]
private let close = [0, 0, 0, 0.15, 0, 0, -0.5, 0.9, 0.1]

/// Messages that reached the host, of whoever computes meanwhile.
private final class Messages: Sendable {
  let all = Mutex<[(hone_log_level, String)]>([])
}

@Suite("Which evaluator computes", .serialized)
struct EvaluatorTests {
  @Test("the reference evaluator gives the same to what the tables promise, and says that it did")
  func evaluators() throws {
    let fixture = try Fixture()
    _ = hone_model_set_precision(fixture.model, HONE_FLOAT64)
    #expect(text(hone_model_fallback(fixture.model)) == "")
    #expect(hone_model_table_error(fixture.model) == 0)
    let compiled = Outcome(fixture.model, atomicNumbers: numbers, positions: positions)
    #expect(text(hone_model_fallback(fixture.model)) == "")
    let error = hone_model_table_error(fixture.model)
    #expect(error > 0 && error <= 1e-10, "\(error)")
    #expect(hone_model_set_evaluator(fixture.model, HONE_EVALUATOR_REFERENCE) == HONE_SUCCESS)
    let reference = Outcome(fixture.model, atomicNumbers: numbers, positions: positions)
    #expect(
      text(hone_model_fallback(fixture.model)) == "the reference evaluator was asked for")
    #expect(compiled != reference)
    #expect(zip(compiled.forces, reference.forces).allSatisfy { abs($0 - $1) < 1e-8 })
    #expect(hone_model_set_evaluator(fixture.model, HONE_EVALUATOR_AUTOMATIC) == HONE_SUCCESS)
    #expect(Outcome(fixture.model, atomicNumbers: numbers, positions: positions) == compiled)
    #expect(text(hone_model_fallback(fixture.model)) == "")
  }

  @Test("a tolerance decides what the error of the tables is")
  func tolerances() throws {
    let fixture = try Fixture()
    _ = hone_model_set_precision(fixture.model, HONE_FLOAT64)
    let usual = Outcome(fixture.model, atomicNumbers: numbers, positions: positions)
    let usualError = hone_model_table_error(fixture.model)
    #expect(hone_model_set_table_tolerance(fixture.model, 1e-4) == HONE_SUCCESS)
    #expect(hone_model_table_error(fixture.model) == 0)
    let coarse = Outcome(fixture.model, atomicNumbers: numbers, positions: positions)
    let coarseError = hone_model_table_error(fixture.model)
    #expect(coarse != usual)
    #expect(coarseError > 10 * usualError && coarseError <= 1e-4, "\(coarseError)")
    #expect(zip(coarse.forces, usual.forces).allSatisfy { abs($0 - $1) < 1e-2 })
    #expect(hone_model_set_table_tolerance(fixture.model, 0) == HONE_SUCCESS)
    #expect(Outcome(fixture.model, atomicNumbers: numbers, positions: positions) == usual)
    #expect(hone_model_table_error(fixture.model) == usualError)
  }

  @Test("reports a fallback for as long as it lasts, and logs it once per handle")
  func fallbacks() throws {
    let messages = Messages()
    hone_set_log_callback(
      { context, level, message in
        guard let context else { return }
        Unmanaged<Messages>.fromOpaque(context).takeUnretainedValue().all.withLock {
          $0.append((level, text(message)))
        }
      }, Unmanaged.passUnretained(messages).toOpaque())
    defer { hone_set_log_callback(nil, nil) }
    let fixture = try Fixture()
    let reason = "two atoms are closer than 0.2 Å"
    var seen: [UnsafePointer<CChar>?] = []
    for _ in 0..<3 {
      #expect(
        Outcome(fixture.model, atomicNumbers: numbers, positions: close).status == HONE_SUCCESS)
      seen.append(hone_model_fallback(fixture.model))
      #expect(text(seen[0]) == reason)
      // A failure leaves it as it was, and does not count.
      let unknown = Outcome(fixture.model, atomicNumbers: [6, 92, 1], positions: close)
      #expect(unknown.status == HONE_UNKNOWN_SPECIES)
      #expect(text(hone_model_fallback(fixture.model)) == reason)
      _ = Outcome(fixture.model, atomicNumbers: numbers, positions: positions)
      #expect(text(hone_model_fallback(fixture.model)) == "")
      // What was lent before is still there.
      #expect(text(seen[0]) == reason)
    }
    #expect(Set(seen).count == 1)
    var workspace: OpaquePointer?
    #expect(hone_workspace_new(fixture.model, &workspace) == HONE_SUCCESS)
    for _ in 0..<3 {
      #expect(text(hone_workspace_fallback(workspace)) == "")
      _ = Outcome(workspace: workspace, atomicNumbers: numbers, positions: close)
      #expect(text(hone_workspace_fallback(workspace)) == reason)
      #expect(text(hone_model_fallback(fixture.model)) == "")
      _ = Outcome(workspace: workspace, atomicNumbers: numbers, positions: positions)
    }
    hone_workspace_free(workspace)
    // One of the handle, one of the workspace; a host that asks for the reference is not told.
    _ = hone_model_set_evaluator(fixture.model, HONE_EVALUATOR_REFERENCE)
    _ = Outcome(fixture.model, atomicNumbers: numbers, positions: positions)
    let mine = messages.all.withLock { $0.filter { $0.1.contains("evaluator") } }
    #expect(mine.count == 2)
    #expect(mine.allSatisfy { $0.0 == HONE_LOG_INFO && $0.1.hasSuffix(reason) })
  }

  @Test("a batch tells of the first structure that was left to the reference evaluator")
  func batches() throws {
    let fixture = try Fixture()
    _ = hone_model_set_thread_count(fixture.model, 2)
    let fine = Sample(numbers: numbers, positions: positions)
    let hard = Sample(numbers: numbers, positions: close)
    #expect(BatchResult(fixture.model, [fine, hard, fine]).status == HONE_SUCCESS)
    #expect(text(hone_model_fallback(fixture.model)) == "two atoms are closer than 0.2 Å")
    #expect(BatchResult(fixture.model, [fine, fine]).status == HONE_SUCCESS)
    #expect(text(hone_model_fallback(fixture.model)) == "")
  }

  @Test("refuses evaluators it does not know", arguments: [2, -1, Int32.max, .min])
  func refusesEvaluators(_ value: Int32) throws {
    let fixture = try Fixture()
    let evaluator = hone_evaluator(rawValue: UInt32(bitPattern: value))
    #expect(hone_model_set_evaluator(fixture.model, evaluator) == HONE_INVALID_ARGUMENT)
    #expect(lastError().hasPrefix("evaluator must be"))
    #expect(lastError().hasSuffix("got \(value)"))
  }

  @Test(
    "refuses tolerances that no table can have",
    arguments: [-1e-7, .nan, .infinity, -.infinity, 1e-13, 0.02, .leastNonzeroMagnitude])
  func refusesTolerances(_ tolerance: Double) throws {
    let fixture = try Fixture()
    #expect(hone_model_set_table_tolerance(fixture.model, tolerance) == HONE_INVALID_ARGUMENT)
    let words = "tolerance must be 1e-12 to 1e-2, or 0 for the default, got"
    #expect(lastError() == "\(words) \(tolerance)")
  }

  @Test("settings and queries without a handle are refused, and say why")
  func withoutHandle() {
    let calls: [() -> Bool] = [
      { hone_model_set_evaluator(nil, HONE_EVALUATOR_REFERENCE) == HONE_INVALID_ARGUMENT },
      { hone_model_set_table_tolerance(nil, 0) == HONE_INVALID_ARGUMENT },
      { hone_model_table_error(nil).isNaN },
      { text(hone_model_fallback(nil)) == "" },
    ]
    for call in calls {
      #expect(hone_model_load("x", nil) == HONE_INVALID_ARGUMENT)
      #expect(hone_model_load("", nil) == HONE_INVALID_ARGUMENT)
      #expect(call())
      #expect(lastError() == "model must not be NULL")
    }
  }
}
