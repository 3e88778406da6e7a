import HoneModels

/// Small models from scratch, one for each part a description can choose, and atoms to try them on.
enum FreshModels {
  private static let heads = [
    HeadDescription(name: "pbe", atomicEnergies: [-13.5, -430.25], scale: [0.8], shift: [0.1]),
    HeadDescription(name: "r2scan", atomicEnergies: [-14, -431], scale: [1.3], shift: [-0.2]),
  ]

  private static func mace(_ change: (inout MACEDescription) -> Void) -> ModelDescription {
    var description = MACEDescription()
    description.species = [1, 8]
    description.cutoff = 4
    description.hiddenIrreps = "4x0e+4x1o"
    description.maxEll = 2
    description.correlation = [2]
    description.radialHidden = [8, 8]
    description.averageNeighborCount = 9.5
    change(&description)
    return .mace(description)
  }

  private static func nequip(_ change: (inout NequIPDescription) -> Void) -> ModelDescription {
    var description = NequIPDescription()
    description.species = [1, 8]
    description.cutoff = 4
    description.precision = .float64
    description.channels = 4
    description.radialHidden = [8]
    description.averageNeighborCount = 9.5
    change(&description)
    return .nequip(description)
  }

  /// The models by name; all in double precision, so that saving changes nothing.
  static let all: [String: ModelDescription] = [
    "mace": mace { _ in },
    "mace heads": mace {
      $0.heads = heads
      $0.correlation = [3]
      $0.maxEll = 1
      $0.repulsion = true
    },
    "mace density": mace {
      $0.firstInteraction = .density
      $0.interaction = .densityResidual
      $0.distanceTransform = .agnesi(q: 0.9183, p: 4.5791, a: 1.0805)
      $0.radialBasis = .chebyshev
      $0.radialFunctionCount = 4
    },
    "mace non-linear": mace {
      $0.firstInteraction = .nonLinearResidual
      $0.interaction = .nonLinearResidual
      $0.couplings = .reduced
      $0.sharesProduct = true
      $0.heads = heads
      $0.readoutHasBias = true
      $0.edgeIrreps = "2x0e+2x1o"
      $0.readsLastOnly = true
    },
    "mace one layer": mace {
      $0.interactionCount = 1
      $0.radialBasis = .gaussian
    },
    "nequip": nequip { _ in },
    "nequip network": nequip {
      $0.readout = .network(hidden: [6], activation: .silu)
      $0.cutoffFunction = .xplor(onset: 3.2)
      $0.selfConnections = [.linear]
      $0.hasParity = false
      $0.maxEll = 2
      $0.interactionCount = 2
    },
    "nequip modal": nequip {
      $0.heads = heads
      $0.modalMaps = NequIPDescription.ModalMap.allCases
      $0.hasBias = true
      $0.interactionCount = 2
    },
  ]

  static let molecule = Sample(
    numbers: [8, 1, 1, 8, 1],
    positions: [
      [0, 0.1, 0], [0.95, 0.2, -0.1], [-0.3, 0.9, 0.2], [1.1, -1.9, 1.3], [2.2, 0.4, 1.6],
    ])

  static let crystal = Sample(
    numbers: [8, 1, 1], positions: [[0.1, 0, 0.2], [1.3, 1.4, -0.2], [-0.6, 0.8, 1.7]],
    rows: [[3.1, 0.2, -0.1], [0.4, 3.4, 0.3], [-0.5, 0.1, 3.3]])
}
