import HoneFormats
import HoneModels
import HoneNumerics
import HoneStructure
import HoneTestSupport
import HoneTraining
import Testing

/// The files of `Scripts/golden/make_loss_goldens.py`.
enum TrainingGolden {
  static let folder = PackagePaths.golden + "/training"

  static func json() throws -> JSONValue {
    try JSONValue(parsing: Bytes(contentsOfFile: folder + "/losses.json"))
  }

  static func numbers(_ value: JSONValue?) throws -> [Double] {
    guard case .array(let values) = try #require(value) else {
      throw HoneError(.format, "expected an array")
    }
    return try values.map { try #require($0.double) }
  }
}

/// A data set of a text.
func dataSet(
  _ text: String, name: String = "a.xyz", options: DataSetOptions = DataSetOptions()
) throws -> DataSet {
  let reader = try DataSetReader(options: options)
  try reader.add(bytes: Array(text.utf8), name: name)
  return try DataSet(reader)
}

/// The message of the error of reading a text.
func refusal(
  _ text: String, options: DataSetOptions = DataSetOptions()
) -> String? {
  do {
    _ = try dataSet(text, options: options)
    return nil
  } catch {
    return (error as? HoneError)?.message
  }
}

/// A frame of hydrogen atoms in a cubic cell of 10 Å.
func frame(
  _ info: String, atoms: Int = 2, symbol: String = "H", shift: Double = 0, forces: String? = nil
) -> String {
  var text = "\(atoms)\nLattice=\"10 0 0 0 10 0 0 0 10\" "
  text += "Properties=species:S:1:pos:R:3" + (forces.map { ":\($0):R:3" } ?? "") + " \(info)\n"
  for atom in 0..<atoms {
    text += "\(symbol) \(Double(atom) + shift) 0 0"
    if forces != nil { text += " 0.1 \(atom) -0.5" }
    text += "\n"
  }
  return text
}

/// Whether two numbers agree to a part of the larger one.
func isClose(_ x: Double, _ y: Double, _ tolerance: Double) -> Bool {
  (x - y).magnitude <= tolerance * max(x.magnitude, y.magnitude, 1e-300)
}

/// Clusters of a pair potential as a data set.
enum PairSample {
  /// The frames of one head after the other.
  static func dataSet(
    _ heads: [(name: String?, potential: PairClusters.Morse)] = [(nil, PairClusters.Morse())],
    count: Int, seed: UInt64 = 1
  ) throws -> DataSet {
    let reader = try DataSetReader()
    for (index, head) in heads.enumerated() {
      for structure in try PairClusters.structures(count, seed: seed + 1000 * UInt64(index)) {
        var labels = StructureLabels()
        (labels.energy, labels.forces) = head.potential.labels(structure)
        labels.head = head.name
        try reader.add(structure, labels)
      }
    }
    return try DataSet(reader)
  }

  /// A small MACE model of hydrogen and oxygen.
  static func description(heads: [HeadDescription] = [HeadDescription()]) -> MACEDescription {
    var description = MACEDescription()
    description.species = [1, 8]
    description.cutoff = 4
    description.hiddenIrreps = "8x0e+8x1o"
    description.maxEll = 2
    description.correlation = [2]
    description.radialHidden = [16]
    description.averageNeighborCount = 4
    description.heads = heads
    return description
  }
}
