import Glibc
import HoneModels
import HoneNumerics
import Synchronization

/// Threads that compute with one model, each in its own precision and with threads of its own,
/// while others load models; all must get the same numbers.
///
///     Crowd <model> <rounds>
final class Crowd: Sendable {
  let path: String
  let rounds: Int
  let failures = Atomic<Int>(0)
  /// A new model for each round, so that making it ready to evaluate happens in the crowd.
  let models: [ForceField]
  let expected: [Double]

  init(path: String, rounds: Int) throws(HoneError) {
    self.path = path
    self.rounds = rounds
    var models: [ForceField] = []
    for _ in 0..<rounds { models.append(try ForceField(path: path)) }
    self.models = models
    let first = try ForceField(path: path)
    expected = [
      try Crowd.energy(first, .float32, threads: 1), try Crowd.energy(first, .float64, threads: 1),
    ]
  }

  static func energy(
    _ model: ForceField, _ precision: Precision, threads: Int
  ) throws(HoneError) -> Double {
    let numbers = (0..<64).map { model.species[$0 % model.species.count] }
    var positions: [Double] = []
    for atom in 0..<64 {
      positions += [
        1.7 * Double(atom % 4), 1.8 * Double(atom / 4 % 4) + 0.1 * Double(atom % 3),
        1.9 * Double(atom / 16),
      ]
    }
    var settings = ComputeSettings()
    settings.precision = precision
    settings.threadCount = threads
    return try model.compute(
      atomicNumbers: numbers.span, positions: positions.span, cell: nil,
      quantities: [.energy, .forces, .virial], settings: settings
    ).energy
  }

  func work(_ rank: Int) {
    do {
      for model in models {
        let double = rank % 2 == 1
        let own = rank == 0 ? try ForceField(path: path) : model
        let energy = try Crowd.energy(own, double ? .float64 : .float32, threads: 1 + rank / 2)
        let reference = expected[double ? 1 : 0]
        if abs(energy - reference) > (double ? 1e-10 : 1e-4) * max(abs(reference), 1) {
          failures.add(1, ordering: .relaxed)
        }
      }
    } catch {
      failures.add(1, ordering: .relaxed)
    }
  }
}

final class Place: Sendable {
  let crowd: Crowd
  let rank: Int
  init(_ crowd: Crowd, _ rank: Int) {
    self.crowd = crowd
    self.rank = rank
  }
}

@main
enum Program {
  static func main() {
    guard CommandLine.arguments.count == 3, let rounds = Int(CommandLine.arguments[2]), rounds > 0
    else {
      print("usage: Crowd <model> <rounds>")
      exit(2)
    }
    do {
      exit(try failures(CommandLine.arguments[1], rounds) == 0 ? 0 : 1)
    } catch {
      print("failed: \(error)")
      exit(1)
    }
  }

  /// A function of its own, so that nothing is left when the process ends: pointers inside enums
  /// carry tags, and a leak detector does not know them.
  @inline(never)
  private static func failures(_ path: String, _ rounds: Int) throws(HoneError) -> Int {
    let crowd = try Crowd(path: path, rounds: rounds)
    var threads: [pthread_t] = []
    for rank in 0..<5 { threads.append(try start(Place(crowd, rank))) }
    for thread in threads { pthread_join(thread, nil) }
    let failures = crowd.failures.load(ordering: .relaxed)
    print("\(threads.count) threads, \(rounds) rounds, \(failures) wrong energies")
    return failures
  }

  private static func start(_ place: Place) throws(HoneError) -> pthread_t {
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let place = Unmanaged<Place>.fromOpaque(argument).takeRetainedValue()
        place.crowd.work(place.rank)
        return nil
      }, Unmanaged.passRetained(place).toOpaque())
    guard status == 0 else { throw HoneError(.internalError, "no thread could be started") }
    return thread
  }
}
