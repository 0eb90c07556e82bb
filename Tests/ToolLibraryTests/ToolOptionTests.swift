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
    ("SECS", OptionKind.time(unit: 1_000_000_000)),
    ("INTERVAL", .time(unit: 1_000_000_000)), ("MS", .time(unit: 1_000_000)),
    ("US", .time(unit: 1000)), ("NS", .time(unit: 1)), ("SYSCALL", .systemCall),
    ("ERRNO", .errorNumber), ("PID", .number(lowest: 0, highest: .max)),
  ])
  func tellsWhatANumberStandsForByItsName(_ name: String, _ kind: OptionKind) {
    #expect(option("-a \(name): something").kind == kind)
  }
}

/// Options that a script declares.
@Suite struct DeclaredOptionTests {
  private func option(
    _ name: String, _ declaration: OptionDeclaration, _ value: ScriptOption.Value? = nil,
    _ text: String = "some text"
  ) -> ToolOption {
    ToolOption(
      ScriptOption(
        name: name, defaultValue: value ?? declaration.kind.absentValue, description: text,
        declaration: declaration))
  }

  @Test func takesAllSpellingsAndShowsTheFirst() {
    let option = option(
      "ports", OptionDeclaration(letters: ["P", "p"], words: ["ports", "port"], kind: .port))
    #expect(option.letters == ["P", "p"])
    #expect(option.words == ["ports", "port"])
    #expect(option.valueName == "PORT")
  }

  @Test func namesValuesByKind() {
    #expect(option("x", OptionDeclaration(words: ["x"], kind: .toggle)).valueName == nil)
    #expect(
      option("x", OptionDeclaration(words: ["x"], kind: .port, isList: true)).valueName
        == "PORT[,PORT...]")
    #expect(
      option("x", OptionDeclaration(words: ["x"], kind: .time(unit: 1000))).valueName == "US")
    #expect(option("x", OptionDeclaration(words: ["x"], kind: .openFlags)).valueName == "FLAGS")
  }

  @Test func listsTheWordsToChooseFromAndTheDefault() {
    let kind = OptionKind.choice(["ext4", "xfs"])
    let option = option(
      "type", OptionDeclaration(letters: ["t"], words: ["type"], kind: kind), .string("xfs"))
    #expect(option.valueName == "TYPE")
    #expect(option.help == "some text (ext4, xfs; xfs)")
    let number = self.option(
      "most", OptionDeclaration(words: ["most"], kind: .number(lowest: 0, highest: 9)),
      .unsigned(7))
    #expect(number.help == "some text (7)")
  }

  @Test func putsPositionalArgumentsWhereTheyAreDeclared() {
    let option = option(
      "min_us", OptionDeclaration(position: "MIN_US", kind: .time(unit: 1000)), .unsigned(10000))
    #expect(option.isPositional)
    #expect(option.valueName == "MIN_US")
  }

  @Test func knowsTheUsualWordOfAnOptionOfTheRunnerUnlessTheScriptHasAnotherUseForIt() {
    func words(_ declared: [(name: String, words: [String])]) -> [[String]] {
      var manifest = Manifest(script: "x", producer: "", architecture: "x86_64")
      manifest.options = declared.map { name, words in
        ScriptOption(
          name: name, defaultValue: .boolean(false), description: "some text",
          declaration: OptionDeclaration(words: words, kind: .toggle))
      }
      return ToolOption.all(of: manifest).filter { !$0.isOffered }.map(\.words)
    }
    #expect(words([("time", ["time"])]) == [["time", "timestamp"]])
    #expect(words([("top", ["maxrows"])]) == [["maxrows", "top"]])
    #expect(
      words([("time", ["time"]), ("since", ["timestamp"])]) == [["time"], ["timestamp"]])
    #expect(words([("noclear", ["noclear"])]) == [["noclear"]])
  }
}

/// Options that the runner has for a tool.
@Suite struct OfferedOptionTests {
  private func manifest(_ change: (inout Manifest) -> Void) -> Manifest {
    var manifest = Manifest(script: "x", producer: "", architecture: "x86_64")
    change(&manifest)
    return manifest
  }

  private func names(_ manifest: Manifest) -> [String] {
    ToolOption.all(of: manifest).filter(\.isOffered).map(\.name)
  }

  private static let count = ColumnSpec(
    name: "count", heading: "COUNT", format: "%8d", source: .map(0, part: nil))

  private func map(_ value: MapValue) -> MapSpec {
    MapSpec(
      name: "@x", kind: .hash, key: .integer(bytes: 8, signed: false), value: value, maxEntries: 9)
  }

  @Test func hasADurationForEveryScript() {
    #expect(names(manifest { _ in }) == ["duration"])
  }

  @Test func hasATimeForRowsThatShowItIfItIsAskedFor() {
    let asked = OptionCondition(alternatives: [.init(terms: [.init(option: "time")])])
    let time = ColumnSpec(
      name: "time", heading: "TIME", format: "%-8s", condition: asked, source: .time)
    #expect(names(manifest { $0.row = RowSpec(columns: [time]) }) == ["time", "duration"])
    var always = time
    always.condition = .always
    #expect(names(manifest { $0.row = RowSpec(columns: [always]) }) == ["duration"])
  }

  @Test func hasReportsForTables() {
    let lines = manifest {
      $0.maps = [map(.value(.integer(bytes: 8, signed: false)))]
      $0.tables = [TableSpec(columns: [Self.count])]
    }
    #expect(names(lines) == ["time", "interval", "count", "top", "sort", "duration"])
  }

  @Test func hasFormsOfStacksForTablesWithStacks() {
    let stack = ColumnSpec(name: "kstack", heading: "KSTACK", format: "%s", source: .key(0))
    let stacks = manifest {
      $0.maps = [map(.value(.integer(bytes: 8, signed: false)))]
      $0.maps[0].key = .presented(.kernelStack(.bpftrace, limit: 9))
      $0.tables = [TableSpec(columns: [stack, Self.count])]
    }
    #expect(names(stacks).contains("folded"))
    #expect(names(stacks).contains("delimited"))
  }

  @Test func leavesPositionalArgumentsToTheScript() {
    let own = manifest {
      $0.maps = [map(.value(.integer(bytes: 8, signed: false)))]
      $0.tables = [TableSpec(columns: [Self.count])]
      $0.options = [
        ScriptOption(
          name: "duration", defaultValue: .unsigned(0), description: "",
          declaration: OptionDeclaration(
            position: "DURATION", kind: StandardOption.duration.kind))
      ]
    }
    #expect(names(own) == ["time", "top", "sort"])
  }

  @Test func leavesSpellingsToTheScript() throws {
    let own = manifest {
      $0.options = [
        ScriptOption(
          name: "disk", defaultValue: .unsigned(0), description: "",
          declaration: OptionDeclaration(letters: ["d"], words: ["disk"], kind: .disk))
      ]
    }
    let duration = try #require(ToolOption.all(of: own).first { $0.name == "duration" })
    #expect(duration.letters.isEmpty)
    #expect(duration.words == ["duration"])
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
    let script =
      "#!/usr/bin/env bpftrace\n// Does it.\n//\n//     an example\n\n// How.\nbegin { } // no\n"
    let manual = ToolManual(script: Array(script.utf8))
    #expect(manual.summary == "Does it")
    #expect(manual.text == "    an example")
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
