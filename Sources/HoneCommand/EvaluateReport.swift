internal import HoneFormats
internal import HoneStructure
internal import HoneTraining

extension EvaluateSummary {
  /// The errors by the names of the interface.
  var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("frames", .count(frames)), .init("atoms", .count(atoms)),
    ]
    members += Self.members(errors)
    members += [
      .init("frames_with_energy", .count(errors.energy.count)),
      .init("frames_with_forces", .count(framesWithForces)),
      .init("frames_with_virial", .count(errors.virial.count / 9)),
      .init("frames_with_stress", .count(errors.stress.count / 9)),
      .init("by_species", .array(errors.species.map { Self.json(errors, $0) })),
      .init("group_key", groups.isEmpty ? .null : .string(groupKey)),
      .init("groups", .array(groups.map(Self.json))),
      .init("other_groups", groups.isEmpty ? .null : otherFrames.map(Self.json) ?? .null),
    ]
    return .object(members)
  }

  private static func members(_ errors: ErrorStatistics) -> [JSONValue.Member] {
    members("energy", errors.energyPerAtom, relative: false)
      + members("energy_total", errors.energy, relative: false)
      + members("force", errors.forces, relative: true)
      + members("virial", errors.virial, relative: true)
      + members("virial_per_atom", errors.virialPerAtom, relative: false)
      + members("stress", errors.stress, relative: true)
  }

  private static func members(
    _ name: String, _ sum: ErrorSum, relative: Bool
  ) -> [JSONValue.Member] {
    var members: [JSONValue.Member] = [
      .init(name + "_mae", .optional(sum.meanAbsolute)),
      .init(name + "_rmse", .optional(sum.rootMeanSquare)),
      .init(name + "_max", .optional(sum.count > 0 ? sum.largest : nil)),
    ]
    if relative {
      members.append(
        .init(name + "_rmse_percent", .optional(sum.relativeRootMeanSquare.map { 100 * $0 })))
    }
    return members
  }

  private static func json(_ errors: ErrorStatistics, _ number: Int32) -> JSONValue {
    let sum = errors.forces(on: number)
    return .object(
      [
        .init("symbol", .string(symbol(number))), .init("atoms", .count(sum.count / 3)),
        .init("components", .count(sum.count)),
      ] + members("force", sum, relative: true))
  }

  private static func json(_ group: Group) -> JSONValue {
    .object(
      [
        .init("name", group.name.map { .string($0) } ?? .null),
        .init("frames", .count(group.frames)), .init("atoms", .count(group.atoms)),
      ] + members("energy", group.errors.energyPerAtom, relative: false)
        + members("force", group.errors.forces, relative: true)
        + members("stress", group.errors.stress, relative: true))
  }

  private static func symbol(_ number: Int32) -> String {
    ElementSymbols.symbol(of: number) ?? "\(number)"
  }

  /// The errors as tables, in units people compare.
  var text: String {
    let count = frames == 1 ? "1 frame" : "\(Style.grouped(frames)) frames"
    var text = Style.heading("\(count), \(Style.grouped(atoms)) atoms") + byProperty
    if !groups.isEmpty { text += "\n" + byGroup }
    return text
  }

  private var byProperty: String {
    var table = TextTable([.left, .right, .right, .right, .right, .left])
    table.add("", "MAE", "RMSE", "largest", "relative", "")
    func add(_ name: String, _ sum: ErrorSum, _ unit: String, isRelative: Bool = true) {
      let percent = isRelative ? sum.relativeRootMeanSquare.map { 100 * $0 } : nil
      table.add(
        name, Self.milli(sum.meanAbsolute), Self.milli(sum.rootMeanSquare),
        Self.milli(sum.count > 0 ? sum.largest : nil),
        percent.map { "\(Self.readable($0, 2)) %" } ?? "", unit)
    }
    add("energy", errors.energyPerAtom, "meV/atom", isRelative: false)
    add("  of a frame", errors.energy, "meV", isRelative: false)
    add("force", errors.forces, "meV/Å per component")
    if errors.species.count > 1 {
      for number in errors.species {
        let sum = errors.forces(on: number)
        let atoms = sum.count == 3 ? "1 atom" : "\(Style.grouped(sum.count / 3)) atoms"
        add("  on " + Self.symbol(number), sum, "meV/Å, \(atoms)")
      }
    }
    if errors.virial.count > 0 {
      add("virial", errors.virialPerAtom, "meV/atom per component")
    }
    if errors.stress.count > 0 { add("stress", errors.stress, "meV/Å³ per component") }
    return table.text
  }

  private var byGroup: String {
    var table = TextTable([.left, .right, .right, .right, .right, .right, .right])
    table.add("", "", "", "energy", "meV/atom", "force", "meV/Å")
    table.add(Style.excerpt(groupKey), "frames", "atoms", "MAE", "RMSE", "MAE", "RMSE")
    func add(_ name: String, _ group: Group) {
      let (energy, forces) = (group.errors.energyPerAtom, group.errors.forces)
      table.add(
        name, Style.grouped(group.frames), Style.grouped(group.atoms),
        Self.milli(energy.meanAbsolute), Self.milli(energy.rootMeanSquare),
        Self.milli(forces.meanAbsolute), Self.milli(forces.rootMeanSquare))
    }
    for group in groups { add(group.name.map { Style.excerpt($0) } ?? "(none)", group) }
    if let otherFrames { add("(other)", otherFrames) }
    return table.text
  }

  /// A thousand times a value, for people; "–" for none.
  static func milli(_ value: Double?) -> String {
    guard let value else { return "–" }
    return readable(1000 * value, 3)
  }

  private static func readable(_ value: Double, _ decimals: Int) -> String {
    value == 0 || (value >= 0.01 && value < 1e7)
      ? value.formatted(decimals) : value.significant(3)
  }
}

extension Style {
  /// The beginning of a text from a file, short enough for a table and without control characters.
  static func excerpt(_ text: String, limit: Int = 40) -> String {
    let plain = String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
    return plain.count > limit ? plain.prefix(limit - 1) + "…" : plain
  }
}
