internal import ArgumentParser
internal import HoneFormats
internal import HoneModels
internal import HoneStructure

/// `hone info`: what a model file holds.
struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Say what a model file holds.")

  @Argument(help: "The model file.")
  var model: String

  @OptionGroup var options: CommonOptions

  func run() throws {
    let field = try ForceField(path: model)
    let description = try JSONValue(parsing: field.description)
    let symbols = field.species.map { ElementSymbols.symbol(of: $0) ?? "\($0)" }
    if options.json {
      let added = [JSONValue.Member("symbols", .array(symbols.map { .string($0) }))]
      return try Console.write(JSONValue.object((description.members ?? []) + added))
    }

    let family = description["architecture"]?.string ?? "Model"
    let file = model.split(separator: "/").last.map(String.init) ?? model
    var table = TextTable([.left, .left])
    table.add("cutoff", "\(field.cutoff) Å")
    let reach = Double(field.layerCount) * field.cutoff
    table.add("layers", "\(field.layerCount), which reach \(reach.significant(6)) Å")
    table.add("parameters", Style.grouped(field.parameterCount))
    table.add("precision", (description["precision"]?.string ?? "–") + " in the file")
    table.add(field.heads.count > 1 ? "heads" : "head", field.heads.joined(separator: ", "))
    let count = symbols.count == 1 ? "1 element" : "\(symbols.count) elements"
    try Console.write(
      Style.heading("\(family) model, \(file)") + table.text
        + "  \(count)\n    " + Style.wrapped(symbols, width: 72, indent: 4) + "\n")
  }
}
