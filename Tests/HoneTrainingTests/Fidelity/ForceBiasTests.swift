import HoneFormats
import HoneModels
import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HoneTraining

@Suite("Bias of cheap forces")
struct ForceBiasTests {
  @Test("is that of NumPy, by frame and by atom")
  func values() throws {
    let golden = try FidelityGolden()
    defer { withExtendedLifetime(golden) {} }
    let bias = try golden.bias()
    for (values, key) in [
      (bias.frameValues, "frame_bias"), (bias.atomNorms, "atom_bias_norm"),
      (bias.atomMagnitudes, "atom_bias_mean"),
    ] { #expect(FidelityGolden.areClose(Array(values), try golden.numbers(key)), "\(key)") }
    #expect(bias.frames == Array(0..<golden.cheap.count))
    for (name, statistics) in [
      ("frame_statistics", try bias.frameStatistics()),
      ("atom_statistics", try bias.atomStatistics()),
    ] {
      let expected = try #require(golden.json[name])
      #expect(isClose(statistics.mean, try #require(expected["mean"]?.double), 1e-13))
      let deviation = try #require(expected["standard_deviation"]?.double)
      #expect(isClose(statistics.standardDeviation, deviation, 1e-13))
      let parts = try TrainingGolden.numbers(expected["parts"])
      let quantiles = try TrainingGolden.numbers(expected["quantiles"])
      #expect(FidelityGolden.areClose(parts.map(statistics.quantile), quantiles, 1e-13))
      #expect(isClose(statistics.minimum, try #require(quantiles.first), 1e-13))
      #expect(isClose(statistics.maximum, try #require(quantiles.last), 1e-13))
      let counts = try TrainingGolden.numbers(expected["histogram"])
      #expect(try statistics.histogram(binCount: 7) == counts.map { Int($0) })
    }
  }

  @Test("of a model is that of its forces, with frames in any order and without labels")
  func ofModel() throws {
    let golden = try FidelityGolden()
    defer { withExtendedLifetime(golden) {} }
    let field = try ScoreSample.field(.mace, species: golden.cheap.species)
    var settings = ComputeSettings()
    settings.precision = .float64
    settings.threadCount = 2
    let frames = [7, 0, 3]
    let found = try ForceBias(
      of: golden.cheap, frames: frames, against: field, settings: settings,
      workspaces: WorkspacePool())
    #expect(found.frames == frames)
    let predictions = try field.predictions(
      of: golden.cheap, frames: frames, settings, WorkspacePool())
    var start = 0
    for (row, frame) in frames.enumerated() {
      let labels = golden.cheap[frame].labels
      let wanted = try #require(labels.forces)
      let species = Array(golden.cheap[frame].atomicNumbers)
      let positions = Array(golden.cheap[frame].positions)
      let one = try field.compute(
        atomicNumbers: species.span, positions: positions.span, cell: nil,
        quantities: [.energy, .forces], settings: settings)
      let forces = try #require(one.forces)
      #expect(isClose(predictions.energies[row], one.energy, 1e-12))
      var sum = 0.0
      for index in 0..<wanted.count {
        sum += (forces[index] - wanted[index]).magnitude
        #expect((predictions.forces[start + index] - forces[index]).magnitude < 1e-9)
      }
      #expect(isClose(found.frameValues[row], sum / Double(wanted.count), 1e-9))
      start += wanted.count
    }
  }

  @Test("comes back from a file bit for bit, and finds its frames by their structures")
  func file() throws {
    let golden = try FidelityGolden()
    defer { withExtendedLifetime(golden) {} }
    let bias = try golden.bias()
    let folder = try TemporaryFolder()
    let path = folder.path("bias.safetensors")
    try bias.write(to: path)
    let read = try ForceBias(path: path)
    #expect(read.frames == bias.frames && Array(read.atomStarts) == Array(bias.atomStarts))
    #expect(Array(read.structures) == Array(bias.structures))
    for (first, second) in [
      (read.frameValues, bias.frameValues), (read.atomNorms, bias.atomNorms),
      (read.atomMagnitudes, bias.atomMagnitudes),
    ] { #expect(Array(first).map(\.bitPattern) == Array(second).map(\.bitPattern)) }

    // Another set with the same structures in another order, and one that is new.
    let reader = try DataSetReader()
    for index in [8, 2, 5] {
      let frame = golden.cheap[index]
      var labels = StructureLabels()
      labels.forces = [Double](repeating: 0, count: 3 * frame.atomCount)
      try reader.add(
        Structure(
          atomicNumbers: Array(frame.atomicNumbers), positions: Array(frame.positions)), labels)
    }
    var labels = StructureLabels()
    labels.forces = [0, 0, 0]
    try reader.add(Structure(atomicNumbers: [8], positions: [0, 0, 0]), labels)
    let other = try DataSet(reader)
    let selected = try read.selecting([2, 0, 1], of: other)
    #expect(selected.frames == [2, 0, 1])
    #expect(Array(selected.frameValues) == [5, 8, 2].map { bias.frameValues[$0] })
    let starts = [5, 8, 2].flatMap { Array(bias.atomStarts[$0]..<bias.atomStarts[$0 + 1]) }
    #expect(Array(selected.atomNorms) == starts.map { bias.atomNorms[$0] })
    #expect(
      sentence { _ = try read.selecting([0, 3], of: other) }
        == "structure 3: expected a bias of every frame with forces, got none of this one: compute the "
        + "bias of these frames anew")
  }

  @Test("frames without forces are left out; what is no bias is refused")
  func refusals() throws {
    let text =
      frame("energy=1") + frame("energy=2", forces: "forces") + frame("energy=3", shift: 0.1)
    let some = try dataSet(text)
    let forces = try Buffer((0..<18).map { Double($0) })
    let bias = try ForceBias(of: some, against: forces.view)
    #expect(bias.frames == [1] && bias.atomCount == 2)
    // Labels are (0.1, atom, −0.5), predictions 6, 7, … of this frame.
    #expect(isClose(bias.frameValues[0], (5.9 + 7 + 8.5 + 8.9 + 9 + 11.5) / 6, 1e-14))
    let none = try dataSet(frame("energy=1"))
    #expect(
      sentence { _ = try ForceBias(of: none, against: forces.view.slice(0, 6)) }
        == "expected frames with forces to compare with an auxiliary model, got none: add labels of "
        + "forces, or name their key")
    #expect(
      sentence { _ = try ForceBias(of: some, against: forces.view.slice(0, 17)) }
        == "expected 18 components of forces of the auxiliary model, got 17")
    forces[7] = .nan
    #expect(
      sentence { _ = try ForceBias(of: some, against: forces.view) }
        == "a.xyz:line 5 (frame 2): the force of the auxiliary model on atom 0 must be finite and near its "
        + "label, got a difference of nan eV/Å: leave out the frame, or train the auxiliary model again"
    )
    #expect(
      sentence { _ = try ForceBias(of: some, frames: [3], against: forces.view) }
        == "expected frames below 3, got frame 3")
    #expect(
      sentence { _ = try ForceBias(of: some, frames: [1, 1], against: forces.view) }
        == "expected every frame once, got one of them again")
    withExtendedLifetime(forces) {}
  }

  @Test("files of something else are refused")
  func refusedFiles() throws {
    let folder = try TemporaryFolder()
    let bias = try FidelityGolden().bias()
    let path = folder.path("bias.safetensors")
    func refusal(_ change: (inout SafetensorsWriter) throws -> Void) throws -> String? {
      var writer = SafetensorsWriter()
      writer.metadata = ["format": "hone.force-bias.1"]
      try change(&writer)
      try writer.write(to: path)
      return sentence { _ = try ForceBias(path: path) }
    }
    #expect(
      try refusal { $0.metadata = [:] }
        == "\(path): expected a file of biases of forces, got another")
    func fill(_ writer: inout SafetensorsWriter, starts: [Int], values: [Double]) throws {
      try writer.add("atom_starts", starts, shape: [starts.count])
      try writer.add("frames", [0], shape: [1])
      try writer.add("structures", [7], shape: [1])
      try writer.add("frame_bias", [0.1], shape: [1])
      for name in ["atom_bias_norm", "atom_bias_mean"] {
        try writer.add(name, values, shape: [values.count])
      }
    }
    #expect(try refusal { try fill(&$0, starts: [0, 2], values: [1, 2]) } == nil)
    #expect(
      try refusal { try fill(&$0, starts: [0, 0], values: []) }
        == "\(path): expected atoms of every frame in 'atom_starts', got others")
    #expect(
      try refusal { try fill(&$0, starts: [0, 2], values: [1]) }
        == "\(path): expected 2 numbers in 'atom_bias_norm', got 1")
    #expect(
      try refusal { try fill(&$0, starts: [0, 2], values: [1, -1]) }
        == "\(path): a bias must be finite and not negative, got -1.0 as number 1: compute the biases "
        + "anew")
    withExtendedLifetime(bias) {}
  }
}
