import Output
import Testing
import TraceModel

/// What is sent to a terminal of texts that traced processes chose.
@Suite struct TerminalTextTests {
  private func escaped(_ bytes: [UInt8]) -> String {
    var text = Array("» ".utf8) + bytes
    text.escapeForTerminal(from: 3)
    return String(decoding: text.dropFirst(3), as: UTF8.self)
  }

  private func escaped(_ text: String) -> String { escaped(Array(text.utf8)) }

  @Test func leavesTextAsItIs() {
    for text in [
      "", "a b~!", "naïve café", "\u{a0}ÿ", "€ 日本", "\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}",
      "😀\u{10ffff}",
      "a\\x1b",
    ] {
      #expect(escaped(text) == text)
    }
  }

  @Test func showsControlCharacters() {
    #expect(escaped("\u{1b}[31mred\u{7}") == "\\x1b[31mred\\x07")
    #expect(escaped("a\nb\rc\td") == "a\\nb\\rc\\td")
    #expect(escaped([0, 0x1f, 0x7f]) == "\\x00\\x1f\\x7f")
  }

  /// A terminal takes U+009B for an escape with a bracket, in UTF-8 and as a byte.
  @Test func showsControlCharactersOfC1() {
    for number in 0x80...0x9f {
      let byte = String(number, radix: 16)
      #expect(escaped([0xc2, UInt8(number)]) == "\\xc2\\x\(byte)")
      #expect(escaped([UInt8(number)]) == "\\x\(byte)")
    }
  }

  /// With these a line reads as another.
  @Test func showsWhatTurnsTextRound() {
    #expect(escaped("a\u{202e}b") == "a\\xe2\\x80\\xaeb")
    for number in [0x061c, 0x200e, 0x200f] + Array(0x202a...0x202e) + Array(0x2066...0x2069) {
      let bytes = Array(String(UnicodeScalar(number)!).utf8)
      #expect(escaped(bytes) == bytes.map { "\\x" + String($0, radix: 16) }.joined())
    }
    let others = "\u{061b}\u{061d}\u{200d}\u{2010}\u{2029}\u{202f}\u{2065}\u{206a}שלום"
    #expect(escaped(others) == others)
  }

  @Test func escapesWordsBehindTheirQuotationMarks() {
    let words = WordList([Array("a\"b\u{1b}".utf8), Array("c\n".utf8)], isQuoted: true)
    #expect(Value.words(words).escapedForTerminal == .text(#""a\"b\x1b" "c\n""#))
  }

  /// What no decoder of UTF-8 may take for a character.
  @Test func showsBytesThatAreNoCharacter() {
    let bad: [[UInt8]] = [
      [0xff], [0xc0, 0x9b], [0xc1, 0xbf], [0xe0, 0x9f, 0xbf], [0xed, 0xa0, 0x80],
      [0xf0, 0x8f, 0xbf, 0xbf], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80],
      [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xc3],
    ]
    for bytes in bad {
      let text = escaped(bytes)
      #expect(text == bytes.map { "\\x" + String($0, radix: 16) }.joined(), "\(bytes)")
    }
    // A letter that was cut in two takes nothing with it.
    #expect(escaped([0xe2, 0x82, 0x41]) == "\\xe2\\x82A")
  }

  /// As Swift's own decoder sees it: what it replaces is escaped, and nothing else but controls.
  @Test func agreesWithADecoder() {
    for first in UInt8(0x80)...0xff {
      for second in UInt8(0x00)...0xff {
        let bytes = [first, second]
        let isText = String(validating: bytes, as: UTF8.self) != nil
        let isControl = (first == 0xc2 && second < 0xa0) || (first, second) == (0xd8, 0x9c)
        #expect(escaped(bytes).hasPrefix("\\x") == (!isText || isControl), "\(bytes)")
      }
    }
  }

  @Test func escapesEveryTextOfAValue() {
    let bad = "a\u{1b}"
    let frame = Stack.Frame(
      address: 1, symbol: bad, offset: 2, object: bad, source: bad,
      inlined: [.init(symbol: bad, source: bad)])
    let value = Value.tuple([
      .string(Array(bad.utf8), truncated: false), .text(bad), .symbol(name: bad, address: 1),
      .array([.text(bad)]), .record([.init("m", .text(bad))]),
      .stack(Stack(mode: .perf, frames: [frame])),
    ])
    let good = "a\\x1b"
    let expected = Stack.Frame(
      address: 1, symbol: good, offset: 2, object: good, source: good,
      inlined: [.init(symbol: good, source: good)])
    #expect(
      value.escapedForTerminal
        == .tuple([
          .string(Array(good.utf8), truncated: false), .text(good),
          .symbol(name: good, address: 1), .array([.text(good)]),
          .record([.init("m", .text(good))]), .stack(Stack(mode: .perf, frames: [expected])),
        ]))
  }

  @Test func keepsTheLinesOfARecordedText() {
    let record = Record.text(.printf, Array("a\u{1b}[1m\tb\n\u{9b}c\n".utf8))
    #expect(
      record.escapedForTerminal == .text(.printf, Array("a\\x1b[1m\tb\n\\xc2\\x9bc\n".utf8)))
    let command = Record.text(.system, Array("\u{1b}[1m".utf8))
    #expect(command.escapedForTerminal == command)
  }

  @Test func hasNoControlCharactersInJSONForATerminal() {
    let record = Record.value(.text("a\u{1b}b\u{7f}c\u{9b}d\u{a0}é\u{202e}"))
    func shown(_ escapes: Bool) -> String {
      var renderer = RendererSpec.json.make(RendererOptions(escapesControls: escapes))
      var page = Page()
      renderer.render(record, into: &page)
      return String(decoding: page.output, as: UTF8.self)
    }
    #expect(
      shown(true)
        == #"{"type": "value", "data": "a\u001bb\u007fc\u009bd"# + "\u{a0}é\\u202e\"}\n")
    #expect(shown(false).contains("b\u{7f}c\u{9b}d"))
  }
}
