internal import LinuxSystem
internal import Output
internal import SystemText

extension EventHandler {
  /// `system`: runs a command in the shell and shows what it wrote; waits for its end.
  func runCommand(_ command: [UInt8]) {
    outlet.flush()
    do {
      let outcome = try HelperProgram.run(
        "/bin/sh", ["-c", String(systemBytes: command)])
      if !outcome.errors.isEmpty { outlet.emit(.childMessages(outcome.errors)) }
      guard outcome.succeeded else {
        if !outcome.output.isEmpty { outlet.emit(.text(.system, outcome.output)) }
        return outlet.emit(.message(.error, outcome.complaint))
      }
      outlet.emit(.text(.system, outcome.output))
    } catch {
      outlet.emit(.message(.error, "failed to run a command (\(error.reason))"))
    }
  }
}

extension HelperProgram.Outcome {
  /// How a command failed.
  fileprivate var complaint: String {
    switch status {
    case .exited(let code): "command exited with code \(code)"
    case .signalled(let signal): "command was ended by signal \(signal.rawValue)"
    }
  }
}
