internal import CHone
internal import Glibc
internal import Testing

/// One structure, as a test writes it down.
struct Sample {
  var numbers: [Int32]
  var positions: [Double]
  var cell: [Double]?
  var periodic: [Int32]?

  /// Molecules and crystals of many sizes, one of them empty.
  static let all: [Sample] = (0..<23).map { index in
    let count = [7, 1, 12, 0, 30, 2][index % 6]
    let positions = (0..<3 * count).map { component in
      let (atom, axis) = (component / 3, component % 3)
      let site = [atom % 3, atom / 3 % 3, atom / 9][axis]
      return 1.9 * Double(site) + 0.2 * sin(Double(11 * component + 5 * index))
    }
    return Sample(
      numbers: (0..<count).map { [6, 8, 1][($0 + index) % 3] }, positions: positions,
      cell: index % 4 == 0 ? nil : [7, 0, 0, 0.4, 7, 0, 0, 0, 8],
      periodic: index % 4 == 3 ? [1, 0, 1] : nil)
  }
}

/// What a batch gave, all outputs in one array each.
struct BatchResult: Equatable {
  var status = HONE_SUCCESS
  var energies: [Double]
  var forces: [Double]
  var virials: [Double]
  var atomEnergies: [Double]
  var atomVirials: [Double]

  /// Computes everything, after a last change of the structures.
  init(
    _ model: OpaquePointer?, _ samples: [Sample], count: Int64? = nil,
    _ change: (inout [hone_structure]) -> Void = { _ in }
  ) {
    let atoms = samples.reduce(0) { $0 + $1.numbers.count }
    func room(_ count: Int) -> [Double] { [Double](repeating: .nan, count: count) }
    energies = room(samples.count)
    forces = room(3 * atoms)
    virials = room(9 * samples.count)
    atomEnergies = room(atoms)
    atomVirials = room(9 * atoms)
    let numbers = copy(samples.map(\.numbers))
    let positions = copy(samples.map(\.positions))
    let cells = copy(samples.map { $0.cell ?? [] })
    let flags = copy(samples.map { $0.periodic ?? [] })
    defer {
      for pointer in numbers + flags { pointer?.deallocate() }
      for pointer in positions + cells { pointer?.deallocate() }
    }
    var structures = samples.indices.map { index in
      hone_structure(
        size: MemoryLayout<hone_structure>.size, n_atoms: Int64(samples[index].numbers.count),
        atomic_numbers: numbers[index], positions: positions[index], cell: cells[index],
        periodic: flags[index], charge: 0, multiplicity: 0)
    }
    change(&structures)
    status = hone_model_compute_batch(
      model, count ?? Int64(samples.count), structures, &energies, &forces, &virials,
      &atomEnergies, &atomVirials)
  }
}

/// Copies of arrays; nil for empty ones.
private func copy<Element>(_ arrays: [[Element]]) -> [UnsafePointer<Element>?] {
  arrays.map { array in
    guard !array.isEmpty else { return nil }
    let memory = UnsafeMutablePointer<Element>.allocate(capacity: array.count)
    memory.initialize(from: array, count: array.count)
    return UnsafePointer(memory)
  }
}

@Suite("hone_model_compute_batch")
struct BatchTests {
  @Test(
    "gives what single calls give, bit by bit, with any number of threads", arguments: [1, 2, 7])
  func singleCalls(_ threads: Int32) throws {
    let fixture = try Fixture()
    let singles = Sample.all.map {
      Outcome(
        fixture.model, atomicNumbers: $0.numbers, positions: $0.positions, cell: $0.cell,
        periodic: $0.periodic)
    }
    #expect(singles.allSatisfy { $0.status == HONE_SUCCESS })
    #expect(hone_model_set_thread_count(fixture.model, threads) == HONE_SUCCESS)
    for _ in 0..<2 {
      let batch = BatchResult(fixture.model, Sample.all)
      #expect(batch.status == HONE_SUCCESS, "\(lastError())")
      #expect(batch.energies == singles.map(\.energy))
      #expect(batch.forces == singles.flatMap(\.forces))
      #expect(batch.virials == singles.flatMap(\.virial))
      #expect(batch.atomEnergies == singles.flatMap(\.atomEnergies))
      #expect(batch.atomVirials == singles.flatMap(\.atomVirials))
    }
  }

  @Test("computes what is asked for, and nothing of no structures")
  func partialOutputs() throws {
    let fixture = try Fixture()
    let sample = Sample.all[2]
    let count = Int64(sample.numbers.count)
    let single = Outcome(
      fixture.model, atomicNumbers: sample.numbers, positions: sample.positions, cell: sample.cell,
      periodic: sample.periodic)
    var energies = [Double](repeating: .nan, count: 2)
    sample.numbers.withUnsafeBufferPointer { numbers in
      sample.positions.withUnsafeBufferPointer { positions in
        (sample.cell ?? []).withUnsafeBufferPointer { cell in
          var structure = hone_structure()
          structure.size = MemoryLayout<hone_structure>.size
          structure.n_atoms = count
          structure.atomic_numbers = numbers.baseAddress
          structure.positions = positions.baseAddress
          structure.cell = cell.baseAddress
          // Nothing here depends on them, not even when they are no numbers.
          structure.charge = .nan
          structure.multiplicity = -3
          #expect(
            hone_model_compute_batch(
              fixture.model, 2, [structure, structure], &energies, nil, nil, nil, nil)
              == HONE_SUCCESS)
        }
      }
    }
    #expect(abs(energies[0] - single.energy) < 1e-5)
    #expect(energies[0] == energies[1])
    #expect(
      hone_model_compute_batch(fixture.model, 0, nil, nil, nil, nil, nil, nil) == HONE_SUCCESS)
  }

  @Test("names the first structure at fault, with any number of threads", arguments: [1, 2, 7])
  func firstError(_ threads: Int32) throws {
    let fixture = try Fixture()
    #expect(hone_model_set_thread_count(fixture.model, threads) == HONE_SUCCESS)
    for round in 0..<8 {
      var samples = Sample.all
      // The first one at fault takes longest to be found: its species are looked at last.
      samples[10].numbers[29] = 92
      samples[12 + round].numbers = [6]
      samples[12 + round].positions = [0, .nan, 0]
      let batch = BatchResult(fixture.model, samples)
      #expect(batch.status == HONE_UNKNOWN_SPECIES)
      #expect(lastError().hasPrefix("structures[10]: atomic_numbers[29] is 92"))
    }
    #expect(BatchResult(fixture.model, Sample.all).status == HONE_SUCCESS)
  }

  @Test("refuses structures of a wrong size or without arrays, and names them")
  func refusesStructures() throws {
    let fixture = try Fixture()
    func refuses(
      _ words: String, _ status: hone_status = HONE_INVALID_ARGUMENT,
      _ change: (inout [hone_structure]) -> Void
    ) {
      #expect(BatchResult(fixture.model, Sample.all, change).status == status)
      #expect(lastError().hasPrefix(words), "\(lastError())")
    }
    for size in [0, 8, 31, 33, 5000, Int.max, -8] {
      refuses("structures[0].size must be sizeof(hone_structure), 64, got") {
        $0[0].size = size
      }
    }
    refuses("structures[2].size must be that of the first, 64, got 0") { $0[2].size = 0 }
    refuses("structures[5].n_atoms must be 0 to 2147483647, got -1") { $0[5].n_atoms = -1 }
    refuses("structures[5].n_atoms must be 0 to 2147483647, got") { $0[5].n_atoms = 1 << 31 }
    refuses("structures[4]: atomic_numbers must not be NULL") { $0[4].atomic_numbers = nil }
    refuses("structures[4]: positions must not be NULL") { $0[4].positions = nil }
    refuses("structures[3]: cell must not be NULL") { $0[3].cell = nil }
  }

  @Test("reads structures of other sizes: what is missing is zero, what is unknown must be")
  func otherSizes() throws {
    let fixture = try Fixture()
    let numbers: [Int32] = [6, 8]
    let positions = [0, 0, 0, 1.1, 0.2, 0]
    let cell = [3.0, 0, 0, 0, 3.0, 0, 0, 0, 3.0]
    let molecule = Outcome(fixture.model, atomicNumbers: numbers, positions: positions)
    let crystal = Outcome(fixture.model, atomicNumbers: numbers, positions: positions, cell: cell)
    func energies(size: Int, tail: UInt8 = 0) -> (hone_status, [Double]) {
      let memory = UnsafeMutableRawPointer.allocate(byteCount: 3 * size, alignment: 8)
      defer { memory.deallocate() }
      memory.initializeMemory(as: UInt8.self, repeating: tail, count: 3 * size)
      var energies = [Double](repeating: .nan, count: 3)
      let status = numbers.withUnsafeBufferPointer { numbers in
        positions.withUnsafeBufferPointer { positions in
          cell.withUnsafeBufferPointer { cell in
            for index in 0..<3 {
              var structure = hone_structure()
              structure.size = size
              structure.n_atoms = 2
              structure.atomic_numbers = numbers.baseAddress
              structure.positions = positions.baseAddress
              structure.cell = cell.baseAddress
              withUnsafeBytes(of: structure) { bytes in
                (memory + index * size).copyMemory(
                  from: bytes.baseAddress.unsafelyUnwrapped, byteCount: min(size, bytes.count))
              }
            }
            return hone_model_compute_batch(
              fixture.model, 3, memory.assumingMemoryBound(to: hone_structure.self), &energies,
              nil, nil, nil, nil)
          }
        }
      }
      return (status, energies)
    }
    let older = energies(size: 32)
    #expect(older.0 == HONE_SUCCESS, "\(lastError())")
    for energy in older.1 { #expect(abs(energy - molecule.energy) < 1e-5) }
    let newer = energies(size: 96)
    #expect(newer.0 == HONE_SUCCESS, "\(lastError())")
    for energy in newer.1 { #expect(abs(energy - crystal.energy) < 1e-5) }
    #expect(abs(molecule.energy - crystal.energy) > 1e-3)
    #expect(energies(size: 96, tail: 1).0 == HONE_UNSUPPORTED)
    #expect(lastError().hasPrefix("structures[0] says what only a later version"))
  }

  @Test("refuses counts and handles that are none", arguments: [-1, Int64.min, 1 << 31, .max])
  func refusesCounts(_ count: Int64) throws {
    let fixture = try Fixture()
    #expect(BatchResult(fixture.model, Sample.all, count: count).status == HONE_INVALID_ARGUMENT)
    #expect(lastError() == "n_structures must be 0 to 2147483647, got \(count)")
    #expect(BatchResult(nil, Sample.all).status == HONE_INVALID_ARGUMENT)
    #expect(lastError() == "model must not be NULL")
    #expect(
      hone_model_compute_batch(fixture.model, 2, nil, nil, nil, nil, nil, nil)
        == HONE_INVALID_ARGUMENT)
    #expect(lastError() == "structures must not be NULL")
  }
}
