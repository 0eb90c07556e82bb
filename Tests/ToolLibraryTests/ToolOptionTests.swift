import Testing
import ToolLibrary
import TraceModel

/// Descriptions of parameters, read as options of a command line.
@Suite struct ToolOptionTests {
  private func option(
    _ description: String, _ name: String = "some_name",
    _ value: ScriptOption.Value = .unsigned(0)
  ) -> ToolOption {
    ToolOption(ScriptOption(name: name, defaultValue: value, description: description))
  }

  @Test func readsASwitch() {
    let option = option("-x: failed calls only", "failed", .boolean(false))
    #expect(option.short == "x")
    #expect(option.long == "failed")
    #expect(option.valueName == nil)
    #expect(option.help == "failed calls only")
    #expect(!option.isNegation)
    #expect(!option.isPositional)
  }

  @Test func readsALetterWithAValue() {
    let option = option("-p PID: only this: process", "pid")
    #expect(option.short == "p")
    #expect(option.long == "pid")
    #expect(option.valueName == "PID")
    #expect(option.help == "only this: process")
  }

  @Test func readsAWordWithAValue() {
    let option = option("--most N: at most so many", "max_args")
    #expect(option.short == nil)
    #expect(option.long == "most")
    #expect(option.valueName == "N")
  }

  @Test func readsALetterAndAWord() {
    let option = option("-m, --milli: in ms", "milliseconds", .boolean(false))
    #expect(option.short == "m")
    #expect(option.long == "milli")
  }

  @Test func readsAPositionalArgument() {
    let option = option("[INTERVAL]: seconds between summaries", "interval")
    #expect(option.isPositional)
    #expect(option.short == nil)
    #expect(option.valueName == "INTERVAL")
    #expect(option.help == "seconds between summaries")
  }

  @Test(arguments: [
    "only a phrase", "", "a phrase: with a colon", "-xy: two letters", "-x A B: two values",
    "--: nothing", "[]: nothing",
  ])
  func takesAnyOtherDescriptionForAPhrase(_ description: String) {
    let option = option(description)
    #expect(option.short == nil)
    #expect(option.long == "some-name")
    #expect(option.help == description)
    #expect(option.valueName == "N")
  }

  @Test func switchesOffWhatIsOnByDefault() {
    let option = option("-b: without a bell", "bell", .boolean(true))
    #expect(option.isNegation)
    #expect(option.long == "no-bell")
  }

  @Test func callsTheValueOfATextAText() {
    #expect(option("the name", "name", .string("")).valueName == "TEXT")
  }

  @Test(arguments: [
    ("SECS", ToolOption.Meaning.time(unit: 1_000_000_000)),
    ("INTERVAL", .time(unit: 1_000_000_000)), ("MS", .time(unit: 1_000_000)),
    ("US", .time(unit: 1000)), ("NS", .time(unit: 1)), ("SYSCALL", .systemCall),
    ("ERRNO", .errorNumber), ("PID", .number),
  ])
  func tellsWhatANumberStandsForByItsName(_ name: String, _ meaning: ToolOption.Meaning) {
    #expect(option("-a \(name): something").meaning == meaning)
  }

  @Test func knowsSystemCallsOfEachArchitecture() {
    let option = option("-s SYSCALL: one call")
    #expect(option.number(named: "openat", architecture: "x86_64") == 257)
    #expect(option.number(named: "openat", architecture: "aarch64") == 56)
    #expect(option.number(named: "mseal", architecture: "x86_64") == 462)
    #expect(option.number(named: "open", architecture: "aarch64") == nil)
    #expect(option.number(named: "openatt", architecture: "x86_64") == nil)
  }

  @Test func knowsErrorsByName() {
    let option = option("-e ERRNO: one error")
    #expect(option.number(named: "ENOENT", architecture: "x86_64") == 2)
    #expect(option.number(named: "enoent", architecture: "x86_64") == 2)
    #expect(option.number(named: "EHWPOISON", architecture: "x86_64") == 133)
    #expect(option.number(named: "ENOTHING", architecture: "x86_64") == nil)
  }

  @Test func givesNoNumberForTheNameOfNothing() {
    #expect(option("-n N: a number").number(named: "ENOENT", architecture: "x86_64") == nil)
  }
}

/// Comments at the top of a script, as a manual.
@Suite struct ToolManualTests {
  @Test func takesTheFirstLineForTheSummary() {
    let manual = ToolManual("Does it.\n\nIn two\nlines.")
    #expect(manual.summary == "Does it")
    #expect(manual.text == "In two\nlines.")
  }

  @Test func readsLineComments() {
    let script = "#!/usr/bin/env bpftrace\n// Does it.\n//\n//     an example\n\nbegin { } // no\n"
    let manual = ToolManual(script: Array(script.utf8))
    #expect(manual.summary == "Does it")
    #expect(manual.text == "    an example\n")
  }

  @Test func readsABlockComment() {
    let script = "/*\n * Does it.\n *\n *   an example\n */\nbegin { }\n"
    let manual = ToolManual(script: Array(script.utf8))
    #expect(manual.summary == "Does it")
    #expect(manual.text.hasPrefix("  an example"))
  }

  @Test(arguments: ["", "begin { }", "#!/usr/bin/env bpftrace\n", "/*", "/* never ended\n"])
  func findsNothingWhereNothingIs(_ script: String) {
    let manual = ToolManual(script: Array(script.utf8))
    #expect(manual.summary.isEmpty || manual.summary == "never ended")
  }
}
