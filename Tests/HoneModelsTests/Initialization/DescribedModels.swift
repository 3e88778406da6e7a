@testable import HoneModels

/// Descriptions of the committed models: the options their scripts give to the original codes.
enum DescribedModels {
  private static func mace(_ change: (inout MACEDescription) -> Void) -> MACEDescription {
    var description = MACEDescription()
    description.cutoff = 4
    description.radialFunctionCount = 4
    description.maxEll = 2
    description.radialHidden = [8, 8]
    description.readoutHidden = 4
    description.correlation = [2]
    description.averageNeighborCount = 7.3
    description.firstInteraction = .residual
    change(&description)
    if description.interactionCount == 1 { description.averageNeighborCount = 5.9 }
    return description
  }

  private static let agnesi = DistanceTransform.agnesi(q: 0.9183, p: 4.5791, a: 1.0805)

  static let mace: [String: MACEDescription] = [
    "scalar-c3": mace {
      $0.firstInteraction = .agnostic
      $0.hiddenIrreps = "8x0e"
      $0.correlation = [3]
    },
    "seventeen-elements": mace {
      $0.firstInteraction = .agnostic
      $0.hiddenIrreps = "2x0e+2x1o"
    },
    "vector-l3": mace {
      $0.hiddenIrreps = "4x0e+4x1o"
      $0.maxEll = 3
    },
    "plain-tensor": mace {
      $0.hiddenIrreps = "4x0e+4x1o+4x2e"
      $0.cutoffPower = 6
      $0.readoutActivation = .tanh
    },
    "one-layer": mace {
      $0.hiddenIrreps = "4x0e+4x1o"
      $0.interactionCount = 1
      $0.correlation = [3]
      $0.radialBasis = .gaussian
      $0.radialFunctionCount = 6
    },
    "nonlinear-heads": mace {
      $0.firstInteraction = .nonLinearResidual
      $0.interaction = .nonLinearResidual
      $0.hiddenIrreps = "4x0e+4x1o"
      $0.heads = [HeadDescription(name: "omat"), HeadDescription(name: "rgd1")]
      $0.maxEll = 1
      $0.edgeIrreps = "3x0e+3x1o"
      $0.firstSeesEdgeIrreps = true
      $0.appliesCutoff = false
      $0.keepsLastIrreps = true
      $0.sharesProduct = true
      $0.readsLastOnly = true
      $0.readoutHasBias = true
    },
    "heads-3": mace {
      $0.firstInteraction = .agnostic
      $0.hiddenIrreps = "4x0e+4x1o"
      $0.heads = ["pbe", "r2scan", "ccsd"].map { HeadDescription(name: $0) }
      $0.maxEll = 1
      $0.correlation = [3]
    },
    "reduced-c3": mace {
      $0.firstInteraction = .agnostic
      $0.hiddenIrreps = "4x0e+4x1o"
      $0.maxEll = 1
      $0.correlation = [3]
      $0.couplings = .reduced
    },
    "four-layers": mace {
      $0.firstInteraction = .agnostic
      $0.interaction = .agnostic
      $0.hiddenIrreps = "2x0e+2x1o"
      $0.interactionCount = 4
      $0.maxEll = 1
      $0.correlation = [3, 1, 2, 1]
      $0.cutoffPower = 7
      $0.readoutActivation = .abs
      $0.radialHidden = [8]
    },
    "l4-gaussian": mace {
      $0.firstInteraction = .agnostic
      $0.hiddenIrreps = "4x0e"
      $0.interactionCount = 1
      $0.maxEll = 4
      $0.radialBasis = .gaussian
      $0.distanceTransform = .soft(alpha: 4)
      $0.appliesCutoff = false
    },
    "correlation-4": mace {
      $0.hiddenIrreps = "4x0e"
      $0.interactionCount = 1
      $0.maxEll = 1
      $0.correlation = [4]
    },
    "density-zbl": mace {
      $0.firstInteraction = .density
      $0.interaction = .densityResidual
      $0.hiddenIrreps = "4x0e+4x1o"
      $0.distanceTransform = agnesi
      $0.repulsion = true
      $0.readoutActivation = .identity
    },
    "nonlinear": mace {
      $0.firstInteraction = .nonLinearResidual
      $0.interaction = .nonLinearResidual
      $0.hiddenIrreps = "4x0e+4x1o"
      $0.edgeIrreps = "2x0e+2x1o"
      $0.correlation = [2, 1]
      $0.distanceTransform = agnesi
    },
    "parity": mace {
      $0.hiddenIrreps = "2x0e+2x0o+2x1o+2x1e"
      $0.interactionCount = 3
      $0.correlation = [3, 1, 2]
      $0.couplings = .reduced
    },
    "so3": mace {
      $0.hiddenIrreps = "4x0e+4x1e"
      $0.evenHarmonics = true
      $0.maxEll = 1
    },
    "reduced-l0": mace {
      $0.hiddenIrreps = "8x0e"
      $0.interactionCount = 1
      $0.maxEll = 0
      $0.correlation = [3]
      $0.couplings = .reduced
    },
    "strided": mace {
      $0.firstInteraction = .agnostic
      $0.hiddenIrreps = "4x0e"
      $0.interactionCount = 1
      $0.maxEll = 1
    },
    "float32": mace {
      $0.hiddenIrreps = "8x0e"
      $0.interactionCount = 1
      $0.correlation = [3]
      $0.repulsion = true
      $0.distanceTransform = agnesi
    },
  ]

  private static func nequip(_ change: (inout NequIPDescription) -> Void) -> NequIPDescription {
    var description = NequIPDescription()
    description.cutoff = 4
    description.channels = 4
    description.hasParity = false
    description.interactionCount = 2
    description.radialHidden = [8, 8]
    description.radialFunctionCount = 6
    description.selfConnections = [.linear]
    change(&description)
    return description
  }

  static let nequip: [String: NequIPDescription] = [
    "l0-one-layer": nequip {
      $0.maxEll = 0
      $0.interactionCount = 1
      $0.radialHidden = []
    },
    "l1-xplor": nequip { $0.cutoffFunction = .xplor(onset: 3.4) },
    "l1-defaults": nequip {
      $0.hasParity = true
      $0.interactionCount = 3
      $0.selfConnections = [.bySpecies]
      $0.radialHidden = [6, 6]
    },
    "l2-manual": nequip {
      $0.maxEll = 2
      $0.channels = 6
      $0.radialActivation = .shiftedSoftplus
      $0.cutoffFunction = .xplor(onset: 2)
      $0.irreps = ["6x0e", "6x0e+4x1e+2x2e", "6x0e"]
    },
    "l2-parity": nequip {
      $0.maxEll = 2
      $0.hasParity = true
      $0.interactionCount = 3
      $0.cutoffFunction = .polynomial(p: 4)
      $0.selfConnections = [.bySpecies, .linear, .bySpecies]
      $0.radialHidden = [4]
    },
    "lmax-edge-below": nequip {
      $0.maxEll = 1
      $0.featureMaxEll = 2
      $0.interactionCount = 3
      $0.radialActivation = .relu
      $0.radialHidden = [6, 5]
    },
    "lmax-edge-above": nequip {
      $0.maxEll = 3
      $0.featureMaxEll = 2
      $0.interactionCount = 3
      $0.radialActivation = .abs
      $0.radialHidden = [5]
    },
    "bias": nequip {
      $0.hasBias = true
      $0.radialActivation = .tanh
      $0.maxEll = 2
    },
    "readout-network": nequip {
      $0.readout = .network(hidden: [7, 5], activation: .tanh)
      $0.interactionCount = 1
    },
    "odd-scalars": nequip {
      $0.hasParity = true
      $0.interactionCount = 6
      $0.radialHidden = [4]
      $0.evenScalars = .shiftedSoftplus
      $0.oddScalars = .abs
      $0.evenGates = .shiftedSoftplus
      $0.oddGates = .abs
    },
    "odd-gates": nequip {
      $0.hasParity = true
      $0.interactionCount = 4
      $0.radialHidden = [6]
      $0.irreps = ["4x0e", "4x0e+4x1o", "4x0e+4x1o+3x1e", "3x0o+4x1o+3x1e", "4x0e"]
    },
    "raw-harmonics": nequip {
      $0.maxEll = 2
      $0.normalizesHarmonics = false
    },
    "modal-all": nequip {
      $0.heads = [HeadDescription(name: "R2SCAN"), HeadDescription(name: "PBE")]
      $0.modalMaps = NequIPDescription.ModalMap.allCases
      $0.hasBias = true
    },
    "modal-intro": nequip {
      $0.heads = [HeadDescription(name: "R2SCAN"), HeadDescription(name: "PBE")]
      $0.modalMaps = [.intro]
      $0.selfConnections = [.bySpecies]
    },
  ]
}
