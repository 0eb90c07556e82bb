import Diagnostics
import Testing

@Suite struct DiagnosticListTests {
  @Test func keepsTheOrderOfCollection() {
    let list = DiagnosticList([
      .warning("w", "1", at: nil), .error("e", "2", at: nil), .warning("w", "3", at: nil),
    ])
    #expect(list.map(\.message) == ["1", "2", "3"])
    #expect(list.errors.map(\.message) == ["2"])
    #expect(list.warnings.map(\.message) == ["1", "3"])
    #expect(list.inOrderOfReport.map(\.message) == ["2", "1", "3"])
  }

  @Test func warningsAloneAreNoErrors() {
    var list = DiagnosticList()
    #expect(list.isEmpty)
    list.append(.warning("w", "1", at: nil))
    #expect(!list.hasErrors)
    #expect(list.count == 1)
    list.append(contentsOf: DiagnosticList([.error("e", "2", at: nil)]))
    #expect(list.hasErrors)
    #expect(list.errorCount == 1)
  }
}
