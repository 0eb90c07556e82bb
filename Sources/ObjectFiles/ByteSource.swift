internal import LinuxSystem

/// The bytes of an object file, read piece by piece: a file that shrinks while we read it must not
/// end the process, as a mapping would.
final class ByteSource: Sendable {
  private let file: FileDescriptor?
  private let memory: [UInt8]
  let path: String
  let count: UInt64
  /// Where the first byte is in the file.
  let start: UInt64

  var isFile: Bool { file != nil }

  init(path: String) throws(ObjectFileError) {
    do throws(SystemError) {
      let file = try FileDescriptor(opening: path)
      let info = try file.info()
      guard info.kind == .regular else { throw .invalid("open", path) }
      count = UInt64(max(0, info.sizeInBytes))
      self.file = consume file
      start = 0
    } catch {
      throw .system(SystemError(operation: error.operation, subject: path, errno: error.errno))
    }
    memory = []
    self.path = path
  }

  init(bytes: [UInt8], path: String) {
    file = nil
    start = 0
    memory = bytes
    count = UInt64(bytes.count)
    self.path = path
  }

  /// Opens what a path leads to, also in an archive.
  static func opening(_ path: MemberPath) throws(ObjectFileError) -> ByteSource {
    let file = try ByteSource(path: path.file)
    guard let name = path.member else { return file }
    return try ByteSource(path: path.file, ZipMember(named: name, in: file))
  }

  private init(path: String, _ member: ZipMember) throws(ObjectFileError) {
    do throws(SystemError) {
      file = try FileDescriptor(opening: path)
    } catch { throw .system(error) }
    memory = []
    self.path = path
    start = member.offset
    count = member.size
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
      bytes = try file?.read(upTo: Int(length), at: start + offset) ?? []
    } catch {
      throw .system(SystemError(operation: error.operation, subject: path, errno: error.errno))
    }
    guard UInt64(bytes.count) == length else {
      throw .malformed(path: path, what: "\(what()) is cut off")
    }
    return bytes
  }
}
