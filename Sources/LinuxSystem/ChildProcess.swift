internal import CLinux
internal import Glibc

/// How a process ended.
package enum ChildStatus: Hashable, Sendable {
  case exited(Int32)
  case signalled(Signal)

  fileprivate init(_ exit: clinux_exit) {
    self = exit.how == 0 ? .exited(exit.value) : .signalled(Signal(rawValue: exit.value))
  }
}

/// A program that we start: held before its first instruction, released, awaited.
///
/// A held child is a fork of ours that waits for `release()`; its process id is already the one the
/// program will have. A child that is never released ends without running anything.
package struct ChildProcess: ~Copyable {
  /// Its process id; not reused before the child is reaped.
  package let id: Int32
  /// Readable once the child has ended.
  package let exitDescriptor: FileDescriptor
  /// How it ended, once it has been reaped.
  package private(set) var status: ChildStatus?
  private let program: String
  private var releaseEnd: FileDescriptor?
  private var errorEnd: FileDescriptor?

  /// Which descriptors a child gets; nil: ours.
  struct Streams {
    var input: CInt = -1
    var output: CInt = -1
    var errors: CInt = -1
  }

  /// Forks a child that will run `program` with `arguments` when it is released.
  ///
  /// - Parameters:
  ///   - program: A path; see `ExecutableSearch`.
  ///   - arguments: Without the program's name, which is passed as the zeroth.
  ///   - environment: `NAME=value` strings; ours unless given.
  package init(
    holding program: String, arguments: [String], environment: [String]? = nil
  ) throws(SystemError) {
    try self.init(
      program: program, arguments: arguments, environment: environment, isHeld: true,
      streams: Streams(), confinement: nil)
  }

  init(
    program: String, arguments: [String], environment: [String]?, isHeld: Bool, streams: Streams,
    confinement: Confinement?
  ) throws(SystemError) {
    let child = try Self.start(program, arguments, environment, isHeld, streams, confinement)
    self.init(program, child, isHeld)
  }

  /// Takes over what `start` made. On its own because Swift 6.2 would, in an initialiser that also
  /// throws, destroy the descriptors before there are any.
  private init(
    _ program: String,
    _ child: (process: Int32, pidfd: CInt, releaseEnd: CInt, errorEnd: CInt), _ isHeld: Bool
  ) {
    self.program = program
    id = child.process
    exitDescriptor = FileDescriptor(owning: child.pidfd)
    releaseEnd = isHeld ? FileDescriptor(owning: child.releaseEnd) : nil
    errorEnd = FileDescriptor(owning: child.errorEnd)
  }

  /// Forks; the result's descriptors belong to nobody yet.
  private static func start(
    _ program: String, _ arguments: [String], _ environment: [String]?, _ isHeld: Bool,
    _ streams: Streams, _ confinement: Confinement?
  ) throws(SystemError) -> (process: Int32, pidfd: CInt, releaseEnd: CInt, errorEnd: CInt) {
    var child = clinux_child()
    let answer = unsafe CStringList([program] + arguments).withPointers { words in
      unsafe CStringList(environment ?? Environment.all).withPointers { variables in
        unsafe program.withSystemCString { path in
          unsafe Confinement.withPointer(confinement) { confinement in
            unsafe clinux_spawn(
              path, words, variables, isHeld ? 1 : 0, streams.input, streams.output,
              streams.errors, confinement, &child)
          }
        }
      }
    }
    guard answer == 0 else { throw .current("fork", program) }
    let pidfd = clinux_pidfd_open(child.pid)
    if pidfd < 0 {
      let error = SystemError.current("pidfd_open", "process \(child.pid)")
      for end in [child.release_fd, child.error_fd] where end >= 0 { close(end) }
      kill(child.pid, SIGKILL)
      var exit = clinux_exit()
      _ = unsafe clinux_wait(child.pid, 1, &exit)
      throw error
    }
    return (child.pid, pidfd, child.release_fd, child.error_fd)
  }

  deinit {
    guard status == nil else { return }
    _ = kill(id, releaseEnd == nil ? SIGTERM : SIGKILL)
    if releaseEnd != nil {
      var exit = clinux_exit()
      _ = unsafe clinux_wait(id, 1, &exit)
    }
  }

  /// Whether the child still waits for `release()`.
  package var isHeld: Bool { releaseEnd != nil }

  /// Lets a held child run its program.
  ///
  /// - Throws: Why the program could not be executed; the child has ended and is reaped then.
  package mutating func release() throws(SystemError) {
    guard let end = releaseEnd.take() else { return }
    do {
      try end.write([1])
    } catch {
      // The child is gone already; its status tells how.
      guard error.isBrokenPipe else { throw error }
    }
    try awaitExecution()
  }

  /// Waits until exec has succeeded, or throws why it failed.
  mutating func awaitExecution() throws(SystemError) {
    guard let end = errorEnd.take() else { return }
    let answer = try end.readToEnd()
    guard answer.count >= 4 else { return }
    let number = answer.prefix(4).enumerated().reduce(UInt32(0)) {
      $0 | UInt32($1.element) << UInt32(8 * $1.offset)
    }
    _ = try wait()
    throw SystemError(
      operation: "exec", subject: program, errno: CInt(bitPattern: UInt32(littleEndian: number)))
  }

  /// Collects the child if it has ended.
  ///
  /// - Returns: How it ended; nil while it runs.
  package mutating func reap() throws(SystemError) -> ChildStatus? {
    try collect(waiting: false)
  }

  /// Waits for the end of the child.
  package mutating func wait() throws(SystemError) -> ChildStatus {
    guard let status = try collect(waiting: true) else {
      throw SystemError(operation: "waitid", subject: program, errno: ECHILD)
    }
    return status
  }

  /// Sends a signal to a child that has not been reaped.
  package borrowing func send(_ signal: Signal) throws(SystemError) {
    guard status == nil else { return }
    guard clinux_pidfd_send_signal(exitDescriptor.rawValue, signal.rawValue) == 0 else {
      throw .current("pidfd_send_signal", program)
    }
  }

  /// Ends a confined child, and what it has started, at once.
  borrowing func killGroup() {
    if status == nil { _ = clinux_kill_group(id) }
  }

  /// Asks the child to end (SIGTERM); does not wait.
  package borrowing func terminate() throws(SystemError) { try send(.terminate) }

  private mutating func collect(waiting: Bool) throws(SystemError) -> ChildStatus? {
    if let status { return status }
    var exit = clinux_exit()
    let answer = unsafe clinux_wait(id, waiting ? 1 : 0, &exit)
    guard answer >= 0 else { throw .current("waitid", program) }
    if answer == 1 { status = ChildStatus(exit) }
    return status
  }
}

/// A list of C strings with a null at its end, as exec takes it.
@safe
final class CStringList {
  private let storage: UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>

  init(_ strings: [String]) {
    unsafe storage = .allocate(capacity: strings.count + 1)
    unsafe storage.initialize(repeating: nil)
    for (index, string) in strings.enumerated() {
      unsafe storage[index] = string.withSystemCString { unsafe strdup($0) }
    }
  }

  deinit {
    for index in unsafe storage.indices { unsafe free(storage[index]) }
    unsafe storage.deallocate()
  }

  /// Lends the list for the time of the call.
  func withPointers<Result>(
    _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> Result
  ) -> Result {
    withExtendedLifetime(self) { unsafe body(storage.baseAddress) }
  }
}
