import Testing
import TraceModel

@Suite struct FormatStringTests {
  @Test func takesConversionsApart() {
    let format = FormatString("a%% %-5d|%08.3llx|%rx%rh %*.*s")
    #expect(format.conversions.map(\.letter) == ["d", "x", "rx", "rh", "s"])
    #expect(format.conversions[0].leftAligned)
    #expect(format.conversions[0].width == 5)
    #expect(format.conversions[1].zeroPadded)
    #expect(format.conversions[1].precision == 3)
    #expect(format.conversions[1].length == .long)
    #expect(format.conversions[4].widthIsArgument)
    #expect(format.conversions[4].precisionIsArgument)
    #expect(format.pieces.first == .text("a% "))
  }

  @Test(arguments: ["%", "100%", "%y", "%-", "%5"])
  func leavesWhatIsNoConversionAsText(_ text: String) {
    #expect(FormatString(text).pieces == [.text(text)])
  }

  @Test func laysElementsOutByNaturalAlignment() {
    let packed = ValueLayout.pack([
      ("", .integer(bytes: 1, signed: true)), ("", .integer(bytes: 8, signed: false)),
      ("", .string(capacity: 3)), ("", .integer(bytes: 2, signed: false)),
    ])
    #expect(packed.fields.map(\.offset) == [0, 8, 16, 20])
    #expect(packed.size == 24)
  }
}
