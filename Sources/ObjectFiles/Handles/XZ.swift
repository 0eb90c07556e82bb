internal import CLZMA

/// The compression of `.gnu_debugdata`.
package enum XZ {
  /// Unpacks an `.xz` stream.
  ///
  /// - Parameter limit: The most bytes to make; more is an error, so that a small file cannot fill
  ///   the memory.
  /// - Returns: nil when the stream is damaged, cut off or too long.
  package static func unpack(_ packed: [UInt8], limit: Int) -> [UInt8]? {
    var stream = unsafe lzma_stream()
    guard unsafe lzma_stream_decoder(&stream, memoryLimit, 0) == LZMA_OK else { return nil }
    defer { unsafe lzma_end(&stream) }
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 256 * 1024)
    return unsafe packed.withUnsafeBufferPointer { input in
      unsafe stream.next_in = input.baseAddress
      unsafe stream.avail_in = input.count
      while true {
        let result = unsafe chunk.withUnsafeMutableBufferPointer { buffer in
          unsafe stream.next_out = buffer.baseAddress
          unsafe stream.avail_out = buffer.count
          return unsafe lzma_code(&stream, LZMA_FINISH)
        }
        guard result == LZMA_OK || result == LZMA_STREAM_END else { return nil }
        let unused = unsafe stream.avail_out
        output.append(contentsOf: chunk.dropLast(unused))
        if output.count > limit { return nil }
        if result == LZMA_STREAM_END { return output }
      }
    }
  }

  /// The most bytes that the decoder may take for itself: what `xz -9` needs, and some.
  private static let memoryLimit: UInt64 = 80 << 20
}
