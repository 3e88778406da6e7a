internal import HoneNumerics
internal import HoneStructure

extension DataSetReader {
  /// The error of a frame without labels.
  func missingLabels(_ source: FrameSource) -> HoneError {
    let wanted = options.keys.conventions.flatMap(\.names).joined(separator: ", ")
    let found =
      source.frame.info.entries.map(\.key) + source.frame.columns.map { "\($0.name) (column)" }
    let text = found.isEmpty ? "none" : found.prefix(12).joined(separator: ", ")
    return source.reader.error(
      "expected labels under one of \(wanted), got the keys \(text): name the keys of the labels"
        + (options.unlabeled == .skip
          ? ", for no other frame has labels either"
          : ", remove the frame, or have frames without labels skipped"),
      atom: nil)
  }

  /// Keeps the energy of an isolated atom.
  func addIsolatedAtom(
    _ source: FrameSource, _ labels: SourceLabels, _ head: String
  ) throws(HoneError) {
    let atomicNumber = source.frame.structure.atomicNumbers[0]
    guard let energy = labels.energy else {
      throw source.reader.error(
        "expected an energy of the isolated atom, got none: add it, or remove the frame", atom: nil)
    }
    let known = isolatedAtoms.first { $0.head == head && $0.atomicNumber == atomicNumber }
    guard let known else {
      isolatedAtoms.append(IsolatedAtom(head: head, atomicNumber: atomicNumber, energy: energy))
      return
    }
    guard known.energy == energy else {
      throw source.reader.error(
        "expected one energy of isolated \(ElementSymbols.symbol(of: atomicNumber) ?? "?"), got "
          + "\(energy) after \(known.energy) eV: remove one of the frames", atom: nil)
    }
  }
}
