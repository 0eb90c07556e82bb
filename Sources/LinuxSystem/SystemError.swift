internal import CLinux
internal import Glibc

/// A failed system call: what was being done, on what, and the kernel's answer.
package struct SystemError: Error, Equatable, Hashable, Sendable {
  /// The call or the step that failed, for example `perf_event_open`.
  package let operation: String
  /// What it was done on: a path, a probe, a process.
  package let subject: String
  /// The error number of errno.h.
  package let errno: CInt

  package init(operation: String, subject: String, errno: CInt) {
    self.operation = operation
    self.subject = subject
    self.errno = errno
  }

  /// The error that the calling thread's `errno` tells of; call it right after the failed call.
  package static func current(
    _ operation: String, _ subject: @autoclosure () -> String
  ) -> SystemError {
    let number = Glibc.errno
    return SystemError(operation: operation, subject: subject(), errno: number)
  }

  /// The kernel's answer in words, for example "No such file or directory".
  package var reason: String { Self.reason(of: errno) }

  /// strerror(3) of `number`.
  package static func reason(of number: CInt) -> String {
    guard let text = unsafe strerror(number) else { return "error \(number)" }
    return unsafe String(cString: text)
  }

  /// The constant of an error number, for example "ENOENT"; nil if no constant has that number.
  package static func name(of number: CInt) -> String? {
    guard let name = unsafe clinux_error_name(number) else { return nil }
    return unsafe String(cString: name)
  }
}

extension SystemError: CustomStringConvertible {
  package var description: String {
    subject.isEmpty ? "\(operation): \(reason)" : "\(operation) \(subject): \(reason)"
  }
}

extension SystemError {
  /// The file, process or object does not exist (ENOENT or ESRCH).
  package var isAbsence: Bool { errno == ENOENT || errno == ESRCH || errno == ENOTDIR }
  /// What was to be made is there already (EEXIST).
  package var isExistence: Bool { errno == EEXIST }
  /// The kernel refused for lack of privilege (EPERM or EACCES).
  package var isPermission: Bool { errno == EPERM || errno == EACCES }
  /// The kernel, or a filter of system calls, refused the call as such (EPERM, EACCES or ENOSYS).
  package var isRefusal: Bool { isPermission || errno == ENOSYS }
  /// The reader of a pipe has gone (EPIPE).
  package var isBrokenPipe: Bool { errno == EPIPE }

  package static func noEntry(_ operation: String, _ subject: String) -> SystemError {
    SystemError(operation: operation, subject: subject, errno: ENOENT)
  }

  package static func tooLarge(_ operation: String, _ subject: String) -> SystemError {
    SystemError(operation: operation, subject: subject, errno: EFBIG)
  }

  package static func invalid(_ operation: String, _ subject: String) -> SystemError {
    SystemError(operation: operation, subject: subject, errno: EINVAL)
  }
}
