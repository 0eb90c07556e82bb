import Diagnostics
import Testing

@Suite struct DiagnosticRendererTests {
  /// Renders an error about the first occurrence of `marked` in `text`.
  private func rendered(
    _ text: String, _ marked: String, color: Bool = false,
    change: (inout Diagnostic) -> Void = { _ in }
  ) throws -> String {
    let file = SourceFile(name: "stdin", text: text)
    var diagnostic = Diagnostic.error("x", "Bad thing", at: try range(of: marked, in: file))
    change(&diagnostic)
    return DiagnosticRenderer(SourceMap(file), usesColor: color).text(diagnostic)
  }

  private func range(of marked: String, in file: SourceFile) throws -> SourceRange {
    let wanted = Array(marked.utf8)
    let start = try #require(
      file.bytes.indices.first { file.bytes[$0...].starts(with: wanted) })
    return SourceRange(file: file.id, start..<start + wanted.count)
  }

  @Test func marksTheRange() throws {
    #expect(
      try rendered("begin { $n = \"up\"; $n = 3; }", "$n = 3") == """
        stdin:1:20-26: ERROR: Bad thing
        begin { $n = "up"; $n = 3; }
                           ~~~~~~

        """)
  }

  @Test func showsTabsAsFourSpaces() throws {
    #expect(
      try rendered("begin\n{\n\t\t$x;\t$y;\n}", "$y") == """
        stdin:3:7-9: ERROR: Bad thing
                $x;    $y;
                       ~~

        """)
  }

  @Test func marksATabInTheRangeWithFourTildes() throws {
    #expect(
      try rendered("a\tb", "a\tb") == """
        stdin:1:1-4: ERROR: Bad thing
        a    b
        ~~~~~~

        """)
  }

  @Test func countsBytesButMarksCharacters() throws {
    #expect(
      try rendered("p(\"äöü\", $x)", "$x") == """
        stdin:1:13-15: ERROR: Bad thing
        p("äöü", $x)
                 ~~

        """)
  }

  @Test func showsAllLinesOfALongRangeWithoutMarkers() throws {
    #expect(
      try rendered("begin {\n\tif (1) {\n\t}\n}", "if (1) {\n\t}") == """
        stdin:2-3: ERROR: Bad thing
            if (1) {
            }

        """)
  }

  @Test func aRangeThatEndsWithItsLineStaysOnIt() throws {
    #expect(
      try rendered("abc\ndef", "c\n") == """
        stdin:1:3-5: ERROR: Bad thing
        abc
          ~

        """)
  }

  @Test func leavesTheMarkerLineBlankAtTheEnd() {
    let file = SourceFile(name: "stdin", text: "begin {")
    let end = SourceRange(file: .script, 7..<7)
    let text = DiagnosticRenderer(SourceMap(file)).text(.error("x", "Bad thing", at: end))
    #expect(text == "stdin:1:8-8: ERROR: Bad thing\nbegin {\n       \n")
  }

  @Test func anUnlocatedMessageIsOneLine() {
    let renderer = DiagnosticRenderer(SourceMap())
    #expect(renderer.text(.error("x", "Bad thing", at: nil)) == "ERROR: Bad thing\n")
    #expect(renderer.text(.warning("x", "Odd thing", at: nil)) == "WARNING: Odd thing\n")
  }

  @Test func aRangeOfAnUnknownFileIsNoPlace() {
    let range = SourceRange(file: FileID(4), 0..<3)
    let renderer = DiagnosticRenderer(SourceMap())
    #expect(renderer.text(.error("x", "Bad thing", at: range)) == "ERROR: Bad thing\n")
    #expect(renderer.place(of: range) == nil)
  }

  @Test func notesExpansionsAndHintsFollowInThisOrder() throws {
    let file = SourceFile(name: "stdin", text: "let $x; let $x;")
    let first = try range(of: "let $x", in: file)
    let text = try rendered("let $x; let $x;", "$x;") {
      $0.hints = ["Do something else.", "Or nothing."]
      $0.expandedFrom = [SourceRange(file: .script, 8..<11)]
      $0.notes = [Diagnostic.Note("This is the initial declaration.", at: first)]
    }
    #expect(
      text == """
        stdin:1:5-8: ERROR: Bad thing
        let $x; let $x;
            ~~~
        stdin:1:1-7: ERROR: This is the initial declaration.
        let $x; let $x;
        ~~~~~~
        stdin:1:9-12: ERROR: expanded from
        let $x; let $x;
                ~~~
        HINT: Do something else.
        HINT: Or nothing.

        """)
  }

  @Test func notesHaveTheLevelOfTheirDiagnostic() {
    let file = SourceFile(name: "stdin", text: "ab")
    let range = SourceRange(file: .script, 0..<1)
    let warning = Diagnostic.warning("x", "Odd", at: range, notes: [.init("Here", at: range)])
    #expect(
      DiagnosticRenderer(SourceMap(file)).text(warning) == """
        stdin:1:1-2: WARNING: Odd
        ab
        ~
        stdin:1:1-2: WARNING: Here
        ab
        ~

        """)
  }

  @Test func coloursTheFirstLineOnly() throws {
    let text = try rendered("abc", "b", color: true)
    #expect(text == "\u{1b}[31mstdin:1:2-3: ERROR: Bad thing\u{1b}[0m\nabc\n ~\n")
    let warning = DiagnosticRenderer(SourceMap(), usesColor: true).text(
      .warning("x", "Odd", at: nil))
    #expect(warning == "\u{1b}[33mWARNING: Odd\u{1b}[0m\n")
  }

  @Test func showsErrorsBeforeWarnings() {
    var list = DiagnosticList()
    list.append(.warning("a", "first", at: nil))
    list.append(.error("b", "second", at: nil))
    list.append(.warning("c", "third", at: nil))
    list.append(.error("d", "fourth", at: nil))
    #expect(
      DiagnosticRenderer(SourceMap()).text(list)
        == "ERROR: second\nERROR: fourth\nWARNING: first\nWARNING: third\n")
  }

  @Test func passesBytesThroughThatAreNotText() {
    let file = SourceFile(name: "stdin", bytes: [0x61, 0xff, 0x62])
    let range = SourceRange(file: .script, 2..<3)
    let bytes = DiagnosticRenderer(SourceMap(file)).render(.error("x", "Bad", at: range))
    let expected =
      Array("stdin:1:3-4: ERROR: Bad\n".utf8) + [0x61, 0xff, 0x62] + Array("\n  ~\n".utf8)
    #expect(bytes == expected)
  }

  @Test func cutsEndlessLines() {
    let file = SourceFile(name: "stdin", bytes: Array(repeating: 0x28, count: 1_000_000))
    let range = SourceRange(file: .script, 256..<257)
    let text = DiagnosticRenderer(SourceMap(file)).text(.error("x", "Bad", at: range))
    #expect(text.hasPrefix("stdin:1:257-258: ERROR: Bad\n(((("))
    #expect(text.utf8.count < 10_000)
  }
}
