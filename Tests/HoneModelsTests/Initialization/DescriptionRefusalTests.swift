import HoneModels
import HoneNumerics
import Testing

@Suite("Descriptions that no model can be made from are refused")
struct DescriptionRefusalTests {
  private func kind(_ change: (inout MACEDescription) -> Void) -> HoneError.Kind? {
    var description = MACEDescription()
    description.species = [1]
    description.hiddenIrreps = "2x0e"
    description.maxEll = 0
    change(&description)
    return error { () throws(HoneError) in try ForceField(description, seed: 1) }
  }

  private func kind(_ change: (inout NequIPDescription) -> Void) -> HoneError.Kind? {
    var description = NequIPDescription()
    description.species = [1]
    description.channels = 2
    change(&description)
    return error { () throws(HoneError) in try ForceField(description, seed: 1) }
  }

  private func error(_ make: () throws(HoneError) -> ForceField) -> HoneError.Kind? {
    do throws(HoneError) {
      _ = try make()
      return nil
    } catch {
      return error.kind
    }
  }

  @Test("MACE")
  func mace() {
    #expect(kind { (_: inout MACEDescription) in } == nil)
    let changes: [((inout MACEDescription) -> Void, HoneError.Kind)] = [
      ({ $0.species = [] }, .format), ({ $0.species = [1, 1] }, .format),
      ({ $0.species = [119] }, .format), ({ $0.heads = [] }, .format),
      ({ $0.heads = [HeadDescription(), HeadDescription()] }, .format),
      ({ $0.heads = [HeadDescription(name: "")] }, .format),
      ({ $0.heads = [HeadDescription(atomicEnergies: [1, 2])] }, .format),
      ({ $0.heads = [HeadDescription(atomicEnergies: [.nan])] }, .format),
      ({ $0.heads = [HeadDescription(scale: [])] }, .format),
      ({ $0.heads = [HeadDescription(shift: [.infinity])] }, .format),
      ({ $0.averageNeighborCount = 0 }, .format), ({ $0.averageNeighborCount = .nan }, .format),
      ({ $0.cutoff = 0 }, .format), ({ $0.cutoff = .nan }, .format),
      ({ $0.cutoffPower = 0 }, .format), ({ $0.radialFunctionCount = 0 }, .format),
      ({ $0.radialFunctionCount = .max }, .format), ({ $0.radialHidden = [0] }, .format),
      ({ $0.radialHidden = [1 << 20, 1 << 20] }, .unsupported),
      ({ $0.hiddenIrreps = "" }, .format), ({ $0.hiddenIrreps = "2x1o+2x0e" }, .format),
      ({ $0.hiddenIrreps = "0x0e" }, .format), ({ $0.hiddenIrreps = "2x0e+3x1o" }, .format),
      ({ $0.hiddenIrreps = "two" }, .format), ({ $0.edgeIrreps = "" }, .format),
      ({ $0.maxEll = -1 }, .unsupported), ({ $0.maxEll = 7 }, .unsupported),
      ({ $0.interactionCount = 0 }, .format), ({ $0.interactionCount = 65 }, .unsupported),
      ({ $0.correlation = [] }, .format), ({ $0.correlation = [1, 2, 3] }, .format),
      ({ $0.correlation = [5] }, .unsupported), ({ $0.correlation = [0] }, .unsupported),
      ({ $0.readoutHidden = 0 }, .unsupported), ({ $0.readoutHidden = .max }, .unsupported),
      (
        {
          $0.interactionCount = 1
          $0.readsLastOnly = true
        }, .format
      ),
      (
        {
          $0.radialBasis = .gaussian
          $0.radialFunctionCount = 1
        }, .format
      ),
      (
        {
          $0.interaction = .nonLinearResidual
          $0.radialHidden = []
        }, .format
      ),
      (
        {
          $0.maxEll = 6
          $0.correlation = [4]
        }, .unsupported
      ),
    ]
    for (index, (change, expected)) in changes.enumerated() {
      #expect(kind(change) == expected, "change \(index)")
    }
  }

  @Test("NequIP")
  func nequip() {
    #expect(kind { (_: inout NequIPDescription) in } == nil)
    let changes: [((inout NequIPDescription) -> Void, HoneError.Kind)] = [
      ({ $0.species = [] }, .format), ({ $0.species = [0] }, .format), ({ $0.heads = [] }, .format),
      ({ $0.heads = [HeadDescription(scale: [1, 2])] }, .format),
      ({ $0.averageNeighborCount = 0 }, .format), ({ $0.averageNeighborCount = -4 }, .format),
      (
        {
          $0.denominator = .squareRoot; $0.averageNeighborCount = -4
        }, .format
      ),
      ({ $0.denominator = .values([1, 2]) }, .format), ({ $0.denominator = .values([]) }, .format),
      ({ $0.denominator = .values([.nan]) }, .format), ({ $0.cutoff = -1 }, .format),
      ({ $0.cutoffFunction = .xplor(onset: 5) }, .format),
      ({ $0.cutoffFunction = .polynomial(p: 0) }, .format),
      ({ $0.radialFunctionCount = -1 }, .format), ({ $0.radialHidden = [0] }, .format),
      ({ $0.radialActivation = .identity }, .format), ({ $0.oddGates = .identity }, .format),
      ({ $0.channels = 0 }, .format), ({ $0.channels = .max }, .format),
      ({ $0.maxEll = -1 }, .unsupported), ({ $0.maxEll = 7 }, .unsupported),
      ({ $0.featureMaxEll = 7 }, .unsupported), ({ $0.interactionCount = 0 }, .format),
      ({ $0.interactionCount = 65 }, .unsupported), ({ $0.irreps = [] }, .format),
      ({ $0.irreps = ["2x0e", "x", "2x0e", "2x0e"] }, .format),
      ({ $0.irreps = ["2x0e", "2x1e+2x0e", "2x0e", "2x0e"] }, .unsupported),
      ({ $0.irreps = ["2x0e", "2x0e", "2x0e", "1x0e"] }, .format),
      ({ $0.selfConnections = [] }, .format),
      ({ $0.selfConnections = [.linear, .linear] }, .format),
      ({ $0.modalMaps = [.intro] }, .format),
      ({ $0.readout = .network(hidden: [0], activation: .relu) }, .format),
      ({ $0.readout = .network(hidden: [4], activation: .identity) }, .format),
      (
        {
          $0.heads = [HeadDescription(name: "a"), HeadDescription(name: "b")]
          $0.modalMaps = [.readout]
          $0.readout = .network(hidden: [4], activation: .relu)
        }, .format
      ),
    ]
    for (index, (change, expected)) in changes.enumerated() {
      #expect(kind(change) == expected, "change \(index)")
    }
  }
}
