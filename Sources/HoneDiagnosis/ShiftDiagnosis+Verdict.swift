internal import HoneStructure

extension ShiftDiagnosis {
  /// What the diagnosis comes to, in one line for a person.
  public var verdict: String {
    var shifts: [String] = []
    if !unseenElements.isEmpty {
      let symbols = unseenElements.map { ElementSymbols.symbol(of: $0) ?? "\($0)" }
      shifts.append(
        "unseen \(symbols.count == 1 ? "element" : "elements") " + symbols.joined(separator: ", "))
    }
    if let forceNorm, forceNorm.isShifted {
      shifts.append("mean force \(Self.rounded(forceNorm.value)) eV/Å, \(Self.place(forceNorm))")
    }
    if isConnectivityShifted {
      shifts.append(
        connectivity.map { "connectivity, \(Self.place($0))" }
          ?? "nothing to compare connectivity with")
    }
    var text =
      shifts.isEmpty ? "like the training data" : "shifted: " + shifts.joined(separator: "; ")
    if let remark = distanceRemark { text += "; " + remark }
    return text
  }

  /// What descriptors say beside the shifts, where they say anything.
  private var distanceRemark: String? {
    guard let descriptorDistances, let farthest = farthestAtom, farthest.distance > 1 else {
      return nil
    }
    let count = descriptorDistances.count { $0 > 1 }
    let how = farthest.distance.isFinite ? ", at \(Self.rounded(farthest.distance))" : ""
    return
      "\(count) of \(descriptorDistances.count) atoms beyond 99 % of the training atoms, "
      + "the farthest atom \(farthest.atom)\(how)"
  }

  /// Where a number stands, in words.
  private static func place(_ standing: Standing) -> String {
    let isAbove = standing.value > standing.mean
    let part = isAbove ? standing.quantile : 1 - standing.quantile
    // Nothing but the ends is all.
    let percent = part == 1 ? "all" : "\(min(99, Int((100 * part).rounded()))) % of"
    return "\(isAbove ? "above" : "below") \(percent) training structures"
  }

  /// A number with three digits, small ones with three decimals.
  private static func rounded(_ value: Double) -> String {
    let size = value.magnitude
    let step: Double = size < 1 ? 1000 : size < 10 ? 100 : size < 100 ? 10 : 1
    return "\((step * value).rounded() / step)"
  }
}
