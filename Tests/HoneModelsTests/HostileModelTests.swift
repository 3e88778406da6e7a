import Foundation
import HoneFormats
import HoneModels
import HoneNumerics
import HoneTestSupport
import Testing

/// A model in hone's own format with changes to its description and its tensors.
private struct ChangedModel {
  var description: String
  var tensors: [(name: String, tensor: StoredTensor)]

  init(_ name: String) throws {
    let path = NSTemporaryDirectory() + "hone-\(UUID().uuidString).safetensors"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try ForceField(path: PackagePaths.golden + "/" + name).save(to: path)
    let file = try SafetensorsFile(path: path)
    description = try #require(file.metadata["hone"])
    tensors = []
    for name in file.names { tensors.append((name, try file.requiredTensor(name))) }
  }

  mutating func replace(_ old: String, by new: String) throws {
    try #require(description.contains(old))
    description = description.replacing(old, with: new)
  }

  mutating func setTensor(_ name: String, _ values: [Double]) throws {
    let index = try #require(tensors.firstIndex { $0.name == name })
    tensors[index].tensor = try StoredTensor(values, shape: [values.count])
  }

  func load() throws(HoneError) -> ForceField {
    var writer = SafetensorsWriter()
    writer.metadata["hone"] = description
    for (name, tensor) in tensors { try writer.add(name, tensor) }
    return try ForceField(bytes: try writer.bytes())
  }

  var failure: HoneError.Kind? {
    do {
      _ = try load()
      return nil
    } catch {
      return error.kind
    }
  }
}

@Suite("Models that no code wrote")
struct HostileModelTests {
  @Test(
    "An unchanged description loads, so that the other tests see their own change",
    arguments: [
      "mace/heads-3.model", "mace/reduced-l0.model", "mace/chebyshev-zbl.model",
      "sevennet/manual-unreachable.pth",
    ])
  func unchanged(_ name: String) throws {
    #expect(try ChangedModel(name).failure == nil)
  }

  @Test("Heads that share fewer hidden channels than there are heads are refused")
  func maskedHeads() throws {
    var model = try ChangedModel("mace/heads-3.model")
    let hidden = try #require(
      model.description.firstMatch(of: /"input":"(\d+)x0e[^}]*"readout":\{"hidden":\[(\d+)\]/))
    let last = try #require(
      model.tensors.map(\.name).last { $0.hasSuffix("readout.0.weight") })
    let prefix = last.dropLast("0.weight".count)
    try model.replace("\"hidden\":[\(hidden.2)]", by: "\"hidden\":[1]")
    try model.setTensor(last, [Double](repeating: 1, count: 4))
    try model.setTensor(prefix + "1.weight", [1, 1, 1])
    #expect(model.failure == .format)
  }

  @Test(
    "Sizes that the tensors do not justify are refused",
    arguments: [
      Array(repeating: "1048576x0e", count: 4096).joined(separator: "+"),
      Array(repeating: "1x12e", count: 257).joined(separator: "+"),
      "1048576x0e+1048576x1o",
    ])
  func sizes(_ irreps: String) throws {
    for key in ["sender", "target", "output"] {
      var model = try ChangedModel("mace/reduced-l0.model")
      let match = try #require(
        model.description.firstMatch(of: try Regex("\"\(key)\":\"[^\"]*\"")))
      let old = String(model.description[match.range])
      try model.replace(old, by: "\"\(key)\":\"\(irreps)\"")
      #expect([.format, .unsupported].contains(model.failure))
    }
  }

  @Test("Product bases that would take minutes to make are refused")
  func products() throws {
    var model = try ChangedModel("mace/reduced-l0.model")
    let match = try #require(model.description.firstMatch(of: /"target":"(\d+)x0e[^"]*"/))
    let old = String(model.description[match.range])
    let target = (0...6).map { "\(match.1)x\($0)\($0 % 2 == 0 ? "e" : "o")" }
    try model.replace(old, by: "\"target\":\"\(target.joined(separator: "+"))\"")
    let correlation = try #require(model.description.firstMatch(of: /"correlation":\d/))
    let oldCorrelation = String(model.description[correlation.range])
    try model.replace(oldCorrelation, by: "\"correlation\":4")
    #expect(model.failure == .unsupported)
  }

  @Test("Numbers that are not finite are an error, never a result")
  func overflow() throws {
    var model = try ChangedModel("mace/vector-l3.model")
    // Each number is one that a file may hold; their products leave single precision.
    for (name, tensor) in model.tensors where name.hasSuffix(".weight") {
      try model.setTensor(name, try tensor.doubles().map { $0 * 1e8 })
    }
    let field = try model.load()
    var settings = ComputeSettings()
    settings.precision = .float32
    let numbers = [Int32](repeating: try #require(field.species.last), count: 2)
    let error = #expect(throws: HoneError.self) {
      try field.compute(
        atomicNumbers: numbers.span, positions: [0, 0, 0, 1.1, 0.2, 0.1].span, cell: nil,
        quantities: [.energy, .forces, .virial], settings: settings)
    }
    #expect(error?.kind == .notConverged)
  }
}
