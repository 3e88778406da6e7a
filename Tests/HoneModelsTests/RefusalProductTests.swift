@testable import HoneModels
import HoneNumerics
import HoneO3
import Testing

@Suite("Product bases beyond reason")
struct RefusalProductTests {
  /// Whether a basis is made, and the processor's time that took.
  private func make(
    _ kind: SymmetricContractionBasis.Kind, _ inputs: [Irrep], _ output: Irrep, _ order: Int
  ) -> (isMade: Bool, error: HoneError.Kind?, seconds: Double) {
    let start = OutcomeCount.processorTime()
    do throws(HoneError) {
      let basis = try ProductRule.basis(kind, inputs: inputs, output: output, order: order)
      return (basis.pathCount > 0, nil, OutcomeCount.processorTime() - start)
    } catch {
      return (false, error.kind, OutcomeCount.processorTime() - start)
    }
  }

  static let real = [
    (3, "0e+1o+2e+3o"), (3, "0e+1o+2e+3o+4e"), (4, "0e+1o+2e+3o"),
    (3, "0e+0o+1e+1o+2e+2o+3e+3o"),
  ]

  @Test("Bases of the size that models have are made", arguments: real)
  func made(_ order: Int, _ text: String) throws {
    let inputs = try Irreps(parsing: text).blocks.map(\.irrep)
    for kind in [SymmetricContractionBasis.Kind.full, .reduced] {
      for output in [Irrep(0, .even), Irrep(1, .odd), Irrep(2, .even)] {
        let result = make(kind, inputs, output, order)
        #expect(result.isMade, "\(kind) \(output)")
        #expect(result.seconds < 2)
      }
    }
  }

  static let hostile = [
    (4, "0e+1o+2e+3o+4e+5o+6e"), (4, "0e+0o+1e+1o+2e+2o+3e+3o+4e+4o"), (4, "12e"), (4, "11o+12e"),
    (3, "0e+0o+1e+1o+2e+2o+3e+3o+4e+4o+5e+5o+6e+6o+7e+7o+8e+8o+9e+9o+10e+10o+11e+11o+12e+12o"),
    (4, "0e+0o+1e+1o+2e+2o+3e+3o+4e+4o+5e+5o+6e+6o+7e+7o+8e+8o+9e+9o+10e+10o+11e+11o+12e+12o"),
  ]

  @Test("Bases that would take long are refused at once", arguments: hostile)
  func refused(_ order: Int, _ text: String) throws {
    let inputs = try Irreps(parsing: text).blocks.map(\.irrep)
    let output = inputs[inputs.count - 1]
    for kind in [SymmetricContractionBasis.Kind.full, .reduced] {
      let result = make(kind, inputs, output, order)
      #expect(result.error == .unsupported, "\(kind)")
      #expect(result.seconds < 0.5, "\(kind) \(result.seconds) s")
    }
  }
}
