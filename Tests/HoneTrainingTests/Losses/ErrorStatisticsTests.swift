import HoneNumerics
import HoneStructure
import HoneTestSupport
import HoneTraining
import Testing

@Suite("Errors of a model")
struct ErrorStatisticsTests {
  private func statistics(
    _ batch: GoldenBatch, _ frames: some Sequence<Int>
  ) throws -> ErrorStatistics {
    var result = ErrorStatistics()
    for index in frames {
      let prediction = batch.predictions[index]
      try result.add(
        batch.set[index],
        FramePrediction(
          energy: prediction.energy, forces: prediction.forces.view,
          virial: prediction.virial.view))
    }
    return result
  }

  @Test("equal the plain formulas")
  func formulas() throws {
    let batch = try GoldenBatch("labels-all")
    let found = try statistics(batch, 0..<7)
    var energies: [Double] = []
    var forces: [(error: Double, label: Double, number: Int32)] = []
    var stresses: [Double] = []
    for index in 0..<7 {
      let (frame, prediction) = (batch.set[index], batch.predictions[index])
      let energy = try #require(frame.labels.energy)
      energies.append((prediction.energy - energy) / Double(frame.atomCount))
      let labels = try #require(frame.labels.forces)
      for component in 0..<labels.count {
        forces.append(
          (
            prediction.forces[component] - labels[component], labels[component],
            frame.atomicNumbers[component / 3]
          ))
      }
      let virial = try #require(frame.labels.virial).elements
      let volume = try #require(frame.labels.volume)
      stresses += zip(Array(prediction.virial), virial).map { ($1 - $0) / volume }
    }
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    func rms(_ values: [Double]) -> Double { mean(values.map { $0 * $0 }).squareRoot() }
    func check(_ sum: ErrorSum, _ errors: [Double]) throws {
      #expect(sum.count == errors.count)
      #expect(isClose(try #require(sum.meanAbsolute), mean(errors.map(\.magnitude)), 1e-11))
      #expect(isClose(try #require(sum.rootMeanSquare), rms(errors), 1e-11))
      #expect(isClose(sum.largest, errors.map(\.magnitude).max() ?? 0, 1e-11))
    }
    try check(found.energyPerAtom, energies)
    try check(found.forces, forces.map(\.error))
    try check(found.stress, stresses)
    #expect(found.species == [1, 6, 7, 8])
    for number in found.species {
      try check(found.forces(on: number), forces.filter { $0.number == number }.map(\.error))
    }
    let relative = rms(forces.map(\.error)) / rms(forces.map(\.label))
    #expect(isClose(try #require(found.forces.relativeRootMeanSquare), relative, 1e-12))
    #expect(found.virial.count == 63 && found.forces(on: 2).count == 0)
  }

  @Test("add up, and pass over missing labels")
  func sums() throws {
    let batch = try GoldenBatch("labels-some")
    let all = try statistics(batch, 0..<7)
    #expect(all.energy.count == 6 && all.virial.count == 45)
    #expect(all.forces.count == 3 * (batch.set.atomCount - 3 - 8))
    var sum = try statistics(batch, 0..<3)
    sum.add(try statistics(batch, 3..<7))
    #expect(sum.forces.count == all.forces.count && sum.energy.largest == all.energy.largest)
    #expect(
      isClose(try #require(sum.forces.meanAbsolute), try #require(all.forces.meanAbsolute), 1e-14))
    #expect(ErrorStatistics().energy.meanAbsolute == nil)
  }

  @Test("what is not a number stays visible")
  func notANumber() {
    var sum = ErrorSum()
    for value in [1.0, .nan, 2] { sum.add(predicted: value, reference: 0) }
    #expect(sum.largest.isNaN && sum.meanAbsolute?.isNaN == true)
  }
}
