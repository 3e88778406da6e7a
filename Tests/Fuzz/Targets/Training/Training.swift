import FuzzSupport
import HoneFormats
import HoneModels
import HoneNumerics
import HoneTraining

/// A data set and a model that take a step in no time.
private enum Small {
  static let frames = """
    2
    Properties=species:S:1:pos:R:3:forces:R:3 energy=-1
    H 0 0 0 0 0 1
    H 0 0 0.9 0 0 -1
    2
    Properties=species:S:1:pos:R:3:forces:R:3 energy=-1.1
    H 0 0 0 0 0 0.5
    H 0 0 1.0 0 0 -0.5

    """

  static let model = #"""
    {"family": "mace", "cutoff": 2, "hidden_irreps": "2x0e", "max_ell": 1, "correlation": 1,
     "radial_hidden": [2], "radial_functions": 2, "readout_hidden": 2, "species": [1]}
    """#

  static let data: DataSet? = {
    guard let reader = try? DataSetReader() else { return nil }
    try? reader.add(bytes: Array(frames.utf8), name: "small")
    return try? DataSet(reader)
  }()

  static let field: ForceField? = {
    guard let json = try? JSONValue(parsing: model),
      let description = try? ModelDescription(json: json)
    else { return nil }
    return try? ForceField(description, seed: 1)
  }()
}

/// Configurations of training: whatever they say, two steps of it are taken or refused.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  guard let bytes = try? Bytes(input(data, size)), let json = try? JSONValue(parsing: bytes) else {
    return 0
  }
  use(try? TrainingConfiguration(json: json))
  guard
    var configuration = try? TrainingConfiguration(
      json: json, hasModel: true, given: .trainingAndValidation),
    let frames = Small.data, let field = Small.field
  else { return 0 }
  // Threads and epochs without number are no fault of the configuration.
  configuration.settings.threadCount = 1
  configuration.settings.epochCount = min(configuration.settings.epochCount, 2)
  guard
    let trainer = try? Trainer.make(
      configuration, field: field, training: frames, validation: frames)
  else { return 0 }
  for _ in 0..<2 where !trainer.isDone {
    guard (try? trainer.step()) != nil else { break }
    if trainer.progress.isEpochDone { use(try? trainer.finishEpoch().trainingLoss) }
  }
  return 0
}

private let seeds: [[UInt8]] = [
  #"{"loss":{"kind":"universal","energy_weight":1,"forces_weight":10,"huber_delta":0.01,"late_start":1},"optimizer":{"method":"adamw","weight_decay":1e-5,"beta1":0.9,"epsilon":1e-8},"schedule":{"learning_rate":0.01,"shape":"cosine","unit":"step","length":4,"warm_up":2},"run":{"epochs":2,"batch_size":1,"precision":"float64","clip_norm":1,"average_decay":0.9,"sharpness_radius":0.01},"rates":{"readout":0.5,"radial":0},"data":{"validation_count":1,"seed":3}}"#,
  #"{"optimizer":{"method":"muon","momentum":0.9,"nesterov":true},"schedule":{"shape":"plateau","factor":0.5,"patience":1},"run":{"batch_atoms":3,"weight_average_start":1,"patience":2}}"#,
  #"{"model":{"family":"nequip","cutoff":4,"channels":4,"species":[1,8]},"data":{"training":["a","b"],"validation":"c","energy_key":"e","duplicates":"drop"},"energies":{"atomic_energies":"average","given":{"H":-13.6},"scale":"none"}}"#,
  #"{"model":{"family":"mace","hidden_irreps":"8x0e+8x1o","max_ell":2,"correlation":[2,1],"readout_activation":"silu","distance_transform":"agnesi"},"data":{"training":"a"}}"#,
  #"{"optimizer":{"method":"sgd","momentum":0.5},"schedule":{"shape":"decay","factor":0.5,"interval":1},"run":{"batch_edges":2}}"#,
].map { Array($0.utf8) }

/// Writes the first inputs if asked to.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _: UnsafeMutablePointer<Int32>?,
  _: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> Int32 {
  writeSeedsIfAsked { seeds }
  return 0
}

/// Mutates three inputs in four by their structure, the fourth by its bytes.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ maximum: Int, _ seed: UInt32
) -> Int {
  if seed % 4 == 0 { return mutateBytes(data, size, maximum) }
  let mutated = JSONMutator.mutate(data, size, maximum: maximum, seed: seed, from: 0)
  return mutated > 0 ? mutated : mutateBytes(data, size, maximum)
}
