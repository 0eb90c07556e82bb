import CommandTestKit
import Foundation
import Testing

private let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent()

private let cases = Result {
  try CommandCase.all(under: tests.appendingPathComponent("Fixtures/Comparison"))
}

/// Small programs, each with the answer of bpftrace 0.27.1: output, status and first message.
///
/// `scripts/compare-with-peer` made the answers and compares them with a bpftrace that is installed.
@Suite struct ComparisonCaseTests {
  @Test(arguments: try runnable())
  func answersAsThePeerUnlessTheCaseSaysWhy(_ test: CommandCase) throws {
    let outcome = try test.run(on: .host, with: commandsUnderTest)
    var mistakes = test.mistakes(in: outcome)
    if test.firstMessage == nil, !outcome.firstMessage.isEmpty {
      mistakes.append("there is a message: \(outcome.firstMessage)")
    }
    for mistake in mistakes { Issue.record("\(test.location): \(mistake)") }
  }

  @Test func everyDifferenceIsAmongThoseThatUsersAreToldOf() throws {
    let page = try String(
      contentsOf: tests.deletingLastPathComponent()
        .appendingPathComponent("docs/compatibility.md"), encoding: .utf8)
    let rows = Set(page.components(separatedBy: "\n").compactMap(Self.firstCell))
    for test in try cases.get() {
      guard let reason = test.differs else { continue }
      #expect(rows.contains(reason), "\(test.description): docs/compatibility.md lacks \(reason)")
    }
  }

  @Test func thereAreManyAndNoTwoHaveOneName() throws {
    guard ProcessInfo.processInfo.environment["CASES"] == nil else { return }
    let all = try cases.get()
    #expect(all.count >= 500)
    let names = all.map { "\($0.location.prefix { $0 != ":" }): \($0.name)" }
    #expect(Set(names).count == names.count)
  }

  /// What a row of a table is about.
  private static func firstCell(_ row: String) -> String? {
    guard row.hasPrefix("| ") else { return nil }
    return row.dropFirst(2).components(separatedBy: " | ").first
  }

  private static func runnable() throws -> [CommandCase] {
    try Machine.host.runnable(try cases.get())
  }
}
