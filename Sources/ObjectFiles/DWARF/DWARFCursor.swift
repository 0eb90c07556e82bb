/// A place in a section of debug information, and what can be read from there on.
///
/// What lies behind the end reads as zero and marks the cursor as damaged, so that a reader can go on to
/// the end of what it does and look once.
struct DWARFCursor {
  let bytes: [UInt8]
  private(set) var offset: Int
  private let end: Int
  private let isBigEndian: Bool
  private(set) var isDamaged = false

  init(_ bytes: [UInt8], at offset: Int, end: Int? = nil, isBigEndian: Bool) {
    self.bytes = bytes
    self.end = min(end ?? bytes.count, bytes.count)
    self.isBigEndian = isBigEndian
    self.offset = offset
    if offset < 0 || offset > self.end { fail() }
  }

  /// Whether nothing more can be read.
  var isAtEnd: Bool { offset >= end }

  private mutating func fail() {
    isDamaged = true
    offset = end
  }

  mutating func byte() -> UInt8 {
    guard offset < end else {
      fail()
      return 0
    }
    offset += 1
    return bytes[offset - 1]
  }

  /// The unsigned integer of `size` bytes, at most 8.
  mutating func unsigned(size: Int) -> UInt64 {
    guard size <= end - offset else {
      fail()
      return 0
    }
    var value: UInt64 = 0
    for index in 0..<size {
      let next = UInt64(bytes[offset + index])
      value = isBigEndian ? value << 8 | next : value | next << UInt64(8 * index)
    }
    offset += size
    return value
  }

  /// An unsigned number of variable length; bits beyond 64 are lost.
  mutating func unsigned() -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let next = byte()
      value |= UInt64(next & 0x7f) << shift
      shift = min(shift + 7, 64)
      if next & 0x80 == 0 { return value }
    }
  }

  /// A signed number of variable length; bits beyond 64 are lost.
  mutating func signed() -> Int64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let next = byte()
      value |= UInt64(next & 0x7f) << shift
      shift = min(shift + 7, 64)
      if next & 0x80 != 0 { continue }
      if next & 0x40 != 0, shift < 64 { value |= ~0 << shift }
      return Int64(bitPattern: value)
    }
  }

  /// Passes `count` bytes by and returns where they were.
  @discardableResult
  mutating func skip(_ count: UInt64) -> Range<Int> {
    guard count <= UInt64(end - offset) else {
      fail()
      return end..<end
    }
    let start = offset
    offset += Int(count)
    return start..<offset
  }

  /// Passes a text by and the zero behind it, and returns where the text starts.
  @discardableResult
  mutating func skipText() -> Int {
    let start = offset
    while byte() != 0 {}
    return start
  }

  mutating func move(to offset: Int) {
    if offset < 0 || offset > end { fail() } else { self.offset = offset }
  }

  /// The length in front of a unit: its number, and whether offsets in it have 8 bytes.
  mutating func unitLength() -> (length: UInt64, offsetSize: Int) {
    let length = unsigned(size: 4)
    return length == 0xffff_ffff ? (unsigned(size: 8), 8) : (length, 4)
  }
}
