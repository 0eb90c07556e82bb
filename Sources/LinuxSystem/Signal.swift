internal import CLinux
internal import Glibc

/// A signal by its number.
package struct Signal: RawRepresentable, Hashable, Sendable {
  package let rawValue: CInt
  package init(rawValue: CInt) { self.rawValue = rawValue }

  package static let hangup = Signal(rawValue: SIGHUP)
  package static let interrupt = Signal(rawValue: SIGINT)
  package static let quit = Signal(rawValue: SIGQUIT)
  package static let kill = Signal(rawValue: SIGKILL)
  package static let user1 = Signal(rawValue: SIGUSR1)
  package static let user2 = Signal(rawValue: SIGUSR2)
  package static let pipe = Signal(rawValue: SIGPIPE)
  package static let terminate = Signal(rawValue: SIGTERM)
  package static let childChanged = Signal(rawValue: SIGCHLD)
  package static let `continue` = Signal(rawValue: SIGCONT)
  package static let stop = Signal(rawValue: SIGSTOP)

  /// What strsignal(3) says without locale, for example "Killed" for 9; nil for unknown numbers.
  package var text: String? {
    guard let text = unsafe clinux_signal_description(rawValue) else { return nil }
    return unsafe String(cString: text)
  }

  /// The constant of a signal, for example "SIGKILL"; nil for unknown numbers.
  package var name: String? {
    guard let name = unsafe clinux_signal_name(rawValue) else { return nil }
    return unsafe "SIG" + String(cString: name)
  }

  /// The signal of a name, `KILL` or `SIGKILL`; nil if there is none.
  package init?(named name: String) {
    let short = name.hasPrefix("SIG") ? String(name.dropFirst(3)) : name
    let number = (CInt(1)..<32).first { number in
      guard let known = unsafe clinux_signal_name(number) else { return false }
      return unsafe String(cString: known) == short
    }
    guard let number else { return nil }
    self.init(rawValue: number)
  }

  fileprivate var bit: UInt64 { 1 << UInt64(rawValue - 1) }
}

/// A descriptor that is readable when one of some signals has come; these interrupt nothing else.
///
/// The signals are blocked in the calling thread, and in threads started later, as long as the
/// value lives.
package struct SignalDescriptor: ~Copyable {
  /// One signal as it arrived.
  package struct Delivery: Hashable, Sendable {
    package let signal: Signal
    /// The process that sent it, 0 if the kernel did.
    package let sender: Int32
  }

  package let descriptor: FileDescriptor
  private let previousMask: UInt64

  package init(_ signals: [Signal]) throws(SystemError) {
    var previous: UInt64 = 0
    let mask = signals.reduce(0) { $0 | $1.bit }
    let number = unsafe clinux_signalfd(mask, &previous)
    guard number >= 0 else { throw .current("signalfd", "") }
    descriptor = FileDescriptor(owning: number)
    previousMask = previous
  }

  deinit { _ = clinux_set_signal_mask(previousMask) }

  /// The next signal that has arrived; nil if there is none.
  package borrowing func next() throws(SystemError) -> Delivery? {
    var signal = clinux_signal()
    let answer = unsafe clinux_signalfd_read(descriptor.rawValue, &signal)
    guard answer >= 0 else { throw .current("read", "signalfd") }
    guard answer == 1 else { return nil }
    return Delivery(signal: Signal(rawValue: signal.signal), sender: signal.sender)
  }
}
