internal import ArgumentParser
internal import HoneFormats
internal import HoneModels
internal import HoneNumerics

/// `hone convert`: any readable model into hone's own format.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Write a model in hone's own format, safetensors.")

  @Argument(help: "The model file.")
  var model: String

  @Argument(help: "The file to write; it is replaced as a whole or not at all.")
  var output: String

  @OptionGroup var options: CommonOptions

  func run() throws {
    let field = try ForceField(path: model)
    try field.save(to: output)
    let byteCount = try Bytes(contentsOfFile: output).count
    if options.json {
      let document: [JSONValue.Member] = [
        .init("output", .string(output)), .init("bytes", .count(byteCount)),
        .init("parameters", .count(field.parameterCount)),
      ]
      return try Console.write(JSONValue.object(document))
    }
    if !options.quiet {
      try Console.write(
        "\(output): \(Style.grouped(field.parameterCount)) parameters, "
          + "\(Style.grouped(byteCount)) bytes\n")
    }
  }
}
