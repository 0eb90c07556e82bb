import BPF
import LinuxSystem
import Output
import TestKit
import Testing
import TraceModel

@testable import TraceRuntime

@Suite(.serialized) struct ReportTests {
  let session: SampleSession

  init() throws {
    session = try SampleSession()
    session.options.isQuiet = true
    session.manifest.configuration.printMapsOnExit = false
    session.probe(.rawTracepoint(event: "tick"), "rawtracepoint:tick")
  }

  private static let number = ValueLayout.integer(bytes: 8, signed: true)

  /// Adds a map with keys of a number and a name, and what it holds.
  private func add(
    _ name: String, _ value: MapValue, _ entries: [(Int64, String, [Int64])]
  ) -> Int {
    let (fields, size) = ValueLayout.pack([("", Self.number), ("", .string(capacity: 8))])
    let map = MapSpec(
      name: name, kind: .hash, key: .tuple(fields, size: size), value: value, maxEntries: 9)
    session.manifest.maps.append(map)
    let stride = entries.first?.2.count ?? 1
    var contents = MapEntries(keySize: size, valueStride: 8 * stride, valuesPerKey: 1)
    for (number, name, words) in entries {
      contents.append(
        key: [UInt8](of: number) + [UInt8](name, capacity: 8),
        values: words.flatMap { [UInt8](of: $0) })
    }
    session.host.maps[map.symbol] = contents
    return session.manifest.maps.count - 1
  }

  private static func when(_ option: String, isNegated: Bool = false) -> OptionCondition {
    OptionCondition(alternatives: [.init(terms: [.init(option: option, isNegated: isNegated)])])
  }

  private static let keys = [
    ColumnSpec(name: "pid", heading: "PID", format: "%-4d", source: .key(0)),
    ColumnSpec(
      name: "comm", heading: "COMM", format: "%-6s",
      condition: when("nocomm", isNegated: true), source: .key(1)),
  ]

  private func addTable(heading: String? = nil) {
    let calls = add(
      "@calls", .aggregation(Aggregation(Stats(isSigned: true))),
      [(5, "a", [9000, 2]), (7, "b", [4000, 1]), (6, "c", [4000, 4])])
    let bytes = add("@bytes", .value(Self.number), [(7, "b", [2048]), (9, "d", [1024])])
    session.manifest.tables = [
      TableSpec(
        columns: Self.keys + [
          ColumnSpec(
            name: "calls_count", heading: "COUNT", format: "%5d", source: .map(calls, part: .count)),
          ColumnSpec(
            name: "bytes", heading: "KBYTES", format: "%6d", divisor: 1024,
            source: .map(bytes, part: nil)),
          ColumnSpec(
            name: "calls", heading: "TIME", format: "%6.1f", divisor: 1000,
            condition: Self.when("latency"), source: .map(calls, part: .total)),
        ], heading: heading)
    ]
    session.manifest.options = ["latency", "nocomm"].map {
      ScriptOption(name: $0, defaultValue: .boolean(false), description: "")
    }
    session.host.recordsOnceAttached = [session.exit(0)]
  }

  private func turnOn(_ options: String...) {
    for option in options { session.options.arguments.options[option] = .boolean(true) }
  }

  // MARK: Stacks

  /// Adds a table of stacks with a name, whose addresses and values are these.
  private func addStacks(_ entries: [([UInt64], String, Int64)]) {
    let (fields, size) = ValueLayout.pack([
      ("", .presented(.kernelStack(.bpftrace, limit: 4))), ("", .string(capacity: 8)),
    ])
    let map = MapSpec(
      name: "@stacks", kind: .hash, key: .tuple(fields, size: size),
      value: .value(Self.number), maxEntries: 99)
    session.manifest.maps.append(map)
    var contents = MapEntries(keySize: size, valueStride: 8, valuesPerKey: 1)
    for (addresses, name, value) in entries {
      let words = [UInt64(addresses.count)] + addresses
      let padded = words + Array(repeating: 0, count: 5 - words.count)
      contents.append(
        key: padded.flatMap { [UInt8](of: $0) } + [UInt8](name, capacity: 8),
        values: [UInt8](of: value))
    }
    session.host.maps[map.symbol] = contents
    session.manifest.tables = [
      TableSpec(columns: [
        ColumnSpec(name: "kstack", heading: "", format: "", source: .key(0)),
        ColumnSpec(name: "comm", heading: "COMM", format: "%s", source: .key(1)),
        ColumnSpec(name: "count", heading: "COUNT", format: "%d", source: .map(0, part: nil)),
      ])
    ]
    session.host.recordsOnceAttached = [session.exit(0)]
  }

  @Test func stacksAreSortedByValueThenByTheirAddresses() throws {
    addStacks([
      ([0x1001, 0x1002], "b", 5), ([0x1001], "c", 5), ([0x1001], "a", 5), ([0x1000], "z", 6),
      ([0x1005, 1], "d", 5), ([0x1ff0], "y", 2),
    ])
    _ = try session.run()
    let names = session.pages.output.split(separator: "\n").filter { $0.hasPrefix("    - ") }
      .compactMap(\.last)
    #expect(names == ["y", "a", "c", "b", "d", "z"])
    #expect(
      session.pages.output.hasPrefix("    vfs_read\n    -                y\n        2\n\n"))
  }

  @Test func stacksInTheSameFunctionsAreOne() throws {
    addStacks([
      ([0x1001, 0x1002], "a", 5), ([0x1003], "a", 8), ([0x1007], "b", 1),
      ([0x1fff, 0x1000], "a", 4),
    ])
    _ = try session.run()
    #expect(
      session.pages.output.hasPrefix(
        """
            vfs_read
            -                b
                1

            vfs_read
            -                a
                8

            vfs_read
            vfs_read
            -                a
                9


        """))
  }

  @Test func stacksWithOffsetsAreWhereTheyAre() throws {
    addStacks([([0x1001, 0x1002], "a", 5), ([0x1fff, 0x1000], "a", 4)])
    session.options.reports.hasOffsets = true
    _ = try session.run()
    #expect(session.pages.output.hasPrefix("    vfs_read+0xfff\n    vfs_read+0x0\n"))
    #expect(session.pages.output.contains("    vfs_read+0x1\n    vfs_read+0x2\n"))
  }

  @Test func onlyTheLargestStacksAreShown() throws {
    addStacks([([0x1001], "a", 1), ([0x1002], "b", 3), ([0x1003], "c", 2)])
    session.options.reports.top = 2
    _ = try session.run()
    let names = session.pages.output.split(separator: "\n").filter { $0.hasPrefix("    - ") }
      .compactMap(\.last)
    #expect(names == ["c", "b"])
  }

  @Test func aFullMapIsToldOnceAndHowMuchItLacksAtTheEnd() throws {
    addStacks([([0x1001], "a", 1)])
    let record = session.event(
      .runtimeError(.helper(.mapUpdate)),
      [(.integer(bytes: 4, signed: true), [UInt8](of: Int32(-7)))])
    session.host.recordsOnceAttached = [record, record, record, session.exit(0)]
    let places = RunCounters(of: session.manifest)
    session.host.counters = Array(repeating: 0, count: places.count)
    session.host.counters[places.index(of: .refused(map: 0))] = 3
    _ = try session.run()
    let lines = session.pages.messages.split(separator: "\n")
    #expect(lines.filter { $0.contains("Map full") }.count == 1)
    #expect(
      session.pages.messages.hasSuffix(
        "@stacks was full: 3 updates were lost, it has room for 99 elements\n"))
  }

  @Test func manyStacksAreAllShown() throws {
    addStacks((0..<50).map { ([0x1000 + UInt64($0)], "n\($0)", 1 + Int64($0)) })
    _ = try session.run()
    let numbers = session.pages.output.split(separator: "\n").filter { $0.hasPrefix("        ") }
      .map { $0.drop { $0 == " " } }
    #expect(numbers == (1...50).map { "\($0)" })
  }

  // MARK: What a table shows

  @Test func mapsAreJoinedAndSortedByTheLastValue() throws {
    addTable()
    _ = try session.run()
    #expect(
      session.pages.output == """
        PID  COMM   COUNT KBYTES
        7    b          1      2
        9    d          0      1
        6    c          4      0
        5    a          2      0




        """)
    #expect(
      session.host.calls.filter { if case .clear = $0 { true } else { false } }
        == [.clear("AT_calls"), .clear("AT_bytes")])
  }

  @Test func optionsChooseColumns() throws {
    addTable()
    turnOn("latency", "nocomm")
    session.options.reports.top = 3
    _ = try session.run()
    #expect(
      session.pages.output.hasPrefix(
        """
        PID  COUNT KBYTES   TIME
        5        2      0    9.0
        7        1      2    4.0
        6        4      0    4.0


        """))
  }

  @Test(arguments: [
    ("calls_count", ["6", "5", "7", "9"]), ("comm", ["5", "7", "6", "9"]),
    ("pid", ["9", "7", "6", "5"]), ("calls", ["5", "7", "6", "9"]),
  ])
  func linesAreSortedByAnyColumn(_ column: String, _ order: [String]) throws {
    addTable()
    session.options.reports.sortColumn = column
    _ = try session.run()
    let lines = session.pages.output.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(lines.dropFirst().compactMap { $0.first.map(String.init) } == order)
    // What is not shown is sorted by, too.
    #expect(lines.allSatisfy { $0.count == 4 })
  }

  @Test func valuesOfAMapThatIsNotShownAreNotThereToSortBy() throws {
    addTable()
    session.manifest.tables[0].columns[3].condition = Self.when("latency")
    session.options.reports.sortColumn = "bytes"
    let error = #expect(throws: SessionError.self) { try session.run() }
    #expect(error == .noSuchColumn("bytes", columns: ["PID", "COMM", "COUNT", "TIME"]))
  }

  @Test func anUnknownColumnIsRefusedBeforeTheRun() throws {
    addTable()
    session.options.reports.sortColumn = "size"
    let error = #expect(throws: SessionError.self) { try session.run() }
    #expect(error == .noSuchColumn("size", columns: ["PID", "COMM", "COUNT", "KBYTES", "TIME"]))
    #expect(
      error?.message(verbose: false).text
        == "no table has a column 'size', only PID, COMM, COUNT, KBYTES, TIME")
    #expect(session.host.calls.isEmpty)
  }

  @Test func zeroMeansAllLines() throws {
    addTable()
    session.options.reports.top = 0
    _ = try session.run()
    #expect(session.pages.output.split(separator: "\n").count == 5)
  }

  @Test func headingsAreShownAlwaysAndTimesIfAskedFor() throws {
    addTable(heading: "[%%]")
    session.options.reports.showsTime = true
    _ = try session.run()
    #expect(session.pages.output.hasPrefix("[%]\nPID "))
    session.manifest.tables[0].heading = nil
    _ = try session.run()
    let line = session.pages.output.split(separator: "\n").last { $0.contains(":") }
    #expect(line?.wholeMatch(of: /\d\d:\d\d:\d\d/) != nil)
  }

  @Test func aTableNoneOfWhoseValuesAreShownIsNone() throws {
    addTable()
    for index in 2..<5 {
      session.manifest.tables[0].columns[index].condition = Self.when("latency")
    }
    _ = try session.run()
    #expect(session.pages.output == "\n\n")
    #expect(!session.host.calls.contains { if case .clear = $0 { true } else { false } })
  }

  @Test func mapsAreLoadedForAsManyElementsAsThereAreNames() throws {
    let layouts: [ValueLayout] = [
      .presented(.systemCallName), .presented(.numberName(.softirqs)), Self.number,
    ]
    for (layout, count) in zip(layouts, [1024, 16, nil]) {
      session.manifest.maps = [
        MapSpec(
          name: "@calls", kind: .hash, key: layout, value: .value(Self.number), maxEntries: 4096)
      ]
      session.manifest.tables = [
        TableSpec(columns: [
          ColumnSpec(name: "call", heading: "CALL", format: "%s", source: .key(0)),
          ColumnSpec(name: "calls", heading: "N", format: "%d", source: .map(0, part: nil)),
        ])
      ]
      session.host.recordsOnceAttached = [session.exit(0)]
      _ = try session.run()
      let plans = session.host.calls.compactMap { call -> LoadPlan? in
        if case .load(let plan) = call { plan } else { nil }
      }
      #expect(plans.last?.maxEntries["AT_calls"] == count)
    }
  }

  @Test func mapsOfWhichNoKeyOrNoValueIsShownAreLoadedForOneElement() throws {
    addTable()
    func entries(_ keys: OptionCondition, _ bytes: OptionCondition) throws -> [String: Int]? {
      for index in 0..<2 { session.manifest.tables[0].columns[index].condition = keys }
      session.manifest.tables[0].columns[3].condition = bytes
      _ = try session.run()
      return session.host.calls.compactMap {
        if case .load(let plan) = $0 { plan.maxEntries } else { nil }
      }
      .last
    }
    #expect(try entries(.always, .always) == [:])
    #expect(try entries(.always, Self.when("latency")) == ["AT_bytes": 1])
    #expect(try entries(Self.when("latency"), .always) == ["AT_calls": 1, "AT_bytes": 1])
    turnOn("latency")
    #expect(try entries(Self.when("latency"), Self.when("latency")) == [:])
  }

  @Test func csvIsRefusedWhereThereIsNothingToShow() throws {
    session.format = .csv
    session.host.recordsOnceAttached = [session.exit(0)]
    let error = #expect(throws: SessionError.self) { try session.run() }
    #expect(
      error?.message(verbose: false).text
        == "the format csv is for rows and tables, and the script has neither")
    #expect(session.host.calls.isEmpty)
  }

  @Test func whatProgramsHaveDividedIsNotDividedAgain() throws {
    addTable()
    session.manifest.tables[0].columns[3].format = ""
    _ = try session.run()
    #expect(session.pages.output.hasPrefix("PID  COMM   COUNT KBYTES\n7    b          1 2048\n"))
  }

  // MARK: When it is reported

  /// Adds a report probe that writes a row, or what else is given.
  private func addReport(_ records: [[UInt8]]) -> String {
    let program = session.probe(.report, "report")
    session.host.recordsOfPrograms[program] = records
    return program
  }

  private var reportCount: Int {
    session.pages.output.split(separator: "\n").filter { $0 == "report" }.count
  }

  @Test func countEndsTheRun() throws {
    let end = session.probe(.end, "end")
    session.host.recordsOfPrograms[end] = [session.event(.printf(format: "end\n"))]
    _ = addReport([session.event(.printf(format: "report\n"))])
    session.options.reports.interval = 1_000_000
    session.options.reports.count = 3
    _ = try session.run()
    #expect(session.pages.output == "report\nreport\nreport\nend\n\n\n")
  }

  @Test func theScriptSaysWhenUnlessTheRunDoes() throws {
    _ = addReport([session.event(.printf(format: "report\n"))])
    session.manifest.options = [
      ScriptOption(
        name: "interval", defaultValue: .unsigned(1_000_000_000), description: "",
        declaration: OptionDeclaration(
          position: "INTERVAL", kind: .time(unit: 1_000_000_000))),
      ScriptOption(
        name: "count", defaultValue: .unsigned(2), description: "",
        declaration: OptionDeclaration(
          position: "COUNT", kind: .number(lowest: 1, highest: .max))),
    ]
    session.options.arguments.options["interval"] = .unsigned(2_000_000)
    session.options.takeStandardOptions(among: session.manifest.options, isTerminal: false)
    _ = try session.run()
    #expect(reportCount == 2)
  }

  @Test func withoutAnIntervalThereIsOneReportAtTheEnd() throws {
    let report = addReport([session.event(.printf(format: "report\n"))])
    session.host.recordsOnceAttached = [session.exit(0)]
    _ = try session.run()
    #expect(reportCount == 1)
    let calls = session.host.calls.filter { $0 == .detachAll || $0 == .run(report) }
    #expect(calls == [.detachAll, .run(report)])
  }

  @Test func theEndReportsWhatCameSinceTheLastTime() throws {
    let report = addReport([session.event(.printf(format: "report\n"))])
    session.options.reports.interval = 50_000_000
    session.host.lateRecords = (report, 2, [session.exit(0)])
    _ = try session.run()
    #expect(reportCount == 3)
    let calls = session.host.calls.filter { $0 == .detachAll || $0 == .run(report) }
    #expect(calls == [.run(report), .run(report), .detachAll, .run(report)])
  }

  @Test func aReportThatIsDueAtTheEndIsTheOneAtTheEnd() throws {
    _ = addReport([session.event(.printf(format: "report\n"))])
    session.options.reports.interval = 500_000_000
    session.options.duration = .milliseconds(1000)
    _ = try session.run()
    #expect(reportCount == 2)
  }

  @Test func theEndSaysNothingIfNothingCame() throws {
    addTable()
    session.host.recordsOnceAttached = []
    session.options.reports.interval = 50_000_000
    session.host.lateRecords = (addReport([]), 2, [session.exit(0)])
    _ = try session.run()
    let headings = session.pages.output.split(separator: "\n").filter { $0.hasPrefix("PID") }
    #expect(headings.count == 2)
    #expect(session.pages.output.contains("PID  COMM   COUNT KBYTES\n\n"))
  }

  @Test func aReportMayEndTheRun() throws {
    _ = addReport([session.event(.printf(format: "report\n")), session.exit(3)])
    session.options.reports.interval = 1_000_000
    #expect(try session.run() == 3)
    #expect(reportCount == 1)
  }

  @Test func exitInBeginReportsNothing() throws {
    addTable()
    let begin = session.probe(.begin, "begin")
    session.host.recordsOfPrograms[begin] = [
      session.event(.printf(format: "a list\n")), session.exit(0),
    ]
    _ = try session.run()
    #expect(session.pages.output == "a list\n\n\n")
  }

  @Test func rowsOfReportsFollowTheHeading() throws {
    session.manifest.row = RowSpec(columns: [
      ColumnSpec(name: "hits", heading: "HITS", format: "%8d", source: .field(0))
    ])
    _ = addReport([session.event(.row, [(Self.number, [UInt8](of: Int64(42)))])])
    session.options.reports.interval = 1_000_000
    session.options.reports.count = 2
    _ = try session.run()
    #expect(session.pages.output == "    HITS\n      42\n      42\n\n\n")
  }

  @Test func theScreenIsClearedBeforeEachReport() throws {
    _ = addReport([session.event(.printf(format: "report\n"))])
    session.options.reports.interval = 1_000_000
    session.options.reports.count = 2
    session.options.reports.clearsScreen = true
    _ = try session.run()
    let clear = "\u{1b}[H\u{1b}[2J"
    #expect(session.pages.output == "\(clear)report\n\(clear)report\n\n\n")
  }
}
