internal import LinuxSystem

/// The bytes of an object file, read piece by piece: a file that shrinks while we read it must not
/// end the process, as a mapping would.
final class ByteSource: Sendable {
  private let file: FileDescriptor?
  private let memory: [UInt8]
  let path: String
  let count: UInt64

  var isFile: Bool { file != nil }

  init(path: String) throws(ObjectFileError) {
    do throws(SystemError) {
      let file = try FileDescriptor(opening: path)
      let info = try file.info()
      guard info.kind == .regular else { throw .invalid("open", path) }
      count = UInt64(max(0, info.sizeInBytes))
      self.file = consume file
    } catch {
      throw .system(SystemError(operation: error.operation, subject: path, errno: error.errno))
    }
    memory = []
    self.path = path
  }

  init(bytes: [UInt8], path: String) {
    file = nil
    memory = bytes
    count = UInt64(bytes.count)
    self.path = path
  }

  /// The bytes of a part of the file.
  func read(
    at offset: UInt64, count length: UInt64, what: @autoclosure () -> String
  ) throws(ObjectFileError) -> [UInt8] {
    guard length <= count, offset <= count - length else {
      throw .malformed(path: path, what: "\(what()) lies outside the file")
    }
    guard file != nil else { return Array(memory[Int(offset)..<Int(offset + length)]) }
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try file?.read(upTo: Int(length), at: offset) ?? []
    } catch {
      throw .system(SystemError(operation: error.operation, subject: path, errno: error.errno))
    }
    guard UInt64(bytes.count) == length else {
      throw .malformed(path: path, what: "\(what()) is cut off")
    }
    return bytes
  }
}
