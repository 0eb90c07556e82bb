import CommandTestKit
import Testing

/// What the rows that data files expect match, and what they do not.
@Suite struct RowPatternTests {
  private let notes = ["victim": "4711", "path": "/tmp/a b"]

  /// A pattern, a line, and whether the pattern describes the line.
  static let matches: [(String, String, Bool)] = [
    ("cat 3 0 marker", "cat                3   0 marker", true),
    ("cat 3 0 marker", "cat                3   0 markers", false),
    ("cat 3 0 marker", "concat 3 0 marker", false),
    ("3 cat", "     3 cat", true),
    ("<time> <number> x", "09:41:00 -1.5 x", true),
    ("<time> x", "9:41 x", false),
    ("<victim> <path>", "4711   /tmp/a b", true),
    ("<victim> x", "471 x", false),
    ("lat <50..90>", "lat 50.25", true),
    ("lat <50..90>", "lat 49.9", false),
    ("lat <50..90>", "lat 90.1", false),
    ("lat <50..>", "lat 5000", true),
    ("<word> end", "one two end", false),
    ("<any> end", "one two end", true),
    ("a.b(c)[d] *", "a.b(c)[d] *", true),
    ("a.b", "axb", false),
  ]

  @Test(arguments: matches)
  func describesALine(_ pattern: String, _ line: String, _ matches: Bool) {
    #expect(RowPattern(pattern).places(in: [line], notes).isEmpty != matches)
  }

  @Test func aLineServesOneRowOnly() {
    let rows = [RowPattern("x <number>"), RowPattern("x <number>"), RowPattern("y")]
    #expect(RowPattern.missing(rows, in: ["y", "x 1"], notes).map(\.text) == ["x <number>"])
    #expect(RowPattern.missing(rows, in: ["x 2", "y", "x 1"], notes).isEmpty)
  }

  @Test func aWordThatNobodyNotedIsNamed() {
    #expect(RowPattern("<time> <victim> <culprit>").unknownWords(notes) == ["culprit"])
  }
}
