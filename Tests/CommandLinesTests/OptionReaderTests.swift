import CommandLines
import Foundation
import MachineView
import Testing
import ToolLibrary
import TraceModel

/// Values of options, read by their kinds.
@Suite struct OptionReaderTests {
  private func read(
    _ texts: String..., kind: OptionKind, isList: Bool = false, named name: String = "x",
    columns: [ColumnSpec] = []
  ) throws -> OptionReading {
    try Self.read(texts, kind, isList, name, columns)
  }

  /// A machine with two disks, four CPUs and two users.
  private static let machine: (kernel: DirectoryMachine, userFile: String) = {
    let folder =
      NSTemporaryDirectory() + "option-reader-\(ProcessInfo.processInfo.processIdentifier)"
    let files = [
      "/proc/diskstats": "   8       0 sda 1 2\n   8       1 sda1 1 2\n 259       3 nvme0n1 0 0\n",
      "/proc/sys/kernel/arch": "x86_64\n",
      "/sys/devices/system/cpu/possible": "0-3\n",
      "/passwd": "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n",
    ]
    for (path, text) in files {
      let url = URL(fileURLWithPath: folder + path)
      try? FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try? Data(text.utf8).write(to: url)
    }
    return (DirectoryMachine(root: folder), folder + "/passwd")
  }()

  private static func read(
    _ texts: [String], _ kind: OptionKind, _ isList: Bool, _ name: String, _ columns: [ColumnSpec]
  ) throws -> OptionReading {
    var manifest = Manifest(script: "", producer: "", architecture: "x86_64")
    manifest.tables = [TableSpec(columns: columns)]
    let reader = OptionReader(for: manifest, on: machine.kernel, userFile: machine.userFile)
    let declaration = OptionDeclaration(words: [name], kind: kind, isList: isList)
    return try reader.read(
      texts,
      of: ToolOption(
        ScriptOption(
          name: name, defaultValue: kind.absentValue, description: "", declaration: declaration)))
  }

  private static let values: [(String, OptionKind, ScriptOption.Value)] = [
    ("7", .number(lowest: 0, highest: 9), .unsigned(7)),
    ("-7", .number(lowest: -9, highest: 9), .signed(-7)),
    ("0x10", .number(lowest: 0, highest: .max), .unsigned(16)),
    ("18446744073709551615", .number(lowest: 0, highest: .max), .unsigned(.max)),
    ("512", .size, .unsigned(512)), ("4K", .size, .unsigned(4096)),
    ("2MiB", .size, .unsigned(2 << 20)), ("1g", .size, .unsigned(1 << 30)),
    ("any thing", .text, .string("any thing")), ("/tmp", .path, .string("/tmp")),
    ("xfs", .choice(["ext4", "xfs"]), .string("xfs")),
    ("nobody", .user, .signed(65534)), ("1000", .user, .signed(1000)),
    ("4242", .user, .signed(4242)), ("1", .process, .signed(1)), ("12", .thread, .signed(12)),
    ("3", .cpu, .signed(3)), ("65535", .port, .signed(65535)),
    ("TERM", .signal, .signed(15)), ("sigkill", .signal, .signed(9)), ("64", .signal, .signed(64)),
    ("SIGRTMIN+2", .signal, .signed(34)), ("enoent", .errorNumber, .signed(2)),
    ("13", .errorNumber, .signed(13)), ("openat", .systemCall, .signed(257)),
    ("257", .systemCall, .signed(257)), ("O_CREAT", .openFlags, .unsigned(0o100)),
    ("O_CREAT,O_TRUNC", .openFlags, .unsigned(0o1100)),
    ("wronly|excl", .openFlags, .unsigned(0o201)),
    ("sda1", .disk, .unsigned(8 << 20 | 1)), ("/dev/nvme0n1", .disk, .unsigned(259 << 20 | 3)),
  ]

  @Test(arguments: values)
  func reads(_ text: String, _ kind: OptionKind, _ value: ScriptOption.Value) throws {
    #expect(try read(text, kind: kind) == .value(value))
  }

  private static let times: [(String, UInt64, UInt64)] = [
    ("90", UInt64(1_000_000_000), UInt64(90_000_000_000)),
    ("2m", 1_000_000_000, 120_000_000_000), ("500", 1_000_000, 500_000_000),
    ("1.5s", 1_000_000, 1_500_000_000), ("10", 1, 10), ("10us", 1_000, 10_000),
    ("0.1", 1_000_000, 100_000), (".5", 1_000, 500), ("1500ms", 1_000_000_000, 1_500_000_000),
  ]

  @Test(arguments: times)
  func readsTimesAsNanoseconds(_ text: String, _ unit: UInt64, _ nanoseconds: UInt64) throws {
    #expect(try read(text, kind: .time(unit: unit)) == .value(.unsigned(nanoseconds)))
    #expect(
      try read(text, kind: .time(unit: unit), isList: true) == .list([Int64(nanoseconds)]))
  }

  /// An option of a script without `options`.
  private static func described(_ value: ScriptOption.Value) -> ToolOption {
    ToolOption(ScriptOption(name: "wait", defaultValue: value, description: "-w MS: so long"))
  }

  @Test(arguments: [ScriptOption.Value.unsigned(1500), .signed(1500)])
  func readsTimesOfDescribedOptionsInTheirUnit(_ value: ScriptOption.Value) throws {
    let reader = OptionReader(
      for: Manifest(script: "", producer: "", architecture: ""), on: Self.machine.kernel)
    #expect(try reader.read(["1.5s"], of: Self.described(value)) == .value(value))
    let problem = #expect(throws: OptionReader.Problem.self) {
      try reader.read(["1500us"], of: Self.described(value))
    }
    #expect(problem?.text == "expects a whole number of milliseconds, not '1500us'")
  }

  @Test func readsLists() throws {
    #expect(try read("80,443", kind: .port, isList: true) == .list([80, 443]))
    #expect(try read("80", "443", kind: .port, isList: true) == .list([80, 443]))
    #expect(try read("TERM,9", kind: .signal, isList: true) == .list([15, 9]))
  }

  @Test func takesTheLastOfSeveralValues() throws {
    #expect(try read("80", "443", kind: .port) == .value(.signed(443)))
  }

  @Test func findsColumnsByNameAndHeading() throws {
    let column = ColumnSpec(
      name: "bytes", heading: "KBYTES", format: "%7d", source: .map(0, part: nil))
    #expect(try read("BYTES", kind: .column, columns: [column]) == .value(.string("bytes")))
    #expect(try read("kbytes", kind: .column, columns: [column]) == .value(.string("bytes")))
    #expect(try read("K/bytes", kind: .column, columns: [column]) == .value(.string("bytes")))
    let problem = #expect(throws: OptionReader.Problem.self) {
      try read("size", kind: .column, columns: [column])
    }
    #expect(problem?.text == "there is no column 'size', only KBYTES")
  }

  private static let mistakes: [(String, OptionKind, String)] = [
    ("abc", .number(lowest: 0, highest: 9), "expects a number, not 'abc'"),
    ("10ms", .number(lowest: 0, highest: 99), "expects a number, not '10ms'"),
    ("-1", .number(lowest: 0, highest: .max), "expects at least 0, not -1"),
    ("10", .number(lowest: 0, highest: 9), "expects 0 to 9, not 10"),
    ("10", .number(lowest: .min, highest: 9), "expects at most 9, not 10"),
    (
      "soon", .time(unit: 1_000_000),
      "expects a length of time such as 10, 10ms or 2m, not 'soon'"
    ),
    ("-1", .time(unit: 1), "expects a length of time such as 10, 10ns or 2m, not '-1'"),
    (".s", .time(unit: 1_000), "expects a length of time such as 10, 10us or 2m, not '.s'"),
    ("4X", .size, "expects a size such as 512, 4K or 2M, not '4X'"),
    ("ex4", .choice(["ext4", "xfs"]), "expects ext4 or xfs, not 'ex4', did you mean 'ext4'?"),
    ("nobdy", .user, "there is no user 'nobdy', did you mean 'nobody'?"),
    ("abc", .process, "expects a process id, not 'abc'"),
    ("0", .process, "expects a process id, not '0'"),
    ("-1", .thread, "expects a thread id, not '-1'"),
    ("4", .cpu, "there is no CPU 4, the last one is 3"),
    ("x", .cpu, "expects the number of a CPU, not 'x'"),
    ("65536", .port, "expects a port from 1 to 65535, not '65536'"),
    ("http", .port, "expects a port from 1 to 65535, not 'http'"),
    ("TREM", .signal, "there is no signal 'TREM', did you mean 'TERM'?"),
    ("65", .signal, "expects a signal from 1 to 64, not '65'"),
    ("ENOTHING", .errorNumber, "there is no error 'ENOTHING'"),
    ("4096", .errorNumber, "there is no error '4096'"),
    ("ENOET", .errorNumber, "there is no error 'ENOET', did you mean 'ENOENT'?"),
    ("opnat", .systemCall, "there is no system call 'opnat', did you mean 'openat'?"),
    ("O_CREAT,O_NOSUCH", .openFlags, "there is no open flag 'O_NOSUCH'"),
    ("O_CRAET", .openFlags, "there is no open flag 'O_CRAET', did you mean 'O_CREAT'?"),
    ("sdz", .disk, "there is no disk 'sdz', did you mean 'sda'?"),
    ("size", .column, "there is no column 'size'"),
  ]

  @Test(arguments: mistakes)
  func saysWhatIsExpected(_ text: String, _ kind: OptionKind, _ message: String) throws {
    let problem = #expect(throws: OptionReader.Problem.self) { try read(text, kind: kind) }
    #expect(problem?.text == message)
  }

  @Test func refusesTooManyValues() throws {
    let text = (1...17).map(String.init).joined(separator: ",")
    let problem = #expect(throws: OptionReader.Problem.self) {
      try read(text, kind: .port, isList: true)
    }
    #expect(problem?.text == "expects at most 16 values, not 17")
  }

  @Test(arguments: ["0", "0s"])
  func refusesAnIntervalOfNothing(_ text: String) throws {
    #expect(throws: OptionReader.Problem.self) {
      try read(text, kind: StandardOption.interval.kind, named: "interval")
    }
  }
}
