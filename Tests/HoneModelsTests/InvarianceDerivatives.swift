import HoneModels
import HoneStructure

/// Derivatives against differences of energies, and what happens at the cutoff.
extension InvarianceSuite {
  /// Forces against energies, at three components of positions.
  func forces(_ sample: Sample, step: Double = 5e-4) throws -> Double {
    let analytic = try evaluate(sample).forces
    var generator = SeededGenerator(state: 29)
    var deviations: [Double] = []
    for _ in 0..<3 {
      let atom = Int.random(in: 0..<sample.count, using: &generator)
      let axis = Int.random(in: 0..<3, using: &generator)
      let slope = try slope(step) { shift in
        var moved = sample
        moved.positions[atom][axis] += shift
        return try energy(moved)
      }
      deviations.append(analytic[atom][axis] + slope)
    }
    return worst(deviations)
  }

  /// The virial against energies, at three components of a general strain; per atom.
  func virial(_ sample: Sample, step: Double = 2e-4) throws -> Double {
    let analytic = try evaluate(sample).virial
    let deviations = try [(0, 0), (0, 1), (2, 1)].map { row, column in
      let slope = try slope(step) { strain in
        try energy(
          sample.mapped { vector in
            var strained = vector
            strained[column] += vector[row] * strain
            return strained
          })
      }
      return (analytic.rows[row][column] + slope) / Double(sample.count)
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

  /// The derivative at zero to fourth order in the step.
  private func slope(_ step: Double, _ value: (Double) throws -> Double) throws -> Double {
    let near = try value(step) - value(-step)
    let far = try value(2 * step) - value(-2 * step)
    return (8 * near - far) / (12 * step)
  }
}
