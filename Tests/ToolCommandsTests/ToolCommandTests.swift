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

  /// What is wrong on a command line.
  private struct Mistake: Sendable {
    let words: [String]
    let sentence: String
  }

  private static let mistakes: [Mistake] = [
    Mistake(words: ["copy"], sentence: "NAME is missing: bt-tool copy NAME [FILE]"),
    Mistake(words: ["copy", "a", "b", "c"], sentence: "bt-tool copy: unexpected argument 'c'"),
    Mistake(words: ["search"], sentence: "WORD is missing: bt-tool search WORD..."),
    Mistake(
      words: ["inspect", "--nothing"], sentence: "bt-tool inspect: unrecognized option '--nothing'"),
    Mistake(words: ["--nothing"], sentence: "bt-tool: unrecognized option '--nothing'"),
    Mistake(words: ["nothing"], sentence: "there is no tool nothing"),
  ]

  @Test func aMistakeOnTheCommandLineIsOne() {
    for mistake in Self.mistakes { check(mistake) }
  }

  private func check(_ mistake: Mistake) {
    do throws(CommandFailure) {
      _ = try runner.answer("bt-tool", mistake.words)
      Issue.record("\(mistake.words) is taken")
    } catch {
      #expect(error.status == .usage)
      guard case .error(let sentence, _) = error.message else {
        Issue.record("\(error.message)")
        return
      }
      #expect(sentence == mistake.sentence)
    }
  }

  @Test func statusesAreDistinctAndDocumented() {
    let numbers = ExitStatus.documented.map(\.status.number)
    #expect(Set(numbers).count == numbers.count)
    #expect(numbers == numbers.sorted())
    #expect(ExitStatus.losses.number == 3)
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
