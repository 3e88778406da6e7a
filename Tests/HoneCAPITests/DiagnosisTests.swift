internal import CHone
internal import Glibc
internal import HoneTestSupport
internal import Testing

/// A model that knows 60 shaken molecules of carbon monoxide and water, made once.
private struct FittedFixture: ~Copyable {
  let model: OpaquePointer

  static let numbers: [Int32] = [6, 8, 1, 8, 1]

  /// Two molecules next to each other, shaken by so many ångströms.
  static func positions(_ index: Int, amplitude: Double = 0.08) -> [Double] {
    let ideal = [0, 0, 0, 1.13, 0, 0, 0.2, 2.5, 0, 0.3, 3.45, 0, 1.25, 3.6, 0]
    return ideal.enumerated().map { place, value in
      value + amplitude * sin(Double(37 * index + 11) * (Double(place) + 1.7))
    }
  }

  init(_ name: String = "sevennet/bias.pth") throws {
    let fixture = try Fixture(name)
    var dataset: OpaquePointer?
    try #require(hone_dataset_new(&dataset) == HONE_SUCCESS)
    defer { hone_dataset_free(dataset) }
    for index in 0..<60 {
      #expect(Self.add(Self.numbers, Self.positions(index), to: dataset) == HONE_SUCCESS)
    }
    var model: OpaquePointer?
    try #require(
      hone_model_fit_statistics(fixture.model, dataset, &model) == HONE_SUCCESS, "\(lastError())")
    self.model = try #require(model)
  }

  deinit { hone_model_free(model) }

  static func add(_ numbers: [Int32], _ positions: [Double], to dataset: OpaquePointer?)
    -> hone_status
  {
    var energy = -1.0
    var structure = hone_structure()
    structure.size = MemoryLayout<hone_structure>.size
    structure.n_atoms = Int64(numbers.count)
    var labels = hone_labels()
    labels.size = MemoryLayout<hone_labels>.size
    return numbers.withUnsafeBufferPointer { numbers in
      positions.withUnsafeBufferPointer { positions in
        withUnsafePointer(to: &energy) { energy in
          structure.atomic_numbers = numbers.baseAddress
          structure.positions = positions.baseAddress
          labels.energy = energy
          return hone_dataset_add(dataset, &structure, &labels)
        }
      }
    }
  }
}

/// What `hone_model_diagnose` says of a molecule.
private struct Finding {
  var status = HONE_SUCCESS
  var diagnosis = hone_diagnosis()
  var distances, coordination, forceNorms: [Double]

  init(
    _ model: OpaquePointer?, _ numbers: [Int32], _ positions: [Double], forces: [Double]? = nil,
    size: Int = MemoryLayout<hone_diagnosis>.size
  ) {
    let empty = [Double](repeating: -7, count: numbers.count)
    (distances, coordination, forceNorms) = (empty, empty, empty)
    var structure = hone_structure()
    structure.size = MemoryLayout<hone_structure>.size
    structure.n_atoms = Int64(numbers.count)
    diagnosis.size = size
    var found = diagnosis
    status = numbers.withUnsafeBufferPointer { numbers in
      positions.withUnsafeBufferPointer { positions in
        structure.atomic_numbers = numbers.baseAddress
        structure.positions = positions.baseAddress
        return hone_model_diagnose(
          model, &structure, forces, &found, &distances, &coordination, &forceNorms)
      }
    }
    diagnosis = found
  }
}

@Suite("hone_model_diagnose and what leads to it")
struct DiagnosisTests {
  private static let numbers = FittedFixture.numbers

  @Test("known molecules are near, stretched ones far, and every number has its standing")
  func diagnose() throws {
    let fixture = try FittedFixture()
    let known = Finding(fixture.model, Self.numbers, FittedFixture.positions(7))
    #expect(known.status == HONE_SUCCESS, "\(lastError())")
    let diagnosis = known.diagnosis
    #expect(diagnosis.is_known_combination == 1 && diagnosis.is_within_sizes == 1)
    #expect(diagnosis.n_unseen_species == 0 && diagnosis.unseen_species.0 == 0)
    #expect(diagnosis.atom_count.value == 5 && diagnosis.atom_count.quantile == 0.5)
    #expect(diagnosis.force_norm.is_known == 1 && diagnosis.force_norm.value > 0)
    #expect((0...1).contains(diagnosis.force_norm.quantile))
    #expect(diagnosis.connectivity.is_known == 1 && diagnosis.connectivity.quantile <= 1)
    #expect(diagnosis.largest_distance == known.distances.max())
    #expect(known.distances[Int(diagnosis.farthest_atom)] == diagnosis.largest_distance)
    #expect(diagnosis.largest_distance < 1.5)
    for quantile in known.coordination + known.forceNorms { #expect((0...1).contains(quantile)) }

    let stretched = Finding(
      fixture.model, Self.numbers, FittedFixture.positions(7).map { 1.7 * $0 })
    #expect(stretched.diagnosis.largest_distance > 3 && stretched.diagnosis.is_shifted == 1)

    let forces = [Double](repeating: 40, count: 15)
    let pushed = Finding(
      fixture.model, Self.numbers, FittedFixture.positions(7), forces: forces)
    #expect(pushed.diagnosis.force_norm.value > 69 && pushed.diagnosis.force_norm.is_shifted == 1)
    #expect(pushed.diagnosis.force_norm.quantile == 1)
    #expect(pushed.forceNorms == [1, 1, 1, 1, 1])
    #expect(pushed.distances == known.distances)
  }

  @Test("elements that the model lacks are unseen, not an error")
  func unseen() throws {
    let fixture = try FittedFixture()
    let found = Finding(fixture.model, [6, 9, 92, 8], [0, 0, 0, 1.3, 0, 0, 0, 2, 0, 0, 0, 3])
    #expect(found.status == HONE_SUCCESS, "\(lastError())")
    #expect(found.diagnosis.n_unseen_species == 2 && found.diagnosis.is_shifted == 1)
    #expect(found.diagnosis.unseen_species.0 == 9 && found.diagnosis.unseen_species.1 == 92)
    #expect(found.distances[1] == .infinity && found.distances[0].isNaN)
    #expect(found.diagnosis.largest_distance == .infinity && found.diagnosis.farthest_atom == 1)
    #expect(found.diagnosis.force_norm.is_known == 0 && found.diagnosis.force_norm.value.isNaN)
    #expect(found.coordination[1].isNaN && !found.coordination[0].isNaN)
    #expect(found.forceNorms.allSatisfy { $0.isNaN })
  }

  @Test("a workspace measures what diagnose does, and computes the same")
  func workspace() throws {
    let fixture = try FittedFixture()
    var workspace: OpaquePointer?
    try #require(hone_workspace_new(fixture.model, &workspace) == HONE_SUCCESS)
    defer { hone_workspace_free(workspace) }
    var distances = [Double](repeating: -7, count: 5)
    #expect(
      hone_workspace_descriptor_distances(workspace, 5, &distances) == HONE_INVALID_ARGUMENT)
    #expect(lastError().contains("set diagnosis"))
    let without = Outcome(
      workspace: workspace, atomicNumbers: Self.numbers, positions: FittedFixture.positions(3))
    #expect(
      hone_workspace_descriptor_distances(workspace, 5, &distances) == HONE_INVALID_ARGUMENT)
    #expect(hone_workspace_set_diagnosis(workspace, 1) == HONE_SUCCESS)
    let with = Outcome(
      workspace: workspace, atomicNumbers: Self.numbers, positions: FittedFixture.positions(3))
    #expect(with == without)
    #expect(hone_workspace_descriptor_distances(workspace, 5, &distances) == HONE_SUCCESS)
    let expected = Finding(fixture.model, Self.numbers, FittedFixture.positions(3)).distances
    #expect(distances == expected)
    #expect(
      hone_workspace_descriptor_distances(workspace, 4, &distances) == HONE_INVALID_ARGUMENT)
    #expect(lastError().contains("count must be"))
    #expect(hone_workspace_descriptor_distances(workspace, 5, nil) == HONE_INVALID_ARGUMENT)
    // What failed has measured nothing.
    _ = Outcome(workspace: workspace, atomicNumbers: [92], positions: [0, 0, 0])
    #expect(
      hone_workspace_descriptor_distances(workspace, 1, &distances) == HONE_INVALID_ARGUMENT)
    _ = Outcome(workspace: workspace, atomicNumbers: [], positions: [])
    #expect(hone_workspace_descriptor_distances(workspace, 0, nil) == HONE_SUCCESS)
    #expect(hone_workspace_set_diagnosis(workspace, 0) == HONE_SUCCESS)
    _ = Outcome(
      workspace: workspace, atomicNumbers: Self.numbers, positions: FittedFixture.positions(3))
    #expect(
      hone_workspace_descriptor_distances(workspace, 5, &distances) == HONE_INVALID_ARGUMENT)
  }

  @Test(
    "own atoms of a domain have the distances that they have in the whole",
    arguments: [HONE_FLOAT32, HONE_FLOAT64].map(\.rawValue))
  func domains(_ precision: UInt32) throws {
    let fixture = try FittedFixture()
    _ = hone_model_set_precision(fixture.model, hone_precision(rawValue: precision))
    var workspace: OpaquePointer?
    try #require(hone_workspace_new(fixture.model, &workspace) == HONE_SUCCESS)
    defer { hone_workspace_free(workspace) }
    #expect(hone_workspace_set_diagnosis(workspace, 1) == HONE_SUCCESS)
    let whole = Finding(fixture.model, Self.numbers, FittedFixture.positions(4)).distances
    // The first two atoms, then the others: what is not a process' own is its halo.
    for own in [0..<2, 2..<5] {
      let order = Array(own) + (0..<5).filter { !own.contains($0) }
      let numbers = order.map { Self.numbers[$0] }
      let all = FittedFixture.positions(4)
      let positions = order.flatMap { all[3 * $0..<3 * $0 + 3] }
      let counts = [Int32](repeating: 4, count: 5)
      let lists = (0..<5).flatMap { center in (0..<5).filter { $0 != center }.map(Int32.init) }
      let status = lists.withUnsafeBufferPointer { lists in
        let starts = (0..<5).map { center in lists.baseAddress.map { $0 + 4 * center } }
        return starts.withUnsafeBufferPointer { starts in
          numbers.withUnsafeBufferPointer { numbers in
            positions.withUnsafeBufferPointer { positions in
              counts.withUnsafeBufferPointer { counts in
                var domain = hone_domain()
                domain.size = MemoryLayout<hone_domain>.size
                domain.n_local = Int64(own.count)
                domain.n_ghost = Int64(5 - own.count)
                domain.n_centers = domain.n_local
                domain.n_ghost_centers = domain.n_ghost
                domain.atomic_numbers = numbers.baseAddress
                domain.positions = positions.baseAddress
                domain.neighbor_counts = counts.baseAddress
                domain.neighbors = starts.baseAddress
                domain.quantities = UInt32(HONE_ENERGY | HONE_FORCES)
                return hone_workspace_compute_domain(workspace, &domain, nil, nil, nil, nil, nil)
              }
            }
          }
        }
      }
      #expect(status == HONE_SUCCESS, "\(lastError())")
      var distances = [Double](repeating: -7, count: own.count)
      #expect(
        hone_workspace_descriptor_distances(workspace, Int64(own.count), &distances)
          == HONE_SUCCESS)
      for (distance, atom) in zip(distances, own) {
        let tolerance = precision == HONE_FLOAT32.rawValue ? 1e-3 : 1e-9
        #expect((distance - whole[atom]).magnitude < tolerance * max(1, whole[atom]))
      }
    }
  }

  @Test("statistics survive a file, and malformed arguments are named")
  func arguments() throws {
    let fixture = try FittedFixture()
    let bare = try Fixture()
    let positions = FittedFixture.positions(0)
    let missing = Finding(bare.model, Self.numbers, positions)
    #expect(missing.status == HONE_INVALID_ARGUMENT && lastError().contains("hone diagnose --fit"))
    var workspace: OpaquePointer?
    try #require(hone_workspace_new(bare.model, &workspace) == HONE_SUCCESS)
    defer { hone_workspace_free(workspace) }
    #expect(hone_workspace_set_diagnosis(workspace, 1) == HONE_INVALID_ARGUMENT)
    #expect(lastError().contains("hone_model_fit_statistics"))
    #expect(hone_workspace_set_diagnosis(workspace, 0) == HONE_SUCCESS)
    #expect(hone_workspace_set_diagnosis(nil, 0) == HONE_INVALID_ARGUMENT)

    let folder = try TemporaryFolder()
    let path = folder.path("diagnosis.safetensors")
    #expect(hone_model_save(fixture.model, path) == HONE_SUCCESS)
    var loaded: OpaquePointer?
    try #require(hone_model_load(path, &loaded) == HONE_SUCCESS, "\(lastError())")
    defer { hone_model_free(loaded) }
    let (before, after) = (
      Finding(fixture.model, Self.numbers, positions), Finding(loaded, Self.numbers, positions)
    )
    for (x, y) in zip(before.distances, after.distances) {
      #expect((x - y).magnitude < 1e-3 * max(1, x))
    }

    #expect(Finding(loaded, [], []).status == HONE_INVALID_ARGUMENT)
    #expect(lastError().contains("one atom or more"))
    #expect(Finding(loaded, [6, 0], [0, 0, 0, 1, 0, 0]).status == HONE_INVALID_ARGUMENT)
    #expect(lastError().contains("atomic_numbers[1]"))
    #expect(Finding(loaded, [6, 8], [0, 0, 0, .nan, 0, 0]).status == HONE_INVALID_ARGUMENT)
    #expect(
      Finding(loaded, [6, 8], [0, 0, 0, 1, 0, 0], forces: [0, 0, 0, 0, .nan, 0]).status
        == HONE_INVALID_ARGUMENT)
    #expect(lastError().contains("forces[1][1]"))
    for size in [0, 12, MemoryLayout<hone_diagnosis>.size - 8, 1 << 20] {
      #expect(Finding(loaded, Self.numbers, positions, size: size).status == HONE_INVALID_ARGUMENT)
      #expect(lastError().contains("diagnosis->size"))
    }
    #expect(hone_model_diagnose(loaded, nil, nil, nil, nil, nil, nil) == HONE_INVALID_ARGUMENT)

    var dataset: OpaquePointer?
    try #require(hone_dataset_new(&dataset) == HONE_SUCCESS)
    defer { hone_dataset_free(dataset) }
    var fitted: OpaquePointer? = loaded
    #expect(hone_model_fit_statistics(loaded, dataset, &fitted) == HONE_INVALID_ARGUMENT)
    #expect(fitted == nil)
    #expect(hone_model_fit_statistics(loaded, dataset, nil) == HONE_INVALID_ARGUMENT)
    #expect(hone_model_fit_statistics(nil, dataset, &fitted) == HONE_INVALID_ARGUMENT)
    #expect(lastError().contains("base"))
    #expect(FittedFixture.add([92, 1], [0, 0, 0, 2, 0, 0], to: dataset) == HONE_SUCCESS)
    #expect(hone_model_fit_statistics(loaded, dataset, &fitted) == HONE_UNKNOWN_SPECIES)
  }
}
