import HoneModels
import HoneStructure
import HoneTestSupport

/// Derivatives against differences of energies, and what happens at the cutoff.
extension InvarianceSuite {
  /// Forces against energies, at three components of positions.
  func forces(_ sample: Sample) throws -> Double {
    let analytic = try evaluate(sample).forces
    var generator = SeededGenerator(state: 29)
    var deviations: [Double] = []
    for _ in 0..<3 {
      let atom = Int.random(in: 0..<sample.count, using: &generator)
      let axis = Int.random(in: 0..<3, using: &generator)
      let found = try slopeDeviation(from: -analytic[atom][axis]) { shift in
        var moved = sample
        moved.positions[atom][axis] += shift
        return try energy(moved)
      }
      deviations.append(found)
    }
    return worst(deviations)
  }

  /// The virial against energies, at three components of a general strain; per atom.
  func virial(_ sample: Sample) throws -> Double {
    let analytic = try evaluate(sample).virial
    let deviations = try [(0, 0), (0, 1), (2, 1)].map { row, column in
      let found = try slopeDeviation(from: -analytic.rows[row][column]) { strain in
        try energy(
          sample.mapped { vector in
            var strained = vector
            strained[column] += vector[row] * strain
            return strained
          })
      }
      return found / Double(sample.count)
    }
    return worst(deviations)
  }

  /// Atom virials of a solid, W_m = Σ_i (r_i − r_m) ⊗ ∂U_i/∂r_m, against differences of the atom
  /// energies of a supercell in which no atom reaches two images of another.
  func atomVirials(_ sample: Sample, atoms: [Int], step: Double = 5e-4) throws -> Double {
    guard let cell = try sample.cell(), cell.periodicity == .all else { return .infinity }
    let analytic = try evaluate(sample).atomVirials
    let reach = model.cutoff * Double(model.layerCount)
    let large = sample.repeated((0..<3).map { Int(2 * reach / cell.heights[$0]) + 1 })
    guard let largeCell = try large.cell() else { return .infinity }
    var deviations: [Double] = []
    for atom in atoms {
      var numeric = Tensor.zero
      for axis in 0..<3 {
        func energies(_ shift: Double) throws -> [Double] {
          var moved = large
          moved.positions[atom][axis] += shift
          return try compute(moved, [.energy, .atomEnergies]).atomEnergies.map(Array.init) ?? []
        }
        let (right, left) = (try energies(step), try energies(-step))
        let (right2, left2) = (try energies(2 * step), try energies(-2 * step))
        for other in 0..<large.count {
          let slope =
            (8 * (right[other] - left[other]) - (right2[other] - left2[other])) / (12 * step)
          var fraction = largeCell.fractional(large.positions[other] - large.positions[atom])
          fraction -= fraction.rounded(.toNearestOrAwayFromZero)
          let arm = largeCell.cartesian(fraction)
          for row in 0..<3 { numeric.rows[row][axis] += arm[row] * slope }
        }
      }
      deviations.append((numeric - analytic[atom]).largest)
    }
    return worst(deviations)
  }

  /// The jump of energy and forces when an atom enters the cutoff of another, 1e-6 Å before and
  /// after; `effect` is what bringing it closer changes.
  func cutoffJump(_ molecule: Sample, _ number: Int32) throws -> (jump: Double, effect: Double) {
    let direction = SIMD3(0.36, 0.48, 0.8)
    let edge = molecule.positions.max { ($0 * direction).sum() < ($1 * direction).sum() } ?? .zero
    func probed(_ distance: Double) throws -> Outcome {
      try evaluate(
        molecule + Sample(numbers: [number], positions: [edge + distance * direction]))
    }
    let outside = try probed(model.cutoff + 1e-6)
    let inside = try probed(model.cutoff - 1e-6)
    let near = try probed(0.6 * model.cutoff)
    return (inside.deviation(from: outside), near.deviation(from: outside))
  }

  /// How far the derivative at zero, to fourth order in the step, is from an expected one.
  ///
  /// Radial networks of `abs` and `relu` have kinks, across which a difference is no derivative: a
  /// smaller step then comes between, which cannot save a wrong derivative.
  private func slopeDeviation(
    from expected: Double, _ value: (Double) throws -> Double
  ) throws -> Double {
    var best = Double.infinity
    for step in [2e-4, 2e-5, 4e-6] where best > 1e-7 {
      let near = try value(step) - value(-step)
      let far = try value(2 * step) - value(-2 * step)
      best = min(best, worst([(8 * near - far) / (12 * step) - expected]))
    }
    return best
  }
}
