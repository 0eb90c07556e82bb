import Glibc
import LinuxSystem
import Testing

@Suite struct BackgroundClosingTests {
  /// A pipe, whose reading end tells when nobody has the other any more.
  private func pipe() throws -> (reading: CInt, writing: CInt) {
    var ends: [CInt] = [-1, -1]
    let made = unsafe Glibc.pipe(&ends)
    try #require(made == 0)
    return (ends[0], ends[1])
  }

  private func isAtItsEnd(_ reading: CInt, within timeout: Duration) -> Bool {
    FileDescriptor(owning: dup(reading)).waitUntilReadable(timeout: timeout)
  }

  @Test func closesWhatThisProcessHasClosedToo() throws {
    let first = try pipe()
    let second = try pipe()
    guard var closing = BackgroundClosing([first.writing], then: [second.writing]) else {
      Issue.record("no process can be started")
      return
    }
    close(first.writing)
    close(second.writing)
    // The other process holds them and waits.
    #expect(!isAtItsEnd(first.reading, within: .milliseconds(20)))
    let isClosed = closing.begin(patience: .seconds(10))
    #expect(isClosed)
    #expect(isAtItsEnd(first.reading, within: .seconds(10)))
    #expect(isAtItsEnd(second.reading, within: .seconds(10)))
    close(first.reading)
    close(second.reading)
  }

  @Test func isMadeForManyAtATime() throws {
    var pipes: [(reading: CInt, writing: CInt)] = []
    for _ in 0..<300 { pipes.append(try pipe()) }
    guard var closing = BackgroundClosing(pipes.map(\.writing)) else {
      Issue.record("no process can be started")
      return
    }
    for pipe in pipes { close(pipe.writing) }
    let isClosed = closing.begin(patience: .seconds(10))
    #expect(isClosed)
    for pipe in pipes {
      #expect(isAtItsEnd(pipe.reading, within: .seconds(10)))
      close(pipe.reading)
    }
  }
}
