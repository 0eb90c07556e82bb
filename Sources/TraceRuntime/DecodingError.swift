internal import LinuxSystem

/// Bytes from the kernel that are not what their layout says.
package enum DecodingError: Error, Hashable, Sendable {
  /// A value would reach over the end of the bytes.
  case truncated(needed: Int, available: Int)
  /// A buffer's length is larger than its capacity.
  case badLength(UInt64, capacity: Int)
  /// An index into the manifest that it does not have.
  case badIndex(UInt64, of: String)
}

extension DecodingError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .truncated(let needed, let available): "\(needed) bytes expected, \(available) found"
    case .badLength(let length, let capacity): "length \(length) in a buffer of \(capacity) bytes"
    case .badIndex(let index, let what): "there is no \(what) with number \(index)"
    }
  }
}

extension [UInt8] {
  /// The bytes of a number, the lowest first, as maps have them.
  init(of number: some FixedWidthInteger) {
    self = stride(from: 0, to: number.bitWidth, by: 8).map {
      UInt8(truncatingIfNeeded: number >> $0)
    }
  }
}

extension Span<UInt8> {
  /// The unsigned integer of 1 to 8 bytes at `offset`, in the byte order of the machine.
  func integer(at offset: Int, bytes width: Int) throws(DecodingError) -> UInt64 {
    guard let value = integer(at: offset, width: width) else {
      throw .truncated(needed: offset + width, available: count)
    }
    return value
  }

  /// The number of bytes before the first NUL at or after `offset`, at most `capacity`.
  func textLength(at offset: Int, capacity: Int) throws(DecodingError) -> Int {
    guard let length = textLength(at: offset, upTo: capacity) else {
      throw .truncated(needed: offset + capacity, available: count)
    }
    return length
  }

  /// Refuses a value that reaches over the end.
  func require(_ size: Int, at offset: Int) throws(DecodingError) {
    guard offset >= 0, size >= 0, offset <= count - size else {
      throw .truncated(needed: offset + size, available: count)
    }
  }

  /// A copy of some bytes, which must exist.
  func bytes(_ range: Range<Int>) throws(DecodingError) -> [UInt8] {
    try require(range.count, at: range.lowerBound)
    var copy: [UInt8] = []
    copy.append(range, of: self)
    return copy
  }
}
