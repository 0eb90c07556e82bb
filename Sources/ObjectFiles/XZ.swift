/// The compression of `.gnu_debugdata`: an `.xz` stream with LZMA2 in it.
///
/// Our own reader: it is short, needs no library in commands that mostly never meet such a section, and
/// cannot write where it should not.
package enum XZ {
  /// Unpacks the first stream in `packed`; checksums are not compared.
  ///
  /// - Parameter limit: The most bytes to make; more is an error, so that a small file cannot fill
  ///   the memory.
  /// - Returns: nil when the stream is damaged, too long or packed in another way.
  package static func unpack(_ packed: [UInt8], limit: Int) -> [UInt8]? {
    guard packed.starts(with: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), packed.count > 12 else {
      return nil
    }
    let checkSize = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64][
      Int(packed[7] & 15)]
    var output: [UInt8] = []
    var position = 12
    // A zero in place of a block's size is where the index begins.
    while position < packed.count, packed[position] != 0 {
      let headerSize = (Int(packed[position]) + 1) * 4
      guard let start = body(packed, position, headerSize) else { return nil }
      var decoder = LZMA2(packed, at: start, output: output, limit: limit)
      guard decoder.run() else { return nil }
      output = decoder.output
      position = start + (decoder.position - start + 3) / 4 * 4 + checkSize
    }
    return output
  }

  /// Where what a block compresses begins; nil if it is packed by anything but LZMA2.
  private static func body(_ bytes: [UInt8], _ start: Int, _ headerSize: Int) -> Int? {
    let end = start + headerSize
    guard end <= bytes.count, headerSize >= 8 else { return nil }
    let flags = bytes[start + 1]
    guard flags & 3 == 0 else { return nil }  // one filter
    var position = start + 2
    func skipNumber() -> Bool {
      while position < end {
        position += 1
        if bytes[position - 1] & 0x80 == 0 { return true }
      }
      return false
    }
    for flag in [UInt8(0x40), 0x80] where flags & flag != 0 {
      guard skipNumber() else { return nil }
    }
    guard position < end, bytes[position] == 0x21 else { return nil }
    return end
  }
}

/// Chunks of LZMA2, as the format of `.xz` files describes them.
private struct LZMA2 {
  private let input: [UInt8]
  private(set) var position: Int
  private(set) var output: [UInt8]
  private let limit: Int
  /// What is before it in the output cannot be referred to.
  private var dictionaryStart: Int

  // The state of the model.
  private var (lc, lp, pb) = (0, 0, 0)
  private var state = 0
  private var distances = (0, 0, 0, 0)
  private var probabilities: [UInt16] = []

  // The range coder.
  private var range: UInt32 = 0
  private var code: UInt32 = 0
  private var inputEnd = 0
  private var isDamaged = false

  init(_ input: [UInt8], at position: Int, output: [UInt8], limit: Int) {
    self.input = input
    self.position = position
    self.output = output
    self.limit = limit
    dictionaryStart = output.count
  }

  /// Where in `probabilities` what is.
  private enum Place {
    static let isMatch = 0  // [12][16]
    static let isRepeated = 192  // [12]
    static let isRepeated0 = 204
    static let isRepeated1 = 216
    static let isRepeated2 = 228
    static let isRepeated0Long = 240  // [12][16]
    static let slot = 432  // [4][64]
    static let special = 688  // 115
    static let align = 804  // [16]
    static let length = 820  // choice, choice2, low [16][8], mid [16][8], high [256]
    static let repeatedLength = length + lengthSize
    static let literal = repeatedLength + lengthSize
    static let lengthSize = 2 + 128 + 128 + 256
  }

  /// False when the chunks are damaged or give too much.
  mutating func run() -> Bool {
    while true {
      guard let control = byte() else { return false }
      if control == 0 { return true }
      if control < 0x80 {
        guard control <= 2, let size = number(2), copy(size + 1) else { return false }
        if control == 1 { dictionaryStart = output.count - size - 1 }
        continue
      }
      guard let low = number(2), let packedLow = number(2) else { return false }
      let size = Int(control & 0x1f) << 16 + low + 1
      let reset = control >> 5 & 3
      if reset == 3 { dictionaryStart = output.count }
      if reset >= 2 {
        guard let properties = byte(), properties < 9 * 5 * 5 else { return false }
        lc = Int(properties % 9)
        lp = Int(properties / 9 % 5)
        pb = Int(properties / 45)
        guard lc + lp <= 4 else { return false }
      }
      if reset >= 1 { resetState() }
      guard !probabilities.isEmpty, output.count + size <= limit,
        decode(size, packed: packedLow + 1)
      else { return false }
    }
  }

  private mutating func resetState() {
    state = 0
    distances = (0, 0, 0, 0)
    probabilities = [UInt16](repeating: 1024, count: Place.literal + 0x300 << (lc + lp))
  }

  private mutating func byte() -> UInt8? {
    guard position < input.count else { return nil }
    position += 1
    return input[position - 1]
  }

  /// A number of some bytes, the highest first.
  private mutating func number(_ bytes: Int) -> Int? {
    var value = 0
    for _ in 0..<bytes {
      guard let next = byte() else { return nil }
      value = value << 8 | Int(next)
    }
    return value
  }

  private mutating func copy(_ size: Int) -> Bool {
    guard position + size <= input.count, output.count + size <= limit else { return false }
    output += input[position..<position + size]
    position += size
    return true
  }

  // MARK: One chunk

  private mutating func decode(_ size: Int, packed: Int) -> Bool {
    let end = position + packed
    guard end <= input.count, packed >= 5, byte() == 0, let first = number(4) else { return false }
    inputEnd = end
    code = UInt32(truncatingIfNeeded: first)
    range = .max
    isDamaged = false
    let target = output.count + size
    while output.count < target, !isDamaged {
      let place = (output.count - dictionaryStart) & (1 << pb - 1)
      if bit(Place.isMatch + state << 4 + place) == 0 {
        literal()
        continue
      }
      let length: Int
      if bit(Place.isRepeated + state) == 0 {
        distances = (0, distances.0, distances.1, distances.2)
        length = self.length(Place.length, place)
        state = state < 7 ? 7 : 10
        distances.0 = distance(length)
      } else if let repeated = repeatedLength(place) {
        length = repeated
      } else {
        // One byte again.
        state = state < 7 ? 9 : 11
        length = 1
      }
      let back = distances.0 + 1
      guard back <= output.count - dictionaryStart, length <= target - output.count else {
        return false
      }
      for _ in 0..<length { output.append(output[output.count - back]) }
    }
    // The coder reads ahead by no more than the chunk.
    position = end
    return !isDamaged && output.count == target
  }

  /// The length of what repeats one of the last distances, which becomes the first; nil for a single byte.
  private mutating func repeatedLength(_ place: Int) -> Int? {
    if bit(Place.isRepeated0 + state) == 0 {
      if bit(Place.isRepeated0Long + state << 4 + place) == 0 { return nil }
    } else if bit(Place.isRepeated1 + state) == 0 {
      distances = (distances.1, distances.0, distances.2, distances.3)
    } else if bit(Place.isRepeated2 + state) == 0 {
      distances = (distances.2, distances.0, distances.1, distances.3)
    } else {
      distances = (distances.3, distances.0, distances.1, distances.2)
    }
    let length = self.length(Place.repeatedLength, place)
    state = state < 7 ? 8 : 11
    return length
  }

  private mutating func literal() {
    let position = output.count - dictionaryStart
    let previous = position > 0 ? Int(output[output.count - 1]) : 0
    let context = (position & (1 << lp - 1)) << lc + previous >> (8 - lc)
    let base = Place.literal + 0x300 * context
    var symbol = 1
    if state >= 7 {
      let back = distances.0 + 1
      guard back <= position else {
        isDamaged = true
        return
      }
      var matched = Int(output[output.count - back])
      while symbol < 0x100 {
        let matchBit = matched >> 7 & 1
        matched <<= 1
        let next = bit(base + (1 + matchBit) << 8 + symbol)
        symbol = symbol << 1 | next
        if matchBit != next { break }
      }
    }
    while symbol < 0x100 { symbol = symbol << 1 | bit(base + symbol) }
    output.append(UInt8(symbol & 0xff))
    state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6
  }

  private mutating func length(_ base: Int, _ place: Int) -> Int {
    if bit(base) == 0 { return 2 + tree(base + 2 + place << 3, 3) }
    if bit(base + 1) == 0 { return 10 + tree(base + 130 + place << 3, 3) }
    return 18 + tree(base + 258, 8)
  }

  private mutating func distance(_ length: Int) -> Int {
    let slot = tree(Place.slot + min(length - 2, 3) << 6, 6)
    guard slot >= 4 else { return slot }
    let direct = slot >> 1 - 1
    var distance = (2 | slot & 1) << direct
    if slot < 14 {
      distance += reverseTree(Place.special + distance - slot, direct)
    } else {
      for at in (4..<direct).reversed() { distance += directBit() << at }
      distance += reverseTree(Place.align, 4)
    }
    return distance
  }

  // MARK: Bits

  private mutating func tree(_ base: Int, _ bits: Int) -> Int {
    var symbol = 1
    for _ in 0..<bits { symbol = symbol << 1 | bit(base + symbol) }
    return symbol - 1 << bits
  }

  private mutating func reverseTree(_ base: Int, _ bits: Int) -> Int {
    var (symbol, value) = (1, 0)
    for at in 0..<bits {
      let next = bit(base + symbol)
      symbol = symbol << 1 | next
      value |= next << at
    }
    return value
  }

  private mutating func bit(_ index: Int) -> Int {
    normalize()
    let probability = UInt32(probabilities[index])
    let bound = (range >> 11) &* probability
    if code < bound {
      range = bound
      probabilities[index] += UInt16((2048 - probability) >> 5)
      return 0
    }
    range &-= bound
    code &-= bound
    probabilities[index] -= UInt16(probability >> 5)
    return 1
  }

  private mutating func directBit() -> Int {
    normalize()
    range >>= 1
    if code >= range {
      code &-= range
      return 1
    }
    return 0
  }

  private mutating func normalize() {
    guard range < 1 << 24 else { return }
    guard position < inputEnd else {
      isDamaged = true
      return
    }
    range <<= 8
    code = code << 8 | UInt32(input[position])
    position += 1
  }
}
