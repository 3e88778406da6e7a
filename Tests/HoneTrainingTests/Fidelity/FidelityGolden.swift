import HoneFormats
import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HoneTraining

/// The file of `Scripts/golden/make_fidelity_goldens.py`: molecules with labels of GFN2-xTB, which stands for
/// an auxiliary model, and of GFN1-xTB, the cheap ones.
struct FidelityGolden {
  let json: JSONValue
  /// With cheap labels.
  let cheap: DataSet
  /// With those of the auxiliary model.
  let accurate: DataSet
  /// Of the auxiliary model, one frame after the other.
  let forces: Buffer<Double>
  let energies: Buffer<Double>

  init() throws {
    json = try JSONValue(parsing: Bytes(contentsOfFile: TrainingGolden.folder + "/fidelity.json"))
    let (low, high) = (try DataSetReader(), try DataSetReader())
    var (forces, energies) = ([Double](), [Double]())
    for frame in try #require(json["frames"]?.array) {
      let numbers = try TrainingGolden.numbers(frame["numbers"])
      let structure = try Structure(
        atomicNumbers: numbers.map { Int32($0) },
        positions: TrainingGolden.numbers(frame["positions"]))
      for (reader, name) in [(low, "cheap"), (high, "auxiliary")] {
        var labels = StructureLabels()
        labels.energy = try #require(frame["\(name)_energy"]?.double)
        labels.forces = try TrainingGolden.numbers(frame["\(name)_forces"])
        try reader.add(structure, labels)
        guard name == "auxiliary" else { continue }
        forces += labels.forces ?? []
        energies += labels.energy.map { [$0] } ?? []
      }
    }
    cheap = try DataSet(low)
    accurate = try DataSet(high)
    self.forces = try Buffer(forces)
    self.energies = try Buffer(energies)
  }

  func bias() throws -> ForceBias { try ForceBias(of: cheap, against: forces.view) }

  func numbers(_ key: String) throws -> [Double] { try TrainingGolden.numbers(json[key]) }

  /// Whether numbers are those of a key, to a part of the largest.
  static func areClose(
    _ found: [Double], _ expected: [Double], _ tolerance: Double = 1e-12
  ) -> Bool {
    let size = expected.reduce(0) { max($0, $1.magnitude) }
    return found.count == expected.count
      && zip(found, expected).allSatisfy { ($0 - $1).magnitude <= tolerance * size }
  }
}

/// The sentence of the error of what is refused, or nil.
func sentence(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return (error as? HoneError)?.message
  }
}

extension Array {
  /// The elements of a view.
  init(_ view: View<Element>) where Element: BitwiseCopyable {
    self = (0..<view.count).map { view[$0] }
  }
}
