import Output
import Testing
import TraceModel

@Suite struct JSONRendererTests {
  @Test func writesTheLinesOfASmallRun() {
    let rendered = Rendered(
      [
        .attached(count: 1), .value(.tuple([.integer(1), .text(bytes: "z")])),
        .text(.printf, Array("t=4\n".utf8)), .ending,
        .map(.histogram("@h", .log2([9]))),
        .map(.values("@n", [(.text(bytes: "a"), .integer(1))])),
      ], as: .json)
    #expect(
      rendered.output == #"""
        {"type": "attached_probes", "count": 1, "data": {"probes": 1}}
        {"type": "value", "data": [1,"z"]}
        {"type": "printf", "data": "t=4\n"}
        {"type": "hist", "data": {"@h": [{"min": 8, "max": 15, "count": 1}]}}
        {"type": "map", "data": {"@n": {"a": 1}}}

        """#)
    #expect(rendered.messages == "")
  }

  @Test(arguments: [
    (Value.integer(-5), "-5"),
    (.unsigned(.max), #""18446744073709551615""#),
    (.unsigned(1 << 63), "9223372036854775808"),
    (.integer(9_007_199_254_740_993), #""9007199254740993""#),
    (.boolean(false), "false"),
    (.enumeration(name: "A", number: 2, signed: true), "2"),
    (.pointer(0x10), "16"),
    (.text(bytes: "a\"b\\c\n\r\t\u{1}é"), #""a\"b\\c\n\r\t\u0001é""#),
    (.string([0x65, 0xff, 0x7a], truncated: false), "\"e\u{fffd}z\""),
    // A letter of three bytes that was cut, and what says so.
    (.string([0x61, 0xe2, 0x82, 0x2e, 0x2e], truncated: true), "\"a\u{fffd}..\""),
    (.buffer([1, 255]), "[1,255]"),
    (.array([.integer(1), .integer(2)]), "[1,2]"),
    (
      .record([.init("a", .integer(1)), .init("b", .text(bytes: "q"))]), #"{"a": 1, "b": "q"}"#
    ),
    (
      .stats(.init(count: 1, average: 5, total: 5, signed: true)),
      #"{"count": 1, "average": 5, "total": 5}"#
    ),
    (.symbol(name: nil, address: 16), #""0x10""#),
    (
      .stack(Stack(mode: .bpftrace, frames: [.init(address: 1, symbol: "f", offset: 2)])),
      #""\n        f+2\n""#
    ),
    (.text("10:20"), #""10:20""#),
    (
      .words(WordList([Array("a b".utf8), Array("\"\n".utf8), [0x5c, 0xff]], isQuoted: true)),
      #"["a b", "\"\n", "\\"# + "\u{fffd}\"]"
    ),
    (.words(WordList([[], Array("x".utf8)], isCut: true)), #"["", "x", "..."]"#),
    (.words(WordList([])), "[]"),
    (.none, "null"),
  ])
  func spellsValues(_ value: Value, _ text: String) {
    #expect(
      Rendered([.value(value)], as: .json).output
        == "{\"type\": \"value\", \"data\": \(text)}\n")
  }

  @Test func isUTF8WhereverBytesOfAProcessStand() {
    let odd: [UInt8] = [0x65, 0xff, 0xc3]
    let value = Value.string(odd, truncated: false)
    let frame = Stack.Frame(address: 1, symbol: "f", offset: 2, object: "/tmp/x")
    let position = ScriptPosition(file: "a.bt", line: 1, columns: 1..<2, text: "")
    let rendered = Rendered(
      [
        .text(.printf, odd), .text(.cat, odd), .text(.join, odd), .text(.system, odd),
        .value(.tuple([value, .record([.init("a", value)]), .array([value])])),
        .map(.values("@m", [(.tuple([value, .integer(1)]), value)])),
        .value(.stack(Stack(mode: .perf, frames: [frame]))),
        .scriptMessage(.error, odd, position), .failure(.init(text: "x", position: position)),
      ], as: .json)
    #expect(rendered.bytes.count > 0)
    #expect(String(validating: rendered.bytes, as: UTF8.self) != nil)
  }

  @Test(arguments: [
    (Value.tuple([.text(bytes: "x"), .integer(2)]), "x,2"),
    (.tuple([.integer(1), .tuple([.integer(2), .integer(3)])]), "1,(2,3)"),
    (.text(bytes: "two words"), "two words"),
    (.record([.init("a", .integer(1)), .init("b", .integer(2))]), "{.a=1,.b=2}"),
    (
      .stack(
        Stack(
          mode: .bpftrace,
          frames: [
            .init(address: 1, symbol: "f", offset: 2), .init(address: 2, symbol: "g", offset: 0),
          ])), #"\nf+2\ng+0\n"#
    ),
  ])
  func writesKeysWithoutSpacesOfTheirPunctuation(_ key: Value, _ text: String) {
    #expect(
      Rendered([.map(.values("@c", [(key, .integer(1))]))], as: .json).output
        == "{\"type\": \"map\", \"data\": {\"@c\": {\"\(text)\": 1}}}\n")
  }

  @Test func writesScalarsStatisticsAndHistograms() {
    let stats = Value.stats(.init(count: 1, average: 5, total: 5, signed: true))
    let rendered = Rendered(
      [
        .map(.scalar("@x", .integer(3))), .map(.scalar("@a", .integer(2), shape: .statistics)),
        .map(.scalar("@s", stats, shape: .statistics)),
        .map(.histogram("@l", key: .integer(7), .linear([-1, 5, 15], 0, 10, 10))),
        .map(.histogram("@e", .log2([]))), .map(.values("@none", [])),
      ], as: .json)
    #expect(
      rendered.output == #"""
        {"type": "map", "data": {"@x": 3}}
        {"type": "stats", "data": {"@a": 2}}
        {"type": "stats", "data": {"@s": {"count": 1, "average": 5, "total": 5}}}
        {"type": "hist", "data": {"@l": {"7": [{"max": -1, "count": 1},{"min": 0, "max": 9, "count": 1},{"min": 10, "count": 1}]}}}
        {"type": "hist", "data": {"@e": []}}

        """#)
  }

  @Test func writesWhatTheScriptSays() {
    let rendered = Rendered(
      Record.TextSource.allCases.map { .text($0, Array("a".utf8)) }, as: .json)
    #expect(
      rendered.output == #"""
        {"type": "printf", "data": "a"}
        {"type": "time", "data": "a"}
        {"type": "cat", "data": "a"}
        {"type": "join", "data": "a"}
        {"type": "syscall", "data": "a"}

        """#)
  }

  @Test func writesFailures() {
    let position = ScriptPosition(file: "stdin", line: 1, columns: 9..<20, text: "")
    let rendered = Rendered(
      [
        .scriptMessage(.error, Array("a\"b".utf8), position),
        .scriptMessage(.warning, Array("w".utf8), position),
        .failure(
          .init(
            text: "Bad address", helper: .init(name: "probe_read", code: -14), position: position)
        ),
        .failure(.init(text: "Divide by zero", position: position)), .lostEvents(12),
        .totalLostEvents(12),
      ], as: .json)
    #expect(
      rendered.output == #"""
        {"type": "errorf", "msg": "a\"b", "filename": "stdin", "line": 1, "col": 9}
        {"type": "warnf", "msg": "w", "filename": "stdin", "line": 1, "col": 9}
        {"type": "helper_error", "msg": "Bad address", "helper": "probe_read", "retcode": -14, "filename": "stdin", "line": 1, "col": 9}
        {"type": "runtime_error", "msg": "Divide by zero", "filename": "stdin", "line": 1, "col": 9}
        {"type": "lost_events", "count": 12, "data": {"events": 12}}

        """#)
    #expect(rendered.messages == "WARNING: Total lost event count: 12\n")
  }

  @Test func writesWhatCameOfProbes() {
    #expect(
      Rendered([.accounting(.sample)], as: .json).output == #"""
        {"type": "accounting", "data": {"probes": [{"name": "kretprobe:vfs_read", "fired": 1234567, "missed": 12, "dropped": {"data": 0, "failures": 0, "actions": 0, "ends": 0}}, {"name": "interval:s:1", "fired": 9, "missed": null, "dropped": {"data": 1, "failures": 2, "actions": 3, "ends": 4}}, {"name": null, "fired": null, "missed": null, "dropped": {"data": 1, "failures": 0, "actions": 0, "ends": 0}}], "full_maps": [{"name": "@a", "max_entries": 1, "refused": 1}, {"name": "@b", "max_entries": 10, "refused": 20}]}}

        """#)
  }

  @Test func isFoundByName() {
    #expect(RendererSpec.all.map(\.name) == ["text", "json", "csv", "record"])
    #expect(RendererSpec.named("json") != nil)
    #expect(RendererSpec.named("xml") == nil)
  }

  @Test func writesTheIntervalsOfSeriesThatHaveANumber() {
    let start = "2026-11-29 08:57:25"
    let rendered = Rendered(
      [
        .map(
          .series(
            "@a", interval: 1000, from: start,
            [(".558970000", .integer(0)), (".558971000", nil), (".558972000", .unsigned(.max))])),
        .map(
          .series("@b", key: .integer(1), interval: 1, from: start, [(".5", .integer(-3))])),
        .map(.series("@none", interval: 1, from: start, [])),
      ], as: .json)
    #expect(
      rendered.output == #"""
        {"type": "tseries", "data": {"@a": [{"interval_start":"2026-11-29 08:57:25.558970000","value":0},{"interval_start":"2026-11-29 08:57:25.558972000","value":18446744073709551615}]}}
        {"type": "tseries", "data": {"@b": {"1": [{"interval_start":"2026-11-29 08:57:25.5","value":-3}]}}}
        {"type": "tseries", "data": {"@none": []}}

        """#)
  }
}
