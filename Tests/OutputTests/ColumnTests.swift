import Output
import Testing
import TraceModel

@Suite struct ColumnTests {
  private func text(_ format: String, _ value: Value, dividedBy divisor: UInt64 = 1) -> String {
    let column = ShownColumn(name: "x", heading: "X", format: format, divisor: divisor)
    var text: [UInt8] = []
    ColumnFormat(column).append(value, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  @Test(arguments: [
    ("%8.2f", Int64(1_234_567), UInt64(1000), " 1234.57"),
    ("%8.2f", -1_234_567, 1000, "-1234.57"),
    ("%.2f", 1_005, 1000, "1.01"), ("%.2f", 1_004, 1000, "1.00"), ("%.2f", -1_005, 1000, "-1.01"),
    ("%.0f", 1_500, 1000, "2"), ("%.0f", 1_499, 1000, "1"), ("%.1f", 999_950, 1_000_000, "1.0"),
    ("%-8.3f|", 1, 3, "0.333   "), ("%08.3f", -2, 3, "-000.667"), ("%+.1f", 5, 10, "+0.5"),
    ("%f", 1, 1_000_000_000, "0.000000"), ("%.9f", 1, 1_000_000_000, "0.000000001"),
    ("%3.1f", 123_456, 10, "12345.6"), ("%.2f", Int64.min, 1, "-9223372036854775808.00"),
    ("%.30f", 1, 1, "1.000000000000000000"),
  ])
  func showsDecimals(_ format: String, _ number: Int64, _ divisor: UInt64, _ expected: String) {
    #expect(text(format, .integer(number), dividedBy: divisor) == expected)
  }

  @Test func roundsTheLargestNumbersExactly() {
    #expect(text("%.2f", .unsigned(.max)) == "18446744073709551615.00")
    #expect(text("%.1f", .unsigned(.max), dividedBy: .max) == "1.0")
    #expect(text("%.3f", .unsigned(.max), dividedBy: 1024) == "18014398509481983.999")
    #expect(text("%.18f", .unsigned(.max - 1), dividedBy: .max) == "1.000000000000000000")
    #expect(text("%.1f", .unsigned(.max / 2 + 1), dividedBy: .max) == "0.5")
  }

  @Test func showsNumbersWhole() {
    #expect(text("%d", .unsigned(.max)) == "18446744073709551615")
    #expect(text("%5d|", .integer(-3)) == "   -3")
    #expect(text("%d", .integer(-7_999), dividedBy: 1000) == "-7")
    #expect(text("%d", .unsigned(7_999), dividedBy: 1000) == "7")
    #expect(text("%d", .integer(.min), dividedBy: 1) == "-9223372036854775808")
    #expect(text("%-8.8o", .unsigned(0o2_0100)) == "00020100")
    #expect(text("%x", .unsigned(0x1_0000_0000)) == "100000000")
    #expect(text("%-6s|", .unsigned(12)) == "12    ")
    #expect(text("%d", .boolean(true)) == "1")
    #expect(text("%6d", .text(bytes: "none")) == "  none")
  }

  // MARK: Rows

  private static let columns = [
    ShownColumn(name: "pid", heading: "PID", format: "%-6d"),
    ShownColumn(name: "lat", heading: "LAT(ms)", format: "%8.2f", divisor: 1_000_000, unit: "ms"),
    ShownColumn(name: "kstack", heading: "KSTACK", format: ""),
    ShownColumn(name: "path", heading: "PATH", format: "%-9s"),
  ]

  private static let stack = Value.stack(
    Stack(
      mode: .bpftrace,
      frames: [
        .init(address: 1, symbol: "f", offset: 2), .init(address: 3, symbol: "g", offset: 4),
      ]
    ))

  private static let row: [Value] = [.unsigned(42), .integer(-1_500_000), stack, .text("/a")]

  private func rendered(_ records: [Record], as format: RendererSpec, _ columns: [ShownColumn])
    -> Page
  {
    var header = SessionHeader(
      of: Manifest(script: "s", producer: "p", architecture: "a"), kernel: nil,
      clock: .init(boot: 0, wall: 0))
    header.columns = columns
    var renderer = format.make(RendererOptions())
    var page = Page()
    renderer.begin(header, into: &page)
    for record in records { renderer.render(record, into: &page) }
    renderer.finish(into: &page)
    return page
  }

  private func output(
    _ records: [Record], as format: RendererSpec = .text, _ columns: [ShownColumn] = columns
  ) -> String {
    String(decoding: rendered(records, as: format, columns).output, as: UTF8.self)
  }

  @Test func writesRowsAndTheirHeading() {
    #expect(
      output([.rowHeading, .row(Self.row)]) == """
        PID     LAT(ms) PATH
        42        -1.50 /a
                f+2
                g+4


        """)
  }

  @Test func letsWideValuesMoveTheRest() {
    let columns = Self.columns.filter { $0.name != "kstack" }
    let wide: [Value] = [.unsigned(12_345_678), .unsigned(.max), .text("a/long/path")]
    #expect(output([.row(wide)], columns) == "12345678 18446744073709.55 a/long/path\n")
    let bytes = Value.string([0xff, 0x41], truncated: false)
    #expect(
      rendered([.row([.unsigned(1), .unsigned(0), bytes])], as: .text, columns).output
        == Array("1          0.00 ".utf8) + [0xff, 0x41, 0x0a])
  }

  @Test func writesRowsAsJSON() {
    #expect(
      output([.rowHeading, .row(Self.row)], as: .json)
        == #"{"type": "columns", "of": "row", "data": {"pid": {"heading": "PID"}, "#
        + #""lat": {"heading": "LAT(ms)", "unit": "ms"}, "kstack": {"heading": "KSTACK"}, "#
        + #""path": {"heading": "PATH"}}}"# + "\n"
        + #"{"type": "row", "data": {"pid": 42, "lat": -1.5, "#
        + #""kstack": "\n        f+2\n        g+4\n", "path": "/a"}}"# + "\n")
    let numbers = [
      ShownColumn(name: "a", heading: "A", format: "%d", divisor: 1024),
      ShownColumn(name: "b", heading: "B", format: "%d"),
      ShownColumn(name: "c", heading: "C", format: "%.2f", divisor: 3),
      ShownColumn(name: "d", heading: "D", format: "%.2f", divisor: 1000),
    ]
    #expect(
      output(
        [.row([.unsigned(1025), .integer(-1), .unsigned(1), .unsigned(.max)])], as: .json, numbers
      )
      .split(separator: "\n").last ?? ""
        == #"{"type": "row", "data": {"a": 1.0009765625, "b": -1, "#
        + #""c": 0.33333333333333333333, "d": 18446744073709551.615}}"#)
  }
}
