internal import CHone
internal import Glibc
internal import Synchronization
internal import Testing

/// Twelve atoms in a cube of 6 Å, and how they move.
private enum Crystal {
  static let numbers: [Int32] = [6, 8, 1, 6, 8, 1, 1, 8, 6, 1, 1, 8]
  static let cell = [6.0, 0, 0, 0, 6.0, 0, 0.5, 0, 6.0]

  /// Positions after a number of steps: every atom goes its own way, out of the cell as well.
  static func positions(step: Int, length: Double = 0.05) -> [Double] {
    (0..<36).map { index in
      let (atom, axis) = (index / 3, index % 3)
      let site = [atom % 2, atom / 2 % 3, atom / 6][axis]
      let spacing = [3.0, 2.0, 3.0][axis]
      let jitter = 0.2 * sin(Double(7 * index + 3))
      return spacing * Double(site) + jitter
        + length * Double(step) * sin(Double(index * index + 1))
    }
  }
}

/// A workspace in a test's hands.
private struct WorkspaceFixture: ~Copyable {
  let workspace: OpaquePointer

  init(_ model: OpaquePointer?, skin: Double? = nil) throws {
    var made: OpaquePointer?
    try #require(hone_workspace_new(model, &made) == HONE_SUCCESS, "\(lastError())")
    workspace = try #require(made)
    if let skin { #expect(hone_workspace_set_skin(workspace, skin) == HONE_SUCCESS) }
  }

  deinit { hone_workspace_free(workspace) }
}

@Suite("hone_workspace")
struct WorkspaceTests {
  @Test(
    "gives what hone_model_compute gives, bit by bit, along any path",
    arguments: [0, 0.1, 0.5, 2, 10], [HONE_FLOAT32, HONE_FLOAT64].map(\.rawValue))
  func histories(_ skin: Double, _ precision: UInt32) throws {
    let fixture = try Fixture()
    _ = hone_model_set_precision(fixture.model, hone_precision(rawValue: precision))
    let memory = try WorkspaceFixture(fixture.model, skin: skin)
    // Small steps, a jump, back again: lists are used, thrown away, and used from the other side.
    for step in [0, 1, 2, 3, 4, 5, 6, 7, 8, 40, 39, 38, 0, 1] {
      let positions = Crystal.positions(step: step)
      let expected = Outcome(
        fixture.model, atomicNumbers: Crystal.numbers, positions: positions, cell: Crystal.cell)
      let given = Outcome(
        workspace: memory.workspace, atomicNumbers: Crystal.numbers, positions: positions,
        cell: Crystal.cell)
      #expect(expected.status == HONE_SUCCESS, "\(lastError())")
      #expect(given == expected, "step \(step)")
    }
  }

  @Test("forgets what it computed before: size, cell, species, periodicity, failures, skin")
  func unrelatedStructures() throws {
    let fixture = try Fixture()
    let memory = try WorkspaceFixture(fixture.model, skin: 1)
    let positions = Crystal.positions(step: 0)
    let strained = Crystal.cell.map { $0 * 1.01 }
    let swapped = Array(Crystal.numbers.reversed())
    let runs: [([Int32], [Double], [Double]?, [Int32]?)] = [
      (Crystal.numbers, positions, Crystal.cell, nil), (Crystal.numbers, positions, strained, nil),
      (swapped, positions, strained, nil), (swapped, positions, strained, [1, 0, 1]),
      (swapped, positions, nil, nil), ([6, 92], [0, 0, 0, 1.1, 0, 0], nil, nil),
      ([6, 8], [0, 0, 0, .nan, 0, 0], nil, nil), ([6, 8], [0, 0, 0, 0, 0, 0], nil, nil),
      ([6, 8], [0, 0, 0, 1.1, 0, 0], nil, nil), ([], [], nil, nil),
      ([6], [0, 0, 0], nil, nil), (Crystal.numbers, positions, Crystal.cell, nil),
    ]
    for (round, (numbers, positions, cell, periodic)) in (runs + runs.reversed()).enumerated() {
      let expected = Outcome(
        fixture.model, atomicNumbers: numbers, positions: positions, cell: cell,
        periodic: periodic)
      let given = Outcome(
        workspace: memory.workspace, atomicNumbers: numbers, positions: positions, cell: cell,
        periodic: periodic)
      #expect(given.status == expected.status)
      if expected.status == HONE_SUCCESS { #expect(given == expected, "round \(round)") }
      #expect(hone_workspace_set_skin(memory.workspace, Double(round % 3)) == HONE_SUCCESS)
    }
  }

  @Test("keeps the settings of the moment it was made, and the weights when the model is freed")
  func outlivesTheModel() throws {
    var model: OpaquePointer?
    try #require(hone_model_load(Fixture.path("sevennet/bias.pth"), &model) == HONE_SUCCESS)
    let positions = Crystal.positions(step: 3)
    func outcome(_ precision: hone_precision) -> Outcome {
      _ = hone_model_set_precision(model, precision)
      return Outcome(
        model, atomicNumbers: Crystal.numbers, positions: positions, cell: Crystal.cell)
    }
    let single = outcome(HONE_FLOAT32)
    let double = outcome(HONE_FLOAT64)
    #expect(single != double)
    let memory = try WorkspaceFixture(model)
    _ = hone_model_set_precision(model, HONE_FLOAT32)
    hone_model_free(model)
    for _ in 0..<2 {
      let given = Outcome(
        workspace: memory.workspace, atomicNumbers: Crystal.numbers, positions: positions,
        cell: Crystal.cell)
      #expect(given == double)
    }
  }

  @Test("refuses a skin that is no length", arguments: [-0.1, .nan, .infinity, -.infinity, 10.01])
  func refusesSkins(_ skin: Double) throws {
    let fixture = try Fixture()
    let memory = try WorkspaceFixture(fixture.model)
    #expect(hone_workspace_set_skin(memory.workspace, skin) == HONE_INVALID_ARGUMENT)
    #expect(lastError() == "skin must be 0 to 10 Å, got \(skin)")
  }

  @Test("refuses handles that are missing or of another kind, and names them")
  func wrongHandles() throws {
    let fixture = try Fixture()
    let memory = try WorkspaceFixture(fixture.model)
    var made = OpaquePointer(bitPattern: 0x1000)
    #expect(hone_workspace_new(nil, &made) == HONE_INVALID_ARGUMENT)
    #expect(made == nil)
    #expect(lastError() == "model must not be NULL")
    #expect(hone_workspace_new(fixture.model, nil) == HONE_INVALID_ARGUMENT)
    #expect(lastError() == "workspace must not be NULL")
    #expect(hone_workspace_new(memory.workspace, &made) == HONE_INVALID_ARGUMENT)
    #expect(lastError().hasPrefix("model must be a handle"))
    for (wrong, words) in [
      (nil, "workspace must not be NULL"),
      (fixture.model, "workspace must be a handle that the library gave"),
    ] {
      var statuses: [hone_status] = [hone_workspace_set_skin(wrong, 0.5)]
      #expect(lastError().hasPrefix(words))
      statuses.append(
        Outcome(workspace: wrong, atomicNumbers: [6, 8], positions: [0, 0, 0, 1, 0, 0]).status)
      #expect(lastError().hasPrefix(words))
      #expect(statuses.allSatisfy { $0 == HONE_INVALID_ARGUMENT })
      _ = hone_model_load("", nil)
      #expect(text(hone_workspace_fallback(wrong)) == "")
      #expect(lastError().hasPrefix(words))
    }
    hone_workspace_free(nil)
    // Refused: the model stays whole.
    hone_workspace_free(fixture.model)
    #expect(hone_model_layer_count(fixture.model) == 2)
  }

  @Test("refuses what hone_model_compute refuses, in the same words")
  func refusesArguments() throws {
    let fixture = try Fixture()
    let memory = try WorkspaceFixture(fixture.model)
    let fine = [0, 0, 0, 1.1, 0, 0]
    let cases: [([Int32], [Double], [Double]?, hone_status)] = [
      ([6, 92], fine, nil, HONE_UNKNOWN_SPECIES), ([6, 0], fine, nil, HONE_UNKNOWN_SPECIES),
      ([6, 8], [0, 0, 0, .nan, 0, 0], nil, HONE_INVALID_ARGUMENT),
      ([6, 8], [0, 0, 0, 0, 0, 0], nil, HONE_INVALID_ARGUMENT),
      ([6, 8], fine, [Double](repeating: 0, count: 9), HONE_INVALID_ARGUMENT),
      ([6, 8], fine, [Double](repeating: .infinity, count: 9), HONE_INVALID_ARGUMENT),
    ]
    for (numbers, positions, cell, status) in cases {
      let expected = Outcome(
        fixture.model, atomicNumbers: numbers, positions: positions, cell: cell)
      #expect(expected.status == status)
      let words = lastError()
      let given = Outcome(
        workspace: memory.workspace, atomicNumbers: numbers, positions: positions, cell: cell)
      #expect(given.status == status)
      #expect(lastError() == words)
    }
    for count in [-1, Int64.min, 1 << 31, .max] {
      let status = hone_workspace_compute(
        memory.workspace, count, [6], fine, nil, nil, nil, nil, nil, nil, nil)
      #expect(status == HONE_INVALID_ARGUMENT)
      #expect(lastError().hasPrefix("n_atoms must be"))
    }
    #expect(
      hone_workspace_compute(memory.workspace, 2, nil, fine, nil, nil, nil, nil, nil, nil, nil)
        == HONE_INVALID_ARGUMENT)
    #expect(lastError() == "atomic_numbers must not be NULL")
    #expect(
      hone_workspace_compute(memory.workspace, 2, [6, 8], nil, nil, nil, nil, nil, nil, nil, nil)
        == HONE_INVALID_ARGUMENT)
    #expect(lastError() == "positions must not be NULL")
  }

  @Test("threads with one model get each what one thread alone gets")
  func threadsShareAModel() throws {
    let fixture = try Fixture()
    let steps = 24
    let expected = (0..<steps).map {
      Outcome(
        fixture.model, atomicNumbers: Crystal.numbers, positions: Crystal.positions(step: $0),
        cell: Crystal.cell)
    }
    let model = UInt(bitPattern: fixture.model)
    let outcomes = inParallel(4) { rank in
      (0..<steps).map { step in
        let shifted = (step + 6 * rank) % steps
        return Outcome(
          OpaquePointer(bitPattern: model), atomicNumbers: Crystal.numbers,
          positions: Crystal.positions(step: shifted), cell: Crystal.cell)
      }
    }
    for (rank, outcomes) in outcomes.enumerated() {
      for step in 0..<steps { #expect(outcomes[step] == expected[(step + 6 * rank) % steps]) }
    }
  }

  @Test("threads that share a workspace against the rules get right numbers or a refusal")
  func threadsShareAWorkspace() throws {
    let fixture = try Fixture()
    let memory = try WorkspaceFixture(fixture.model)
    let expected = Outcome(
      fixture.model, atomicNumbers: Crystal.numbers, positions: Crystal.positions(step: 0),
      cell: Crystal.cell)
    let workspace = UInt(bitPattern: memory.workspace)
    let outcomes = inParallel(4) { _ in
      (0..<50).map { _ in
        Outcome(
          workspace: OpaquePointer(bitPattern: workspace), atomicNumbers: Crystal.numbers,
          positions: Crystal.positions(step: 0), cell: Crystal.cell)
      }
    }
    let all = outcomes.flatMap { $0 }
    #expect(all.contains { $0 == expected })
    for outcome in all where outcome != expected {
      #expect(outcome.status == HONE_INVALID_ARGUMENT)
    }
  }
}
