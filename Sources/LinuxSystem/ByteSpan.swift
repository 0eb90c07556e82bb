/// Reading and copying bytes with one check for several of them.
extension Span<UInt8> {
  /// The unsigned integer of 1 to 8 bytes at `offset`, in the byte order of the machine; nil if it is
  /// not all there.
  @inlinable
  package func integer(at offset: Int, width: Int) -> UInt64? {
    guard offset >= 0, width >= 0, width <= 8, offset <= count - width else { return nil }
    let bytes = unsafe bytes
    switch width {
    case 1: return UInt64(self[offset])
    case 2: return UInt64(unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    case 4: return UInt64(unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    case 8: return unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
    default:
      var value: UInt64 = 0
      for index in (0..<width).reversed() { value = value << 8 | UInt64(self[offset + index]) }
      return value
    }
  }

  /// The number of bytes before the first NUL at or after `offset`, at most `capacity`; nil if there are
  /// not `capacity` bytes.
  @inlinable
  package func textLength(at offset: Int, upTo capacity: Int) -> Int? {
    guard offset >= 0, capacity >= 0, offset <= count - capacity else { return nil }
    var length = 0
    while length < capacity, self[offset &+ length] != 0 { length &+= 1 }
    return length
  }
}

extension [UInt8] {
  /// Appends the bytes of a span at `range`, which must exist.
  @inlinable
  package mutating func append(_ range: Range<Int>, of bytes: Span<UInt8>) {
    unsafe bytes.extracting(range).withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }
}
