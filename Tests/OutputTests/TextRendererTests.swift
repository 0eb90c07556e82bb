import Output
import Testing
import TraceModel

@Suite struct TextRendererTests {
  @Test(arguments: [
    (MapSnapshot.scalar("@total", .integer(42)), "@total: 42\n"),
    (.values("@bytes", [(.text(bytes: "sshd"), .integer(7))]), "@bytes[sshd]: 7\n"),
    (
      .values("@pair", [(.tuple([.integer(3), .text(bytes: "eth0")]), .integer(9))]),
      "@pair[3, eth0]: 9\n"
    ),
    (
      .values(
        "@deep",
        [(.tuple([.integer(1), .tuple([.integer(2), .text(bytes: "x")])]), .integer(9))]),
      "@deep[1, (2, x)]: 9\n"
    ),
    (.values("@ok", [(.boolean(true), .boolean(false))]), "@ok[true]: false\n"),
    (
      .scalar("@who", .record([.init("a", .integer(1)), .init("b", .text(bytes: "x"))])),
      "@who: { .a = 1, .b = x }\n"
    ),
    (
      .scalar(
        "@t",
        .tuple([.integer(1), .text(bytes: "x"), .tuple([.integer(2), .integer(3)])])),
      "@t: (1, x, (2, 3))\n"
    ),
    (.scalar("@arr", .array([.integer(1), .integer(2), .integer(3)])), "@arr: [1,2,3]\n"),
    (.scalar("@p", .pointer(0xffff_8881_0038_2000)), "@p: 0xffff888100382000\n"),
    (
      .scalar(
        "@s", .stats(.init(count: 7, average: 1, total: 7, signed: true)), shape: .statistics),
      "@s: { .count = 7, .average = 1, .total = 7 }\n"
    ),
  ])
  func showsMapsInTheirLayout(_ snapshot: MapSnapshot, _ expected: String) {
    #expect(Rendered([.map(snapshot)]).output == expected)
  }

  @Test func showsHistogramsAsBars() {
    let rendered = Rendered([
      .ending,
      .map(.histogram("@lat", key: .text(bytes: "r"), .linear([25, 90], 0, 40, 10))),
      .map(.histogram("@sz", .log2([6, 6, 700]))),
    ])
    #expect(
      rendered.output == """


        @lat[r]:
        [20, 30)               1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|
        [30, 40)               0 |                                                    |
        [40, ...)              1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|

        @sz:
        [4, 8)                 2 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|
        [8, 16)                0 |                                                    |
        [16, 32)               0 |                                                    |
        [32, 64)               0 |                                                    |
        [64, 128)              0 |                                                    |
        [128, 256)             0 |                                                    |
        [256, 512)             0 |                                                    |
        [512, 1K)              1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |


        """)
  }

  @Test(arguments: [
    (Histogram.log2([-3]), "(..., 0)"),
    (.log2([0]), "[0]"),
    (.log2([1]), "[1]"),
    (.log2([1_500_000]), "[1M, 2M)"),
    (.log2([.max]), "[4E, 8E)"),
    (.log2([5], bits: 2), "[5]"),
    (.log2([100], bits: 2), "[96, 112)"),
    (.log2([1300], bits: 2), "[1280, 1536)"),
    (.linear([-1], 0, 10, 1), "(..., 0)"),
    (.linear([3], 0, 10, 1), "[3]"),
    (.linear([3], -10, 10, 5), "[0, 5)"),
    (.linear([10], 0, 10, 1), "[10, ...)"),
    (.linear([3000], 0, 8192, 2048), "[2K, 4K)"),
    (.linear([3000], 0, 8000, 2000), "[2000, 4000)"),
    (.linear([3 << 20], 0, 8 << 20, 1 << 20), "[3M, 4M)"),
  ])
  func labelsBuckets(_ histogram: Histogram, _ label: String) {
    let line = Rendered([.map(.histogram("@", histogram))]).output.split(separator: "\n")[1]
    let padded = label + String(repeating: " ", count: 16 - label.count)
    #expect(line.hasPrefix(padded + "       1 |"))
  }

  @Test func showsSeriesAsGraphs() {
    let rendered = Rendered([
      .map(
        .series(
          "@s", key: .integer(1), interval: 100_000_000, from: "2026-11-29 08:51:3",
          [
            ("2.400000000", .integer(-8)), ("2.500000000", .integer(-1)), ("2.600000000", nil),
            ("2.700000000", .integer(12)), ("2.800000000", .integer(15)),
          ])),
      .map(
        .series(
          "@one", interval: 1_000_000_000, from: "2026-11-29 08:50:24",
          [(".000000000", .integer(5))])
      ),
    ])
    #expect(
      rendered.output == """
        @s[1]:
                     -8                                                 15
        hh:mm:ss.ms  |___________________________________________________|
        08:51:32.400 *                 .                                 | -8
        08:51:32.500 |              *  .                                 | -1
        08:51:32.600 |                 .                                 | -
        08:51:32.700 |                 .                          *      | 12
        08:51:32.800 |                 .                                 * 15
                     v___________________________________________________v
                     -8                                                 15

        @one:
                           4                                                   6
        hh:mm:ss.ns        |___________________________________________________|
        08:50:24.000000000 |                         *                         | 5
                           v___________________________________________________v
                           4                                                   6


        """)
  }

  /// Interval, heading and the time of the first of two intervals.
  @Test(arguments: [
    (UInt64(1_500_000_000), "hh:mm:ss |", "08:00:00 *"),
    (999_999_999, "hh:mm:ss.ms  |", "08:00:00.123 *"),
    // The heading is padded by bytes, of which µ has two, as in bpftrace.
    (600_000, "hh:mm:ss.μs    |", "08:00:00.123456 *"),
    (999, "hh:mm:ss.ns        |", "08:00:00.123456789 *"),
  ])
  func showsAsMuchOfTimesAsIntervalsNeed(_ interval: UInt64, _ heading: String, _ time: String) {
    let lines = Rendered([
      .map(
        .series(
          "@", interval: interval, from: "2026-11-29 08:00:00",
          [(".123456789", .integer(1)), (".923456789", .integer(2))]))
    ]).output.split(separator: "\n")
    #expect(lines[2].hasPrefix(heading))
    #expect(lines[3].hasPrefix(time))
  }

  @Test func showsTheWholeRangeOfNumbers() {
    let lines = Rendered([
      .map(
        .series(
          "@", interval: 1000, from: "2026-11-29 08:00:00",
          [(".000001000", .integer(.min)), (".000002000", .integer(.max))]))
    ]).output.split(separator: "\n")
    #expect(
      lines[1] == "                -9223372036854775808              9223372036854775807")
    #expect(lines[4].hasSuffix("* 9223372036854775807"))
    let none = Rendered([.map(.series("@", interval: 1, from: "", []))])
    #expect(none.output == "@:\n<no data>\n")
    let zero = Rendered([.map(.series("@", interval: 1, from: "", [("", .unsigned(0))]))])
    #expect(
      zero.output.contains("* ")
        && zero.output.hasSuffix("0" + String(repeating: " ", count: 51) + "1\n\n"))
  }

  @Test func showsOnlyTheHeaderOfAnEmptyHistogram() {
    #expect(Rendered([.map(.histogram("@h", .log2([])))]).output == "@h:\n\n")
  }

  @Test(arguments: [
    (Value.none, "null"),
    (.integer(-5), "-5"),
    (.unsigned(.max), "18446744073709551615"),
    (.boolean(true), "true"),
    (.enumeration(name: "RUNNING", number: 3, signed: false), "RUNNING"),
    (.enumeration(name: nil, number: -1, signed: false), "18446744073709551615"),
    (.buffer([0x41, 0, 0xff, 0x7f, 0x20]), #"A\x00\xff\x7f "#),
    (.pointer(0), "0x0"),
    (.record([]), "{}"),
    (.record([.init("a", .integer(1)), .init("b", .pointer(0))]), "{ .a = 1, .b = 0x0 }"),
    (.symbol(name: "vfs_read", address: 1), "vfs_read"),
    (.symbol(name: nil, address: 0xdead), "0xdead"),
    (.symbol(name: nil, address: 0), "0"),
    (.text("fe80::1"), "fe80::1"),
    (.array([.record([.init("x", .integer(1))])]), "[{ .x = 1 }]"),
  ])
  func spellsValues(_ value: Value, _ text: String) {
    #expect(Rendered([.value(value)]).output == text + "\n")
  }

  @Test func showsTextAsItIs() {
    let bytes: [UInt8] = [0x68, 0xff, 0x0a]
    var renderer = TextRenderer()
    var page = Page()
    renderer.render(.text(.printf, bytes), into: &page)
    renderer.render(.value(.string([0xfe], truncated: false)), into: &page)
    #expect(page.output == [0x68, 0xff, 0x0a, 0xfe, 0x0a])
  }

  @Test func endsJoinedWordsAndCommandOutputWithALine() {
    let rendered = Rendered([
      .text(.join, Array("ls -l".utf8)), .text(.system, Array("hi\n".utf8)),
      .text(.cat, Array("x".utf8)),
    ])
    #expect(rendered.output == "ls -l\nhi\n\nx")
  }

  @Test func keepsMessagesApartFromTheScriptsOutput() {
    let rendered = Rendered([
      .attached(count: 1), .attached(count: 12), .lostEvents(123), .totalLostEvents(123),
      .message(.error, "failed to open file 'x' (No such file or directory)"), .note("trying"),
    ])
    #expect(rendered.output == "")
    #expect(
      rendered.messages == """
        Attached 1 probe
        Attached 12 probes
        Lost 123 events
        WARNING: Total lost event count: 123
        ERROR: failed to open file 'x' (No such file or directory)
        trying

        """)
  }

  @Test func showsWhatCameOfProbesAsATable() {
    let rendered = Rendered([.accounting(.sample)])
    #expect(rendered.output == "")
    #expect(
      rendered.messages == """
        PROBE                      FIRED  MISSED  DROPPED
        kretprobe:vfs_read       1234567      12        0
        interval:s:1                   9       -       10
        functions of the script        -       -        1
        @a was full: 1 update was lost, it has room for 1 element
        @b was full: 20 updates were lost, it has room for 10 elements

        """)
  }

  /// Of a strict run nobody counted how often probes fired.
  @Test func leavesColumnsOutOfWhichNothingIsKnown() {
    var accounting = Record.Accounting.sample
    for index in accounting.probes.indices { accounting.probes[index].fired = nil }
    accounting.fullMaps = []
    #expect(
      Rendered([.accounting(accounting)]).messages == """
        PROBE                    MISSED  DROPPED
        kretprobe:vfs_read           12        0
        interval:s:1                  -       10
        functions of the script       -        1

        """)
  }

  @Test func placesTheScriptsOwnMessages() {
    let position = ScriptPosition(
      file: "stdin", line: 1, columns: 9..<30, text: #"begin { errorf("bad %d", 1) }"#)
    #expect(
      Rendered([.scriptMessage(.error, Array("bad 1".utf8), position)]).messages
        == "stdin:1:9-30: ERROR: bad 1\n")
    #expect(
      Rendered([.scriptMessage(.warning, Array("so so".utf8), nil)], usesColor: true).messages
        == "\u{1b}[33mWARNING: so so\u{1b}[0m\n")
  }

  @Test func showsTheLineWhereAProgramFailed() {
    let position = ScriptPosition(
      file: "x.bt", line: 3, columns: 4..<14, text: "\t\t@é[1] = 2; }")
    let failure = Record.Failure(
      text: "Map full.", helper: .init(name: "map_update_elem", code: -7), position: position)
    #expect(
      Rendered([.failure(failure)]).messages == """
        x.bt:3:4-14: WARNING: Map full.
        Additional Info - helper: map_update_elem, retcode: -7
                @é[1] = 2; }
                 ~~~~~~~~~

        """)
  }
}
