/// Where in the kernel or in user space a program is attached.
package enum AttachPoint: Hashable, Sendable {
  /// Run once before anything is attached, by the kernel's test-run command.
  case begin
  /// Run once after everything is detached, by the kernel's test-run command.
  case end
  /// Run when the command itself receives the signal of this name (`SIGUSR1`), by test-run.
  case selfSignal(String)
  case tracepoint(category: String, event: String)
  case rawTracepoint(event: String)
  /// The entry (or, for a return probe, the end) of a kernel function, or `offset` bytes into it.
  case kprobe(module: String?, function: String, offset: UInt64, isReturn: Bool)
  /// An address in the kernel.
  case kprobeAddress(UInt64)
  /// A file offset or symbol of a binary; `offset` counts from the symbol, or from the start of the
  /// file when there is none.
  case uprobe(path: String, symbol: String?, offset: UInt64, isReturn: Bool)
  /// A perf software event, each `period` events.
  case software(config: UInt64, period: UInt64)
  /// A perf hardware event, each `period` events.
  case hardware(config: UInt64, period: UInt64)
  /// On every CPU.
  case profile(Rate)
  /// On one CPU.
  case interval(Rate)

  /// How often a timer fires.
  package enum Rate: Hashable, Sendable {
    case hertz(UInt64)
    case nanoseconds(UInt64)
  }
}

/// One program of the object and where it goes.
package struct ProbeSpec: Hashable, Sendable {
  /// The program's symbol in the object.
  package var program: String
  /// As `probe` shows it: `tracepoint:sched:sched_switch`.
  package var name: String
  package var attachPoint: AttachPoint
  /// The load-time constant which decides whether the program is used at all: skipped without a word
  /// when the constant's value differs from `expected`.
  package var condition: Condition?
  /// Where the script says so.
  package var position: Int?

  package struct Condition: Hashable, Sendable {
    /// An index into the manifest's constants.
    package var constant: Int
    package var expected: Int64

    package init(constant: Int, expected: Int64) {
      self.constant = constant
      self.expected = expected
    }
  }

  package init(
    program: String, name: String, attachPoint: AttachPoint, condition: Condition? = nil,
    position: Int? = nil
  ) {
    self.program = program
    self.name = name
    self.attachPoint = attachPoint
    self.condition = condition
    self.position = position
  }
}
