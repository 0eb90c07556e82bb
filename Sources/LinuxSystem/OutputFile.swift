internal import SystemText

/// Text and bytes on their way to a descriptor, buffered as asked.
///
/// Waits where a nonblocking descriptor is full. What a failed write could not deliver is dropped,
/// so that the next call starts afresh; a broken pipe is an error only if SIGPIPE is ignored
/// (`CurrentProcess.ignore(.pipe)`).
package final class OutputFile {
  /// When bytes leave the buffer.
  package enum Buffering: String, Sendable, CaseIterable {
    /// After each write.
    case none
    /// After each write that contains the end of a line, up to the last one.
    case line
    /// When 64 KiB are there.
    case full
  }

  private static let capacity = 64 * 1024

  package var buffering: Buffering
  private let descriptor: FileDescriptor
  private var buffer: [UInt8] = []

  package init(_ descriptor: consuming FileDescriptor, buffering: Buffering) {
    self.descriptor = descriptor
    self.buffering = buffering
  }

  /// Standard output; line by line on a terminal and in full buffers elsewhere unless said
  /// otherwise.
  package static func standardOutput(_ buffering: Buffering? = nil) -> OutputFile {
    let isTerminal = Terminal.isTerminal(.standardOutput)
    return OutputFile(.standardOutput, buffering: buffering ?? (isTerminal ? .line : .full))
  }

  /// Standard error, unbuffered.
  package static func standardError() -> OutputFile {
    OutputFile(.standardError, buffering: .none)
  }

  /// Creates or truncates `path`.
  package static func create(
    _ path: String, buffering: Buffering = .full
  ) throws(SystemError) -> OutputFile {
    OutputFile(try FileDescriptor(opening: path, .create), buffering: buffering)
  }

  package var isTerminal: Bool { Terminal.isTerminal(descriptor) }

  /// The number of bytes that wait in the buffer.
  package var pendingByteCount: Int { buffer.count }

  package func write(_ text: String) throws(SystemError) {
    let start = buffer.count
    buffer.append(systemBytesOf: text)
    try settle(addedCount: buffer.count - start)
  }

  package func write(_ bytes: [UInt8]) throws(SystemError) {
    buffer.append(contentsOf: bytes)
    try settle(addedCount: bytes.count)
  }

  /// Writes what is in the buffer.
  package func flush() throws(SystemError) {
    guard !buffer.isEmpty else { return }
    defer { buffer.removeAll(keepingCapacity: true) }
    try descriptor.write(buffer)
  }

  private func settle(addedCount: Int) throws(SystemError) {
    switch buffering {
    case .none:
      try flush()
    case .line:
      guard let end = buffer.suffix(addedCount).lastIndex(of: UInt8(ascii: "\n")) else {
        if buffer.count >= Self.capacity { try flush() }
        return
      }
      let rest = Array(buffer[(end + 1)...])
      buffer.removeLast(rest.count)
      defer { buffer.append(contentsOf: rest) }
      try flush()
    case .full:
      if buffer.count >= Self.capacity { try flush() }
    }
  }
}
