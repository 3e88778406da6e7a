import HoneFormats
import HoneModels
import HoneNumerics
import HoneTestSupport
import Testing

/// A place in a JSON document.
private enum Step {
  case key(Int)
  case index(Int)
}

extension JSONValue {
  /// Every place below and at this one.
  fileprivate func places() -> [[Step]] {
    switch self {
    case .object(let members):
      [[]] + members.indices.flatMap { k in members[k].value.places().map { [.key(k)] + $0 } }
    case .array(let values):
      [[]] + values.indices.flatMap { k in values[k].places().map { [.index(k)] + $0 } }
    default: [[]]
    }
  }

  fileprivate func value(at place: ArraySlice<Step>) -> JSONValue {
    switch (self, place.first) {
    case (.object(let members), .key(let k)): members[k].value.value(at: place.dropFirst())
    case (.array(let values), .index(let k)): values[k].value(at: place.dropFirst())
    default: self
    }
  }

  fileprivate func replacing(_ place: ArraySlice<Step>, with value: JSONValue) -> JSONValue {
    switch (self, place.first) {
    case (.object(var members), .key(let k)):
      members[k].value = members[k].value.replacing(place.dropFirst(), with: value)
      return .object(members)
    case (.array(var values), .index(let k)):
      values[k] = values[k].replacing(place.dropFirst(), with: value)
      return .array(values)
    default: return value
    }
  }

  /// This document with every text equal to one replaced, so that layers still go together.
  fileprivate func replacingAll(_ old: String, with new: String) -> JSONValue {
    switch self {
    case .object(let members):
      .object(members.map { .init($0.key, $0.value.replacingAll(old, with: new)) })
    case .array(let values): .array(values.map { $0.replacingAll(old, with: new) })
    case .string(old): .string(new)
    default: self
    }
  }

  /// What may stand in the place of a value in a hostile file.
  fileprivate var mutants: [JSONValue] {
    switch self {
    case .integer, .number:
      [
        .integer(-1), .integer(0), .integer(3), .number(1e300),
        .integer(9_000_000_000_000_000_000), .number(1e-300), .string("4"), .null,
      ]
    case .string: (["nonsense", ""] + Self.hostileIrreps).map { .string($0) } + [.integer(1)]
    case .bool(let value): [.bool(!value), .integer(1)]
    case .array(let values):
      [
        .array([]), .array(values + values), .array(Array(values.dropLast())),
        .array(values.reversed()), .null,
      ]
    case .object(let members):
      members.indices.map { k in
        var rest = members
        rest.remove(at: k)
        return .object(rest)
      } + [.object(members + members), .array([]), .null]
    case .null: [.integer(1), .object([])]
    }
  }

  static let hostileIrreps = [
    "1048576x12e", "0x0e", "4x0o", "1x0e", "8x0e+8x0e", "8x6e+8x6o+8x12e", "0e+1o+2e+3o+4e+5o+6e",
    Array(repeating: "1x0e", count: 300).joined(separator: "+"),
    Array(repeating: "1048576x0e", count: 64).joined(separator: "+"),
    Array(repeating: "4x12e+4x11o", count: 32).joined(separator: "+"),
    "999999999999x0e", "1x13e",
  ]
}

@Suite("Headers of hone's own files edited by hand")
struct RefusalHeaderTests {
  static let models = [
    "mace/nonlinear-heads.model", "mace/reduced-l0.model", "mace/density-zbl.model",
    "mace/chebyshev-zbl.model", "mace/heads-3.model", "sevennet/readout-network.pth",
    "sevennet/modal-outro.pth", "sevennet/odd-gates.pth", "sevennet/l1-xplor.pth",
  ]

  /// A saved model with another description.
  private struct Saved {
    let file: SafetensorsFile
    let header: JSONValue

    init(_ name: String) throws {
      let directory = try ScratchDirectory()
      let path = directory.path + "/model"
      try ForceField(path: PackagePaths.golden + "/" + name).save(to: path)
      file = try SafetensorsFile(bytes: try Bytes(contentsOfFile: path))
      header = try JSONValue(parsing: try #require(file.metadata["hone"]))
    }

    func bytes(_ header: JSONValue) throws -> [UInt8] {
      var writer = SafetensorsWriter()
      writer.metadata["hone"] = try header.text()
      for name in file.names { try writer.add(name, try file.requiredTensor(name)) }
      return try writer.bytes().array()
    }
  }

  @Test("No value in the place of another one does harm", arguments: models)
  func values(_ name: String) throws {
    let saved = try Saved(name)
    var count = OutcomeCount()
    count.check(try saved.bytes(saved.header), name)
    try #require(count.finite == 1, "the unchanged header is read")
    for place in saved.header.places() {
      for mutant in saved.header.value(at: place[...]).mutants {
        let header = saved.header.replacing(place[...], with: mutant)
        count.check(try saved.bytes(header), "\(name) \(place) \(mutant)")
      }
    }
    #expect(count.refused > 100, "\(count)")
  }

  @Test("No irreps in the place of others do harm, wherever those stood", arguments: models)
  func irreps(_ name: String) throws {
    let saved = try Saved(name)
    var texts: Set<String> = []
    for place in saved.header.places() {
      if let text = saved.header.value(at: place[...]).string { texts.insert(text) }
    }
    var count = OutcomeCount()
    for text in texts.sorted() {
      for mutant in JSONValue.hostileIrreps {
        let header = saved.header.replacingAll(text, with: mutant)
        count.check(try saved.bytes(header), "\(name) \(text) as \(mutant)")
      }
    }
    #expect(count.refused > 20, "\(count)")
  }
}
