import HoneModels
import HoneNumerics
import HonePriors
import HoneStructure
import HoneTestSupport
import Testing

@testable import HoneRefinement

@Suite("Whether a prior is the one of its head")
struct PriorHeadCheckTests {
  private typealias Sample = RefinementSample

  private func run(
    _ potential: PairClusters.Morse, isTransferable: Bool, checks: Bool = true,
    replay: [ReplayStructure]? = nil
  ) throws -> RefinedForceField {
    let prior = CallbackPrior(name: "given", isTransferable: isTransferable) { system in
      let (energy, forces) = potential.labels(system.structure)
      return PriorLabels(energy: energy, forces: forces)
    }
    var settings = Sample.settings(steps: 20)
    settings.tolerance = nil
    settings.checksPrior = checks
    return try WeightRefinement(Sample.base(), settings: settings).run(
      Sample.systems(6), prior: prior, replay: replay ?? Sample.replay())
  }

  @Test("the prior of the head passes", arguments: [true, false])
  func right(isTransferable: Bool) throws {
    _ = try run(Sample.pairPrior, isTransferable: isTransferable)
  }

  @Test("labels of the main head's kind are refused, on structures of any kind")
  func mainHead() throws {
    // On what the model knows the sign is clear.
    let known = try PairClusters.structures(6, seed: 5).map { try PriorSystem($0) }
    let settings = Sample.settings(steps: 20)
    let refinement = try WeightRefinement(Sample.base(), settings: settings)
    let error = try #require(throws: HoneError.self) {
      _ = try refinement.run(known, prior: Sample.prior(Sample.reference))
    }
    #expect(error.kind == .invalidArgument)
    #expect(error.message.contains("nearer to the head 'main'"))
    let other = try #require(throws: HoneError.self) {
      _ = try run(Sample.reference, isTransferable: true)
    }
    #expect(other.message.contains("nearer to the head 'main'"))
  }

  @Test("a prior that the head does not know is refused where it can label what the head knows")
  func unknown() throws {
    let strange = PairClusters.Morse(depth: 2.5, distance: 1.1, constant: 0)
    let error = try #require(throws: HoneError.self) {
      _ = try run(strange, isTransferable: true)
    }
    #expect(error.kind == .invalidArgument)
    #expect(error.message.contains("'prior' was trained on, got given"))
    // Nothing is asked of a host's function but the structures it was given for, and nothing of any where
    // the check is not wanted.
    _ = try? run(strange, isTransferable: true, checks: false)
    var asked: Set<Int> = []
    let replay = try PairClusters.structures(4, species: [8, 1, 1], seed: 3)
    for isTransferable in [true, false] {
      let counts = Lock<Set<Int>>([])
      let prior = CallbackPrior(name: "counts", isTransferable: isTransferable) { system in
        counts.withLock { _ = $0.insert(system.structure.atomCount) }
        let (energy, forces) = Sample.pairPrior.labels(system.structure)
        return PriorLabels(energy: energy, forces: forces)
      }
      var settings = Sample.settings(steps: 5)
      settings.tolerance = nil
      _ = try? WeightRefinement(Sample.base(), settings: settings).run(
        Sample.systems(6), prior: prior, replay: replay.map { ReplayStructure($0) })
      asked = counts.withLock { $0 }
      #expect(asked.contains(3) == isTransferable)
      #expect(asked.contains(6))
    }
  }

  @Test("structures that the model knows are left alone, unless the gate is open")
  func gate() throws {
    let known = try PairClusters.structures(6, seed: 1).map { try PriorSystem($0) }
    var settings = Sample.settings(steps: 20)
    settings.tolerance = nil
    func run(_ systems: [PriorSystem], isTransferable: Bool) throws -> RefinementReport {
      let prior = CallbackPrior(name: "pairs", isTransferable: isTransferable) { system in
        let (energy, forces) = Sample.pairPrior.labels(system.structure)
        return PriorLabels(energy: energy, forces: forces)
      }
      return try WeightRefinement(Sample.base(), settings: settings).run(
        systems, prior: prior, replay: Sample.replay(40)
      ).report
    }
    settings.gate = 0.9
    let error = try #require(throws: HoneError.self) { try run(known, isTransferable: true) }
    #expect(error.kind == .notConverged)
    #expect(error.message.contains("knows these structures"), "\(error)")
    #expect(try run(Sample.systems(6), isTransferable: true).accepted)
    // Nothing is known of what a host's function would say.
    func isLeftAlone(isTransferable: Bool) throws -> Bool {
      do {
        _ = try run(known, isTransferable: isTransferable)
        return false
      } catch let error as HoneError {
        return error.message.contains("knows these structures")
      }
    }
    #expect(try !isLeftAlone(isTransferable: false))
    settings.gate = nil
    #expect(try !isLeftAlone(isTransferable: true))
    settings.gate = .nan
    let wrong = try #require(throws: HoneError.self) { try run(known, isTransferable: true) }
    #expect(wrong.kind == .invalidArgument)
  }

  @Test("a prior that cannot label what the head knows is not refused for it")
  func failing() throws {
    let prior = CallbackPrior(name: "small", isTransferable: true) { system throws(HoneError) in
      guard system.structure.atomCount == 6 else {
        throw HoneError(.unsupported, "six atoms alone")
      }
      let (energy, forces) = Sample.pairPrior.labels(system.structure)
      return PriorLabels(energy: energy, forces: forces)
    }
    var settings = Sample.settings(steps: 20)
    settings.tolerance = nil
    _ = try WeightRefinement(Sample.base(), settings: settings).run(
      Sample.systems(6), prior: prior, replay: Sample.replay())
  }
}
