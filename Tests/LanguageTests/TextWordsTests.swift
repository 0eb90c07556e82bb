import Language
import Testing
import TraceIR

@Suite struct TextWordsTests {
  /// What the kernel's helper makes of these bytes: all from the first NUL on is zero.
  private static func expected(_ bytes: [UInt8], endsWithNUL: Bool) -> [UInt8] {
    var kept = endsWithNUL ? Array(bytes.dropLast()) : bytes
    kept = Array(kept.prefix { $0 != 0 })
    return kept + Array(repeating: 0, count: bytes.count - kept.count)
  }

  /// The same by the code for programs, which the builder works out where all is known.
  private static func found(_ bytes: [UInt8], endsWithNUL: Bool) throws -> [UInt8] {
    let builder = IRBuilder(module: IRModule(name: "test"))
    let words = stride(from: 0, to: bytes.count, by: 8).map { start in
      bytes[start..<(start + 8)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    }
    let text = TextWords(words.map { .word(Int64(bitPattern: $0)) })
      .ended(builder, endsWithNUL: endsWithNUL)
    return try text.words.flatMap { word in
      let bits = UInt64(bitPattern: try #require(word.constant))
      return (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * $0)) }
    }
  }

  @Test(arguments: [8, 16, 32], [false, true])
  func endsAtTheFirstNULWhereverItIs(_ count: Int, _ endsWithNUL: Bool) throws {
    for end in 0...count {
      for filler in [UInt8(1), 0x7f, 0x80, 0x81, 0xff] {
        for rest in [UInt8(0), 1, 0x80, 0xff] {
          var bytes = Array(repeating: filler, count: end)
          if end < count { bytes += [0] + Array(repeating: rest, count: count - end - 1) }
          #expect(
            try Self.found(bytes, endsWithNUL: endsWithNUL)
              == Self.expected(bytes, endsWithNUL: endsWithNUL), "\(bytes)")
        }
      }
    }
  }

  @Test func agreesOnAnyBytes() throws {
    let seed = UInt64.random(in: 1 ... .max)
    var state = seed
    for _ in 0..<2000 {
      let bytes = (0..<16).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        // Zeros and the bytes that carries could run through come often.
        return [UInt8(0), 1, 0x80, 0xff, UInt8(truncatingIfNeeded: state >> 32)][Int(state % 5)]
      }
      for endsWithNUL in [false, true] {
        #expect(
          try Self.found(bytes, endsWithNUL: endsWithNUL)
            == Self.expected(bytes, endsWithNUL: endsWithNUL), "seed \(seed): \(bytes)")
      }
    }
  }
}
