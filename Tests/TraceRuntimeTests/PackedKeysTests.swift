import Testing

@testable import TraceRuntime

@Suite struct PackedKeysTests {
  /// The bytes of a key of so many words.
  private func bytes(_ words: [UInt64], size: Int) -> [UInt8] {
    Array(words.flatMap { [UInt8](of: $0) }.prefix(size))
  }

  private static let stack: [UInt64] = [
    3, 0xffff_ffff_8123_4567, 0xffff_ffff_8123_4567, 0xffff_ffff_8100_0001, 0, 0, 0, 7, 1,
    0x5555_0000_1234, .max, 1 << 63, 0,
  ]

  @Test(arguments: [1, 4, 8, 12, 60, 100, 104])
  func givesBackWhatItWasGiven(_ size: Int) {
    var keys = PackedKeys()
    let given: [[UInt64]] = [
      Self.stack, Self.stack.reversed(), Self.stack.map { _ in 0 }, Self.stack,
    ]
    for words in given { keys.append(bytes(words, size: size)[...]) }
    #expect(keys.count == 4)
    #expect(keys.keySize == size)
    var read: [UInt8] = []
    for (index, words) in given.enumerated() {
      keys.read(index, into: &read)
      #expect(read == bytes(words, size: size))
    }
  }

  @Test func givesBackKeysOfManyPieces() {
    var keys = PackedKeys()
    func words(_ number: UInt64) -> [UInt64] {
      (0..<40).map { $0 % 3 == 0 ? 0 : (number &* 0x9e37_79b9_7f4a_7c15) ^ $0 << 50 }
    }
    for number in 0..<2000 as Range<UInt64> { keys.append(bytes(words(number), size: 320)[...]) }
    var read: [UInt8] = []
    for number in [UInt64(0), 1, 170, 999, 1999] {
      keys.read(Int(number), into: &read)
      #expect(read == bytes(words(number), size: 320))
    }
  }
}
