package import TraceIR

/// Text of a fixed size as 64-bit words, the first byte lowest, as all architectures of BPF programs that
/// we know of have it.
package struct TextWords {
  /// `i64` each.
  package private(set) var words: [IRValue]

  package init(_ words: [IRValue]) { self.words = words }

  /// Reads `count` words at an address (`i64`) in an object of the kernel whose type the verifier knows.
  package init(typedAt address: IRValue, count: Int, _ builder: IRBuilder) {
    words = (0..<count).map { index in
      builder.emit(
        .typedLoad(.i64, from: index == 0 ? address : builder.add(address, .word(index * 8))))
    }
  }

  /// The text with zeros from its first NUL on, so that equal texts have equal bytes.
  ///
  /// - Parameter endsWithNUL: Whether the last byte is taken for a NUL, whatever it is.
  package func ended(_ builder: IRBuilder, endsWithNUL: Bool) -> TextWords {
    var result = self
    // All ones as long as there was no NUL.
    var before: IRValue?
    for index in words.indices {
      var word = words[index]
      if endsWithNUL, index == words.count - 1 {
        word = builder.binary(.and, word, .word(Int64.max >> 7))
      }
      // The lowest bit of `ends` is the highest of the first byte that is zero.
      let ends = builder.binary(
        .and,
        builder.binary(
          .and, builder.binary(.sub, word, .word(0x0101_0101_0101_0101)),
          builder.binary(.xor, word, .word(-1))),
        .word(Int64(bitPattern: 0x8080_8080_8080_8080)))
      let lowest = builder.binary(.and, ends, builder.binary(.sub, .word(0), ends))
      let kept = builder.binary(
        .sub, builder.binary(.shiftRight, lowest, .word(7)), .word(1))
      let mask = before.map { builder.binary(.and, kept, $0) } ?? kept
      result.words[index] = builder.binary(.and, word, mask)
      if index < words.count - 1 {
        before = builder.binary(.shiftRightSigned, mask, .word(63))
      }
    }
    return result
  }

  /// Writes the words to program memory.
  package func store(to pointer: IRValue, _ builder: IRBuilder) {
    for (index, word) in words.enumerated() { builder.store(word, to: pointer, at: index * 8) }
  }
}
