import HoneModels
import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HonePriors

@Suite("Models as priors")
struct ModelPriorTests {
  private static let folder = PackagePaths.golden + "/mace"

  @Test("labels are those of the model and its head, and pass the checks")
  func golden() throws {
    let (_, sets) = try ReferenceSet.json(Self.folder + "/heads-3.json")
    #expect(sets.count > 1)
    for set in sets {
      let head = try #require(set.head)
      let prior = try ModelPrior(path: Self.folder + "/heads-3.model", head: head)
      for reference in set.structures {
        let system = try PriorSystem(reference.structure)
        let labels = try prior.labels(of: system)
        // Tables of the compiled evaluator are within 1e-6 of slopes in double precision.
        #expect((labels.energy - reference.energy).magnitude < 1e-4)
        #expect(largestDifference(labels.forces, reference.forces) < 1e-4)
        #expect(labels.virial?.count == 9)
      }
      if let first = set.structures.first {
        try PriorCheck.verify(prior, PriorSystem(first.structure))
      }
    }
  }

  @Test("specifications name files and heads")
  func specification() throws {
    let path = Self.folder + "/heads-3.model"
    let field = try ForceField(path: path)
    let last = try #require(field.heads.last)
    let prior = try #require(try PriorSpecification.prior("model:\(path)@\(last)") as? ModelPrior)
    #expect(prior.settings.head == field.heads.count - 1)
    #expect(prior.name == "model:\(path)@\(last)")
    #expect((try PriorSpecification.prior("model:\(path)") as? ModelPrior)?.settings.head == 0)
    let sum = try PriorSpecification.prior("zbl + model:\(path)+lj")
    #expect(sum.name == "zbl+model:\(path)+lj")
    let object = #"{"name":"model","path":"\#(path)","head":"\#(last)","threads":2}"#
    #expect((try PriorSpecification.prior(object) as? ModelPrior)?.settings.threadCount == 2)
  }

  @Test("heads and elements that a model does not have are errors")
  func refusals() throws {
    let field = try ForceField(path: Self.folder + "/heads-3.model")
    let error = #expect(throws: HoneError.self) { try ModelPrior(field, head: "none") }
    #expect(error?.message.contains(field.heads[0]) == true)
    let strange = try PriorSystem(Structure(atomicNumbers: [118], positions: [0, 0, 0]))
    let unknown = #expect(throws: HoneError.self) { try ModelPrior(field).labels(of: strange) }
    #expect(unknown?.kind == .unknownSpecies)
  }
}
