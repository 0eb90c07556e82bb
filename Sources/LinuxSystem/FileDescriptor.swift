internal import CLinux
internal import Glibc

/// An open file descriptor, closed when the value goes away.
package struct FileDescriptor: ~Copyable {
  /// The number, for calls across a C border; it must not outlive this value.
  package let rawValue: CInt
  private let closesAtEnd: Bool

  /// Takes over `rawValue`, which nobody else may close from now on.
  package init(owning rawValue: CInt) {
    self.rawValue = rawValue
    closesAtEnd = true
  }

  private init(standard rawValue: CInt) {
    self.rawValue = rawValue
    closesAtEnd = false
  }

  deinit {
    if closesAtEnd { _ = close(rawValue) }
  }

  /// The descriptors every process starts with; they stay open.
  package static var standardInput: FileDescriptor { FileDescriptor(standard: 0) }
  package static var standardOutput: FileDescriptor { FileDescriptor(standard: 1) }
  package static var standardError: FileDescriptor { FileDescriptor(standard: 2) }

  /// How to open a file.
  package enum Mode: Sendable {
    case read
    case readWrite
    /// Created if missing, truncated otherwise.
    case create
    /// Created if missing, written at its end.
    case append
    /// Created; an error when it exists.
    case createNew

    fileprivate var flags: CInt {
      switch self {
      case .read: O_RDONLY
      case .readWrite: O_RDWR
      case .create: O_WRONLY | O_CREAT | O_TRUNC
      case .append: O_WRONLY | O_CREAT | O_APPEND
      case .createNew: O_RDWR | O_CREAT | O_EXCL
      }
    }
  }

  /// Opens `path`; the descriptor does not survive exec.
  ///
  /// - Parameter permissions: What a created file gets, before the umask.
  package init(
    opening path: String, _ mode: Mode = .read, permissions: UInt32 = 0o644
  ) throws(SystemError) {
    var descriptor: CInt
    repeat {
      descriptor = unsafe path.withSystemCString { path in
        unsafe open(path, mode.flags | O_CLOEXEC, permissions)
      }
    } while descriptor < 0 && errno == EINTR
    guard descriptor >= 0 else { throw .current("open", path) }
    self.init(owning: descriptor)
  }

  /// A second descriptor for the same open file.
  package borrowing func duplicate() throws(SystemError) -> FileDescriptor {
    let copy = fcntl(rawValue, F_DUPFD_CLOEXEC, 3)
    guard copy >= 0 else { throw .current("dup", "descriptor \(rawValue)") }
    return FileDescriptor(owning: copy)
  }

  /// An anonymous file in memory.
  package static func memory(named name: String) throws(SystemError) -> FileDescriptor {
    let descriptor = unsafe clinux_memfd_create(name)
    guard descriptor >= 0 else { throw .current("memfd_create", name) }
    return FileDescriptor(owning: descriptor)
  }

  /// A counter that is readable while it is not zero.
  package static func event(initial: UInt32 = 0) throws(SystemError) -> FileDescriptor {
    let descriptor = clinux_eventfd(initial)
    guard descriptor >= 0 else { throw .current("eventfd", "") }
    return FileDescriptor(owning: descriptor)
  }

  /// Has `read` and `write` answer EAGAIN instead of waiting.
  package borrowing func setNonBlocking(_ isNonBlocking: Bool) throws(SystemError) {
    let flags = fcntl(rawValue, F_GETFL)
    let wanted = isNonBlocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK
    guard flags >= 0, fcntl(rawValue, F_SETFL, wanted) >= 0 else {
      throw .current("fcntl", "descriptor \(rawValue)")
    }
  }

  /// Reads at most `count` bytes; none at the end of the file.
  ///
  /// - Throws: `SystemError` with EAGAIN when a nonblocking descriptor has nothing.
  package borrowing func read(upTo count: Int) throws(SystemError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let length = try fill(&bytes, from: 0)
    bytes.removeLast(count - length)
    return bytes
  }

  /// Reads until the end of the file; `sizeHint` spares reallocations where the size is known.
  package borrowing func readToEnd(sizeHint: Int = 0) throws(SystemError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: max(sizeHint + 1, 4096))
    var length = 0
    while true {
      let count = try fill(&bytes, from: length)
      if count == 0 { break }
      length += count
      if length == bytes.count {
        bytes.append(contentsOf: repeatElement(0, count: bytes.count))
      }
    }
    bytes.removeLast(bytes.count - length)
    return bytes
  }

  /// Reads `count` bytes at `offset` without moving the file position; fewer at the end.
  package borrowing func read(
    upTo count: Int, at offset: UInt64
  ) throws(SystemError) -> [UInt8] {
    guard let start = Int(exactly: offset) else {
      throw .invalid("pread", "descriptor \(rawValue)")
    }
    var bytes = [UInt8](repeating: 0, count: count)
    var length = 0
    while length < count {
      let answer = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe pread(
          rawValue, buffer.baseAddress?.advanced(by: length), count - length, start + length)
      }
      if answer < 0 {
        if errno == EINTR { continue }
        throw .current("pread", "descriptor \(rawValue)")
      }
      if answer == 0 { break }
      length += answer
    }
    bytes.removeLast(count - length)
    return bytes
  }

  /// Writes all of `bytes`, waiting where the descriptor would block.
  package borrowing func write(_ bytes: [UInt8]) throws(SystemError) {
    var written = 0
    while written < bytes.count {
      let answer = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(
          rawValue, buffer.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if answer >= 0 {
        written += answer
      } else if errno == EAGAIN {
        _ = clinux_poll_one(rawValue, 1, -1)
      } else if errno != EINTR {
        throw .current("write", "descriptor \(rawValue)")
      }
    }
  }

  /// What the kernel knows of the open file.
  package borrowing func info() throws(SystemError) -> FileInfo {
    var info = clinux_stat()
    guard unsafe clinux_fstat(rawValue, &info) == 0 else {
      throw .current("fstat", "descriptor \(rawValue)")
    }
    return FileInfo(info)
  }

  /// Whether something can be read, or the other end has gone, within `timeout` (nil: for ever).
  package borrowing func waitUntilReadable(timeout: Duration?) -> Bool {
    clinux_poll_one(rawValue, 0, timeout?.pollMilliseconds ?? -1) > 0
  }

  /// Reads once into `bytes` from index `start` on.
  private borrowing func fill(
    _ bytes: inout [UInt8], from start: Int
  ) throws(SystemError) -> Int {
    while true {
      let answer = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(
          rawValue, buffer.baseAddress?.advanced(by: start), buffer.count - start)
      }
      if answer >= 0 { return answer }
      if errno != EINTR { throw .current("read", "descriptor \(rawValue)") }
    }
  }
}

/// The two ends of a pipe.
package struct Pipe: ~Copyable {
  package let readEnd: FileDescriptor
  package let writeEnd: FileDescriptor

  package init() throws(SystemError) {
    var ends: (CInt, CInt) = (-1, -1)
    let answer = unsafe withUnsafeMutableBytes(of: &ends) { buffer in
      unsafe clinux_pipe(buffer.baseAddress?.assumingMemoryBound(to: CInt.self))
    }
    guard answer == 0 else { throw .current("pipe", "") }
    readEnd = FileDescriptor(owning: ends.0)
    writeEnd = FileDescriptor(owning: ends.1)
  }
}

extension Duration {
  /// Whole milliseconds, rounded up, as poll(2) and epoll_wait(2) take them.
  var pollMilliseconds: CInt {
    let nanoseconds = max(0, nanosecondCount)
    return CInt(clamping: (nanoseconds + 999_999) / 1_000_000)
  }

  /// Nanoseconds, saturated.
  package var nanosecondCount: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
    return carry ? (seconds < 0 ? .min : .max) : sum
  }
}
