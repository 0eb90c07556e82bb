import CommandTestKit
import Foundation
import Manuals
import Testing

/// The examples of the man pages are command lines that work.
@Suite struct ExampleTests {
  private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The pages, but for those of tools that this machine lacks something for.
  private static let pages = ((try? Documentation.manualPages(of: repository.path)) ?? [])
    .filter { page in
      let file = URL(fileURLWithPath: page.path).lastPathComponent
      guard file.hasSuffix(".bt.8"), let test = firstCase(of: String(file.dropLast(5))),
        let feature = try? Machine.host.missingRequirement(ofFileOf: test)
      else { return true }
      print("skipped: examples of \(file): \(feature.sentence)")
      return false
    }

  private static func firstCase(of tool: String) -> CommandCase? {
    let file = repository.appendingPathComponent("Tests/Fixtures/Tools/\(tool).test")
    guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
    return try? CommandCase.parse(text, from: file.lastPathComponent).first
  }

  private static let isPossible =
    ["root", "btf", "syscall_tracepoint", "uprobe"].allSatisfy { name in
      Feature.named(name).map { (try? Machine.host.has($0)) ?? false } ?? false
    }

  /// A command line of a page and the lines that the page shows below it.
  private struct Example {
    var command: String
    var shown: [String] = []

    /// Whether it goes on in the next line: within quotes, or after a backslash.
    var isOpen: Bool {
      command.count(where: { $0 == "'" }) % 2 == 1 || command.hasSuffix("\\")
    }
  }

  private func examples(of page: GeneratedFile) -> [Example] {
    var found: [Example] = []
    var isShowing = false
    for line in page.text.split(separator: "\n", omittingEmptySubsequences: false) {
      var text = String(line)
      for (escape, character) in [("\\e", "\\"), ("\\-", "-"), ("\\&", "")] {
        text = text.replacingOccurrences(of: escape, with: character)
      }
      if isShowing, found.last?.isOpen == true {
        found[found.count - 1].command += "\n" + text
      } else if let start = [".Dl # ", "# "].first(where: { text.hasPrefix($0) }) {
        found.append(Example(command: String(text.dropFirst(start.count))))
        isShowing = true
      } else if text.hasPrefix(".") {
        isShowing = false
      } else if isShowing {
        found[found.count - 1].shown.append(text)
      }
    }
    return found
  }

  /// Compiled, loaded and attached, but not waited for; examples name processes that are long gone, in
  /// place of which there is another.
  @Test(.enabled(if: isPossible, "the machine lacks what the examples trace"), arguments: pages)
  func examplesRun(_ page: GeneratedFile) throws {
    var script = """
      folder=$(mktemp -d) && cd "$folder" || exit 125
      trap 'rm -rf "$folder"' EXIT
      HOME=$folder XDG_CACHE_HOME=$folder
      unset XDG_DATA_HOME
      export HOME XDG_CACHE_HOME
      PATH=\(shellQuoted(commandsUnderTest.path)):$PATH
      bpftrace() {
        command bpftrace --dry-run "$@"
        echo $? >>statuses
      }
      bt-tool() {
        case $1 in
          list) command bt-tool "$@" ;;
          *) command bt-tool "$@" --dry-run ;;
        esac
        echo $? >>statuses
      }

      """
    var count = 0
    for example in examples(of: page) {
      let command = example.command
      let words = command.split { $0 == " " }.map(String.init)
      if words[0] == "cat" {
        let path = words[1].replacingOccurrences(of: "~/", with: "")
        script += """
          mkdir -p "$(dirname \(path))"
          cat >\(path) <<'SCRIPT'
          \(example.shown.joined(separator: "\n"))
          SCRIPT

          """
        continue
      }
      let tool = words[0].hasSuffix(".bt") ? "bt-tool \(words[0].dropLast(3))" : nil
      guard tool != nil || ["bpftrace", "bt-tool", "echo"].contains(words[0]) else { continue }
      let line = ([tool ?? words[0]] + words.dropFirst()).joined(separator: " ")
        .replacing(#/ -p [0-9]+/#, with: " -p $$")
      let status = example.shown.contains { $0.contains(" ERROR: ") } ? 1 : 0
      script += """
        : >statuses
        { \(line)
        } >output 2>&1
        [ "$(cat statuses)" = \(status) ] || { printf '%s\\n' \(shellQuoted(line)); cat output; }

        """
      count += 1
    }
    #expect(count > 0)
    let outcome = try Machine.host.run(
      "bash -c \(shellQuoted(script + "exit 0"))", timeout: 240)
    #expect(outcome.status == 0)
    #expect(String(decoding: outcome.output + outcome.errors, as: UTF8.self) == "")
  }
}
