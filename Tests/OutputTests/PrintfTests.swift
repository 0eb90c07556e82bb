import Foundation
import Output
import Testing

@Suite struct PrintfTests {
  private func format(_ format: String, _ arguments: Value...) -> String {
    var text: [UInt8] = []
    Printf(format).append(arguments, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// What C does with every combination of flags, widths, precisions and lengths.
  @Test func agreesWithC() {
    let numbers: [Int64] = [0, 1, -1, 7, -7, 42, 255, 65536, -70000, 5_000_000_000, .max, .min]
    let flags = ["", "-", "0", "+", " ", "#", "-0", "+0", " 0", "#0", "+ ", "-+#", "-+ 0#"]
    let counts = ["", "1", "5", "12", ".0", ".1", ".4", "8.3", "3.8", "20.18"]
    let lengths = ["", "hh", "h", "l", "ll", "j", "z", "t"]
    var checked = 0
    for flag in flags {
      for count in counts {
        for length in lengths {
          for letter in ["d", "i", "u", "o", "x", "X"] {
            let conversion = "%\(flag)\(count)\(length)\(letter)"
            for number in numbers {
              let ours = format("[\(conversion)]", .integer(number))
              let theirs = libc("[\(conversion)]", number)
              if ours != theirs { Issue.record("\(conversion) \(number): \(ours) \(theirs)") }
              checked += 1
            }
          }
        }
      }
    }
    #expect(checked == 13 * 10 * 8 * 6 * 12)
  }

  private func libc(_ format: String, _ number: Int64) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    let length = unsafe withVaList([number]) { unsafe vsnprintf(&buffer, 128, format, $0) }
    return String(decoding: buffer.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  @Test(arguments: [
    ("%c%c", [Value.integer(65), .integer(321)], "AA"),
    ("[%3c|%-3c]", [.integer(65), .integer(66)], "[  A|B  ]"),
    ("%p %p", [.pointer(0xdead), .integer(0)], "0xdead 0x0"),
    ("[%12p|%-8p]", [.pointer(0xdead), .pointer(1)], "[      0xdead|0x1     ]"),
    ("%d", [.integer(5_000_000_000)], "705032704"),
    ("%lu", [.unsigned(.max)], "18446744073709551615"),
    ("%05d", [.integer(-7)], "-0007"),
    ("%d %d", [.boolean(true), .boolean(false)], "1 0"),
    ("%s %s", [.boolean(true), .integer(-3)], "true -3"),
    (
      "%d %s",
      [
        .enumeration(name: "A", number: 4, signed: false),
        .enumeration(name: "A", number: 4, signed: false),
      ], "4 A"
    ),
    ("%llx", [.pointer(0xffff_8881)], "ffff8881"),
    (
      "[%6s|%-6s|%.2s|%6.2s]",
      [
        .text(bytes: "abc"), .text(bytes: "abc"), .text(bytes: "abc"), .text(bytes: "abc"),
      ], "[   abc|abc   |ab|    ab]"
    ),
    (
      "%r|%rx|%rh", [.buffer([65, 0, 255]), .buffer([65, 0]), .buffer([65, 0, 255])],
      #"A\x00\xff|\x41\x00|41 00 ff"#
    ),
    ("[%5r]", [.buffer([65])], "[    A]"),
    (
      "[%*d|%-*d|%*d]",
      [
        .integer(4), .integer(7), .integer(3), .integer(7), .integer(-3), .integer(7),
      ], "[   7|7  |7  ]"
    ),
    ("[%.*d|%.*s]", [.integer(3), .integer(7), .integer(1), .text(bytes: "xyz")], "[007|x]"),
    ("[%*d]", [.integer(7)], "[7]"),
    ("100%% %y", [], "100% %y"),
    ("%s", [.tuple([.integer(1), .text(bytes: "a")])], "(1, a)"),
    (
      "%gr|%gr|%gr|%gr",
      [
        .integer(0), .integer(0xcc0), .integer(0x920), .unsigned(0x8000_0000_0cc0),
      ], "0|GFP_KERNEL|GFP_ATOMIC|__GFP_ZERO|GFP_KERNEL|0x800000000000"
    ),
    ("%d", [], ""),
  ])
  func formats(_ template: String, _ arguments: [Value], _ expected: String) {
    var text: [UInt8] = []
    Printf(template).append(arguments, to: &text)
    #expect(String(decoding: text, as: UTF8.self) == expected)
  }

  @Test func passesForeignBytesThrough() {
    var text: [UInt8] = []
    Printf("<%s>").append([.string([0xff, 0xfe], truncated: false)], to: &text)
    #expect(text == [0x3c, 0xff, 0xfe, 0x3e])
  }
}
