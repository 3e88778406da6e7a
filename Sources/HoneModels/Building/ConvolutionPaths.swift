internal import HoneO3

/// The paths of an equivariant convolution as e3nn's models order them.
struct ConvolutionPaths {
  /// One path: a block of features, a degree of the harmonics, a result.
  struct Path {
    let input: Int
    let degree: Int
    let irrep: Irrep
  }

  /// The paths in creation order: inputs, then harmonics, then results.
  let created: [Path]
  /// For each position in sorted order, the index in creation order.
  let order: [Int]

  /// Collects all paths that end in an accepted irrep, and sorts them by it.
  ///
  /// - Parameters:
  ///   - inputs: The senders' features.
  ///   - harmonics: The harmonics, one of each degree from 0 on.
  ///   - accepts: Whether a result is wanted.
  init(inputs: Irreps, harmonics: [Irrep], accepts: (Irrep) -> Bool) {
    var created: [Path] = []
    for (i, input) in inputs.blocks.enumerated() {
      for (degree, harmonic) in harmonics.enumerated() {
        for irrep in input.irrep * harmonic where accepts(irrep) {
          created.append(Path(input: i, degree: degree, irrep: irrep))
        }
      }
    }
    self.created = created
    order = created.indices.sorted {
      (created[$0].irrep, $0) < (created[$1].irrep, $1)
    }
  }

  /// The paths in sorted order.
  var sorted: [Path] { order.map { created[$0] } }

  /// Messages as e3nn lists them: one block per path, in sorted order.
  func messageIrreps(_ inputs: Irreps) -> Irreps {
    Irreps(sorted.map { .init(inputs.blocks[$0.input].multiplicity, $0.irrep) })
  }
}
