import BPF
import Foundation
import LinuxSystem
import Output
import TestKit
import Testing
import TraceModel

@testable import TraceRuntime

@Suite(.serialized) struct EventTests {
  let session: SampleSession

  init() throws { session = try SampleSession() }

  private let word = ValueLayout.integer(bytes: 8, signed: true)

  /// Runs `begin` with these records and returns what came before the final line ends.
  private func output(_ records: [[UInt8]]) throws -> String {
    session.options.isQuiet = true
    session.probe(.begin, "begin")
    session.host.records = records
    #expect(try session.run() == 0)
    let text = session.pages.output
    guard let end = text.range(of: "\n\n", options: .backwards) else { return text }
    return String(text[..<end.lowerBound])
  }

  @Test func formatsText() throws {
    let record = session.event(
      .printf(format: "%s %d|"),
      [(.string(capacity: 4), Array("ab\0\0".utf8)), (word, [UInt8](of: Int64(-3)))])
    #expect(try output([record, record]) == "ab -3|ab -3|")
  }

  private static let wild = [UInt8]("a\u{1b}[2J\n", capacity: 8)

  /// One event of each kind with a text that a process chose.
  private func wildOutput() throws -> String {
    let text = ValueLayout.string(capacity: 8)
    let pair = ValueLayout.tuple(
      [ValueLayout.Field(name: "", offset: 0, layout: text)], size: 8)
    return try output([
      session.event(
        .printf(format: "\u{1b}[1m%s|%10s|%.2s|\n"),
        Array(repeating: (text, Self.wild), count: 3)),
      session.event(
        .printf(format: "%c%c%d"), [27, 10, 27].map { (word, [UInt8](of: Int64($0))) }),
      session.event(.printValue, [(pair, Self.wild)]),
      session.event(.join(separator: " \u{1b}K "), [(text, Self.wild), (text, Self.wild)]),
      session.event(.warnf(format: "w %s"), [(text, Self.wild)]),
      session.event(.system(format: "printf '%%s' '%s'"), [(text, Self.wild)]),
    ])
  }

  @Test func sendsNoTextOfAProcessToATerminalThatCouldControlIt() throws {
    session.options.escapesOutput = true
    let shown = #"a\x1b[2J\n"#
    #expect(
      try wildOutput() == "\u{1b}[1m\(shown)|\(shown)|a\\x1b|\n" + "\\x1b\n27" + "(\(shown))\n"
        + "\(shown) \u{1b}K \(shown)\n" + "a\u{1b}[2J\n\n")
    #expect(session.pages.messages == "WARNING: w a\u{1b}[2J\n\n")
  }

  @Test func escapesMessagesOnATerminal() throws {
    session.options.escapesMessages = true
    _ = try wildOutput()
    #expect(session.pages.messages == "WARNING: w a\\x1b[2J\\n\n")
  }

  @Test func sendsTextsOfProcessesAsTheyAreElsewhere() throws {
    let text = "a\u{1b}[2J\n"
    #expect(
      try wildOutput() == "\u{1b}[1m\(text)|    \(text)|a\u{1b}|\n" + "\u{1b}\n27" + "(\(text))\n"
        + "\(text) \u{1b}K \(text)\n" + "\(text)\n")
  }

  @Test func writesABatchInOnePiece() throws {
    let line = session.event(.printf(format: "line\n"))
    _ = try output(Array(repeating: line, count: 1000))
    #expect(session.pages.pieces == [String(repeating: "line\n", count: 1000), "\n\n"])
  }

  @Test func messagesStandWhereTheyWereSent() throws {
    let line = session.event(.printf(format: "line\n"))
    let warning = session.event(.warnf(format: "hm"))
    let command = session.event(.system(format: "echo out; echo err >&2"))
    _ = try output([line, line, warning, line, warning, line, command, line])
    #expect(
      session.pages.pieces == [
        "line\nline\n", "WARNING: hm\n", "line\n", "WARNING: hm\n", "line\n", "err\n",
        "out\n\nline\n", "\n\n",
      ])
  }

  @Test func leavesOutAllOfALineThatMakesNoSense() throws {
    let whole = session.event(.printf(format: "%d %d|"), [(word, [1]), (word, [2])])
    #expect(try output([whole, Array(whole.dropLast(3)), whole]) == "1 2|1 2|")
  }

  @Test func printsValues() throws {
    #expect(try output([session.event(.printValue, [(word, [UInt8](of: Int64(5)))])]) == "5\n")
  }

  @Test func printsAndChangesMaps() throws {
    session.map("@m", [1: 10, 2: 30, 3: 20])
    session.map("@n", [4: 4])
    #expect(
      try output([
        session.event(.printMap(map: 0, top: 2, divisor: 10)), session.event(.zeroMap(map: 0)),
        session.event(.clearMap(map: 1)), session.event(.printMap(map: 0, top: 1, divisor: nil)),
      ])
        == "@m[3]: 2\n@m[2]: 3\n@m[3]: 0\n\n\n@m[1]: 0\n@m[2]: 0\n@m[3]: 0\n".replacing(
          "\n\n\n@m[1]: 0\n@m[2]: 0\n@m[3]: 0\n", with: "\n"))
    #expect(session.host.calls.contains(.zero("AT_m")))
    #expect(session.host.calls.contains(.clear("AT_n")))
  }

  @Test func printsTheZeroOfAnEmptyMapWithoutKeys() throws {
    let map = MapSpec(name: "@s", kind: .hash, key: .none, value: .value(word), maxEntries: 1)
    session.manifest.maps = [map]
    session.host.maps[map.symbol] = MapEntries(keySize: 4, valueStride: 8, valuesPerKey: 1)
    #expect(try output([session.event(.printMap(map: 0, top: nil, divisor: nil))]) == "@s: 0\n")
  }

  /// A packet whose record the kernel has filled up to a multiple of eight bytes.
  private func packet(
    _ bytes: [UInt8], length: UInt64, offset: UInt64, time: UInt64, file: String
  ) -> [UInt8] {
    let word = ValueLayout.integer(bytes: 8, signed: false)
    return session.event(
      .packet(file: file), [time, length, offset].map { (word, [UInt8](of: $0)) })
      + bytes + [0xee, 0xee, 0xee]
  }

  @Test func writesPacketsToFiles() throws {
    let file = session.machine.root + "/p.pcap"
    let now = Clock.boot.now
    session.host.packets = [
      packet([9, 9, 0x45, 1, 2], length: 5, offset: 2, time: now, file: file),
      packet([0x45], length: 100, offset: 0, time: now, file: file),
      packet([0x45], length: 1, offset: 7, time: now, file: file),
    ]
    // What the script saw before it called exit() is kept, whichever way comes first.
    #expect(try output([session.exit(0)]) == "")
    let bytes = try FileSystem.read(file)
    // Magic number, edition, zone and accuracy, the longest packet, raw packets of the Internet protocol.
    #expect(
      bytes.prefix(24).elementsEqual(
        [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0] + [UInt8](repeating: 0, count: 8) + [
          0, 0, 16, 0, 101, 0, 0, 0,
        ]))
    func word(_ offset: Int) -> Int {
      bytes[offset..<(offset + 4)].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    #expect(word(24) - Int(Clock.realtime.now / 1_000_000_000) <= 0)
    #expect(word(24) - Int(Clock.realtime.now / 1_000_000_000) >= -60)
    #expect(word(28) < 1_000_000)
    #expect(word(32) == 3 && word(36) == 3)
    #expect(Array(bytes[40..<43]) == [0x45, 1, 2])
    // More bytes than were sent there cannot be; of the third packet nothing is for the file.
    #expect(word(51) == 4 && word(55) == 4)
    #expect(bytes.count == 43 + 16 + 4)
  }

  @Test func failsForAFileThatCannotBeMade() throws {
    _ = packet([1], length: 1, offset: 0, time: 1, file: "/no/such/folder/p.pcap")
    #expect(throws: SessionError.self) { try output([]) }
    session.options.isDryRun = true
    #expect(try output([]) == "")
  }

  @Test func joinsWords() throws {
    func field(_ text: String) -> (ValueLayout, [UInt8]) {
      (.string(capacity: 8), [UInt8](text, capacity: 8))
    }
    #expect(
      try output([
        session.event(.join(separator: ", "), [field("ls"), field("-l"), field(""), field("x")])
      ]) == "ls, -l\n")
  }

  @Test func runsCommands() throws {
    let record = session.event(
      .system(format: "echo %d; echo oops >&2"), [(word, [UInt8](of: Int64(7)))])
    #expect(try output([record]) == "7\n\n")
    #expect(session.pages.messages == "oops\n")
  }

  @Test func showsTheBeginningOfFiles() throws {
    try session.machine.add("/text", Array("0123456789".utf8))
    session.manifest.configuration.maxCatBytes = 4
    #expect(
      try output([
        session.event(.cat(format: "\(session.machine.root)/text")),
        session.event(.cat(format: "/no/such")),
      ]) == "0123")
    #expect(
      session.pages.messages
        == "ERROR: failed to open file '/no/such' (No such file or directory)\n")
  }

  @Test func tellsTheTime() throws {
    let before = Int64(Date().timeIntervalSince1970)
    let shown = try #require(Int64(try output([session.event(.time(format: "%s"))])))
    #expect((before...(before + 5)).contains(shown))
  }

  private func addPosition() {
    session.manifest.positions = [
      ScriptPosition(file: "stdin", line: 1, columns: 9..<14, text: "begin { @a = 1; }")
    ]
  }

  @Test func placesTheScriptsMessages() throws {
    addPosition()
    _ = try output([
      session.event(.errorf(format: "bad %d"), [(word, [UInt8](of: Int64(1)))], position: 0),
      session.event(.warnf(format: "hm"), position: 0),
    ])
    #expect(
      session.pages.messages == "stdin:1:9-14: ERROR: bad 1\nstdin:1:9-14: WARNING: hm\n")
  }

  private func failure(_ helper: String, _ code: Int32) -> [UInt8] {
    session.event(
      .runtimeError(.helper(.init(helper: helper))),
      [(.integer(bytes: 4, signed: true), [UInt8](of: code))], position: 0)
  }

  @Test(arguments: [RendererSpec.text, .json, .csv])
  func tellsOnceForEachPlaceThatAMapIsFullAndAtTheEndWhatItLacks(_ format: RendererSpec) throws {
    addPosition()
    session.manifest.maps = [
      MapSpec(
        name: "@m", kind: .hash, key: .integer(bytes: 8, signed: true),
        value: .value(.integer(bytes: 8, signed: true)), maxEntries: 5)
    ]
    session.manifest.row = RowSpec(columns: [
      ColumnSpec(name: "n", heading: "N", format: "%d", source: .field(0))
    ])
    session.manifest.configuration.printMapsOnExit = false
    session.format = format
    let elsewhere = session.event(
      .runtimeError(.helper(.mapUpdate)),
      [(.integer(bytes: 4, signed: true), [UInt8](of: Int32(-7)))])
    let full = failure("map_update_elem", -7)
    // The same failure at the same place, for another reason.
    let busy = Array(full.prefix(8)) + [UInt8](of: Int32(-16)) + Array(full.dropFirst(12))
    session.probe(.begin, "begin")
    let places = RunCounters(of: session.manifest)
    session.host.counters = Array(repeating: 0, count: places.count)
    session.host.counters[places.index(of: .refused(map: 0))] = 7
    session.host.records = [busy, full, full, elsewhere, full, elsewhere, busy]
    _ = try session.run()
    let lines = (session.pages.output + session.pages.messages).split(separator: "\n")
    #expect(lines.filter { $0.contains("Map full") }.count == 2)
    #expect(lines.filter { $0.contains("resource busy") }.count == 2)
    #expect(
      lines.filter {
        $0 == "@m was full: 7 updates were lost, it has room for 5 elements"
          || $0.hasSuffix(#""full_maps": [{"name": "@m", "max_entries": 5, "refused": 7}]}}"#)
      }.count == 1)
  }

  @Test func explainsFailuresOfPrograms() throws {
    addPosition()
    _ = try output([
      failure("map_update_elem", -7), failure("map_delete_elem", -2),
      failure("map_lookup_elem", 0), failure("probe_read_user_str", -14),
      session.event(.runtimeError(.divisionByZero)),
      session.event(.runtimeError(.arrayOutOfBounds)),
    ])
    let excerpt = "begin { @a = 1; }\n        ~~~~~\n"
    #expect(
      session.pages.messages
        == "stdin:1:9-14: WARNING: Map full; can't update element. Try increasing max_map_keys "
        + "config or manually setting the max entries in a map declaration e.g. "
        + "`let @a = hash(5000)`\n"
        + "Additional Info - helper: map_update_elem, retcode: -7\n" + excerpt
        + "stdin:1:9-14: WARNING: Can't delete map element because it does not exist.\n"
        + "Additional Info - helper: map_delete_elem, retcode: -2\n" + excerpt
        + "stdin:1:9-14: WARNING: Can't lookup map element because it does not exist.\n"
        + "Additional Info - helper: map_lookup_elem, retcode: 0\n" + excerpt
        + "stdin:1:9-14: WARNING: Bad address\n"
        + "Additional Info - helper: probe_read_user_str, retcode: -14\n" + excerpt
        + "WARNING: Divide or modulo by 0 detected. This can lead to unexpected results. 1 is "
        + "being used as the result.\n"
        + "WARNING: Array access out of bounds. This can lead to unexpected results.\n")
  }

  @Test func keepsWarningsToItselfIfTold() throws {
    addPosition()
    session.options.showsWarnings = false
    _ = try output([
      failure("map_update_elem", -7), session.event(.warnf(format: "hm")),
      session.event(.errorf(format: "bad")),
    ])
    #expect(session.pages.messages == "ERROR: bad\n")
  }

  @Test func reportsRecordsThatMakeNoSenseOnce() throws {
    let good = session.event(.printValue, [(word, [UInt8](of: Int64(5)))])
    let unknown = [UInt8](of: UInt64(99))
    #expect(
      try output([Array(good.dropLast()), good, Array(good.dropLast(2)), unknown, unknown, [1]])
        == "5\n")
    #expect(
      session.pages.messages == """
        WARNING: an event cannot be read: 16 bytes expected, 15 found
        WARNING: an event cannot be read: there is no event with number 99
        WARNING: an event cannot be read: 8 bytes expected, 1 found

        """)
  }

  @Test func survivesAnyRecord() throws {
    let kinds: [EventKind] = [
      .printf(format: "%s%d"), .printValue, .printMap(map: 5, top: nil, divisor: nil),
      .clearMap(map: -1), .join(separator: " "), .time(format: "%f"),
      .runtimeError(.helper(.init(helper: "x"))), .errorf(format: "%r"),
    ]
    for kind in kinds {
      _ = session.event(
        kind,
        [
          (.string(capacity: 5), []), (.presented(.kernelStack(.bpftrace, limit: 2)), []),
          (.buffer(capacity: 3), []),
        ], position: 4)
    }
    var generator = SeededGenerator(state: 7)
    let records = (0..<2000).map { index in
      [UInt8](of: UInt64(index % 10))
        + (0..<Int.random(in: 0...60, using: &generator)).map { _ in
          UInt8.random(in: 0...255, using: &generator)
        }
    }
    session.probe(.begin, "begin")
    session.host.records = records
    #expect(try session.run() == 0)
    #expect(session.pages.output.hasSuffix("\n\n"))
  }
}
