internal import Glibc
internal import HoneFormats
internal import HoneNumerics

/// The machine-readable log of a run: a JSON object in a line for each epoch.
struct TrainingLog {
  let path: String
  private var lines: [String] = []

  init(path: String) {
    self.path = path
  }

  /// Takes up what a file holds of epochs before one: what was logged after the checkpoint that a run
  /// goes on from happens again.
  mutating func keep(epochsBefore epoch: Int) throws(HoneError) {
    guard isFile(path) else { return }
    let bytes = try Bytes(contentsOfFile: path)
    let text = bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    lines = []
    for line in text.split(separator: "\n") {
      guard let value = try? JSONValue(parsing: Bytes(Array(line.utf8))),
        let number = value["epoch"]?.int, number < epoch
      else { continue }
      lines.append(String(line))
    }
  }

  /// Adds an epoch.
  mutating func append(_ record: EpochRecord) throws(HoneError) {
    var members: [JSONValue.Member] = [
      .init("epoch", .integer(Int64(record.epoch))),
      .init("loss", .number(record.trainingLoss)),
      .init("loss_terms", .array(record.terms.map { .number($0) })),
      .init("gradient_norm", .number(record.largestGradientNorm)),
      .init("learning_rate", .number(record.learningRate)),
    ]
    if let loss = record.validationLoss {
      members.append(.init("validation_loss", .number(loss)))
    }
    if let errors = record.validation {
      let entries: [(String, Double?)] = [
        ("energy_mae", errors.energyPerAtom.meanAbsolute),
        ("energy_rmse", errors.energyPerAtom.rootMeanSquare),
        ("force_mae", errors.forces.meanAbsolute), ("force_rmse", errors.forces.rootMeanSquare),
      ]
      for (name, value) in entries {
        if let value { members.append(.init(name, .number(value))) }
      }
    }
    members.append(.init("best", .bool(record.isBest)))
    lines.append(try JSONValue.object(members).text())
    let content = Array((lines.joined(separator: "\n") + "\n").utf8)
    try AtomicFile.write(to: path) { (sink) throws(HoneError) in try sink.write(content) }
  }
}

/// Whether there is a regular file.
func isFile(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
}
