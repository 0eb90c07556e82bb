import BPF
import LinuxSystem
import Output
import TestKit
import Testing
import TraceModel

@testable import TraceRuntime

/// What renderers are told of events beside the text that is made of them.
@Suite(.serialized) struct EventInfoTests {
  let session: SampleSession

  init() throws { session = try SampleSession() }

  private let word = ValueLayout.integer(bytes: 8, signed: true)

  /// The header of a run with these records, and what was recorded of it.
  private func recorded(
    _ records: [[UInt8]]
  ) throws -> (header: SessionHeader, entries: [Recording.Entry]) {
    session.format = .record
    session.options.isQuiet = true
    session.probe(.begin, "begin")
    session.host.records = records
    #expect(try session.run() == 0)
    var recording = try Recording(session.pages.page.output)
    var entries: [Recording.Entry] = []
    while let entry = try recording.next() { entries.append(entry) }
    return (recording.header, entries)
  }

  @Test func goWithTheRecordsThatAreMadeOfThem() throws {
    session.map("@x", [1: 2])
    let entries = try recorded([
      session.event(
        .printf(format: "%s %d|"),
        [(.string(capacity: 4), Array("ab\0\0".utf8)), (word, [UInt8](of: Int64(-3)))]),
      session.event(.printMap(map: 0, top: nil, divisor: nil)),
    ]).entries
    #expect(
      entries.first
        == Recording.Entry(
          record: .text(.printf, Array("ab -3|".utf8)),
          event: EventInfo(
            event: 0, time: entries.first?.event?.time,
            values: [.string(Array("ab".utf8), truncated: false), .integer(-3)])))
    #expect(entries.dropFirst().first?.event?.event == 1)
    // The map at the end is made of no event.
    #expect(entries.last?.event == nil)
    if case .map(let map) = entries.last?.record { #expect(map.name == "@x") }
  }

  @Test func sayWhenTheyWereSent() throws {
    let sent = Clock.boot.now
    var record = session.event(.printf(format: "x"))
    let header = EventTime.index(ofHeader: 0) | (sent >> EventTime.shift) << 32
    record.replaceSubrange(0..<8, with: [UInt8](of: header))
    let (run, entries) = try recorded([record])
    #expect(entries.first?.record == .text(.printf, Array("x".utf8)))
    #expect(entries.first?.event?.time == (sent >> EventTime.shift) << EventTime.shift)
    // Both clocks run on together, so the wall clock's time follows.
    #expect(run.wallTime(of: run.clock.boot + 5) == run.clock.wall + 5)
  }

  @Test func areAskedForTheirTimesOnlyIfARendererWantsToKnow() throws {
    for (format, value) in [(RendererSpec.text, UInt8(0)), (.json, 0), (.record, 1)] {
      let session = try SampleSession()
      session.format = format
      session.manifest.constants = [
        LoadTimeConstant(source: .eventTime, shape: .integer, offset: 0)
      ]
      session.probe(.begin, "begin")
      _ = try session.run()
      #expect(session.plan?.constants.first == value, "\(format.name)")
    }
  }

  @Test func areToldTheNamesOfWhatMapsHold() throws {
    session.map("@x", [:])
    session.manifest.maps[0].keyNames = ["pid", "comm"]
    session.manifest.maps[0].valueName = "sum(nsecs)"
    session.manifest.maps[0].valueUnit = "ns"
    let header = try recorded([]).header
    #expect(header.script == "stdin")
    #expect(header.producer == "test")
    #expect(header.probes == ["begin"])
    #expect(header.maps.map(\.name) == ["@x"])
    #expect(header.maps.first?.keys == ["pid", "comm"])
    #expect(header.maps.first?.value == "sum(nsecs)")
    #expect(header.maps.first?.unit == "ns")
  }

  @Test func timesAreExactToAboutAMicrosecondForAnHour() {
    for sent: UInt64 in [0, 1, 5_000_000_000, 1 << 42, (1 << 42) - 1, 123_456_789_012_345] {
      let header = 7 | (sent >> EventTime.shift) << 32
      for later: UInt64 in [0, 1, 1_000_000_000, 3_600_000_000_000] {
        let time = EventTime.nanoseconds(ofHeader: header, now: sent + later)
        #expect(time <= sent && sent - time < 1024)
      }
      #expect(EventTime.index(ofHeader: header) == 7)
    }
  }
}
