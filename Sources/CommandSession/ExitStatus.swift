package import LinuxSystem
package import TraceRuntime

/// How `bt-tool` ends. Its numbers stand here and nowhere else.
package enum ExitStatus: Hashable, Sendable {
  case success
  /// Whatever no other case is about.
  case failure
  case usage
  case losses
  case permission
  case kernel
  case rejected
  case notAttached
  /// What `exec` was given cannot be executed.
  case notExecutable
  /// What `exec` was given is not there.
  case notThere
  /// The run was ended by a signal.
  case signal(Signal)
  /// What a script gave to `exit()`.
  case script(Int32)

  /// The number that the shell sees.
  package var number: Int32 {
    switch self {
    case .success: 0
    case .failure: 1
    case .usage: 2
    case .losses: 3
    case .permission: 4
    case .kernel: 5
    case .rejected: 6
    case .notAttached: 7
    case .notExecutable: 126
    case .notThere: 127
    case .signal(let signal): 128 + signal.rawValue
    case .script(let number): number
    }
  }

  /// Those of a number of their own, with what they say, as the manual lists them.
  package static let documented: [(status: ExitStatus, meaning: String)] = [
    (
      .success,
      "The tool ran, or what was asked for was shown. Ending a tool by a first SIGINT (Ctrl-C), "
        + "SIGTERM or SIGHUP is no failure, nor is a command of `-c` that fails."
    ),
    (
      .failure,
      "Anything that no other number is for: a file cannot be read or written, a script does not "
        + "compile, a process does not exist."
    ),
    (.usage, "There is no such tool or option, or a value is none."),
    (
      .losses,
      "With `--strict`: something was lost, so that what was shown is not everything: events that found no "
        + "room, elements that a full map refused, or firings of a probe that the kernel missed. The table at "
        + "the end says what."
    ),
    (
      .permission,
      "This process may not trace: a capability is missing, or a container, a filter of system calls "
        + "or the kernel's lockdown forbids it."
    ),
    (.kernel, "The kernel lacks a feature, type information, or an argument of a tracepoint."),
    (.rejected, "The kernel refuses to load a program."),
    (.notAttached, "A probe is not there, or the kernel refuses to attach it."),
    (.notExecutable, "What `exec` was given cannot be executed."),
    (.notThere, "What `exec` was given is not there."),
    (.signal(.hangup), "A second SIGHUP came while the run was ending."),
    (.signal(.interrupt), "A second SIGINT came while the run was ending."),
    (.signal(.pipe), "Nobody reads the output any more."),
    (.signal(.terminate), "A second SIGTERM came while the run was ending."),
  ]
}

extension ExitStatus {
  /// What tells that a run failed for this reason.
  package init(_ error: SessionError) {
    self =
      switch error.obstacle {
      case .permission: .permission
      case .kernel: .kernel
      case .program: .rejected
      case .attachment: .notAttached
      case .usage: .usage
      case .signal(let signal): .signal(signal)
      case .other: .failure
      }
  }
}
