import HoneFormats
import HoneNumerics
import HoneStructure
import HoneTestSupport
import Testing

@testable import HonePriors

@Suite("Pair potentials")
struct PairPriorTests {
  private static let entries = (try? PriorGolden.entries("priors-pairs.json")) ?? []

  private func prior(_ entry: JSONValue) throws -> any Prior {
    let (start, end) = (entry["switch_start"]?.double, entry["cutoff"]?.double ?? 0)
    guard entry["prior"]?.string == "lj" else {
      return try ZBLPrior(cutoff: end, switchStart: start)
    }
    var parameters: [Int32: LennardJonesPrior.Parameters] = [:]
    for member in entry["parameters"]?.members ?? [] {
      let number = try #require(ElementSymbols.atomicNumber(of: member.key))
      let values = PriorGolden.numbers(member.value)
      parameters[number] = .init(sigma: values[0], epsilon: values[1])
    }
    return try LennardJonesPrior(parameters: parameters, cutoff: end, switchStart: start)
  }

  @Test("labels are those of an independent code, which is ASE for argon")
  func golden() throws {
    #expect(Self.entries.count == 10)
    for entry in Self.entries {
      let labels = try prior(entry).labels(of: PriorGolden.system(entry))
      let name: Comment = "\(entry["name"]?.string ?? "") \(entry["prior"]?.string ?? "")"
      // Sums of a few hundred terms in another order: some hundred times the rounding of one.
      let wanted = PriorGolden.numbers(entry["forces"])
      let virial = PriorGolden.numbers(entry["virial"])
      let energy = try #require(entry["energy"]?.double)
      #expect((labels.energy - energy).magnitude < 1e-12 * max(energy.magnitude, 1), name)
      #expect(largestDifference(labels.forces, wanted) < 1e-12 * max(largest(wanted), 1), name)
      #expect(
        largestDifference(labels.virial ?? [], virial) < 1e-12 * max(largest(virial), 1), name)
    }
  }

  @Test("forces and virials are derivatives of the energy, also within the switch")
  func derivatives() throws {
    for entry in Self.entries {
      let (prior, system) = (try prior(entry), try PriorGolden.system(entry))
      let labels = try prior.labels(of: system)
      // Fourth order: errors of rounding, ε E / h, and of the formula, h⁴ E⁗, are below 1e-8 of these.
      let scale = max(largest(labels.forces), labels.energy.magnitude, 0.1)
      let forces = try Differences.forces(prior, system, step: 1e-4)
      #expect(largestDifference(labels.forces, forces) < 1e-7 * scale)
      let virial = try Differences.virial(prior, system, step: 1e-5)
      #expect(largestDifference(labels.virial ?? [], virial) < 1e-7 * max(scale, largest(virial)))
      try PriorCheck.verify(prior, system)
    }
  }

  @Test("supercells have the energies, forces and virials of their cells")
  func supercells() throws {
    let entry = try #require(Self.entries.first { $0["name"]?.string == "triclinic cell" })
    let (prior, system) = (try prior(entry), try PriorGolden.system(entry))
    let cell = try #require(system.structure.cell)
    let (positions, rows) = (system.structure.positions, cell.rows)
    let shifted = positions.indices.map { positions[$0] + rows.row1[$0 % 3] }
    let doubled = try PriorSystem(
      Structure(
        atomicNumbers: system.structure.atomicNumbers + system.structure.atomicNumbers,
        positions: positions + shifted,
        cell: Cell(rows: Matrix3(rows.row0, 2 * rows.row1, rows.row2), periodicity: .all)))
    let (one, two) = (try prior.labels(of: system), try prior.labels(of: doubled))
    #expect((two.energy - 2 * one.energy).magnitude < 1e-12 * max(1, two.energy.magnitude))
    #expect(largestDifference(two.forces, one.forces + one.forces) < 1e-11)
    #expect(
      largestDifference(two.virial ?? [], (one.virial ?? []).map { 2 * $0 })
        < 1e-12 * max(1, largest(two.virial ?? [])))
  }

  @Test("rotations turn forces, and permutations permute them")
  func invariances() throws {
    for entry in Self.entries.prefix(4) {
      let (prior, system) = (try prior(entry), try PriorGolden.system(entry))
      guard system.structure.cell == nil else { continue }
      let x = system.structure.positions
      let (c, s) = (0.6, 0.8)
      func turned(_ v: [Double]) -> [Double] {
        var result = v
        for atom in 0..<v.count / 3 {
          let (x, y) = (v[3 * atom], v[3 * atom + 1])
          result[3 * atom] = c * x - s * y
          result[3 * atom + 1] = s * x + c * y
        }
        return result
      }
      let labels = try prior.labels(of: system)
      let rotated = try prior.labels(of: system.moved(to: turned(x).map { $0 + 11 }))
      let scale = max(1, largest(labels.forces))
      #expect((rotated.energy - labels.energy).magnitude < 1e-12 * scale)
      #expect(largestDifference(rotated.forces, turned(labels.forces)) < 1e-11 * scale)
      let order = Array((0..<x.count / 3).reversed())
      func permuted(_ v: [Double]) -> [Double] { order.flatMap { v[3 * $0..<3 * $0 + 3] } }
      let other = try PriorSystem(
        Structure(
          atomicNumbers: order.map { system.structure.atomicNumbers[$0] }, positions: permuted(x)))
      #expect(
        largestDifference(try prior.labels(of: other).forces, permuted(labels.forces))
          < 1e-12 * scale)
    }
  }

  @Test("the switch has two continuous derivatives")
  func smoothness() throws {
    let cutoff = try SmoothCutoff(start: 2, end: 3)
    for border in [2.0, 3.0] {
      let (below, above) = (cutoff.evaluate(border - 1e-6), cutoff.evaluate(border + 1e-6))
      // Third derivatives are of the order of 60: slopes differ by 60 h², values by 60 h³.
      #expect((below.value - above.value).magnitude < 1e-15)
      #expect((below.slope - above.slope).magnitude < 1e-10)
    }
    #expect(cutoff.evaluate(1).value == 1 && cutoff.evaluate(3).value == 0)
    #expect((cutoff.evaluate(2.5).value - 0.5).magnitude < 1e-15)
  }

  @Test("two atoms of argon have the depth and the distance of UFF's table")
  func dimer() throws {
    let prior = try LennardJonesPrior()
    func energy(_ r: Double) throws -> Double {
      try prior.labels(
        of: PriorSystem(Structure(atomicNumbers: [18, 18], positions: [0, 0, 0, r, 0, 0]))
      ).energy
    }
    #expect((try energy(3.868) * 23.0605 + 0.185).magnitude < 1e-6)
    #expect(try energy(3.868) < energy(3.85) && energy(3.868) < energy(3.89))
    #expect(try energy(10) == 0 && energy(9.9) < 0)
    for number in Int32(1)...103 {
      let entry = try #require(UFFParameters.lennardJones(number))
      #expect((1.5...4.5).contains(entry.sigma) && (1e-4...0.05).contains(entry.epsilon))
    }
    #expect(UFFParameters.lennardJones(0) == nil && UFFParameters.lennardJones(104) == nil)
  }

  @Test("elements and numbers that make no potential are refused")
  func refusals() throws {
    let heavy = try PriorSystem(Structure(atomicNumbers: [104], positions: [0, 0, 0]))
    #expect(throws: HoneError.self) { try LennardJonesPrior().labels(of: heavy) }
    #expect(try ZBLPrior().labels(of: heavy).energy == 0)
    let none = try PriorSystem(Structure(atomicNumbers: [0], positions: [0, 0, 0]))
    #expect(throws: HoneError.self) { try ZBLPrior().labels(of: none) }
    #expect(throws: HoneError.self) { try ZBLPrior(cutoff: 0) }
    #expect(throws: HoneError.self) { try ZBLPrior(cutoff: 3, switchStart: 3) }
    #expect(throws: HoneError.self) { try LennardJonesPrior(cutoff: .nan) }
    #expect(throws: HoneError.self) {
      try LennardJonesPrior(parameters: [1: .init(sigma: 0, epsilon: 1)])
    }
    let merged = try PriorSystem(Structure(atomicNumbers: [6, 6], positions: [0, 0, 0, 0, 0, 0]))
    #expect(throws: HoneError.self) { try ZBLPrior().labels(of: merged) }
  }
}
