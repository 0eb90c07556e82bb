import CommandLineKit
import Foundation
import Testing

private let command = CommandSpec(
  name: "sample-tool", summary: "Shows how options look.",
  synopses: ["[options] FILE", "-e PROGRAM"],
  options: [
    OptionSpec("e", short: "e", argument: .required("PROGRAM"), summary: "run this text"),
    OptionSpec(
      "pid", short: "p", long: "pid", argument: .required("PID"), completion: .process,
      section: "Target", summary: "trace this process only",
      details: "Threads that it starts later are included. So are its children's [sic]."),
    OptionSpec(
      "format", short: "f", long: "format", argument: .required("FORMAT"),
      completion: .words(["text", "json"]), summary: "how to write it's output"),
    OptionSpec(
      "a-name-that-is-long", long: "a-name-that-is-quite-long", argument: .optional("VALUE"),
      isRepeatable: true,
      summary: "an explanation which does not fit on one line and is thus broken into two"),
    OptionSpec("secret", long: "secret", isHidden: true, summary: "never shown"),
    OptionSpec("help", short: "h", long: "help", summary: "show this text"),
  ],
  appendices: [
    .init(title: "Environment", entries: [.init("SAMPLE_COLOUR", "auto, always or never")])
  ])

@Suite struct RenderingTests {
  @Test func usageListsOptionsBySection() {
    #expect(
      usageText(of: command) == """
        USAGE:
            sample-tool [options] FILE
            sample-tool -e PROGRAM

        Shows how options look.

        OPTIONS:
            -e PROGRAM           run this text
            -f, --format FORMAT  how to write it's output
            --a-name-that-is-quite-long[=VALUE]
                                 an explanation which does not fit on one line and is
                                 thus broken into two
            -h, --help           show this text

        TARGET:
            -p, --pid PID  trace this process only

        ENVIRONMENT:
            SAMPLE_COLOUR  auto, always or never

        """)
  }

  @Test func manualHasAnItemForEveryVisibleOption() {
    #expect(
      mdocOptions(of: command) == #"""
        .Bl -tag -width Ds
        .It Fl e Ar PROGRAM
        Run this text.
        .It Fl f Ar FORMAT , Fl \-format Ns = Ns Ar FORMAT
        How to write it's output.
        .It Fl \-a\-name\-that\-is\-quite\-long Ns Op = Ns Ar VALUE
        An explanation which does not fit on one line and is thus broken into two.
        May be given several times.
        .It Fl h , Fl \-help
        Show this text.
        .El
        .Ss Target
        .Bl -tag -width Ds
        .It Fl p Ar PID , Fl \-pid Ns = Ns Ar PID
        Trace this process only.
        Threads that it starts later are included.
        So are its children's [sic].
        .El

        """#)
  }

  @Test func mdocTextCannotBecomeARequest() {
    #expect(mdocEscaped(".Sh x") == #"\&.Sh x"#)
    #expect(mdocEscaped(#"'a\n-b"#) == #"\&'a\en\-b"#)
  }

  @Test func mdocSentencesStandOnLinesOfTheirOwn() {
    #expect(
      mdocSentences("the `-x. y` of it, e.g. one. and, or 0.") == #"""
        The \fB\-x. y\fP of it, e.g. one.
        And, or 0.

        """#)
    #expect(mdocSentences("") == "")
    #expect(mdocSentences("`.Sh` begins a section") == "\\fB\\&.Sh\\fP begins a section.\n")
  }

  @Test func mdocSynopsisKeepsBrackets() {
    #expect(
      mdocSynopsis("[options] FILE [INTERVAL [COUNT]]") == """
        .Nm
        .Op Ar options
        .Ar FILE
        .Op Ar INTERVAL Op Ar COUNT

        """)
    #expect(mdocSynopsis("[PARAMETER...]") == ".Nm\n.Op Ar PARAMETER ...\n")
  }

  @Test func mdocEntriesTellNamesFromPlaceholders() {
    #expect(
      mdocEntries([.init("run FILE", "run it"), .init("LEVEL", "how")], as: "Cm") == """
        .Bl -tag -width Ds
        .It Cm run Ar FILE
        Run it.
        .It Ar LEVEL
        How.
        .El

        """)
    #expect(
      mdocEntries([.init("LEVEL", "how")], as: "Ev")
        == ".Bl -tag -width Ds\n.It Ev LEVEL\nHow.\n.El\n")
  }

  @Test(arguments: Shell.allCases)
  func completionSaysThatItIsGenerated(_ shell: Shell) {
    let script = completionScript(of: command, for: shell)
    let start = script.split(separator: "\n").prefix(2)
    #expect(start.contains("# Generated from the options of sample-tool; do not edit."))
    #expect(!script.contains("secret"))
  }

  /// bash itself completes; nothing else could tell whether the script works.
  @Test(arguments: [
    ("--f", "--format"), ("-f j", "json"), ("-p ", "1"), ("-", "--a-name-that-is-quite-long"),
  ])
  func bashCompletes(_ words: String, _ expected: String) throws {
    let script = completionScript(
      of: command, for: .bash, operands: .output(of: "echo opensnoop"))
    #expect(try complete(words, with: script).contains(expected))
  }

  @Test func bashCompletesOperandsByACommand() throws {
    let script = completionScript(
      of: command, for: .bash, operands: .output(of: "echo opensnoop execsnoop"))
    #expect(try complete("ope", with: script) == ["opensnoop"])
  }

  private func complete(_ words: String, with script: String) throws -> [String] {
    let bash = Process()
    bash.executableURL = URL(fileURLWithPath: "/bin/bash")
    let driver = """
      \(script)
      IFS=' ' read -r -a given <<< "$1"
      [[ $1 == *' ' ]] && given+=('')
      COMP_WORDS=(sample-tool "${given[@]}") COMP_CWORD=${#given[@]}
      _sample_tool
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    bash.arguments = ["-c", driver, "driver", words]
    let output = Pipe()
    bash.standardOutput = output
    try bash.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    bash.waitUntilExit()
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
