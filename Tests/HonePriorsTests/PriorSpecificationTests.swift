import HoneFormats
import HoneNumerics
import HoneStructure
import Testing

@testable import HonePriors

@Suite("Specifications of priors")
struct PriorSpecificationTests {
  private func error(_ text: String) -> HoneError? {
    do throws(HoneError) {
      _ = try PriorSpecification.prior(text)
      return nil
    } catch { return error }
  }

  @Test(
    "names in their usual spellings",
    arguments: [
      ("lj", "lj"), ("Lennard-Jones", "lj"), (" zbl ", "zbl"), ("ZBL", "zbl"),
      ("gfn1-xtb", "gfn1-xtb"), ("GFN1", "gfn1-xtb"), ("gfn2-xtb", "gfn2-xtb"),
      ("GFN2-xTB", "gfn2-xtb"), ("gfn2", "gfn2-xtb"), ("xtb", "gfn2-xtb"), ("gfnff", "gfnff"),
      ("GFN-FF", "gfnff"), ("lj+zbl", "lj+zbl"), ("lj + zbl + gfn2", "lj+zbl+gfn2-xtb"),
      (#"{"name": "lj"}"#, "lj"), (#"["lj", {"name": "zbl", "cutoff": 3}]"#, "lj+zbl"),
    ])
  func names(text: String, name: String) throws {
    #expect(try PriorSpecification.prior(text).name == name)
  }

  @Test("parameters reach the priors")
  func parameters() throws {
    let lj = try #require(
      try PriorSpecification.prior(
        #"{"name":"lj","epsilon":{"Ar":0.0104},"sigma":{"Ar":3.4},"cutoff":9,"switch_start":7}"#)
        as? LennardJonesPrior)
    #expect(lj.parameters == [18: .init(sigma: 3.4, epsilon: 0.0104)])
    #expect(lj.cutoff == (try SmoothCutoff(start: 7, end: 9)))
    let zbl = try #require(
      try PriorSpecification.prior(#"{"name":"zbl","cutoff":3}"#) as? ZBLPrior)
    #expect(zbl.cutoff == (try SmoothCutoff(start: 1.5, end: 3)))
    let xtb = try #require(
      try PriorSpecification.prior(
        #"{"name":"gfn1","accuracy":0.1,"iteration_limit":9,"electronic_temperature":500,"threads":2}"#
      )
        as? XTBPrior)
    #expect(xtb.method == .gfn1 && xtb.settings.accuracy == 0.1)
    #expect(xtb.settings.iterationLimit == 9 && xtb.settings.electronicTemperature == 500)
    #expect(xtb.settings.threadCount == 2)
  }

  @Test("sums add energies, forces and virials")
  func sums() throws {
    let system = try Springs.system()
    let (lj, zbl) = (
      try LennardJonesPrior().labels(of: system), try ZBLPrior().labels(of: system)
    )
    let sum = try PriorSpecification.prior("lj+zbl").labels(of: system)
    #expect(sum.energy == lj.energy + zbl.energy)
    #expect(sum.forces == zip(lj.forces, zbl.forces).map(+))
    #expect(sum.virial == zip(lj.virial ?? [], zbl.virial ?? []).map(+))
    let without = try SumPrior([LennardJonesPrior(), Springs().prior]).labels(of: system)
    #expect(without.virial == nil)
    #expect(throws: HoneError.self) { try SumPrior([]) }
  }

  @Test("what is no prior is refused with what there is")
  func refusals() {
    for text in ["", "lennard", "lj+", "+", "lj+what", "model", #"{"name":"what"}"#] {
      let error = error(text)
      #expect(error?.kind == .invalidArgument, "\(text)")
      #expect(error?.message.contains("gfn2-xtb, gfnff, model:PATH") == true, "\(text)")
    }
    for text in [
      "{", "{}", "[[]]", #"["lj", ["zbl"]]"#, #"{"name":"zbl","cutof":3}"#,
      #"{"name":"gfnff","accuracy":1}"#, #"{"name":"lj","sigma":3}"#, #"{"name":"model"}"#,
      #"{"name":"lj","sigma":{"Qq":3},"epsilon":{"Qq":3}}"#, #"{"name":"zbl","name":"lj"}"#,
      #"{"name":"zbl","cutoff":"far"}"#, #"{"name":"gfn1","threads":0}"#,
    ] {
      #expect(error(text)?.kind == .format, "\(text)")
    }
    for text in [
      "[]", #"{"name":"lj","sigma":{"H":3}}"#, #"{"name":"zbl","cutoff":-1}"#,
      #"{"name":"gfn1","accuracy":0}"#, #"{"name":"lj","sigma":{"H":-3},"epsilon":{"H":1}}"#,
    ] {
      #expect(error(text)?.kind == .invalidArgument, "\(text)")
    }
    #expect(error("model:/nowhere/a+b@c.model+lj")?.kind == .io)
    #expect(error("model:/nowhere/a+b.model@head")?.kind == .io)
  }
}
