import CommandTestKit
import Foundation
import Testing

/// Runs each tool beside the workloads of its data file, `Fixtures/Tools/NAME.test`, on the running kernel.
@Suite struct ToolTests {
  @Test(arguments: try runnable())
  func showsWhatTheWorkloadDoes(_ test: CommandCase) throws {
    for mistake in try test.mistakes(on: .host, with: commandsUnderTest) {
      Issue.record("\(test.location): \(mistake)")
    }
  }

  private static func runnable() throws -> [CommandCase] {
    try Machine.host.runnable(try ToolUnderTest.cases.get())
  }
}

/// Holds the tools to their form: complete, and without what the runner does for all.
@Suite struct ToolFormTests {
  /// Tools from before there were rows and tables.
  private static let waiting: Set<String> = []

  @Test(arguments: try ToolUnderTest.all.get())
  func hasADataFileThatExpectsEventsAndAManualPage(_ tool: ToolUnderTest) {
    if ProcessInfo.processInfo.environment["CASES"] == nil, !Self.waiting.contains(tool.name) {
      #expect(tool.cases.contains { $0.expectsEvents }, "Fixtures/Tools/\(tool.name).test")
    }
    let page = ToolUnderTest.root.appendingPathComponent("man/parts/\(tool.name).bt.8")
    #expect(FileManager.default.fileExists(atPath: page.path), "\(page.path)")
  }

  @Test func everyDataFileIsThatOfATool() throws {
    let names = Set(try ToolUnderTest.all.get().map(\.name))
    for test in try ToolUnderTest.cases.get() {
      #expect(names.contains(test.tool), "\(test.location)")
      for name in test.requirements {
        #expect(Feature.named(name) != nil, "\(test.description) requires \(name)")
      }
    }
  }

  @Test(arguments: try ToolUnderTest.all.get())
  func isInTheForm(_ tool: ToolUnderTest) {
    let faults = Self.faults(of: tool)
    if Self.waiting.contains(tool.name) {
      #expect(!faults.isEmpty, "\(tool.name) is in the form now: take it from those that wait")
    } else {
      for fault in faults { Issue.record("tools/\(tool.name).bt:\(fault)") }
    }
  }

  /// Opensnoop, execsnoop, capable, runqlat and syscount had 513 lines before there was a form.
  @Test func makesTheFirstToolsShort() throws {
    let names: Set = ["opensnoop", "execsnoop", "capable", "runqlat", "syscount"]
    let lines = try ToolUnderTest.all.get().filter { names.contains($0.name) }
      .map { $0.script.last == "" ? $0.script.count - 1 : $0.script.count }
    #expect(lines.count == names.count)
    #expect(lines.reduce(0, +) <= 220)
  }

  /// What is not as it should be, each with its line.
  private static func faults(of tool: ToolUnderTest) -> [String] {
    var faults: [String] = []
    for (index, line) in tool.script.enumerated() {
      if line.count > 100 {
        faults.append("\(index + 1): the line has \(line.count) characters, more than 100")
      }
      if line.hasPrefix("//     bt-tool") {
        faults.append("\(index + 1): an example: these are in man pages, where they are run")
      }
      if line == "{" {
        let head = tool.script[..<index].reversed().prefix { !$0.isEmpty && !$0.hasPrefix("//") }
        let length = head.reduce(1) { $0 + $1.count + 1 }
        if length <= 100, !head.contains(where: { $0.hasSuffix(",") }) {
          faults.append("\(index + 1): the head of this probe fits on one line")
        }
      }
    }
    var seen: [String: Int] = [:]
    for (number, text) in tool.code {
      // Brackets alone, and what ends a probe, say nothing that could be said once.
      if !text.contains(where: \.isLetter)
        || ["return;", "} else {", "exit();", "table = {"].contains(text)
      {
        continue
      }
      if let first = seen[text] {
        faults.append("\(number): the line is that of line \(first): \(text)")
      }
      seen[text] = number
      if text.contains(#/%[-+ 0]*\*/#) {
        faults.append("\(number): a width or precision from an argument: columns have formats")
      }
      if text.contains("printf("), text.contains(#/"[^"%]*\b(?:PID|TID|UID|COMM|TIME)\b[^"%]*"/#) {
        faults.append("\(number): a heading by printf: columns have headings")
      }
    }
    return faults
  }
}
