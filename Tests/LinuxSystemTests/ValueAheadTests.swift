import Glibc
import LinuxSystem
import Testing

@Suite struct ValueAheadTests {
  @Test func isThereForTheFirstWhoAsks() {
    let ahead = ValueAhead<Int>()
    #expect(ahead.take() == nil)
    ahead.begin { 7 }
    #expect(ahead.take() == 7)
    #expect(ahead.take() == nil)
  }

  @Test func isWaitedFor() throws {
    let pipe = try Pipe()
    let reader = dup(pipe.readEnd.rawValue)
    let ahead = ValueAhead<UInt8>()
    ahead.begin {
      let end = FileDescriptor(owning: reader)
      do { return try end.read(upTo: 1).first } catch { return nil }
    }
    try pipe.writeEnd.write([3])
    #expect(ahead.take() == 3)
  }

  /// There the scheduler would mostly begin it, and it would wait for the one that goes on.
  @Test func isNotMadeWhereWhoeverWantsItRuns() throws {
    @Sendable func allowedCPUs() throws -> Int {
      let status = try FileSystem.readText("/proc/thread-self/status")
      let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }
      let digits = try #require(line?.split(separator: "\t").last).filter { $0 != "," }
      return digits.reduce(0) { $0 + (UInt8(String($1), radix: 16)?.nonzeroBitCount ?? 0) }
    }
    let here = try allowedCPUs()
    let ahead = ValueAhead<Int>()
    ahead.begin { try? allowedCPUs() }
    #expect(ahead.take() == max(1, here - 1))
  }
}
