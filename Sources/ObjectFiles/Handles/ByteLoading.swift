extension [UInt8] {
  /// The integer at `offset`, which need not be aligned; nil if it is not inside.
  func load<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ type: Integer.Type, at offset: Int, bigEndian: Bool = false
  ) -> Integer? {
    guard offset >= 0, offset <= count - MemoryLayout<Integer>.size else { return nil }
    let value = unsafe withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: offset, as: type) }
    return bigEndian ? Integer(bigEndian: value) : Integer(littleEndian: value)
  }

  /// The bytes from `offset` up to a zero, as text; nil if `offset` is outside or no zero follows.
  func text(at offset: Int) -> String? {
    guard offset >= 0, offset < count else { return nil }
    guard let end = self[offset...].firstIndex(of: 0) else { return nil }
    return String(decoding: self[offset..<end], as: UTF8.self)
  }
}
