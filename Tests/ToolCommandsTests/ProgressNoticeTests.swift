import Foundation
import LinuxSystem
import Output
import Testing
import TraceRuntime

@testable import CommandSession

/// How far attaching has come, as a terminal shows it.
@Suite struct ProgressNoticeTests {
  /// Nanoseconds that the tests let go by.
  private final class Time {
    var now: UInt64 = 7_000_000_000
  }

  @Test func showsNothingForHalfASecondThenAtMostTenNoticesASecond() throws {
    let terminal = try PseudoTerminal()
    let time = Time()
    let notice = ProgressNotice(on: try OutputFile.create(terminal.path)) { time.now }
    for step in 1...10 {
      time.now += 60_000_000
      notice.show(progress(step))
    }
    notice.remove()
    #expect(
      try terminal.received()
        == "\rAttaching 9/100 probes\r\u{1b}[K")
    notice.remove()
    #expect(try terminal.received() == "")
  }

  @Test func writesOneNoticeOverTheOther() throws {
    let terminal = try PseudoTerminal()
    let time = Time()
    let notice = ProgressNotice(on: try OutputFile.create(terminal.path)) { time.now }
    for step in [40, 80] {
      time.now += 600_000_000
      notice.show(progress(step))
    }
    #expect(
      try terminal.received() == "\rAttaching 40/100 probes\rAttaching 80/100 probes")
  }

  @Test func goesAwayBeforeAnythingElseIsWritten() throws {
    let terminal = try PseudoTerminal()
    let file = try OutputFile.create(terminal.path)
    let time = Time()
    let notice = ProgressNotice(on: file) { time.now }
    let sink = FileSink(output: file, messages: file, clear: notice.remove)
    time.now += 600_000_000
    notice.show(progress(40))
    var page = Page()
    page.messages = Array("Attached 40 probes\n".utf8)
    try sink.write(page)
    try sink.flush()
    notice.remove()
    #expect(
      try terminal.received() == "\rAttaching 40/100 probes\r\u{1b}[KAttached 40 probes\r\n")
  }

  @Test func showsNothingWhereThereIsNoTerminal() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let time = Time()
    let notice = ProgressNotice(on: try OutputFile.create(path)) { time.now }
    time.now += 3_000_000_000
    notice.show(progress(50))
    notice.remove()
    #expect(try Data(contentsOf: URL(filePath: path)).isEmpty)
  }

  private func progress(_ attached: Int) -> AttachProgress {
    var progress = AttachProgress(total: 100)
    progress.attached = attached
    return progress
  }
}

/// A terminal whose other side is ours.
private final class PseudoTerminal {
  private let ours: CInt
  /// Where programs open it.
  let path: String

  struct Failure: Error {}

  init() throws {
    ours = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK)
    guard ours >= 0 else { throw Failure() }
    var (isLocked, number): (CInt, CInt) = (0, 0)
    let isReady = unsafe ioctl(ours, Self.lock, &isLocked) == 0
    guard unsafe isReady && ioctl(ours, Self.number, &number) == 0 else { throw Failure() }
    path = "/dev/pts/\(number)"
  }

  /// `TIOCSPTLCK` and `TIOCGPTN`.
  private static let (lock, number): (UInt, UInt) = (0x4004_5431, 0x8004_5430)

  deinit { close(ours) }

  /// What was written to it since the last call.
  ///
  /// The kernel hands it over in its own time, but in order: what comes before a mark of ours is all of it.
  func received() throws -> String {
    let terminal = unsafe open(path, O_WRONLY | O_NOCTTY)
    guard terminal >= 0 else { throw Failure() }
    defer { close(terminal) }
    var mark = Self.mark
    guard unsafe write(terminal, &mark, 1) == 1 else { throw Failure() }
    var received: [UInt8] = []
    while received.last != Self.mark {
      var waited = pollfd(fd: ours, events: Int16(POLLIN), revents: 0)
      var bytes = [UInt8](repeating: 0, count: 4096)
      guard unsafe poll(&waited, 1, 60_000) == 1 else { throw Failure() }
      let count = unsafe read(ours, &bytes, bytes.count)
      guard count > 0 else { throw Failure() }
      received += bytes.prefix(count)
    }
    return String(decoding: received.dropLast(), as: UTF8.self)
  }

  /// A byte that no notice has.
  private static let mark: UInt8 = 0x01
}
