/// Keys of a map, each packed: a stack takes a third of what its frames do, and what has no frame next to nothing.
///
/// Of words that follow each other the differences are kept, in as few bytes as these need; of zeros how many
/// there are.
struct PackedKeys {
  /// Bytes of each key, which the first one tells.
  private(set) var keySize = 0
  /// Keys one after the other, none of them in two pieces: pieces do not move when there are more.
  private var pieces: [[UInt8]] = []
  private var places: [Place] = []

  private struct Place {
    let piece: UInt32
    let offset: UInt32
  }

  /// Bytes of a piece, which only a longer key is more than.
  private static let pieceSize = 64 << 10
  private static let wordSize = 8
  /// A difference in groups of 7 bits.
  private static let mostBytesOfWord = 10

  var count: Int { places.count }

  /// Adds a key.
  mutating func append(_ key: ArraySlice<UInt8>) {
    if places.isEmpty { keySize = key.count }
    precondition(key.count == keySize, "keys of one map have one size")
    // Of a zero and what follows it there may be more bytes than of a word without one.
    let most = (keySize / Self.wordSize + 2) * (Self.mostBytesOfWord + 2)
    if pieces.last.map({ $0.count + most > $0.capacity }) ?? true {
      pieces.append([])
      pieces[pieces.count - 1].reserveCapacity(max(Self.pieceSize, most))
    }
    let last = pieces.count - 1
    places.append(Place(piece: UInt32(last), offset: UInt32(pieces[last].count)))
    Self.pack(key.span, to: &pieces[last])
  }

  /// Writes a key into `key`.
  func read(_ index: Int, into key: inout [UInt8]) {
    if key.count != keySize { key = [UInt8](repeating: 0, count: keySize) }
    let place = places[index]
    let piece = pieces[Int(place.piece)]
    var bytes = key.mutableSpan
    Self.unpack(piece.span, from: Int(place.offset), into: &bytes)
  }

  // MARK: Packing

  /// Zeros follow, as many as the next number says; if that is none, the word before once more.
  private static let zeros: UInt64 = 0

  private static func pack(_ key: Span<UInt8>, to packed: inout [UInt8]) {
    var before: UInt64 = 0
    var zeroCount: UInt64 = 0
    for start in stride(from: 0, to: key.count, by: wordSize) {
      let word = word(in: key, at: start)
      if word == 0 {
        zeroCount += 1
        continue
      }
      if zeroCount > 0 { append(zeros, zeroCount, to: &packed) }
      zeroCount = 0
      if word == before {
        append(zeros, 0, to: &packed)
      } else {
        append(folded(word &- before), to: &packed)
        before = word
      }
    }
    if zeroCount > 0 { append(zeros, zeroCount, to: &packed) }
  }

  private static func unpack(
    _ packed: Span<UInt8>, from start: Int, into key: inout MutableSpan<UInt8>
  ) {
    var (position, at, before) = (start, 0, UInt64(0))
    while at < key.count {
      let number = number(in: packed, at: &position)
      if number == zeros {
        let count = Int(self.number(in: packed, at: &position))
        let end = min(at + wordSize * count, key.count)
        for index in at..<end { key[index] = 0 }
        at = end
        if count > 0 { continue }
      } else {
        before = before &+ unfolded(number)
      }
      let end = min(at + wordSize, key.count)
      var rest = before
      for index in at..<end {
        key[index] = UInt8(truncatingIfNeeded: rest)
        rest >>= 8
      }
      at = end
    }
  }

  /// Up to 8 bytes as a number, the lowest first.
  private static func word(in key: Span<UInt8>, at start: Int) -> UInt64 {
    var word: UInt64 = 0
    for index in start..<min(start + wordSize, key.count) {
      word |= UInt64(key[index]) << (8 * UInt64(index - start))
    }
    return word
  }

  /// Small numbers for differences that are small in either direction.
  private static func folded(_ difference: UInt64) -> UInt64 {
    let signed = Int64(bitPattern: difference)
    return UInt64(bitPattern: signed << 1 ^ signed >> 63)
  }

  private static func unfolded(_ number: UInt64) -> UInt64 { number >> 1 ^ (0 &- (number & 1)) }

  private static func append(_ numbers: UInt64..., to packed: inout [UInt8]) {
    for number in numbers {
      var rest = number
      while rest > 0x7f {
        packed.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
      packed.append(UInt8(rest))
    }
  }

  private static func number(in packed: Span<UInt8>, at position: inout Int) -> UInt64 {
    var (number, shift) = (UInt64(0), UInt64(0))
    while true {
      let byte = packed[position]
      position += 1
      number |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return number }
      shift += 7
    }
  }
}
