/// Bytes that somebody keeps in memory and lends out, such as a mapped file or an array.
///
/// The reader never copies them: a kernel's BTF is several megabytes, most of which nobody asks for.
package protocol BTFBytes: Sendable {
  /// Calls `body` with all bytes, which stay valid and unchanged during the call.
  func withBytes<Result, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result

  /// The first offset in a range at which all of `pattern` is, within the range; nil if there is none.
  func firstOffset(of pattern: [UInt8], in range: Range<Int>) -> Int?
}

extension BTFBytes {
  package func firstOffset(of pattern: [UInt8], in range: Range<Int>) -> Int? {
    withBytes { bytes in
      range.clamped(to: bytes.indices).dropLast(pattern.count - 1).first { start in
        pattern.indices.allSatisfy { bytes[start + $0] == pattern[$0] }
      }
    }
  }
}

extension [UInt8]: BTFBytes {
  package func withBytes<Result, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(span)
  }
}

extension Span<UInt8> {
  /// Reads the byte at `offset`.
  func readUInt8(at offset: Int) throws(BTFError) -> UInt8 {
    guard offset >= 0, offset < count else { throw .truncated(offset: offset) }
    return self[offset]
  }

  /// Reads the little-endian 16-bit number at `offset`.
  func readUInt16(at offset: Int) throws(BTFError) -> UInt16 {
    guard offset >= 0, offset <= count - 2 else { throw .truncated(offset: offset) }
    return UInt16(self[offset]) | UInt16(self[offset + 1]) << 8
  }

  /// Reads the little-endian 32-bit number at `offset`.
  func readUInt32(at offset: Int) throws(BTFError) -> UInt32 {
    guard offset >= 0, offset <= count - 4 else { throw .truncated(offset: offset) }
    return UInt32(self[offset]) | UInt32(self[offset + 1]) << 8 | UInt32(self[offset + 2]) << 16
      | UInt32(self[offset + 3]) << 24
  }

  /// Reads the little-endian 64-bit number at `offset`.
  func readUInt64(at offset: Int) throws(BTFError) -> UInt64 {
    try UInt64(readUInt32(at: offset)) | UInt64(readUInt32(at: offset + 4)) << 32
  }
}
