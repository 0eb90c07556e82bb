import BPF
import LinuxSystem
import Output
import TestKit
import Testing
import TraceModel

@testable import TraceRuntime

@Suite(.serialized) struct RowTests {
  let session: SampleSession

  init() throws { session = try SampleSession() }

  private static let columns = [
    ColumnSpec(
      name: "uid", heading: "UID", format: "%-6d",
      condition: OptionCondition(alternatives: [.init(terms: [.init(option: "print_uid")])]),
      source: .field(0)),
    ColumnSpec(
      name: "pid", heading: "PID", format: "%-6d",
      condition: OptionCondition(
        alternatives: [.init(terms: [.init(option: "tid", isNegated: true)])]),
      source: .field(1)),
    ColumnSpec(
      name: "pid", heading: "TID", format: "%-6d",
      condition: OptionCondition(alternatives: [.init(terms: [.init(option: "tid")])]),
      source: .field(2)),
    ColumnSpec(name: "err", heading: "ERR", format: "%3d", source: .field(3)),
    ColumnSpec(
      name: "lat", heading: "LAT(ms)", format: "%8.2f", divisor: 1_000_000, source: .field(4)),
    ColumnSpec(name: "path", heading: "PATH", format: "%-s", source: .field(5)),
  ]

  private static let switches = ["print_uid", "tid"].map {
    ScriptOption(name: $0, defaultValue: .boolean(false), description: "")
  }

  private func row(uid: Int32 = 1, _ pid: Int32, _ tid: Int32, _ error: Int64, _ path: String)
    -> [UInt8]
  {
    session.event(
      .row,
      [
        (.integer(bytes: 4, signed: false), [UInt8](of: uid)),
        (.integer(bytes: 4, signed: true), [UInt8](of: pid)),
        (.integer(bytes: 4, signed: true), [UInt8](of: tid)),
        (.integer(bytes: 8, signed: true), [UInt8](of: error)),
        (.integer(bytes: 8, signed: true), [UInt8](of: Int64(-2_500_000))),
        (.string(capacity: 16), [UInt8](path, capacity: 16)),
      ])
  }

  private func prepare(_ columns: [ColumnSpec] = columns) {
    session.manifest.row = RowSpec(columns: columns)
    session.manifest.options = Self.switches
    session.probe(.rawTracepoint(event: "tick"), "rawtracepoint:tick")
    session.options.isQuiet = true
  }

  @Test func rowsFollowTheirHeading() throws {
    prepare()
    session.host.recordsOnceAttached = [row(5, 6, -1, "/etc/passwd"), session.exit(0)]
    _ = try session.run()
    #expect(
      session.pages.output == """
        PID    ERR  LAT(ms) PATH
        5       -1    -2.50 /etc/passwd



        """)
  }

  @Test func optionsChooseColumns() throws {
    prepare()
    session.options.arguments.options = ["tid": .boolean(true), "print_uid": .boolean(true)]
    session.host.recordsOnceAttached = [row(uid: -1, 5, 6, 0, "x"), session.exit(0)]
    _ = try session.run()
    #expect(
      session.pages.output == """
        UID    TID    ERR  LAT(ms) PATH
        4294967295 6        0    -2.50 x



        """)
  }

  /// A record as a program packs it: what is of no use in its texts is not there.
  private func packed(pid: Int32, _ texts: [String], lengths: [UInt32]? = nil) -> [UInt8] {
    let lengths = lengths ?? texts.map { UInt32($0.utf8.count) }
    return [UInt8](of: UInt64(0)) + [UInt8](of: pid) + lengths.flatMap { [UInt8](of: $0) }
      + Array(repeating: 0, count: 8).prefix((8 - (12 + 4 * lengths.count) % 8) % 8)
      + texts.flatMap { Array($0.utf8) }
  }

  private func preparePacked() {
    session.manifest.row = RowSpec(columns: [
      ColumnSpec(name: "pid", heading: "PID", format: "%-3d", source: .field(0)),
      ColumnSpec(name: "to", heading: "TO", format: "%-5s", source: .field(2)),
      ColumnSpec(name: "from", heading: "FROM", format: "%-s", source: .field(1)),
    ])
    session.manifest.events = [
      EventSpec(
        kind: .row,
        fields: [
          ValueLayout.Field(offset: 8, layout: .integer(bytes: 4, signed: true)),
          ValueLayout.Field(offset: 24, layout: .string(capacity: 8)),
          ValueLayout.Field(offset: 32, layout: .string(capacity: 64)),
        ], size: 96, packing: RecordPacking(lengths: 12, fields: [1, 2]))
    ]
    session.probe(.rawTracepoint(event: "tick"), "rawtracepoint:tick")
    session.options.isQuiet = true
  }

  @Test func packedRowsAreMadeWhole() throws {
    preparePacked()
    session.host.recordsOnceAttached = [
      packed(pid: 1, ["ab\0", "cd\0"]), packed(pid: 2, ["", ""]),
      packed(pid: 3, ["12345678", "x\0"]), session.exit(0),
    ]
    _ = try session.run()
    #expect(
      session.pages.output == """
        PID TO    FROM
        1   cd    ab
        2         \("")
        3   x     12345678..



        """)
  }

  @Test func aPackedRowThatMakesNoSenseIsReported() throws {
    preparePacked()
    session.host.recordsOnceAttached = [
      packed(pid: 1, ["ab\0", ""], lengths: [900, 0]), packed(pid: 1, ["ab"], lengths: [2, 40]),
      session.exit(0),
    ]
    _ = try session.run()
    #expect(session.pages.messages.contains("an event cannot be read: length 900"))
  }

  @Test func noRowsLeaveTheHeading() throws {
    prepare()
    session.host.recordsOnceAttached = [session.exit(0)]
    _ = try session.run()
    #expect(session.pages.output == "PID    ERR  LAT(ms) PATH\n\n\n")
  }

  @Test func jsonHasShownColumnsOnly() throws {
    prepare()
    session.format = .json
    session.options.arguments.options = ["tid": .boolean(true)]
    session.host.recordsOnceAttached = [row(5, 6, -1, "a\"b"), session.exit(0)]
    _ = try session.run()
    #expect(
      session.pages.output
        == #"{"type": "columns", "of": "row", "data": {"pid": {"heading": "TID"}, "#
        + #""err": {"heading": "ERR"}, "lat": {"heading": "LAT(ms)"}, "path": {"heading": "PATH"}}}"#
        + "\n" + #"{"type": "row", "data": {"pid": 6, "err": -1, "lat": -2.5, "path": "a\"b"}}"#
        + "\n")
  }

  @Test func whatBeginPrintsComesBeforeTheHeading() throws {
    prepare()
    let begin = session.probe(.begin, "begin")
    session.host.recordsOfPrograms[begin] = [session.event(.printf(format: "Tracing...\n"))]
    session.host.recordsOnceAttached = [session.exit(0)]
    _ = try session.run()
    #expect(session.pages.output.hasPrefix("Tracing...\nPID "))
  }

  @Test(arguments: [RendererSpec.text, .json, .csv])
  func aRunThatCannotBeginShowsNothing(_ format: RendererSpec) throws {
    prepare()
    session.format = format
    let begin = session.probe(.begin, "begin")
    session.host.recordsOfPrograms[begin] = [session.event(.printf(format: "Tracing...\n"))]
    session.host.attachErrors["rawtracepoint:tick"] = .noSuchFunction("f")
    #expect(throws: SessionError.self) { try session.run() }
    #expect(session.pages.output == "")
    session.host.attachErrors = [:]
    session.host.recordsOnceAttached = [session.exit(0)]
    _ = try session.run()
    #expect((session.pages.output + session.pages.messages).contains("Tracing..."))
  }

  @Test func rowsOfNothingButTimesAreNone() throws {
    prepare([ColumnSpec(name: "time", heading: "TIME", format: "%-8s", source: .time)])
    session.host.recordsOnceAttached = [row(5, 6, 0, "x"), session.exit(0)]
    _ = try session.run()
    #expect(session.pages.output == "\n\n")
  }

  @Test func exitInBeginLeavesTheHeadingOut() throws {
    prepare()
    let begin = session.probe(.begin, "begin")
    session.host.recordsOfPrograms[begin] = [
      session.event(.printf(format: "a list\n")), session.exit(0),
    ]
    _ = try session.run()
    #expect(session.pages.output == "a list\n\n\n")
  }

  @Test func rowsOfBeginComeAfterTheHeading() throws {
    prepare()
    let begin = session.probe(.begin, "begin")
    session.host.recordsOfPrograms[begin] = [row(5, 6, 0, "x"), session.exit(0)]
    _ = try session.run()
    #expect(session.pages.output.hasPrefix("PID    ERR  LAT(ms) PATH\n5        0    -2.50 x\n"))
  }

  // MARK: Times

  @Test func theTimeOfDayIsShownIfAskedFor() throws {
    prepare([
      ColumnSpec(
        name: "time", heading: "TIME", format: "%-8s",
        condition: OptionCondition(alternatives: [.init(terms: [.init(option: "time")])]),
        source: .time),
      ColumnSpec(name: "pid", heading: "PID", format: "%d", source: .field(1)),
    ])
    session.options.reports.showsTime = true
    session.host.recordsOnceAttached = [row(5, 6, 0, "x"), session.exit(0)]
    _ = try session.run()
    let lines = session.pages.output.split(separator: "\n")
    #expect(lines[0] == "TIME     PID")
    #expect(lines[1].wholeMatch(of: /\d\d:\d\d:\d\d 5/) != nil, "\(lines[1])")
  }

  @Test func theElapsedTimeIsThatOfTheEvent() throws {
    prepare([
      ColumnSpec(
        name: "elapsed", heading: "TIME(s)", format: "%-11.6f", divisor: 1_000_000_000,
        condition: OptionCondition(alternatives: [.init(terms: [.init(option: "time")])]),
        source: .elapsed),
      ColumnSpec(name: "pid", heading: "PID", format: "%d", source: .field(1)),
    ])
    session.manifest.constants = [LoadTimeConstant(source: .eventTime, shape: .integer, offset: 0)]
    session.options.reports.showsTime = true
    var record = row(5, 6, 0, "x")
    // Five seconds after the start.
    let time = (Clock.boot.now + 5_000_000_000) >> EventTime.shift
    record.replaceSubrange(4..<8, with: [UInt8](of: UInt32(truncatingIfNeeded: time)))
    session.host.recordsOnceAttached = [record, session.exit(0)]
    _ = try session.run()
    let lines = session.pages.output.split(separator: "\n")
    #expect(lines[0] == "TIME(s)     PID")
    #expect(session.plan?.constants == [UInt8](of: Int64(1)))
    #expect(lines[1].hasSuffix(" 5"), "\(lines[1])")
  }

  @Test func withoutTheOptionEventsSayNoTime() throws {
    prepare([
      ColumnSpec(
        name: "elapsed", heading: "TIME(s)", format: "%-11.6f", divisor: 1_000_000_000,
        condition: OptionCondition(alternatives: [.init(terms: [.init(option: "time")])]),
        source: .elapsed),
      ColumnSpec(name: "pid", heading: "PID", format: "%d", source: .field(1)),
    ])
    session.manifest.constants = [LoadTimeConstant(source: .eventTime, shape: .integer, offset: 0)]
    session.host.recordsOnceAttached = [session.exit(0)]
    _ = try session.run()
    #expect(session.plan?.constants == [UInt8](of: Int64(0)))
    #expect(session.pages.output.hasPrefix("PID\n"))
  }

  @Test func elapsedTimeCountsFromTheStart() throws {
    let clock = RowClock(start: 10 << 30)
    let now = Clock.boot.now
    let record = [UInt8](of: (now >> EventTime.shift) << 32)
    let elapsed = try clock.elapsed(atEvent: record.span)
    #expect(elapsed == ((now >> EventTime.shift) << EventTime.shift) - min(now, 10 << 30))
    let late = RowClock(start: now + 1_000_000_000)
    #expect(try late.elapsed(atEvent: record.span) == 0)
  }

  // MARK: The two ways to text

  private static let layouts: [ValueLayout] = [
    .integer(bytes: 1, signed: true), .integer(bytes: 2, signed: false),
    .integer(bytes: 4, signed: true), .integer(bytes: 4, signed: false),
    .integer(bytes: 8, signed: false), .integer(bytes: 8, signed: true), .boolean, .pointer,
    .string(capacity: 0), .string(capacity: 9), .presented(.macAddress),
    .presented(.kernelStack(.bpftrace, limit: 2)),
  ]

  private static let formats = [
    "%d", "%5d", "%-7d", "%05d", "%u", "%x", "%-8.8o", "%c", "%s", "%12s", "%-12s", "%.3s",
    "%8.2f", "%-9.3f", "%f", "%r", "",
  ]

  @Test func bytesBecomeTheSameTextAsValues() throws {
    let machine = session.machine
    let decoder = machine.decoder()
    let clock = RowClock(start: 0)
    var generator = SeededGenerator(state: 7)
    for _ in 0..<4000 {
      let count = Int.random(in: 1...5, using: &generator)
      let (fields, size) = ValueLayout.pack(
        (0..<count).map { _ in ("", Self.layouts.randomElement(using: &generator)!) })
      let shown = ShownRow(
        RowSpec(
          columns: (0..<count).map {
            ColumnSpec(
              name: "c\($0)", heading: "C", format: Self.formats.randomElement(using: &generator)!,
              divisor: [1, 1, 7, 1000, 1024].randomElement(using: &generator)!, source: .field($0))
          }), RunConditions(arguments: ScriptArguments(), options: [], showsTime: false))
      let row = try #require(shown)
      let record = (0..<size).map { _ in
        Bool.random(using: &generator) ? UInt8.random(in: 0...255, using: &generator) : 0
      }
      var expected: [UInt8] = []
      RowText(row.columns).append(
        try row.values(of: record.span, fields, decoder, clock), to: &expected)
      var text: [UInt8] = []
      try EventText(row, fields, clock).append(record.span, decoder, to: &text)
      #expect(text == expected, "\(row.columns) \(fields) \(record)")
    }
  }
}
