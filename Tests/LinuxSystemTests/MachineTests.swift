import Foundation
import LinuxSystem
import Testing

@Suite struct MachineTests {
  @Test func readsTheKernelsIdentity() throws {
    let kernel = KernelIdentity.current()
    #expect(
      try FileSystem.readText("/proc/sys/kernel/osrelease") == kernel.release + "\n")
    #expect(["x86_64", "aarch64"].contains(kernel.machine))
  }

  @Test(arguments: [
    ("0-3,5\n", [0, 1, 2, 3, 5]), ("0", [0]), ("", []), ("0-1,4-5", [0, 1, 4, 5]),
  ])
  func readsListsOfCPUs(_ text: String, _ cpus: [Int]) {
    #expect(CPUList.parse(text) == cpus)
  }

  @Test(arguments: ["a", "3-1", "-1", "1-2-3", "0-99999999"])
  func refusesOddListsOfCPUs(_ text: String) {
    #expect(CPUList.parse(text) == nil)
  }

  @Test func countsCPUs() throws {
    #expect(try Machine.onlineCPUs.count >= 1)
    #expect(try Machine.possibleCPUs.count >= Machine.onlineCPUs.count)
    #expect(Machine.pageSize >= 4096)
  }

  @Test func relatesTheClocks() {
    let offset = Clock.boot.offset(to: .realtime)
    let realtime = Int64(Clock.boot.now) + offset
    #expect(abs(realtime - Int64(Date().timeIntervalSince1970 * 1e9)) < 1_000_000_000)
    #expect(Clock.monotonic.now <= Clock.boot.now + 1_000_000)
    #expect(Clock.boot.offset(to: .boot).magnitude < 1_000_000_000)
    #expect(Clock.tai.now > 0)
  }

  @Test func formatsTimes() {
    #expect(
      CalendarTime.format("%Y-%m-%d %H:%M:%S", seconds: 86_399, inUTC: true)
        == "1970-01-01 23:59:59")
    #expect(CalendarTime.format("", seconds: 0) == "")
    #expect(CalendarTime.format("%%", seconds: 0, inUTC: true) == "%")
    #expect(CalendarTime.format(String(repeating: "%Y", count: 2000), seconds: 0) == nil)
    let offset = CalendarTime.secondsAheadOfUTC(at: 0)
    #expect(
      CalendarTime.format("%H:%M", seconds: 0)
        == CalendarTime.format("%H:%M", seconds: Int64(offset), inUTC: true))
  }

  @Test func namesUsers() throws {
    let users = UserNames(passwd: "root:x:0:0::/root:/bin/sh\nodd\nwww:x:33:33:::\nroot2:x:0:0:::")
    #expect(users.name(of: 0) == "root")
    #expect(users.name(of: 33) == "www")
    #expect(users.name(of: 1) == nil)
    #expect(try UserNames().name(of: 0) == "root")
  }

  @Test func readsTheEnvironment() throws {
    #expect(Environment["PATH"] == ProcessInfo.processInfo.environment["PATH"])
    #expect(Environment["NO_SUCH_VARIABLE"] == nil)
    #expect(Environment.all.contains { $0.hasPrefix("PATH=") })
  }

  @Test func knowsWhatIsNoTerminal() throws {
    let file = try FileDescriptor(opening: "/dev/null")
    #expect(Terminal.isTerminal(file) == false)
    #expect(Terminal.size(of: file) == nil)
  }
}
