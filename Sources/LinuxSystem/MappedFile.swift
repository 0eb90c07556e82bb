internal import Glibc

/// The bytes of a file, mapped if the kernel can and read otherwise.
///
/// Map only files that nobody truncates (those of /sys and installed ones): touching a page that
/// has gone ends the process. The mapping ends with the value.
@safe
package final class MappedFile: Sendable {
  private nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
  private let isMapped: Bool

  package init(_ path: String) throws(SystemError) {
    do {
      let file = try FileDescriptor(opening: path)
      let size = Int(clamping: try file.info().sizeInBytes)
      if size > 0 {
        let address = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, file.rawValue, 0)
        if let address = unsafe address, unsafe address != MAP_FAILED {
          unsafe bytes = UnsafeRawBufferPointer(start: address, count: size)
          isMapped = true
          return
        }
      }
      let content = try file.readToEnd(sizeHint: size)
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: content.count, alignment: 16)
      unsafe copy.copyBytes(from: content)
      unsafe bytes = UnsafeRawBufferPointer(copy)
      isMapped = false
    } catch {
      throw SystemError(operation: error.operation, subject: path, errno: error.errno)
    }
  }

  deinit {
    if isMapped {
      _ = unsafe munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    } else {
      unsafe bytes.deallocate()
    }
  }

  package var count: Int { unsafe bytes.count }

  /// Lends the bytes, whose every access is checked, for the time of the call.
  package func withBytes<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(unsafe bytes.bytes)
  }

  /// A copy of the bytes at `range`; nil if it is not inside the file.
  package func copy(_ range: Range<Int>) -> [UInt8]? {
    guard range.lowerBound >= 0, range.upperBound <= count else { return nil }
    return unsafe Array(bytes[range])
  }

  /// A little-endian integer at `offset`, which need not be aligned; nil beyond the end.
  package func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
    at offset: Int, as type: Integer.Type
  ) -> Integer? {
    guard offset >= 0, offset <= count - MemoryLayout<Integer>.size else { return nil }
    return Integer(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: type))
  }
}
