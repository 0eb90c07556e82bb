import Testing
import TraceModel
import TraceRuntime

@Suite struct ScriptArgumentsTests {
  private let options: [ScriptOption] = [
    .init(name: "all", defaultValue: .boolean(false), description: "everything"),
    .init(name: "size", defaultValue: .unsigned(5), description: ""),
    .init(name: "delta", defaultValue: .signed(-5), description: ""),
    .init(name: "name", defaultValue: .string("x"), description: ""),
  ]

  @Test func sortsWords() throws {
    let arguments = try ScriptArguments(
      parsing: ["1", "--all", "--size=0x10", "two", "--delta=-3", "--name=a=b", "--", "-x"],
      for: options)
    #expect(arguments.positional == ["1", "two", "--", "-x"])
    #expect(
      arguments.options == [
        "all": .boolean(true), "size": .unsigned(16), "delta": .signed(-3),
        "name": .string("a=b"),
      ])
  }

  @Test(arguments: [
    ("true", true), ("1", true), ("on", true), ("yes", true), ("false", false), ("0", false),
    ("off", false), ("no", false),
  ])
  func readsBooleans(_ word: String, _ value: Bool) throws {
    let arguments = try ScriptArguments(parsing: ["--all=\(word)"], for: options)
    #expect(arguments.options["all"] == .boolean(value))
  }

  @Test(arguments: [
    (["--zz"], "unexpected program command line options: --zz"),
    (["--zz=1", "--yy"], "unexpected program command line options: --zz, --yy"),
    (["--size"], "program command line option --size expects an integer (value: true)"),
    (["--size=x"], "program command line option --size invalid integer (value: x)"),
    (
      ["--all=maybe"],
      "program command line option --all expects a boolean (e.g. 'true') (value: maybe)"
    ),
    (["--name"], "program command line option --name expects a string (value: true)"),
  ])
  func explainsWhatIsWrong(_ words: [String], _ message: String) {
    do {
      _ = try ScriptArguments(parsing: words, for: options)
      Issue.record("accepted")
    } catch {
      #expect(error.message == message)
    }
  }

  @Test func listsTheOptionsThereAre() {
    let error = ScriptArguments.ParseError.unexpected(["--zz"], expected: options)
    #expect(
      error.hints == [
        "expected program options:", "--all: everything", "--size", "--delta", "--name",
      ])
  }

  @Test(arguments: [
    ("0", 0), ("1500", 1500), ("1_500", 1500), ("0755", 0o755), ("0x1f", 31), ("0XFF_00", 0xff00),
    ("0b101", 5), ("5e3", 5000), ("7ull", 7), ("7U", 7), ("-5", -5), ("+5", 5), ("3ms", 3_000_000),
    ("2h", 7_200_000_000_000), ("0x1d", 29), ("-9223372036854775808", Int64.min),
    ("18446744073709551615", -1),
  ])
  func readsIntegersAsTheLanguageWritesThem(_ word: String, _ value: Int64) {
    #expect(IntegerLiteral.parse(word) == value)
  }

  @Test(arguments: [
    "", "-", "abc", "12x", "1_", "_1", "0x", "18446744073709551616", "-9223372036854775809", "1.5",
    "12e3", "--5", "5 ", "é", "0b2", "08", "9e30",
  ])
  func refusesOtherWords(_ word: String) {
    #expect(IntegerLiteral.parse(word) == nil)
  }

  @Test func readsDeclaredOptionsByAllTheirWords() throws {
    let port = ScriptOption(
      name: "port", defaultValue: .signed(-1), description: "",
      declaration: OptionDeclaration(words: ["dport", "port"], kind: .port))
    func parse(_ word: String) throws(ScriptArguments.ParseError) -> ScriptArguments {
      try ScriptArguments(parsing: [word], for: [port]) {
        (option, text) throws(ScriptArguments.ParseError) in
        guard let text, let number = Int64(text) else {
          throw .refused(name: option.name, "expects a port")
        }
        return .list([number])
      }
    }
    #expect(try parse("--port=80").lists == ["port": [80]])
    #expect(try parse("--dport=80").lists == ["port": [80]])
    let error = #expect(throws: ScriptArguments.ParseError.self) { try parse("--port=x") }
    #expect(error?.message == "program command line option --port: expects a port")
  }
}
