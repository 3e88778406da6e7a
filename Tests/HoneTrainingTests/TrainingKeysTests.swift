import HoneFormats
import HoneNumerics
import HoneTraining
import Testing

@Suite("Keys of a configuration for adapting models")
struct TrainingKeysTests {
  private func settings(_ text: String) throws -> TrainingSettings {
    try TrainingConfiguration(
      json: JSONValue(parsing: text), hasModel: true, given: .training
    ).settings
  }

  @Test("say what they are called, and nothing is different without them")
  func values() throws {
    let given = try settings(
      """
      {"run": {"least_cutoff": 3.5},
       "optimizer": {"method": "sgd", "momentum": 0.9, "decays_all": true, "starting_pull": 2.5},
       "rates": {"interaction": [1, 0.5], "product": 0, "energy_scale": 1}}
      """)
    #expect(given.leastCutoff == 3.5 && given.decaysAll && given.startingPull == 2.5)
    #expect(given.rateFactors == [.interaction: [1, 0.5], .product: 0, .energyScale: 1])
    let standard = try settings("{}")
    #expect(standard.leastCutoff == nil && !standard.decaysAll && standard.startingPull == 0)
    #expect(standard.rateFactors.isEmpty)
  }

  @Test(
    "are refused with values that make no sense",
    arguments: [
      "{\"run\": {\"least_cutoff\": 0}}", "{\"run\": {\"least_cutoff\": \"4\"}}",
      "{\"optimizer\": {\"starting_pull\": -1}}", "{\"optimizer\": {\"decays_all\": 1}}",
      "{\"rates\": {\"interaction\": [1, -1]}}", "{\"rates\": {\"interaction\": [\"1\"]}}",
      "{\"rates\": {\"energy_scale\": [1, 1]}}",
    ])
  func refusals(_ text: String) throws {
    #expect(throws: HoneError.self) { try settings(text) }
  }
}
