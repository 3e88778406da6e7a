internal import CHone
internal import Glibc
internal import HoneTestSupport
internal import Testing

/// A data set in a test's hands.
private struct DataSetFixture: ~Copyable {
  let dataset: OpaquePointer

  init() throws {
    var made: OpaquePointer?
    try #require(hone_dataset_new(&made) == HONE_SUCCESS, "\(lastError())")
    dataset = try #require(made)
  }

  deinit { hone_dataset_free(dataset) }

  /// Adds a bent molecule of hydrogen and carbon with its labels.
  func add(
    bend: Double = 0, energy: Double? = -1, forces: [Double]? = nil, weights: [Double]? = nil,
    size: Int = MemoryLayout<hone_labels>.size, numbers: [Int32] = [1, 6, 1],
    type: StaticString? = nil
  ) -> hone_status {
    let positions = [0, 0, 0, 1.1, 0, 0, 1.5, 1 + bend, 0]
    var structure = hone_structure()
    structure.size = MemoryLayout<hone_structure>.size
    structure.n_atoms = Int64(numbers.count)
    var labels = hone_labels()
    labels.size = size
    let energies = energy.map { [$0] } ?? []
    return numbers.withUnsafeBufferPointer { numbers in
      positions.withUnsafeBufferPointer { positions in
        energies.withUnsafeBufferPointer { energies in
          (forces ?? []).withUnsafeBufferPointer { forces in
            (weights ?? []).withUnsafeBufferPointer { weights in
              structure.atomic_numbers = numbers.baseAddress
              structure.positions = positions.baseAddress
              labels.energy = energies.isEmpty ? nil : energies.baseAddress
              labels.forces = forces.isEmpty ? nil : forces.baseAddress
              labels.weights = weights.isEmpty ? nil : weights.baseAddress
              labels.config_type = type.map {
                UnsafeRawPointer($0.utf8Start).assumingMemoryBound(to: CChar.self)
              }
              return hone_dataset_add(dataset, &structure, &labels)
            }
          }
        }
      }
    }
  }
}

extension DataSetFixture {
  /// Adds two atoms at one place.
  func addOverlap() -> hone_status {
    var structure = hone_structure()
    structure.size = MemoryLayout<hone_structure>.size
    structure.n_atoms = 2
    var labels = hone_labels()
    labels.size = MemoryLayout<hone_labels>.size
    let (numbers, positions, energy): ([Int32], [Double], [Double]) = (
      [1, 1], [0, 0, 0, 0, 0, 0], [1]
    )
    return numbers.withUnsafeBufferPointer { numbers in
      positions.withUnsafeBufferPointer { positions in
        energy.withUnsafeBufferPointer { energy in
          structure.atomic_numbers = numbers.baseAddress
          structure.positions = positions.baseAddress
          labels.energy = energy.baseAddress
          return hone_dataset_add(dataset, &structure, &labels)
        }
      }
    }
  }
}

/// Begins a run on some bent molecules.
private func run(
  _ model: OpaquePointer?, _ data: borrowing DataSetFixture, _ configuration: String?
) throws -> OpaquePointer {
  var trainer: OpaquePointer?
  try #require(
    hone_trainer_new(model, data.dataset, nil, configuration, &trainer) == HONE_SUCCESS,
    "\(lastError())")
  return try #require(trainer)
}

@Suite("hone_dataset and hone_trainer")
struct TrainingTests {
  private static let scratch = """
    {"model": {"family": "mace", "cutoff": 3.0, "hidden_irreps": "4x0e", "max_ell": 1, "correlation": 2,
      "radial_hidden": [8]}, "run": {"epochs": 2, "batch_size": 2},
      "schedule": {"shape": "constant"}, "data": {"validation_count": 1}}
    """

  private static func bentMolecules(_ count: Int = 5) throws -> DataSetFixture {
    let data = try DataSetFixture()
    for index in 0..<count {
      let bend = 0.05 * Double(index)
      let forces = (0..<9).map { 0.1 * sin(Double($0)) * bend }
      #expect(
        data.add(bend: bend, energy: -1 - bend, forces: forces) == HONE_SUCCESS, "\(lastError())")
    }
    return data
  }

  @Test("structures that make no sense are refused by number, and change nothing")
  func refusals() throws {
    let data = try DataSetFixture()
    #expect(data.add() == HONE_SUCCESS)
    #expect(data.add(bend: 0.1, energy: nil) == HONE_INVALID_ARGUMENT)
    #expect(lastError() == "structure 1: expected an energy, forces or a virial, got none of them")
    #expect(data.add(bend: 0.1, energy: .nan) == HONE_INVALID_ARGUMENT)
    #expect(lastError() == "structure 1: energy must be finite, got nan")
    #expect(
      data.add(bend: 0.1, forces: [0, 0, 0, 0, 0, 0, .infinity, 0, 0]) == HONE_INVALID_ARGUMENT)
    #expect(lastError() == "structure 1: forces must be finite, got inf as number 6")
    #expect(data.add(bend: 0.1, weights: [1, -1, 1, 1, 1]) == HONE_INVALID_ARGUMENT)
    #expect(lastError().contains("weights must be finite and not negative, got -1"))
    #expect(data.add(bend: 0.1, numbers: [1, 119, 1]) == HONE_INVALID_ARGUMENT)
    #expect(lastError() == "atomic_numbers must be 1 to 118, but atomic_numbers[1] is 119")
    #expect(data.add(bend: 0.1, numbers: []) == HONE_INVALID_ARGUMENT)
    #expect(data.add(bend: 0.1, size: 8) == HONE_INVALID_ARGUMENT)
    #expect(lastError().contains("labels->size must be sizeof(hone_labels)"))
    #expect(hone_dataset_count(data.dataset) == 1)
    #expect(hone_dataset_count(nil) == -1)
    #expect(data.add(bend: 0.2) == HONE_SUCCESS)
    #expect(data.add(numbers: [1], type: "IsolatedAtom") == HONE_SUCCESS)
    #expect(hone_dataset_count(data.dataset) == 2)
    #expect(data.add(energy: -2, numbers: [1], type: "IsolatedAtom") == HONE_INVALID_ARGUMENT)
    #expect(
      lastError()
        == "structure 3: expected one energy of isolated H, got -2.0 after -1.0 eV: remove one of "
        + "the frames")
  }

  @Test("a file that fails half-way adds nothing")
  func files() throws {
    let data = try DataSetFixture()
    let folder = try TemporaryFolder()
    let frame = "1\nProperties=species:S:1:pos:R:3 energy=%\nH 0 0 0\n"
    let path = try folder.file(
      "a.xyz", frame.replacing("%", with: "1") + frame.replacing("%", with: "nan"))
    #expect(hone_dataset_add_file(data.dataset, path, nil) == HONE_FORMAT_ERROR)
    #expect(lastError().hasPrefix("\(path):line 5 (frame 2): energy must be finite, got nan"))
    #expect(hone_dataset_count(data.dataset) == 0)
    #expect(hone_dataset_add_file(data.dataset, folder.path("b.xyz"), nil) == HONE_IO_ERROR)
    #expect(hone_dataset_add_file(data.dataset, path, "[]") == HONE_FORMAT_ERROR)
    #expect(hone_dataset_add_file(data.dataset, path, "{\"key\": 1}") == HONE_FORMAT_ERROR)
    let other = try folder.file(
      "c.xyz", frame.replacing("energy=%", with: "e=1") + frame.replacing("energy=%", with: "x=1"))
    let options = "{\"energy_key\": \"e\", \"unlabeled\": \"skip\"}"
    #expect(hone_dataset_add_file(data.dataset, other, nil) == HONE_FORMAT_ERROR)
    #expect(hone_dataset_add_file(data.dataset, other, options) == HONE_SUCCESS, "\(lastError())")
    #expect(hone_dataset_count(data.dataset) == 1)
  }

  @Test("a model from scratch is trained, saved, gone on with, and read again")
  func scratch() throws {
    let data = try Self.bentMolecules()
    let folder = try TemporaryFolder()
    let trainer = try run(nil, data, Self.scratch)
    defer { hone_trainer_free(trainer) }
    var progress = hone_training_progress()
    progress.size = MemoryLayout<hone_training_progress>.size
    #expect(hone_trainer_progress(trainer, &progress) == HONE_SUCCESS)
    #expect(progress.n_epochs == 2 && progress.n_total_steps == 0 && progress.learning_rate.isNaN)
    #expect(hone_trainer_step(trainer) == HONE_SUCCESS)
    #expect(hone_trainer_progress(trainer, &progress) == HONE_SUCCESS)
    #expect(progress.step == 1 && progress.n_steps == 2 && progress.loss > 0)
    #expect(progress.learning_rate == 0.01 && progress.validation_loss.isNaN)
    #expect(hone_trainer_save(trainer, folder.path("checkpoint")) == HONE_SUCCESS)
    #expect(hone_trainer_run(trainer, nil, nil) == HONE_SUCCESS, "\(lastError())")
    #expect(hone_trainer_progress(trainer, &progress) == HONE_SUCCESS)
    #expect(progress.is_done == 1 && progress.epoch == 2 && progress.validation_loss > 0)
    #expect(hone_trainer_step(trainer) == HONE_INVALID_ARGUMENT)

    // The same run with more epochs goes on from the checkpoint of this one.
    let longer = try run(nil, data, Self.scratch.replacing("\"epochs\": 2", with: "\"epochs\": 3"))
    defer { hone_trainer_free(longer) }
    #expect(
      hone_trainer_restore(longer, folder.path("checkpoint")) == HONE_SUCCESS, "\(lastError())")
    #expect(hone_trainer_run(longer, nil, nil) == HONE_SUCCESS)
    #expect(hone_trainer_progress(longer, &progress) == HONE_SUCCESS)
    #expect(progress.n_total_steps == 6)

    // Progress is that of the middle of an epoch at once, and a failure leaves it so.
    #expect(hone_trainer_restore(longer, folder.path("checkpoint")) == HONE_SUCCESS)
    for path in [folder.path("checkpoint"), Fixture.path("sevennet/bias.pth")] {
      _ = hone_trainer_restore(longer, path)
      #expect(hone_trainer_progress(longer, &progress) == HONE_SUCCESS)
      #expect(progress.step == 1 && progress.n_steps == 2)
    }

    // The same structures to train on, others to judge: another run.
    var judged: OpaquePointer?
    let part = try Self.bentMolecules(1)
    #expect(
      hone_trainer_new(
        nil, data.dataset, part.dataset,
        Self.scratch.replacing(", \"data\": {\"validation_count\": 1}", with: ""), &judged)
        == HONE_SUCCESS, "\(lastError())")
    defer { hone_trainer_free(judged) }
    #expect(hone_trainer_restore(judged, folder.path("checkpoint")) == HONE_INVALID_ARGUMENT)

    // Another data set is another run.
    #expect(data.add(bend: 0.5) == HONE_SUCCESS)
    let other = try run(nil, data, Self.scratch)
    defer { hone_trainer_free(other) }
    #expect(
      hone_trainer_restore(other, folder.path("checkpoint")) == HONE_INVALID_ARGUMENT)
    #expect(hone_trainer_step(other) == HONE_SUCCESS, "a failure leaves it as it was")

    var model: OpaquePointer?
    #expect(hone_trainer_model(trainer, &model) == HONE_SUCCESS)
    defer { hone_model_free(model) }
    #expect(hone_model_save(model, folder.path("model")) == HONE_SUCCESS)
    var read: OpaquePointer?
    #expect(hone_model_load(folder.path("model"), &read) == HONE_SUCCESS, "\(lastError())")
    defer { hone_model_free(read) }
    #expect(hone_model_cutoff(read) == 3)
    var (now, then) = (hone_errors(), hone_errors())
    now.size = MemoryLayout<hone_errors>.size
    then.size = now.size
    #expect(hone_model_evaluate(model, data.dataset, &now) == HONE_SUCCESS)
    #expect(hone_trainer_evaluate(trainer, data.dataset, &then) == HONE_SUCCESS)
    #expect(now.n_energies == 6 && now.n_forces == 45 && now.virial_mae.isNaN)
    // One is computed from tables, the other by the reference evaluator.
    #expect(abs(now.force_rmse - then.force_rmse) < 1e-5 * then.force_rmse)
  }

  @Test("more epochs, another order of keys and empty tables are the same run")
  func sameRun() throws {
    let data = try Self.bentMolecules()
    let fixture = try Fixture()
    let folder = try TemporaryFolder()
    let first = try run(fixture.model, data, nil)
    defer { hone_trainer_free(first) }
    #expect(hone_trainer_step(first) == HONE_SUCCESS)
    #expect(hone_trainer_save(first, folder.path("a")) == HONE_SUCCESS)
    for (text, status) in [
      ("{\"run\": {\"epochs\": 200, \"patience\": 3}, \"loss\": {}}", HONE_SUCCESS),
      ("{\"run\": {\"seed\": 2}}", HONE_INVALID_ARGUMENT),
      ("{\"schedule\": {\"shape\": \"cosine\"}}", HONE_INVALID_ARGUMENT),
    ] {
      let other = try run(fixture.model, data, text)
      defer { hone_trainer_free(other) }
      #expect(hone_trainer_restore(other, folder.path("a")) == status, "\(text): \(lastError())")
    }
  }

  @Test("a structure that cannot be computed is found before anything is trained")
  func overlap() throws {
    let data = try Self.bentMolecules(3)
    let judge = try Self.bentMolecules(2)
    let fixture = try Fixture()
    var trainer: OpaquePointer?
    #expect(
      hone_trainer_new(fixture.model, data.dataset, judge.dataset, nil, &trainer) == HONE_SUCCESS)
    hone_trainer_free(trainer)
    #expect(judge.addOverlap() == HONE_SUCCESS)
    #expect(
      hone_trainer_new(fixture.model, data.dataset, judge.dataset, nil, &trainer)
        == HONE_INVALID_ARGUMENT)
    #expect(lastError().hasPrefix("validation structure 2: "), "\(lastError())")
  }

  @Test("wrong arguments give a status and a sentence")
  func wrongArguments() throws {
    let data = try Self.bentMolecules()
    let fixture = try Fixture()
    var trainer: OpaquePointer?
    func begin(_ model: OpaquePointer?, _ configuration: String?) -> hone_status {
      let status = hone_trainer_new(model, data.dataset, nil, configuration, &trainer)
      #expect(trainer == nil)
      return status
    }
    #expect(begin(nil, nil) == HONE_FORMAT_ERROR)
    #expect(lastError() == "expected a table as 'model', got nothing")
    #expect(begin(fixture.model, Self.scratch) == HONE_FORMAT_ERROR)
    #expect(lastError().hasPrefix("expected no table 'model' where there is a model to begin with"))
    #expect(begin(fixture.model, "{\"energies\": {\"scale\": \"none\"}}") == HONE_FORMAT_ERROR)
    #expect(lastError().hasPrefix("expected no table 'energies'"))
    #expect(begin(nil, "{\"model\": 3}") == HONE_FORMAT_ERROR)
    #expect(lastError() == "expected a table as 'model', got 3")
    let frozen =
      "{\"rates\": {\"embedding\": 0, \"radial\": 0, \"interaction\": 0, \"readout\": 0}}"
    #expect(begin(fixture.model, frozen) == HONE_INVALID_ARGUMENT)
    #expect(lastError().hasPrefix("expected parameters to train"), "\(lastError())")
    #expect(
      begin(fixture.model, "{\"run\": {\"checkpoint_minutes\": 1e300}}") == HONE_INVALID_ARGUMENT)
    #expect(begin(fixture.model, "{\"loss\": {\"kind\": \"stress\"}}") == HONE_INVALID_ARGUMENT)
    #expect(begin(fixture.model, "{") == HONE_FORMAT_ERROR)
    #expect(lastError().hasPrefix("configuration: "))
    #expect(begin(fixture.model, "{\"data\": {\"training\": \"a\"}}") == HONE_FORMAT_ERROR)
    #expect(begin(fixture.model, "{\"run\": {\"epochs\": -1}}") == HONE_FORMAT_ERROR)
    #expect(begin(fixture.model, "{\"data\": {\"validation_count\": 5}}") == HONE_INVALID_ARGUMENT)
    let empty = try DataSetFixture()
    #expect(
      hone_trainer_new(fixture.model, empty.dataset, nil, nil, &trainer) == HONE_INVALID_ARGUMENT)
    #expect(lastError() == "training must hold a structure or more, got none")
    #expect(
      hone_trainer_new(fixture.model, data.dataset, fixture.model, nil, &trainer)
        == HONE_INVALID_ARGUMENT)
    #expect(lastError().hasPrefix("validation must be a handle"))
    #expect(
      hone_trainer_new(fixture.model, nil, nil, nil, &trainer) == HONE_INVALID_ARGUMENT)
    #expect(lastError() == "training must not be NULL")
    #expect(hone_trainer_new(fixture.model, data.dataset, nil, nil, nil) == HONE_INVALID_ARGUMENT)
    #expect(data.add(bend: 0.3, numbers: [92, 6, 1]) == HONE_SUCCESS)
    #expect(begin(fixture.model, nil) == HONE_UNKNOWN_SPECIES)
    #expect(lastError().hasPrefix("structure 5: atom 0 is U (92)"))
    var errors = hone_errors()
    #expect(hone_model_evaluate(fixture.model, data.dataset, &errors) == HONE_INVALID_ARGUMENT)
    #expect(lastError().contains("errors->size must be sizeof(hone_errors)"))
    for status in [
      hone_trainer_step(nil), hone_trainer_run(nil, nil, nil), hone_trainer_progress(nil, nil),
      hone_trainer_evaluate(nil, nil, nil), hone_trainer_model(nil, nil),
      hone_trainer_save(nil, "a"), hone_trainer_restore(nil, "a"), hone_dataset_new(nil),
      hone_dataset_add(nil, nil, nil), hone_dataset_add_file(nil, nil, nil),
    ] {
      #expect(status == HONE_INVALID_ARGUMENT)
    }
    hone_trainer_free(nil)
    hone_dataset_free(nil)
  }

  @Test("structures given to validate with are those that judge, and nobody trains on them")
  func validation() throws {
    let data = try Self.bentMolecules(4)
    let judge = try Self.bentMolecules(2)
    var trainer: OpaquePointer?
    let text = Self.scratch.replacing(", \"data\": {\"validation_count\": 1}", with: "")
    #expect(
      hone_trainer_new(nil, data.dataset, judge.dataset, text, &trainer) == HONE_SUCCESS,
      "\(lastError())")
    defer { hone_trainer_free(trainer) }
    #expect(hone_trainer_run(trainer, nil, nil) == HONE_SUCCESS)
    var (own, given) = (hone_errors(), hone_errors())
    own.size = MemoryLayout<hone_errors>.size
    given.size = own.size
    #expect(hone_trainer_evaluate(trainer, nil, &own) == HONE_SUCCESS)
    #expect(hone_trainer_evaluate(trainer, judge.dataset, &given) == HONE_SUCCESS)
    #expect(own.n_energies == 2 && own.energy_rmse == given.energy_rmse)
  }
}
