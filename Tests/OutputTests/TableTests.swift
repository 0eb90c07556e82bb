import Output
import Testing
import TraceModel

@Suite struct TableTests {
  private func page(
    _ records: [Record], _ tables: [ShownTable], _ columns: [ShownColumn] = [],
    as format: RendererSpec = .text
  ) -> Page {
    var header = SessionHeader(
      of: Manifest(script: "s", producer: "p", architecture: "a"), kernel: nil,
      clock: .init(boot: 0, wall: 0))
    header.columns = columns
    header.tables = tables
    var renderer = format.make(RendererOptions())
    var page = Page()
    renderer.begin(header, into: &page)
    for record in records { renderer.render(record, into: &page) }
    renderer.finish(into: &page)
    return page
  }

  private func output(
    _ snapshots: [TableSnapshot], _ tables: [ShownTable], as format: RendererSpec = .text
  ) -> String {
    let page = page(snapshots.map { .table($0) }, tables, as: format)
    return String(decoding: page.output, as: UTF8.self)
  }

  // MARK: Portions

  @Test(arguments: RendererSpec.all.filter { !$0.name.hasPrefix("record") }.map(\.name))
  func portionsLookLikeTheWhole(_ format: String) throws {
    let format = try #require(RendererSpec.all.first { $0.name == format })
    let rows = [Self.row, Self.row.reversed(), Self.row, Self.row]
    for (table, rows) in [(Self.stacks(), rows), (Self.lines, Self.calls + Self.calls)] {
      var whole = TableSnapshot(table: 0, line: "now", time: "12:00:00", rows: rows)
      let portions = [0..<1, 1..<3, 3..<4, 4..<4].map { range in
        var portion = whole
        portion.rows = Array(rows[range])
        portion.isContinuation = range.lowerBound > 0
        portion.isContinued = !range.isEmpty
        return portion
      }
      #expect(output(portions, [table], as: format) == output([whole], [table], as: format))
      whole.rows = []
      #expect(output([whole], [table], as: format) != output([], [table], as: format))
    }
  }

  // MARK: Lines

  private static let lines = ShownTable(columns: [
    ShownColumn(name: "call", heading: "CALL", format: "%-8s", isKey: true),
    ShownColumn(name: "calls_count", heading: "COUNT", format: "%6d"),
    ShownColumn(name: "calls", heading: "TIME (us)", format: "%10d", divisor: 1000, unit: "us"),
  ])

  private static let calls = [
    [Value.text("read"), .integer(3), .integer(7999)],
    [.text("exit, \"now\""), .integer(1), .none],
  ]

  @Test func linesHaveAHeadingAndAnEmptyLineBehind() {
    #expect(
      output([TableSnapshot(table: 0, line: "[12:00:01]", rows: Self.calls)], [Self.lines]) == """
        [12:00:01]
        CALL      COUNT  TIME (us)
        read          3          7
        exit, "now"      1          0


        """)
  }

  @Test func aTableWithoutRowsHasItsHeading() {
    #expect(
      output([TableSnapshot(table: 0, rows: [])], [Self.lines])
        == "CALL      COUNT  TIME (us)\n\n")
  }

  @Test func rowsThatDoNotFitTheColumnsAreShownAsFarAsTheyGo() {
    let rows: [[Value]] = [[.text("a")], [.text("b"), .integer(1), .integer(1000), .integer(9)]]
    let snapshot = TableSnapshot(table: 0, rows: rows)
    #expect(
      output([snapshot], [Self.lines]).hasSuffix(
        "a             0          0\nb             1          1\n\n"))
    for look in ShownTable.Look.allCases {
      var table = Self.lines
      table.look = look
      for format in RendererSpec.all { _ = output([snapshot], [table], as: format) }
    }
    #expect(output([TableSnapshot(table: 7, rows: rows)], [Self.lines]) == "")
  }

  @Test func linesAsJSONAndCSV() {
    let snapshot = TableSnapshot(table: 0, line: "x", time: "12:00:01", rows: Self.calls)
    #expect(
      output([snapshot], [Self.lines], as: .json)
        == #"{"type": "columns", "of": "table", "data": {"call": {"heading": "CALL"}, "#
        + #""calls_count": {"heading": "COUNT"}, "#
        + #""calls": {"heading": "TIME (us)", "unit": "us"}}}"# + "\n"
        + #"{"type": "table", "time": "12:00:01", "data": ["#
        + #"{"call": "read", "calls_count": 3, "calls": 7.999}, "#
        + #"{"call": "exit, \"now\"", "calls_count": 1, "calls": 0}]}"# + "\n")
    #expect(
      output([snapshot, snapshot], [Self.lines], as: .csv) == """
        TIME,CALL,COUNT,TIME (us)
        12:00:01,read,3,7.999
        12:00:01,"exit, ""now""\",1,0
        12:00:01,read,3,7.999
        12:00:01,"exit, ""now""\",1,0

        """)
  }

  // MARK: Distributions

  private static let waits = ShownTable(
    columns: [
      ShownColumn(name: "pid", heading: "PID", format: "", isKey: true),
      ShownColumn(name: "comm", heading: "COMM", format: "", isKey: true),
      ShownColumn(name: "wait", heading: "usecs", format: "", unit: "us"),
    ], look: .distributions)

  private static let one = Histogram.log2([1, 2, 3])

  private static let many = Histogram.log2([-1, 1, 9, 9])

  @Test func distributionsAreShownAsPrintShowsMaps() {
    let map = MapSnapshot(
      name: "@usecs_by_pid", shape: .histogram, isScalar: false,
      entries: [
        .init(key: .tuple([.unsigned(7), .text("b")]), value: .histogram(Self.one)),
        .init(key: .tuple([.unsigned(5), .text("a")]), value: .histogram(Self.many)),
      ])
    let rows = map.entries.map { entry in entry.key.columns + [entry.value] }
    #expect(
      output(
        [TableSnapshot(table: 0, line: "12:00:01", rows: Array(rows.reversed()))], [Self.waits])
        == "12:00:01\n" + Rendered([.map(map)]).output)
    let alone = ShownTable(columns: [Self.waits.columns[2]], look: .distributions)
    let scalar = MapSnapshot.histogram("@usecs", Self.one)
    #expect(
      output([TableSnapshot(table: 0, rows: [[.histogram(Self.one)]])], [alone])
        == Rendered([.map(scalar)]).output)
    let byOne = ShownTable(
      columns: [Self.waits.columns[0], Self.waits.columns[2]], look: .distributions)
    #expect(
      output([TableSnapshot(table: 0, rows: [[.unsigned(5), .histogram(Self.one)]])], [byOne])
        == Rendered([.map(.histogram("@usecs_by_pid", key: .unsigned(5), Self.one))]).output)
  }

  @Test func distributionsAreListsOfBuckets() {
    let snapshot = TableSnapshot(
      table: 0, rows: [[.unsigned(5), .text("a"), .histogram(Self.many)]])
    #expect(
      output([snapshot], [Self.waits], as: .json)
        == #"{"type": "columns", "of": "table", "data": {"pid": {"heading": "PID"}, "#
        + #""comm": {"heading": "COMM"}, "wait": {"heading": "usecs", "unit": "us"}}}"# + "\n"
        + #"{"type": "table", "data": [{"pid": 5, "comm": "a", "wait": ["#
        + #"{"max": -1, "count": 1},{"min": 0, "max": 0, "count": 0},"#
        + #"{"min": 1, "max": 1, "count": 1},{"min": 2, "max": 3, "count": 0},"#
        + #"{"min": 4, "max": 7, "count": 0},{"min": 8, "max": 15, "count": 2}]}]}"# + "\n")
    #expect(
      output([snapshot], [Self.waits], as: .csv) == """
        PID,COMM,MIN,MAX,COUNT
        5,a,,-1,1
        5,a,0,0,0
        5,a,1,1,1
        5,a,2,3,0
        5,a,4,7,0
        5,a,8,15,2

        """)
  }

  // MARK: Stacks

  private static func stacks(isFolded: Bool = false, isDelimited: Bool = false) -> ShownTable {
    ShownTable(
      columns: [
        ShownColumn(name: "ustack", heading: "USTACK", format: "", isKey: true),
        ShownColumn(name: "kstack", heading: "KSTACK", format: "", isKey: true),
        ShownColumn(name: "comm", heading: "COMM", format: "%-16s", isKey: true),
        ShownColumn(name: "pid", heading: "PID", format: "%-7d", isKey: true),
        ShownColumn(name: "us", heading: "US", format: "%d", divisor: 1000),
      ], look: .stacks, isFolded: isFolded, isDelimited: isDelimited)
  }

  private static func stack(_ space: Stack.Space, _ names: [String?]) -> Value {
    .stack(
      Stack(
        mode: .bpftrace, space: space,
        frames: names.enumerated().map {
          .init(
            address: UInt64($0), symbol: $1, offset: 7,
            inlined: $1 == "work" ? [.init(symbol: "in")] : [])
        }))
  }

  private static let row: [Value] = [
    stack(.process(5), ["work", "main", nil]), stack(.kernel, ["schedule", "do_nanosleep"]),
    .text("sleep"), .integer(5), .integer(12_999),
  ]

  @Test func stacksAreFramesWithTheOtherKeysBelow() {
    let snapshot = TableSnapshot(table: 0, rows: [Self.row])
    #expect(
      output([snapshot], [Self.stacks()]) == """
            schedule
            do_nanosleep
            in
            work
            main
            [unknown]
            -                sleep (5)
                12


        """)
    #expect(
      output([snapshot], [Self.stacks(isDelimited: true)])
        .contains("    do_nanosleep\n    --\n    in\n"))
    // Where one of the two is empty nothing ends.
    var row = Self.row
    row[1] = Self.stack(.kernel, [])
    #expect(
      output([TableSnapshot(table: 0, rows: [row])], [Self.stacks(isDelimited: true)])
        .hasPrefix("    in\n"))
  }

  @Test func foldedStacksAreLines() {
    let snapshot = TableSnapshot(table: 0, rows: [Self.row, Self.row])
    let line = "sleep;[unknown];main;work;in;do_nanosleep;schedule 12\n"
    #expect(output([snapshot], [Self.stacks(isFolded: true)]) == line + line)
    #expect(
      output([snapshot], [Self.stacks(isFolded: true, isDelimited: true)]).hasPrefix(
        "sleep;[unknown];main;work;in;-;do_nanosleep;schedule 12\n"))
    #expect(
      output([snapshot], [Self.stacks()], as: .csv).hasSuffix(
        "\n[unknown];main;work;in,do_nanosleep;schedule,sleep,5,12.999\n"))
  }

  // MARK: CSV

  @Test func csvHasAHeadingForEachKindOfLines() {
    let columns = [
      ShownColumn(name: "pid", heading: "PID", format: "%-6d"),
      ShownColumn(name: "path", heading: "", format: "%s"),
    ]
    let page = page(
      [
        .attached(count: 2), .text(.printf, Array("Tracing...\n".utf8)), .rowHeading,
        .row([.integer(-1), .text("a\nb")]),
        .row([.unsigned(.max), .string([0xff, 0x2c], truncated: false)]),
        .clearScreen, .table(TableSnapshot(table: 0, rows: Self.calls)), .ending,
      ], [Self.lines], columns, as: .csv)
    #expect(
      page.output
        == Array("PID,path\n-1,\"a\nb\"\n18446744073709551615,\"".utf8) + [0xff, 0x2c]
        + Array(
          "\"\n\nCALL,COUNT,TIME (us)\nread,3,7.999\n\"exit, \"\"now\"\"\",1,0\n".utf8))
    #expect(page.messages == Array("Attached 2 probes\nTracing...\n".utf8))
  }

  @Test func csvHasNumbersInTheDigitsOfTheirColumns() {
    let columns = [
      ShownColumn(name: "sk", heading: "SKADDR", format: "%-16lx"),
      ShownColumn(name: "mode", heading: "MODE", format: "%07o"),
    ]
    let page = page(
      [.rowHeading, .row([.unsigned(0xffff_8000_0000_0001), .integer(0o644)])], [], columns,
      as: .csv)
    #expect(page.output == Array("SKADDR,MODE\nffff800000000001,644\n".utf8))
  }

  @Test func onlyCSVObjectsToScriptsWithoutRowsAndTables() {
    var header = SessionHeader(
      of: Manifest(script: "s", producer: "p", architecture: "a"), kernel: nil,
      clock: .init(boot: 0, wall: 0))
    let objecting = { (header: SessionHeader) in
      RendererSpec.all.filter { $0.make(RendererOptions()).objection(to: header) != nil }
        .map(\.name)
    }
    #expect(objecting(header) == ["csv"])
    header.tables = [Self.lines]
    #expect(objecting(header) == [])
  }
}
