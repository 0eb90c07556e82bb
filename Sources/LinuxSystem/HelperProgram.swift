internal import CLinux
internal import Glibc

/// Running another program to its end.
package enum HelperProgram {
  /// What a finished program left.
  package struct Outcome: Hashable, Sendable {
    package let status: ChildStatus
    package let output: [UInt8]
    package let errors: [UInt8]

    package var succeeded: Bool { status == .exited(0) }
    package var outputText: String { String(decoding: output, as: UTF8.self) }
    package var errorText: String { String(decoding: errors, as: UTF8.self) }
  }

  /// Runs `program`, feeds it `input`, and collects what it writes.
  ///
  /// - Parameters:
  ///   - program: A path, or a name that is looked for in PATH.
  ///   - environment: `NAME=value` strings; ours unless given.
  ///   - confinement: What it gives up; nothing unless given.
  /// - Throws: When the program cannot be started, or uses up what its confinement allows (ETIMEDOUT,
  ///   EFBIG); its own failure is in the outcome.
  package static func run(
    _ program: String, _ arguments: [String], input: [UInt8] = [], environment: [String]? = nil,
    confinement: Confinement? = nil
  ) throws(SystemError) -> Outcome {
    guard let path = ExecutableSearch.first(program) else { throw .noEntry("exec", program) }
    let stdin = try FileDescriptor.memory(named: "input")
    try stdin.write(input)
    guard clinux_rewind(stdin.rawValue) == 0 else { throw .current("lseek", "input") }
    let output = try Stream()
    let errors = try Stream()
    var child = try ChildProcess(
      program: path, arguments: arguments, environment: environment, isHeld: false,
      streams: .init(
        input: stdin.rawValue, output: output.writeEnd, errors: errors.writeEnd),
      confinement: confinement)
    output.closeWriteEnd()
    errors.closeWriteEnd()
    try child.awaitExecution()
    let start = Clock.monotonic.now
    while output.isOpen || errors.isOpen {
      var wait: CInt = -1
      if let confinement {
        let left =
          Int64(confinement.seconds) * 1000 - Int64((Clock.monotonic.now - start) / 1_000_000)
        let size = output.bytes.count + errors.bytes.count
        guard left > 0, size <= confinement.mostOutput else {
          child.killGroup()
          _ = try child.wait()
          throw SystemError(
            operation: "run", subject: program, errno: left > 0 ? EFBIG : ETIMEDOUT)
        }
        wait = CInt(clamping: left)
      }
      let ready = clinux_poll_two(output.readEnd, errors.readEnd, wait)
      guard ready >= 0 || Glibc.errno == EINTR else { throw .current("poll", program) }
      guard ready > 0 else { continue }
      if ready & 1 != 0 { try output.collect() }
      if ready & 2 != 0 { try errors.collect() }
    }
    return Outcome(status: try child.wait(), output: output.bytes, errors: errors.bytes)
  }

  /// One pipe from the program and what has come through it.
  private final class Stream {
    private(set) var bytes: [UInt8] = []
    private var reading: FileDescriptor?
    private var writing: FileDescriptor?

    init() throws(SystemError) {
      let ends = try Pipe()
      reading = consume ends.readEnd
      writing = consume ends.writeEnd
    }

    var isOpen: Bool { reading != nil }
    var readEnd: CInt { reading?.rawValue ?? -1 }
    var writeEnd: CInt { writing?.rawValue ?? -1 }

    func closeWriteEnd() { writing = nil }

    func collect() throws(SystemError) {
      guard let chunk = try reading?.read(upTo: 64 * 1024) else { return }
      if chunk.isEmpty { reading = nil } else { bytes.append(contentsOf: chunk) }
    }
  }
}
