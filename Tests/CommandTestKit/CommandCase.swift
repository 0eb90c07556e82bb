package import Foundation

/// One command line of a data file, with what has to come out of it.
///
/// A data file is a list of cases; lines that begin with `#` are comments. Each case begins with
/// `NAME`; the other directives follow in any order. `REQUIRES` before the first `NAME` is for all.
///
/// | Directive | Meaning |
/// | --- | --- |
/// | `NAME text` | what the case shows, in the present tense |
/// | `PROG text` | the script that `-e` gets; without text the `\|` lines below it |
/// | `OPTIONS words` | words before `-e`, quoted as in a shell |
/// | `ARGS words` | words after the script, quoted as in a shell |
/// | `RUN command` | a shell command line in place of the above; without text the `\|` lines below it |
/// | `FILE name` | a file in the case's folder, its text on the `\|` lines below |
/// | `BEFORE` | a shell script that runs first, on the `\|` lines below |
/// | `WORKLOAD` | a shell script, on the `\|` lines below, that runs once the command of `RUN` has attached its probes; then that gets `SIGINT`; `tracers` prints the number of its process |
/// | `STDIN` | what the command reads, on the `\|` lines below; nothing otherwise |
/// | `TERMINAL` | standard output is a terminal, which changes nothing that is sent to it; needs python3 |
/// | `ENV NAME=value` | one variable of the environment |
/// | `EXPECT` | standard output, byte for byte, on the `\|` lines below |
/// | `EXPECT_FIRST text` | the first line of standard output |
/// | `EXPECT_ROWS` | standard output has a line for each of the `\|` lines below, in any order (`RowPattern`) |
/// | `EXPECT_NO_ROWS` | no line of standard output is as one of the `\|` lines below |
/// | `EXPECT_HAS text` | standard output has this text |
/// | `EXPECT_LACKS text` | standard output has this text nowhere |
/// | `EXPECT_MATCH regex` | a part of standard output matches |
/// | `ERROR` | standard error, byte for byte, on the `\|` lines below |
/// | `ERROR_HAS text` | standard error has this text; without text the `\|` lines below it |
/// | `ERROR_MATCH regex` | a part of standard error matches |
/// | `ERROR_LACKS text` | standard error has this text nowhere |
/// | `ERROR_FIRST text` | the first line of standard error, apart from how many probes were attached |
/// | `STATUS number` | the exit status, 0 when not given |
/// | `REQUIRES features` | the case is skipped, by name, where one of the features is missing |
/// | `ROW name` | the row of `docs/kernels.md` whose cell the case decides, with others of the same row |
/// | `TIMEOUT seconds` | 120 when not given |
/// | `DIFFERS reason` | upstream's command is known to answer otherwise |
/// | `PEER_EXPECT`, `PEER_STATUS number`, `PEER_ERROR_FIRST text` | what it answers, where that differs |
/// | `LATER what` | what the case needs is not there yet and must be refused by name, with status 1 |
///
/// A line `|text` stands for `text` and a line's end, a line `>text` for `text` alone.
///
/// A shell command finds the commands under test in `PATH`, their folder in `$COMMANDS` and that of the
/// fixtures in `$FIXTURES`. `note NAME VALUE` keeps a value, such as the id of a process, for the rows that are
/// expected; other programs append a line `NAME=VALUE` to the file `$NOTES`. What is left running in the
/// background is ended with the case.
package struct CommandCase: Sendable, CustomStringConvertible {
  /// How the command is called.
  package enum Invocation: Sendable {
    case script(options: String, text: String, arguments: String)
    case shell(String)
  }

  /// A file to be made before the run.
  package struct File: Sendable {
    package let name: String
    package let contents: String
  }

  /// What must hold for the bytes that came out of one stream.
  package struct Expectation: Sendable {
    package var exact: String?
    package var first: String?
    package var rows: [RowPattern] = []
    package var noRows: [RowPattern] = []
    package var has: [String] = []
    package var lacks: [String] = []
    package var matches: [String] = []
  }

  package let name: String
  /// `file:line` of the `NAME`.
  package let location: String
  package let invocation: Invocation
  /// What runs before the command.
  package let before: String?
  /// What runs while the command traces; nil if the command ends by itself.
  package let workload: String?
  package let files: [File]
  package let input: String?
  package let environment: [String]
  /// Whether standard output is a terminal.
  package let hasTerminal: Bool
  package let output: Expectation
  package let errors: Expectation
  /// The first line of standard error; nil if nothing is said of it.
  package let firstMessage: String?
  package let status: Int
  package let requirements: [String]
  /// Those of them that every case of the file has.
  package let commonRequirements: [String]
  /// The kind of probe that the case shows, as the table of kernels has it.
  package let row: String?
  package let timeout: Int
  package let differs: String?
  package let later: String?

  package var description: String { "\(location): \(name)" }
}

/// A data file that does not follow the format.
package struct MalformedDataFile: Error, CustomStringConvertible {
  package let description: String
}

extension CommandCase {
  /// The cases of all files named `*.test` under `folder`, files in the order of their names; only
  /// those with the text `$CASES` in their names or places, if that is set.
  package static func all(under folder: URL) throws -> [CommandCase] {
    let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
    let wanted = ProcessInfo.processInfo.environment["CASES"] ?? ""
    return try (names ?? []).filter { $0.hasSuffix(".test") }.sorted().flatMap { name in
      let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
      return try parse(text, from: name)
        .filter { wanted.isEmpty || $0.description.contains(wanted) }
    }
  }

  /// The cases of one file.
  ///
  /// - Throws: `MalformedDataFile` with the place.
  package static func parse(_ text: String, from file: String) throws -> [CommandCase] {
    var cases: [CommandCase] = []
    var directives: [Directive] = []
    var common: [String] = []
    func finish() throws {
      if !directives.isEmpty { cases.append(try CommandCase(directives, common, in: file)) }
      directives = []
    }
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let number = index + 1
      if let mark = line.first, mark == "|" || mark == ">" {
        guard !directives.isEmpty else { throw malformed("text before NAME", file, number) }
        directives[directives.count - 1].append(line.dropFirst(), ended: mark == "|")
      } else if line.isEmpty || line.first == "#" {
        continue
      } else {
        let keyword = line.prefix { $0 != " " }
        if keyword == "NAME" { try finish() }
        if keyword == "REQUIRES", directives.isEmpty {
          common += line.split(separator: " ").dropFirst().map(String.init)
          continue
        }
        guard keyword == "NAME" || !directives.isEmpty else {
          throw malformed("\(keyword) before NAME", file, number)
        }
        directives.append(
          Directive(
            keyword: String(keyword), text: String(line.dropFirst(keyword.count + 1)), line: number)
        )
      }
    }
    try finish()
    return cases
  }

  private init(_ directives: [Directive], _ common: [String], in file: String) throws {
    var run: String?
    var script: String?
    var options = ""
    var arguments = ""
    var before: String?
    var workload: String?
    var files: [File] = []
    var input: String?
    var environment: [String] = []
    var output = Expectation()
    var errors = Expectation()
    var firstMessage: String?
    var status = 0
    var requirements = common
    var row: String?
    var timeout = 120
    var differs: String?
    var later: String?
    var describesPeer = false
    var hasTerminal = false
    for directive in directives {
      switch directive.keyword {
      case "NAME": break
      case "PROG": script = directive.anyText
      case "OPTIONS": options = directive.text
      case "ARGS": arguments = directive.text
      case "RUN": run = directive.anyText
      case "BEFORE": before = directive.block ?? ""
      case "WORKLOAD": workload = directive.block ?? ""
      case "FILE": files.append(File(name: directive.text, contents: directive.block ?? ""))
      case "STDIN": input = directive.block ?? ""
      case "TERMINAL":
        hasTerminal = true
        requirements.append("python3")
      case "ENV": environment.append(directive.text)
      case "EXPECT": output.exact = directive.block ?? ""
      case "EXPECT_FIRST": output.first = directive.text
      case "EXPECT_ROWS": output.rows += try directive.rows(in: file)
      case "EXPECT_NO_ROWS": output.noRows += try directive.rows(in: file)
      case "EXPECT_HAS": output.has.append(directive.anyText)
      case "EXPECT_LACKS": output.lacks.append(directive.anyText)
      case "EXPECT_MATCH": output.matches.append(directive.text)
      case "ERROR": errors.exact = directive.block ?? ""
      case "ERROR_FIRST": firstMessage = directive.text
      case "PEER_EXPECT", "PEER_STATUS", "PEER_ERROR_FIRST": describesPeer = true
      case "ERROR_HAS": errors.has.append(directive.anyText)
      case "ERROR_MATCH": errors.matches.append(directive.text)
      case "ERROR_LACKS": errors.lacks.append(directive.anyText)
      case "STATUS", "TIMEOUT":
        guard let number = Int(directive.text) else {
          throw malformed("\(directive.keyword) wants a number", file, directive.line)
        }
        if directive.keyword == "STATUS" { status = number } else { timeout = number }
      case "REQUIRES": requirements += directive.text.split(separator: " ").map(String.init)
      case "ROW": row = directive.text
      case "DIFFERS": differs = directive.text
      case "LATER": later = directive.text
      default: throw malformed("unknown directive \(directive.keyword)", file, directive.line)
      }
    }
    let first = directives[0]
    name = first.text
    location = "\(file):\(first.line)"
    switch (run, script) {
    case (let command?, nil): invocation = .shell(command)
    case (nil, let text?):
      invocation = .script(options: options, text: text, arguments: arguments)
    default: throw malformed("a case has either PROG or RUN", file, first.line)
    }
    if workload != nil, run == nil {
      throw malformed("a workload needs a command to run beside", file, first.line)
    }
    if describesPeer, differs == nil {
      throw malformed("what a peer answers otherwise needs a reason", file, first.line)
    }
    self.before = before
    self.workload = workload
    self.files = files
    self.input = input
    self.environment = environment
    self.hasTerminal = hasTerminal
    self.output = output
    self.errors = errors
    self.firstMessage = firstMessage
    self.status = status
    self.requirements = requirements
    commonRequirements = common
    self.row = row
    self.timeout = timeout
    self.differs = differs
    self.later = later
  }
}

/// One directive with the block of text below it.
private struct Directive {
  let keyword: String
  let text: String
  let line: Int
  var block: String?

  mutating func append(_ text: Substring, ended: Bool) {
    block = (block ?? "") + text + (ended ? "\n" : "")
  }

  /// The text on the directive's own line, or else the block without its last line's end.
  var anyText: String {
    guard text.isEmpty, let block else { return text }
    return block.hasSuffix("\n") ? String(block.dropLast()) : block
  }

  /// The lines of the block as patterns of rows.
  func rows(in file: String) throws -> [RowPattern] {
    guard let block else { throw malformed("\(keyword) wants lines below it", file, line) }
    return block.split(separator: "\n").map { RowPattern(String($0)) }
  }
}

private func malformed(_ what: String, _ file: String, _ line: Int) -> MalformedDataFile {
  MalformedDataFile(description: "\(file):\(line): \(what)")
}
