import HoneFormats
import HoneModels
import HoneNumerics
import HonePriors
import HoneTestSupport
import HoneTraining
import Testing

@testable import HoneRefinement

@Suite("The preset of the paper, heads and provenance")
struct PresetTests {
  private typealias Sample = RefinementSample

  private func distance(_ one: ForceField, _ other: ForceField) throws -> Double {
    let (x, y) = (try TrainableModel(one).initialValues, try TrainableModel(other).initialValues)
    return (0..<x.count).reduce(0) { $0 + (x[$1] - y[$1]) * (x[$1] - y[$1]) }.squareRoot()
  }

  @Test("a step is the rate times the clipped norm long, and momentum adds up")
  func stepLength() throws {
    let base = try Sample.base()
    let systems = try Sample.systems(8)
    func moved(_ steps: Int, decay: Double) throws -> Double {
      var settings = Sample.settings(.paper, steps: steps)
      settings.optimizer = .gradientDescent(
        GradientDescentSettings(momentum: 0.9, weightDecay: decay))
      let model = try WeightRefinement(base, settings: settings).run(
        systems, prior: Sample.prior()
      ).model
      return try distance(base, model)
    }
    // Forces of weight 1000 make the gradient far longer than 10; PyTorch's clipping leaves
    // 10 ‖g‖ / (‖g‖ + 10⁻⁶).
    #expect((try moved(1, decay: 0) - 1e-4).magnitude < 1e-10)
    // The decay adds a gradient of 10⁻³ θ, after clipping.
    let parameters = try TrainableModel(base)
    let groups = try ParameterGroup.groups(
      of: parameters, rateFactors: RefinementPart.min.rateFactors(layerCount: base.layerCount))
    let norm = groups.filter { $0.rateFactor > 0 }.reduce(0.0) { sum, group in
      group.range.reduce(sum) {
        $0 + parameters.initialValues[$1] * parameters.initialValues[$1]
      }
    }.squareRoot()
    #expect((try moved(1, decay: 1e-3) - 1e-4).magnitude <= 1e-5 * 1e-3 * norm + 1e-10)
    #expect(try moved(1, decay: 1e-3) != moved(1, decay: 0))
    // Step n is at most 1 + 0.9 + … + 0.9ⁿ⁻¹ such lengths.
    let three = try moved(3, decay: 0)
    #expect(three > 1e-4 && three <= 1e-4 * (1 + 1.9 + 2.71) + 1e-10)
  }

  @Test("the preset has the published numbers, and ends with its last parameters")
  func numbers() throws {
    let paper = WeightRefinementSettings.paper
    #expect(paper.stepCount == 500 && paper.batchSize == 32 && paper.learningRate == 1e-5)
    #expect(paper.clipNorm == 10 && paper.part == .min && paper.forcesWeight == 1000)
    #expect(
      paper.optimizer
        == .gradientDescent(GradientDescentSettings(momentum: 0.9, weightDecay: 1e-3)))
    #expect(try paper.loss() == .lengths())
    var looks = 0
    let report = try WeightRefinement(
      Sample.base(), settings: Sample.settings(.paper, steps: 60)
    ).run(Sample.systems(), prior: Sample.prior(), replay: Sample.replay()) { event in
      if case .look = event { looks += 1 }
      return true
    }.report
    #expect(report.steps == 60 && report.chosenStep == 60 && report.heldOutBefore == nil)
    #expect(looks == 1 && report.replayForceChange != nil)
    #expect(report.priorLossAfter < report.priorLossBefore)
  }

  @Test("the file tells where the weights came from, and has no statistics of descriptors")
  func provenance() throws {
    let plain = try Sample.base()
    let samples = DescriptorSamples(width: plain.descriptorWidth)
    var numbers = RandomNumbers(seed: 1)
    for _ in 0..<10 {
      let elements = try Buffer<Int32>([1, 8])
      let rows = try Buffer((0..<2 * plain.descriptorWidth).map { _ in numbers.normal() })
      try samples.add(atomicNumbers: elements.view, descriptors: rows.view)
      withExtendedLifetime((elements, rows)) {}
    }
    let statistics = JSONValue.object([.init("frames", .integer(10))])
    let base = try plain.describingTrainingData(
      statistics, samples.metric(), exemplars: [])
    try #require(base.descriptorMetric != nil)
    let refined = try WeightRefinement(base, settings: Sample.settings(.paper, steps: 2)).run(
      Sample.systems(), prior: Sample.prior())
    let folder = try TemporaryFolder()
    let path = folder.path("refined.safetensors")
    try refined.model.save(to: path)
    let read = try ForceField(path: path)
    #expect(try read.fingerprint() == refined.model.fingerprint())
    let line = try #require(
      try JSONValue(parsing: read.description)["provenance"]?["weight_refinement"]?.string)
    let told = try JSONValue(parsing: line)
    #expect(told["base"]?.string == (try base.fingerprint()))
    #expect(told["prior"]?.string == "morse" && told["preset"]?.string == "paper")
    #expect(told["steps"]?.int == 2 && told["seed"]?.string == "1")
    #expect(read.descriptorMetric == nil && read.statistics == statistics)
  }

  @Test("heads are found by name, and a model without one for the prior is refused with advice")
  func heads() throws {
    let base = try Sample.base()
    #expect(try RefinementHeads(base) == RefinementHeads(base, main: "main", prior: "prior"))
    #expect(try RefinementHeads(base, main: "prior", prior: "main").main == 1)
    #expect(throws: HoneError.self) { try RefinementHeads(base, main: "prior") }
    #expect(throws: HoneError.self) { try RefinementHeads(base, prior: "xtb") }
    let single = try ForceField(
      Sample.description(heads: [HeadDescription(name: "only")]), seed: 1)
    let error = try #require(throws: HoneError.self) { try WeightRefinement(single) }
    #expect(error.kind == .invalidArgument && error.message.contains("docs/refinement.md"))
  }

  @Test("a head fitted to a prior follows it, and leaves the others as they were")
  func fittedHead() throws {
    let base = try Sample.base()
    let systems = try PairClusters.structures(20, seed: 1).map { try PriorSystem($0) }
    let other = PairClusters.Morse(depth: 0.45, distance: 1.65, constant: 3)
    var settings = PriorHeadSettings()
    (settings.name, settings.precision, settings.epochCount) = ("second", .float64, 40)
    let (model, report) = try WeightRefinement.fitPriorHead(
      to: base, mainHead: "main", prior: Sample.prior(other), systems: systems, settings: settings)
    #expect(model.heads == ["main", "prior", "second"])
    #expect(report.forceErrorAfter < 0.8 * report.forceErrorBefore, "\(report)")
    #expect(report.relativeForceError < 0.5)
    for head in 0..<2 {
      for system in systems.prefix(3) {
        let (old, new) = (
          try Sample.forces(base, head, system.structure),
          try Sample.forces(model, head, system.structure)
        )
        #expect(zip(old, new).allSatisfy { ($0 - $1).magnitude < 1e-10 })
      }
    }
    let test = try Sample.systems()
    let own = try Sample.error(model, 2, other, systems)
    #expect((own - report.forceErrorAfter).magnitude < 1e-3 * own)
    var refinement = Sample.settings(steps: 30)
    refinement.tolerance = nil
    let refined = try WeightRefinement(
      model, mainHead: "main", priorHead: "second", settings: refinement
    ).run(test, prior: Sample.prior(other))
    #expect(refined.report.priorLossAfter < refined.report.priorLossBefore)
  }

  @Test("heads that share a readout cannot be fitted alone")
  func sharedReadout() throws {
    var description = NequIPDescription()
    description.species = [1, 8]
    (description.channels, description.maxEll, description.interactionCount) = (4, 1, 2)
    let field = try ForceField(description, seed: 1)
    let error = try #require(throws: HoneError.self) {
      try WeightRefinement.fitPriorHead(
        to: field, prior: Sample.prior(), systems: Sample.systems(2))
    }
    #expect(error.kind == .unsupported)
  }
}
