internal import LinuxSystem

/// The process whose end ends the run: a child of ours, or somebody else's process.
final class SessionTarget {
  private var child: ChildProcess?
  private let process: ProcessHandle?
  let id: Int32
  /// Of whichever of the two it is.
  private let exitDescriptor: CInt

  /// Makes a child that waits for `release()`.
  init(command: String) throws(SessionError) {
    let words: [String]
    do { words = try CommandWords.split(command) } catch {
      throw .command(command, .words(error))
    }
    guard let name = words.first else { throw .command(command, .empty) }
    guard let path = ExecutableSearch.first(name) else {
      throw .command(command, .notFound(name))
    }
    do {
      let child = try ChildProcess(holding: path, arguments: Array(words.dropFirst()))
      id = child.id
      exitDescriptor = child.exitDescriptor.rawValue
      self.child = consume child
    } catch {
      throw .command(command, .system(error))
    }
    process = nil
  }

  /// Holds on to a process that runs.
  init(process id: Int32) throws(SessionError) {
    do {
      let process = try ProcessHandle(id)
      exitDescriptor = process.exitDescriptor.rawValue
      self.process = consume process
    } catch { throw .target(id, error) }
    self.id = id
    child = nil
  }

  /// Lets a child run its program.
  func release() throws(SystemError) { try child?.release() }

  /// Reports the end of the process to `poll`.
  func watch(in poll: borrowing EventPoll, token: UInt64) throws(SystemError) {
    try poll.add(rawValue: exitDescriptor, token: token)
  }
}
