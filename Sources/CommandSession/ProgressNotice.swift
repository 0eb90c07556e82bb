internal import LinuxSystem
internal import SystemText
internal import TraceRuntime

/// A line on a terminal that says how far attaching has come, while that lasts long.
final class ProgressNotice {
  private let file: OutputFile
  private let clock: () -> UInt64
  private let start: UInt64
  private var shown: UInt64?

  /// Nanoseconds before the first word, and between two.
  private static let patience: UInt64 = 500_000_000
  private static let pause: UInt64 = 100_000_000

  /// - Parameters:
  ///   - file: Shows nothing unless this is a terminal.
  ///   - clock: Nanoseconds since anything.
  init(on file: OutputFile, clock: @escaping () -> UInt64 = { Clock.monotonic.now }) {
    self.file = file
    self.clock = clock
    start = clock()
  }

  func show(_ progress: AttachProgress) {
    let now = clock()
    guard file.isTerminal, now - start >= Self.patience, now - (shown ?? 0) >= Self.pause else {
      return
    }
    shown = now
    write("\rAttaching \(progress.attached)/\(progress.total) probes")
  }

  func remove() {
    guard shown != nil else { return }
    shown = nil
    write("\r\u{1b}[K")
  }

  /// No run fails for the sake of a notice.
  private func write(_ text: String) {
    do throws(SystemError) {
      try file.write(text.systemBytes)
      try file.flush()
    } catch {}
  }
}
