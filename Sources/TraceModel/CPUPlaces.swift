/// Places that each CPU has for elements of an aggregating map beside the hash, so that it need not look
/// there for keys that it meets again and again.
///
/// The places of a CPU are one element of a per-CPU array: a word that counts who is claiming one of
/// them, then the places. A key may be in one place only, at the number that `number(of:)` makes of it,
/// and is in the hash before it comes there. A place is three parts, each of whole words: its mark, the
/// key, and a slot for what is added while the key has the place, which is merged with those of the hash. It
/// counts only if its mark is the map's generation plus 1, and keeps its key as long as it does.
package struct CPUPlaces: Hashable, Sendable {
  package let keySize: Int
  package let valueSize: Int
  /// How many places a CPU has; a power of two.
  package let count: Int
  /// The parts of a key that are read at once: words, then what is left.
  package let keyParts: [KeyPart]

  /// Some bytes of a key.
  package struct KeyPart: Hashable, Sendable {
    package let offset: Int
    /// 8, 4, 2 or 1.
    package let size: Int
  }

  /// Keys that are longer take as long to compare as to look up.
  package static let largestKey = 32
  /// How many maps of a script have places: their tables are memory that the kernel cannot swap out, a quarter
  /// of a MiB for each CPU, and the code that looks for a place is longer than all else in a small program.
  package static let mostMaps = 8
  /// Fewer would be taken by the first few keys.
  private static let leastCount = 16
  /// Enough for the processes that are busy on a CPU.
  private static let largestCount = 1024
  /// What the kernel allows for the values of per-CPU maps (`PCPU_MIN_UNIT_SIZE`).
  private static let largestTable = 32 << 10

  /// - Parameter valueSize: Bytes of a slot.
  /// - Returns: Nil if keys or slots are too large.
  package init?(keySize: Int, valueSize: Int) {
    guard (1...Self.largestKey).contains(keySize), valueSize > 0 else { return nil }
    self.keySize = keySize
    self.valueSize = valueSize
    let size = Self.valueOffset(keySize) + Self.words(valueSize)
    var count = Self.largestCount
    while Self.firstPlace + count * size > Self.largestTable { count /= 2 }
    guard count >= Self.leastCount else { return nil }
    self.count = count
    var parts: [KeyPart] = []
    var offset = 0
    for size in [8, 4, 2, 1] {
      while keySize - offset >= size {
        parts.append(KeyPart(offset: offset, size: size))
        offset += size
      }
    }
    keyParts = parts
  }

  // MARK: Layout

  /// The offset of the first place in a CPU's table; before it is the number of those who claim one.
  package static let firstPlace = 8
  /// The offset of the key in a place; before it is the mark.
  package static let keyOffset = 8

  /// The offset of the slot in a place.
  package var valueOffset: Int { Self.valueOffset(keySize) }
  /// Bytes of a slot, rounded up to whole words.
  package var slotSize: Int { Self.words(valueSize) }
  /// The bytes of a place.
  package var size: Int { valueOffset + slotSize }
  /// The bytes of a CPU's table.
  package var tableSize: Int { Self.firstPlace + count * size }

  private static func valueOffset(_ keySize: Int) -> Int { keyOffset + words(keySize) }

  private static func words(_ bytes: Int) -> Int { (bytes + 7) / 8 * 8 }

  /// The symbol of the tables that go with the hash of that symbol.
  package static func symbol(for hash: String) -> String { "CP_" + hash.dropFirst(3) }

  // MARK: Numbers of places

  /// What each part of a key, together with the product so far, is multiplied by: 2^64 divided by the
  /// golden ratio, which spreads neighbouring numbers best.
  package static let multiplier = Int64(bitPattern: 0x9e37_79b9_7f4a_7c15)
  /// How far the last product is shifted right to make the number of a place.
  package var shift: Int { 64 - count.trailingZeroBitCount }

  /// The number of the place that is meant for a key; programs compute the same.
  package func number(of key: ArraySlice<UInt8>) -> Int {
    var product: UInt64 = 0
    for part in keyParts {
      var number: UInt64 = 0
      let start = key.startIndex + part.offset
      for index in (start..<(start + part.size)).reversed() {
        number = number << 8 | UInt64(key[index])
      }
      product = (product ^ number) &* UInt64(bitPattern: Self.multiplier)
    }
    return Int(product >> UInt64(shift))
  }
}
