import SystemText
import Testing

@Suite struct SystemTextTests {
  @Test(arguments: ["", "abc", "é€😀", "/tmp/\u{10ffff}"])
  func leavesUnicodeAsItIs(_ text: String) {
    #expect(String(systemBytes: Array(text.utf8)) == text)
    #expect(text.systemBytes == Array(text.utf8))
  }

  @Test(
    arguments: [
      [0xff], [0x70, 0xff, 0x71], [0xc3], [0xc3, 0x28], [0xe2, 0x82], [0xed, 0xa0, 0x80],
      [0xc0, 0xaf], [0xf4, 0x90, 0x80, 0x80], [0xf0, 0x80, 0x80, 0x80], [0x80, 0xc3, 0xa9, 0xbf],
      // A character that stands for a byte, as a text may have it by itself.
      [0xf4, 0x8f, 0xba, 0x80], [0xf4, 0x8f, 0xbb, 0xbf, 0xff], [0xf4, 0x8f, 0xba],
    ] as [[UInt8]])
  func givesBackTheBytes(_ bytes: [UInt8]) {
    #expect(String(systemBytes: bytes).systemBytes == bytes)
  }

  @Test func tellsApartWhatDiffersInOneByte() {
    let texts = Set((UInt8(1)...255).map { String(systemBytes: [0x61, $0]) })
    #expect(texts.count == 255)
  }

  @Test func givesBackAnyBytes() {
    var random = Seeded(state: 17)
    for _ in 0..<2000 {
      let length = Int(random.next() % 12)
      // Mostly bytes that begin or go on with a character.
      let bytes = (0..<length).map { _ in
        let byte = UInt8(truncatingIfNeeded: random.next())
        return random.next() % 4 == 0 ? byte : byte | 0x80
      }
      #expect(String(systemBytes: bytes).systemBytes == bytes, "\(bytes)")
    }
  }

  private struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
  }
}
