/// What aggregations do with the slots of all CPUs.
enum CPUSlots {
  /// The number of slots.
  static func count(_ words: Span<UInt64>, stride: Int) -> Int {
    stride > 0 ? words.count / stride : 0
  }

  /// The sum of one word of every slot, wrapping.
  static func total(
    _ slots: Int, _ words: Span<UInt64>, stride: Int, word: Int = 0
  ) -> Int64 {
    var total: UInt64 = 0
    for slot in 0..<slots { total &+= words[slot * stride + word] }
    return Int64(bitPattern: total)
  }

  /// The quotient truncated toward zero; zero when nothing was counted.
  static func average(_ total: Int64, _ count: Int64, signed: Bool) -> Int64 {
    guard count != 0 else { return 0 }
    if signed { return total.dividedReportingOverflow(by: count).partialValue }
    return Int64(bitPattern: UInt64(bitPattern: total) / UInt64(bitPattern: count))
  }

  /// The first word of the slot that wins among those whose second word is not zero; zero if none
  /// has a value.
  static func extreme(
    _ slots: Int, _ words: Span<UInt64>, stride: Int, signed: Bool, isLargest: Bool
  ) -> Int64 {
    var best: UInt64?
    for slot in 0..<slots where words[slot * stride + 1] != 0 {
      let value = words[slot * stride]
      if let known = best, !precedes(value, known, signed: signed, isLargest: isLargest) {
        continue
      }
      best = value
    }
    return Int64(bitPattern: best ?? 0)
  }

  /// Keeps of two slots as in `extreme` the one that wins.
  static func joinExtreme(
    _ other: [UInt64], into slot: inout [UInt64], signed: Bool, isLargest: Bool
  ) {
    guard other[1] != 0 else { return }
    if slot[1] == 0 || precedes(other[0], slot[0], signed: signed, isLargest: isLargest) {
      slot = other
    }
  }

  /// Whether the first of two bit patterns is the more extreme one.
  static func precedes(
    _ left: UInt64, _ right: UInt64, signed: Bool, isLargest: Bool
  ) -> Bool {
    let (low, high) = isLargest ? (right, left) : (left, right)
    return signed ? Int64(bitPattern: low) < Int64(bitPattern: high) : low < high
  }

  /// The sums of every word.
  static func sums(
    _ slots: Int, _ words: Span<UInt64>, stride: Int, count: Int
  ) -> [UInt64] {
    var sums = [UInt64](repeating: 0, count: count)
    for slot in 0..<slots {
      for word in 0..<count { sums[word] &+= words[slot * stride + word] }
    }
    return sums
  }
}
