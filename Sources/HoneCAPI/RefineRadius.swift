// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation
// What these functions promise is written in hone.h.

public import CHone
internal import HoneFormats
internal import HoneModels
internal import HoneNumerics
internal import HonePriors
internal import HoneRefinement
internal import HoneStructure

@c @implementation
public func hone_refine_radius(
  _ base: OpaquePointer?, _ n_structures: Int64, _ structures: UnsafePointer<hone_structure>?,
  _ options: UnsafePointer<CChar>?, _ choice: UnsafeMutablePointer<hone_radius_choice>?,
  _ refined: UnsafeMutablePointer<OpaquePointer?>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    refined?.pointee = nil
    let handle = try ModelHandle.borrow(base, "base")
    let room = choice == nil ? nil : try hone_radius_choice.room(choice, "choice")
    let list = try StructureList(count: n_structures, structures)
    let settings =
      options == nil
      ? RadiusRefinementSettings() : try RadiusRefinementSettings(json: json(options, "options"))
    guard list.count > 0 || settings.radius != nil else {
      throw HoneError(
        .invalidArgument, "n_structures must be 1 or more, unless the options have a 'radius'")
    }
    let copies = try list.systems().map(\.structure)
    let field = handle.forceField
    guard let refined else {
      let found = try field.chooseRadius(for: copies, settings)
      if let room { hone_radius_choice(found).write(to: choice, room: room) }
      return
    }
    let (model, found) = try field.refiningRadius(for: copies, settings)
    refined.pointee = try ModelHandle(model, settings: handle.settings).lend()
    if let room { hone_radius_choice(found).write(to: choice, room: room) }
  }
}

extension StructureList {
  /// The structures, copied; each of one atom at least.
  ///
  /// - Throws: `.invalidArgument` naming the element, `.outOfMemory`.
  func systems() throws(HoneError) -> [PriorSystem] {
    try Headroom.require(start(count) + count, of: 256)
    var systems: [PriorSystem] = []
    for index in 0..<count {
      do throws(HoneError) {
        systems.append(try PriorSystem(structure(index)))
      } catch {
        throw HoneError(error.kind, "structures[\(index)]: \(error.message)")
      }
    }
    return systems
  }
}

extension hone_radius_choice: SizedStructure {
  static var typeName: StaticString { "hone_radius_choice" }
  static var leastSize: Int { end(of: \.distances) }

  /// What the host is told of a choice.
  init(_ choice: RadiusChoice) {
    self.init()
    radius = choice.effectiveRadius
    chosen_radius = choice.radius
    training_radius = choice.trainingRadius
    let reason =
      switch choice.reason {
      case .refined: HONE_RADIUS_REFINED
      case .notShifted: HONE_RADIUS_NOT_SHIFTED
      case .noImprovement: HONE_RADIUS_NO_IMPROVEMENT
      case .noReference: HONE_RADIUS_NO_REFERENCE
      case .beyondTraining: HONE_RADIUS_BEYOND_TRAINING
      case .given: HONE_RADIUS_GIVEN
      }
    self.reason = Int32(reason.rawValue)
    let count = min(64, choice.candidates.count)
    n_candidates = Int32(count)
    withUnsafeMutableBytes(of: &candidates) { target in
      choice.candidates.prefix(count).withUnsafeBytes { target.copyMemory(from: $0) }
    }
    withUnsafeMutableBytes(of: &distances) { target in
      choice.distances.prefix(count).withUnsafeBytes { target.copyMemory(from: $0) }
    }
  }
}
