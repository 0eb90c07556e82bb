internal import CZlib

/// Compressed bytes.
package enum Zlib {
  /// Unpacks a zlib or gzip stream.
  ///
  /// - Parameter limit: The most bytes to make; more is an error, so that a small file cannot fill
  ///   the memory.
  /// - Returns: nil when the stream is damaged or too long.
  package static func inflate(_ packed: [UInt8], limit: Int) -> [UInt8]? {
    guard let packedCount = UInt32(exactly: packed.count) else { return nil }
    var packed = packed
    // zlib remembers where the stream is and refuses it anywhere else.
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    defer { unsafe stream.deallocate() }
    // 15 bits of window, and either header.
    let version = ZLIB_VERSION
    guard unsafe inflateInit2_(stream, 15 + 32, version, CInt(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { _ = unsafe inflateEnd(stream) }
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 256 * 1024)
    return unsafe packed.withUnsafeMutableBufferPointer { input in
      unsafe stream.pointee.next_in = input.baseAddress
      unsafe stream.pointee.avail_in = packedCount
      while true {
        let result = unsafe chunk.withUnsafeMutableBufferPointer { buffer in
          unsafe stream.pointee.next_out = buffer.baseAddress
          unsafe stream.pointee.avail_out = UInt32(buffer.count)
          return unsafe CZlib.inflate(stream, Z_NO_FLUSH)
        }
        guard result == Z_OK || result == Z_STREAM_END else { return nil }
        let made = chunk.count - Int(unsafe stream.pointee.avail_out)
        output.append(contentsOf: chunk[..<made])
        if output.count > limit { return nil }
        if result == Z_STREAM_END { return output }
        if made == 0 { return nil }
      }
    }
  }

  /// The checksum that `.gnu_debuglink` carries.
  package static func crc32(_ bytes: [UInt8]) -> UInt32 {
    UInt32(truncatingIfNeeded: unsafe CZlib.crc32_z(0, bytes, bytes.count))
  }
}
