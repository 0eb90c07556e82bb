internal import CLinux
internal import Glibc

/// A process that somebody else started, held so that its id cannot come to mean another one.
package struct ProcessHandle: ~Copyable {
  package let id: Int32
  /// Readable once the process has ended.
  package let exitDescriptor: FileDescriptor

  /// - Throws: `SystemError` with ESRCH when there is no such process.
  package init(_ id: Int32) throws(SystemError) {
    let number = clinux_pidfd_open(id)
    guard number >= 0 else { throw .current("pidfd_open", "process \(id)") }
    self.id = id
    exitDescriptor = FileDescriptor(owning: number)
  }

  /// Whether the process has ended.
  package var hasExited: Bool { exitDescriptor.waitUntilReadable(timeout: .zero) }

  /// Sends a signal.
  package borrowing func send(_ signal: Signal) throws(SystemError) {
    guard clinux_pidfd_send_signal(exitDescriptor.rawValue, signal.rawValue) == 0 else {
      throw .current("pidfd_send_signal", "process \(id)")
    }
  }
}
