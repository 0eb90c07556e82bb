import CommandLineKit
import CommandSession
import Testing
import TraceModel

@testable import ToolCommands

/// The table of commands, and how they end.
@Suite struct ToolCommandTests {
  @Test func everyCommandIsDescribedOnce() {
    let names = ToolCommand.all.map(\.name)
    #expect(Set(names).count == names.count)
    for command in ToolCommand.all {
      #expect(!command.summary.isEmpty && !command.summary.hasSuffix("."), "\(command.name)")
      #expect(ToolRunner.spec.synopses.contains { $0.hasPrefix(command.name) })
    }
  }

  @Test func usageFollowsFromOptionsAndOperands() throws {
    let command = try #require(ToolCommand.named("compile"))
    #expect(command.synopsis == "[-o ARTIFACT] FILE")
    #expect(command.usage == "compile FILE")
    #expect(
      usageText(of: command.spec).hasPrefix(
        "USAGE:\n    bt-tool compile [-o ARTIFACT] FILE\n"))
  }

  private let runner = ToolRunner(variable: { _ in nil }, executable: nil)

  @Test(arguments: [
    (["copy"], "NAME is missing: bt-tool copy NAME [FILE]"),
    (["copy", "a", "b", "c"], "bt-tool copy: unexpected argument 'c'"),
    (["search"], "WORD is missing: bt-tool search WORD..."),
    (["inspect", "--nothing"], "bt-tool inspect: unrecognized option '--nothing'"),
    (["--nothing"], "bt-tool: unrecognized option '--nothing'"),
    (["nothing"], "there is no tool nothing"),
  ])
  func aMistakeOnTheCommandLineIsOne(_ words: [String], _ sentence: String) {
    do throws(CommandFailure) {
      _ = try runner.answer("bt-tool", words)
      Issue.record("\(words) is taken")
    } catch {
      #expect(error.status == .usage)
      guard case .error(sentence, _) = error.message else {
        Issue.record("\(error.message)")
        return
      }
    }
  }

  @Test func statusesAreDistinctAndDocumented() {
    let numbers = ExitStatus.documented.map(\.status.number)
    #expect(Set(numbers).count == numbers.count)
    #expect(numbers == numbers.sorted())
    #expect(ExitStatus.lostEvents.number == 3)
  }

  @Test func listsBelowTheSubjects() {
    let listing = ToolListing([
      .init(name: "b", summary: "Two", subject: .network),
      .init(name: "aaa", summary: "One", subject: .cpu, remarks: ["a remark"]),
      .init(name: "c", summary: "Three", subject: nil),
    ])
    #expect(
      listing.text == """
        CPU and scheduler:
          aaa  One
               a remark

        Network:
          b    Two

        Others:
          c    Three

        """)
  }
}
