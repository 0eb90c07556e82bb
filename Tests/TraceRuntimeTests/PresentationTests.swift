import Foundation
import LinuxSystem
import MachineView
import Output
import Testing
import TraceModel

@testable import TraceRuntime

@Suite struct PresentationTests {
  let machine: SampleMachine

  init() throws {
    machine = try SampleMachine([
      "/etc/passwd": Array("root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/:/bin/sh\n".utf8),
      "/proc/sys/kernel/arch": Array("x86_64\n".utf8),
      "/proc/meminfo": Array("MemTotal:  24684096 kB\nCached:  2048 kB\nHugePages_Free:  3\n".utf8),
      "/proc/loadavg": Array("0.50 1.25 2.00 3/282 22724\n".utf8),
      "/proc/mounts": Array("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n".utf8),
      "/sys/fs/cgroup/system.slice/ssh.service/cgroup.procs": [],
    ])
  }

  private func show(
    _ presentation: Presentation, _ bytes: [UInt8], strings: [String] = []
  ) throws -> String {
    #expect(bytes.count == presentation.size)
    let value = try machine.decoder(strings: strings).decode(
      .presented(presentation), from: bytes.span)
    return String(decoding: value.text, as: UTF8.self)
  }

  @Test(arguments: [
    ("192.168.0.1", "192.168.0.1"), ("0.0.0.0", "0.0.0.0"), ("::", "::"), ("::1", "::1"),
    ("fe80::1", "fe80::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
    ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"),
    ("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"), ("::ffff:10.0.0.1", "::ffff:10.0.0.1"),
    ("FE80:0:0:0:ABCD::", "fe80::abcd:0:0:0"),
  ])
  func showsInternetAddresses(_ address: String, _ text: String) throws {
    let family = address.contains(":") ? AF_INET6 : AF_INET
    var bytes = [UInt8](repeating: 0, count: 16)
    #expect(unsafe inet_pton(family, address, &bytes) == 1)
    #expect(try show(.inet, [UInt8](of: UInt64(family)) + bytes) == text)
  }

  @Test func showsNothingForOtherFamilies() throws {
    #expect(try show(.inet, [UInt8](of: UInt64(17)) + [UInt8](repeating: 1, count: 16)) == "")
  }

  @Test func showsHardwareAddresses() throws {
    #expect(try show(.macAddress, [0, 0x1b, 0xff, 9, 0xa0, 0x0c]) == "00:1B:FF:09:A0:0C")
  }

  @Test func showsUsers() throws {
    #expect(try show(.userName, [UInt8](of: UInt64(1000))) == "alice")
    #expect(try show(.userName, [UInt8](of: UInt64(7))) == "")
  }

  @Test func showsMemory() throws {
    let strings = ["Cached", "HugePages_Free", "Nothing"]
    let shown = try strings.indices.map {
      try show(
        .memoryInformation, [UInt8](of: UInt64($0)) + [UInt8](of: UInt64($0 == 0 ? 1024 : 1)),
        strings: strings)
    }
    #expect(shown == ["2048", "3", "0"])
  }

  @Test func showsLoadAverages() throws {
    let shown = try [1, 5, 15, 2].map { try show(.loadAverage, [UInt8](of: UInt64($0))) }
    #expect(shown == ["0.50", "1.25", "2.00", ""])
  }

  @Test func showsSystemCalls() throws {
    #expect(try show(.systemCallName, [UInt8](of: UInt64(257))) == "openat")
    #expect(try show(.systemCallName, [UInt8](of: UInt64(462))) == "mseal")
    #expect(try show(.systemCallName, [UInt8](of: UInt64(400))) == "[unknown: 400]")
    #expect(try show(.systemCallName, [UInt8](of: Int64(-1))) == "[unknown: -1]")
  }

  /// A list of texts as programs write it.
  private func list(
    _ texts: String, length: Int? = nil, most: UInt32 = 0, quoted: UInt32 = 0
  ) throws -> String {
    let bytes = Array(texts.utf8)
    return try show(
      .textList(capacity: 32),
      [UInt8](of: UInt64(length ?? bytes.count)) + [UInt8](of: most) + [UInt8](of: quoted) + bytes
        + [UInt8](repeating: 0, count: 32 - bytes.count))
  }

  @Test func showsListsOfTexts() throws {
    #expect(try list("echo\0one two\0three\0") == "echo one two three")
    #expect(try list("echo\0\0three\0") == "echo  three")
    #expect(try list("") == "")
    #expect(try list("two\nlines\0") == "two\\nlines")
    #expect(try list("never ended") == "never ended")
  }

  @Test func quotesTheTextsOfALine() throws {
    #expect(
      try list("echo\0one two\0a\"b\\c\0", quoted: 1) == #""echo" "one two" "a\"b\\c""#)
  }

  @Test func showsThatTextsAreLeftOut() throws {
    #expect(try list("a\0b\0c\0", most: 2) == "a b ...")
    #expect(try list("a\0b\0c\0", most: 3) == "a b c")
    #expect(try list(String(repeating: "x", count: 32), length: 40).hasSuffix("xx ..."))
    #expect(try list("a\0", length: .max).hasSuffix(" ..."))
  }

  @Test func showsControlGroups() throws {
    let path = machine.root + "/sys/fs/cgroup/system.slice/ssh.service"
    let id = try FileSystem.info(of: path).inode
    func show(_ id: UInt64, filter: Int) throws -> String {
      try self.show(
        .cgroupPath, [UInt8](of: id) + [UInt8](of: UInt64(filter)),
        strings: ["*", "unif*", "cpu"])
    }
    #expect(try show(id, filter: 0) == "unified:/system.slice/ssh.service")
    #expect(try show(id, filter: 1) == "unified:/system.slice/ssh.service")
    #expect(try show(id, filter: 2) == "")
    #expect(throws: DecodingError.badIndex(3, of: "string")) { try show(id, filter: 3) }
  }

  @Test func showsTimesOfDay() throws {
    // 1,000 ns after a multiple of a second, since that is how far the clocks are apart.
    let moment = UInt64(1_700_000_000) * 1_000_000_000 + 123_456_789 - 1000
    let shown = try show(
      .timestamp(.boot), [UInt8](of: moment) + [UInt8](of: UInt64(1)),
      strings: ["", "%s|%f|%l|%k|%%f"])
    #expect(shown == "1700000000|123456|123|123456789|%f")
    let tai = try show(
      .timestamp(.tai), [UInt8](of: moment) + [UInt8](of: UInt64(0)), strings: ["%s %k"])
    #expect(tai == "1699999963 123455789")
    #expect(Presenter.time(-1, format: "%H:%M:%S.%k", inUTC: true) == "23:59:59.999999999")
  }

  @Test func showsSymbols() throws {
    #expect(try show(.kernelSymbol, [UInt8](of: UInt64(0x1004))) == "vfs_read")
    #expect(try show(.kernelSymbol, [UInt8](of: UInt64(0x5000))) == "0x5000")
    #expect(
      try show(
        .userSymbol, [UInt8](of: UInt64(0x401)) + [UInt8](of: Int32(77)) + [9, 9, 9, 9])
        == "main_77")
  }

  @Test func showsStacks() throws {
    let frames = [UInt8](of: UInt64(0x1001)) + [UInt8](of: UInt64(0x99))
    #expect(
      try show(.kernelStack(.bpftrace, limit: 2), [UInt8](of: UInt64(2)) + frames)
        == "\n        vfs_read+1\n        0x99\n")
    #expect(
      try show(.kernelStack(.raw, limit: 2), [UInt8](of: UInt64(1)) + frames) == "\n1001\n")
    let user = [UInt8](of: UInt64(1)) + [UInt8](of: UInt64(5)) + frames
    #expect(
      try show(.userStack(.perf, limit: 2), user) == "\n\t1001 main_5+1 (/bin/x)\n")
    let place =
      [UInt8](of: UInt32(1)) + [UInt8](repeating: 0xab, count: 20) + [UInt8](of: UInt64(0x1001))
    let unknown =
      [UInt8](of: UInt32(2)) + [UInt8](repeating: 0, count: 20) + [UInt8](of: UInt64(0x99))
    #expect(
      try show(
        .userStack(.buildID, limit: 2),
        [UInt8](of: UInt64(2)) + [UInt8](of: UInt64(5)) + place + unknown)
        == "\n" + String(repeating: "ab", count: 20) + " 0x1001\n99\n")
  }

  @Test func showsStacksThatAreStillToBeUnwound() throws {
    var bytes = [UInt8](of: UInt64(8)) + [UInt8](of: UInt64(5))
    bytes += [UInt8](repeating: 0, count: Presentation.registerBytes + 8)
    let kind = Presentation.unwoundStack(.raw, limit: 2, capacity: 8)
    #expect(bytes.count == kind.size)
    bytes[16 + 128] = 0x77  // the instruction pointer
    #expect(try show(kind, bytes) == "\n77\n8\n")
  }

  @Test func takesAFailedStackForAnEmptyOne() throws {
    let frames = [UInt8](repeating: 0xff, count: 16)
    #expect(try show(.kernelStack(.bpftrace, limit: 2), [UInt8](of: Int64(-14)) + frames) == "\n")
    // A number of frames beyond the limit is cut to it.
    #expect(
      try show(.kernelStack(.raw, limit: 2), [UInt8](of: Int64.max) + frames)
        == "\nffffffffffffffff\nffffffffffffffff\n")
  }
}
