import HoneFormats
import HoneNumerics
import HoneTestSupport
import Testing

@testable import HoneModels

@Suite("Descriptions give the configurations that files of the same options hold")
struct DescriptionTests {
  @Test("MACE", arguments: DescribedModels.mace.keys.sorted())
  func mace(_ name: String) throws {
    let path = PackagePaths.golden + "/mace/\(name).model"
    let definition = try ModelFile.read(Bytes(contentsOfFile: path))
    guard case .mace(var imported) = definition.architecture else {
      Issue.record("expected a MACE model")
      return
    }
    // Of the two classes of mace-torch the one without a scale would not scale a repulsion.
    if imported.repulsionPower == nil { imported.scalesRepulsion = true }
    let description = try #require(DescribedModels.mace[name])
    #expect(try description.configuration() == imported)
    #expect(description.heads.count == definition.heads.count)
  }

  @Test("NequIP", arguments: DescribedModels.nequip.keys.sorted())
  func nequip(_ name: String) throws {
    let path = PackagePaths.golden + "/sevennet/\(name).pth"
    let definition = try ModelFile.read(Bytes(contentsOfFile: path))
    guard case .nequip(let imported) = definition.architecture else {
      Issue.record("expected a NequIP model")
      return
    }
    var description = try #require(DescribedModels.nequip[name])
    // Denominators are statistics: those of the files are random.
    description.denominator = .values(imported.layers.map(\.denominator))
    #expect(try description.configuration() == imported)
    #expect(description.heads.count == definition.heads.count)
  }

  @Test("An empty object is the default model")
  func defaults() throws {
    #expect(try ModelDescription(json: .init(parsing: #"{"family": "mace"}"#)) == .mace(.init()))
    #expect(
      try ModelDescription(json: .init(parsing: #"{"family": "nequip"}"#)) == .nequip(.init()))
  }

  @Test("Every key is read")
  func everyKey() throws {
    let mace = try MACEDescription(
      json: .init(
        parsing: """
          {"family": "mace", "species": [1, 8], "heads": ["a", {"name": "b", "atomic_energies":
          [-1, -2.5], "scale": 2, "shift": 0.5}], "average_neighbor_count": 9, "precision":
          "float32", "cutoff": 6, "cutoff_power": 4, "radial_basis": "gaussian",
          "radial_functions": 7, "distance_transform": "soft", "applies_cutoff": false,
          "radial_hidden": [3], "hidden_irreps": "2x0e", "edge_irreps": "1x0e",
          "first_sees_edge_irreps": true, "max_ell": 1, "even_harmonics": true, "interactions": 3,
          "first_interaction": "density", "interaction": "density_residual",
          "correlation": [1, 2, 3], "couplings": "reduced", "shares_product": true,
          "keeps_last_irreps": true, "readout_hidden": 5, "readout_activation": "tanh",
          "readout_bias": true, "reads_last_only": true, "pair_repulsion": true}
          """))
    var expected = MACEDescription()
    expected.species = [1, 8]
    expected.heads = [
      HeadDescription(name: "a"),
      HeadDescription(name: "b", atomicEnergies: [-1, -2.5], scale: [2], shift: [0.5]),
    ]
    expected.averageNeighborCount = 9
    expected.precision = .float32
    expected.cutoff = 6
    expected.cutoffPower = 4
    expected.radialBasis = .gaussian
    expected.radialFunctionCount = 7
    expected.distanceTransform = .soft(alpha: 4)
    expected.appliesCutoff = false
    expected.radialHidden = [3]
    expected.hiddenIrreps = "2x0e"
    expected.edgeIrreps = "1x0e"
    expected.firstSeesEdgeIrreps = true
    expected.maxEll = 1
    expected.evenHarmonics = true
    expected.interactionCount = 3
    expected.firstInteraction = .density
    expected.interaction = .densityResidual
    expected.correlation = [1, 2, 3]
    expected.couplings = .reduced
    expected.sharesProduct = true
    expected.keepsLastIrreps = true
    expected.readoutHidden = 5
    expected.readoutActivation = .tanh
    expected.readoutHasBias = true
    expected.readsLastOnly = true
    expected.repulsion = true
    #expect(mace == expected)
    let nequip = try NequIPDescription(
      json: .init(
        parsing: """
          {"family": "nequip", "species": [3], "average_neighbor_count": 4, "precision": "float64",
          "cutoff": 6.5, "cutoff_function": "xplor", "cutoff_onset": 5, "radial_functions": 5,
          "radial_hidden": [9], "radial_activation": "ssp", "channels": 6, "max_ell": 3,
          "feature_max_ell": 2, "parity": false, "interactions": 1, "irreps": ["6x0e", "6x0e"],
          "normalizes_harmonics": false, "self_connection": ["linear"], "denominator": "square_root",
          "even_scalars": "ssp", "odd_scalars": "abs", "even_gates": "sigmoid", "odd_gates": "abs",
          "bias": true, "readout": "network", "readout_hidden": [4], "readout_activation": "silu",
          "modal_maps": ["intro"]}
          """))
    var other = NequIPDescription()
    other.species = [3]
    other.averageNeighborCount = 4
    other.precision = .float64
    other.cutoff = 6.5
    other.cutoffFunction = .xplor(onset: 5)
    other.radialFunctionCount = 5
    other.radialHidden = [9]
    other.radialActivation = .shiftedSoftplus
    other.channels = 6
    other.maxEll = 3
    other.featureMaxEll = 2
    other.hasParity = false
    other.interactionCount = 1
    other.irreps = ["6x0e", "6x0e"]
    other.normalizesHarmonics = false
    other.selfConnections = [.linear]
    other.denominator = .squareRoot
    other.evenScalars = .shiftedSoftplus
    other.oddScalars = .abs
    other.evenGates = .sigmoid
    other.oddGates = .abs
    other.hasBias = true
    other.readout = .network(hidden: [4], activation: .silu)
    other.modalMaps = [.intro]
    #expect(nequip == other)
  }

  @Test(
    "What is misspelt or of a wrong kind is refused in a sentence that says so",
    arguments: [
      (#"{"cutoff": 5}"#, "expected 'mace' or 'nequip' as 'family' of the model, got nothing"),
      (#"{"family": 3}"#, "expected 'mace' or 'nequip' as 'family' of the model, got 3"),
      (#"{"family": "mace", "cutof": 5}"#, "got 'cutof'"),
      (
        #"{"family": "mace", "cutoff": "5"}"#, #"expected a number as 'cutoff', got "5""#
      ),
      (
        #"{"family": "mace", "max_ell": 7}"#,
        "expected an integer from 0 to 6 as 'max_ell', got 7"
      ),
      (#"{"family": "mace", "hidden_irreps": "32"}"#, "irreps such as 128x0e+64x1o"),
      (#"{"family": "mace", "couplings": "all"}"#, "one of 'full', 'reduced' as 'couplings'"),
      (#"{"family": "mace", "heads": []}"#, "a list of 1 to 1024 heads as 'heads', got []"),
      (#"{"family": "mace", "heads": [{}]}"#, "a text as 'heads[0].name', got nothing"),
      (#"{"family": "mace", "heads": [{"nam": ""}]}"#, "got 'heads[0].nam'"),
      (#"{"family": "nequip", "cutoff_function": "xplor"}"#, "as 'cutoff_onset', got nothing"),
      (#"{"family": "nequip", "cutoff_onset": 3}"#, "expected nothing"),
      (#"{"family": "nequip", "denominator": "avg"}"#, "'average', 'square_root', a number"),
      (#"{"family": "nequip", "hidden_irreps": "8x0e"}"#, "got 'hidden_irreps'"),
    ])
  func refused(_ text: String, _ sentence: String) throws {
    let error = #expect(throws: HoneError.self) {
      try ModelDescription(json: .init(parsing: text))
    }
    #expect(error?.kind == .format)
    #expect(error?.message.contains(sentence) ?? false, "\(error?.message ?? "")")
  }
}
