import Glibc
import LinuxSystem
import Testing

@Suite struct EventTests {
  @Test func tellsWhichDescriptorIsReady() throws {
    let poll = try EventPoll()
    let (first, second) = (try Box(), try Box())
    try poll.add(first.pipe.readEnd, token: 1)
    try poll.add(second.pipe.readEnd, token: .max)
    #expect(try poll.wait(timeout: .zero) == [])
    try second.pipe.writeEnd.write([1])
    let events = try poll.wait(timeout: .seconds(10))
    #expect(events.map(\.token) == [.max])
    #expect(events.first?.isReadable == true)
    try poll.remove(second.pipe.readEnd)
    #expect(try poll.wait(timeout: .zero) == [])
  }

  private final class Box {
    let pipe: Pipe
    init() throws { pipe = try Pipe() }
  }

  @Test func tellsThatTheOtherEndHasGone() throws {
    let poll = try EventPoll()
    let reader: FileDescriptor
    do {
      let pipe = try Pipe()
      reader = try pipe.readEnd.duplicate()
    }
    try poll.add(reader, token: 5)
    #expect(try poll.wait(timeout: .seconds(10)).first?.isHangup == true)
  }

  @Test func waitsForTheTimeout() throws {
    let poll = try EventPoll()
    let start = Clock.monotonic.now
    #expect(try poll.wait(timeout: .milliseconds(30)) == [])
    #expect(Clock.monotonic.now - start >= 30_000_000)
  }

  @Test func refusesADescriptorThatCannotBeWatched() throws {
    let poll = try EventPoll()
    let file = try FileDescriptor(opening: "/etc/passwd")
    var failure: SystemError?
    do { try poll.add(file, token: 1) } catch { failure = error }
    #expect(failure?.errno == EPERM)
  }

  @Test func firesATimerAgainAndAgain() throws {
    let timer = try TimerDescriptor()
    #expect(try timer.expirations() == 0)
    try timer.arm(after: .zero, every: .milliseconds(1))
    var count: UInt64 = 0
    while count < 3 {
      #expect(timer.descriptor.waitUntilReadable(timeout: .seconds(10)) == true)
      count += try timer.expirations()
    }
    try timer.disarm()
    _ = try timer.expirations()
    #expect(timer.descriptor.waitUntilReadable(timeout: .milliseconds(10)) == false)
  }

  @Test func firesATimerOnce() throws {
    let timer = try TimerDescriptor(.boot)
    try timer.arm(after: .microseconds(10))
    #expect(timer.descriptor.waitUntilReadable(timeout: .seconds(10)) == true)
    #expect(try timer.expirations() == 1)
    #expect(timer.descriptor.waitUntilReadable(timeout: .milliseconds(10)) == false)
  }

  @Test func receivesASignalAsData() throws {
    let signals = try SignalDescriptor([.user1, .user2])
    #expect(try signals.next() == nil)
    pthread_kill(pthread_self(), SIGUSR1)
    #expect(signals.descriptor.waitUntilReadable(timeout: .seconds(10)) == true)
    let delivery = try signals.next()
    #expect(delivery?.signal == .user1)
    #expect(delivery?.sender == getpid())
    #expect(try signals.next() == nil)
  }

  @Test func restoresTheSignalMask() throws {
    func blocked() -> Bool {
      var set = sigset_t()
      unsafe pthread_sigmask(SIG_BLOCK, nil, &set)
      return unsafe sigismember(&set, SIGHUP) == 1
    }
    // Threads of the test runner have everything blocked.
    var (hangup, before) = (sigset_t(), sigset_t())
    unsafe sigaddset(&hangup, SIGHUP)
    unsafe pthread_sigmask(SIG_UNBLOCK, &hangup, &before)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
    do {
      let signals = try SignalDescriptor([.hangup])
      #expect(blocked())
      _ = try signals.next()
    }
    #expect(!blocked())
  }

  @Test func namesSignals() {
    #expect(Signal.kill.text == "Killed")
    #expect(Signal(rawValue: 99).text == nil)
  }

  @Test func countsEvents() throws {
    let event = try FileDescriptor.event(initial: 2)
    #expect(try event.read(upTo: 8) == [2, 0, 0, 0, 0, 0, 0, 0])
    #expect(event.waitUntilReadable(timeout: .zero) == false)
  }
}
