import BPF
import Foundation
import TestKit
import Testing
import TraceModel
import TraceRuntime

/// Maps that are kept outside the kernel, because their keys have stacks that are unwound there.
@Suite(.serialized) struct TracerMapTests {
  let session: SampleSession

  init() throws {
    session = try SampleSession()
    // Whose registers they are.
    try session.machine.add("/proc/sys/kernel/arch", Array("x86_64\n".utf8))
  }

  private let word = ValueLayout.integer(bytes: 8, signed: true)
  private let stack = Presentation.unwoundStack(.raw, limit: 2, capacity: 16)

  /// A map with a stack and a number as its key.
  private func give(
    _ name: String, _ value: MapValue, kind: MapKind = .hash, maxEntries: Int = 10
  ) {
    session.manifest.maps.append(
      MapSpec(
        name: name, kind: kind, key: keyLayout.unwound, value: value, maxEntries: maxEntries,
        storage: .tracer))
  }

  private var keyLayout: ValueLayout {
    let (fields, size) = ValueLayout.pack([("", .presented(stack)), ("", word)])
    return .tuple(fields, size: size)
  }

  /// A key of which `garbage` lies where the stack has no meaning for the one that unwinds.
  private func key(place: UInt64, _ number: Int64, garbage: UInt8 = 0) -> [UInt8] {
    var bytes = [UInt8](of: UInt64(16)) + [UInt8](of: UInt64(5))
    var registers = [UInt8](repeating: garbage, count: Presentation.registerBytes)
    registers.replaceSubrange(128..<136, with: [UInt8](of: place))
    bytes += registers + [UInt8](repeating: garbage, count: 16)
    return bytes + [UInt8](of: number)
  }

  private func event(
    _ map: Int, _ change: ElementChange, _ key: [UInt8], _ operand: [Int64] = []
  ) -> [UInt8] {
    let kind = EventKind.changeElement(map: map, change)
    if operand.isEmpty { return session.event(kind, [(keyLayout, key)]) }
    return session.event(
      kind,
      [
        (keyLayout, key),
        (.array(element: word, count: operand.count), operand.flatMap { [UInt8](of: $0) }),
      ])
  }

  /// Runs `begin` with these records and returns what came before the final line ends.
  private func output(_ records: [[UInt8]]) throws -> String {
    session.options.isQuiet = true
    session.probe(.begin, "begin")
    session.host.records = records
    #expect(try session.run() == 0)
    return session.pages.output.trimmingCharacters(in: .newlines)
  }

  private func element(_ name: String, _ place: String, _ number: Int, _ value: Int) -> String {
    "\(name)[\n\(place)\n10\n, \(number)]: \(value)"
  }

  @Test func makesKeysEqualWhoseCallChainsAre() throws {
    give("@c", .aggregation(.count), kind: .perCPUHash)
    let text = try output([
      event(0, .join, key(place: 0x77, 1), [1]),
      event(0, .join, key(place: 0x77, 1, garbage: 9), [1]),
      event(0, .join, key(place: 0x77, 2), [1]),
      event(0, .join, key(place: 0x78, 1), [5]),
    ])
    #expect(
      text
        == [element("@c", "77", 2, 1), element("@c", "77", 1, 2), element("@c", "78", 1, 5)]
        .joined(separator: "\n"))
    #expect(!session.host.calls.contains { if case .entries = $0 { true } else { false } })
  }

  @Test func putsAddsAndTakesOutInOrder() throws {
    give("@v", .value(word))
    let (first, second) = (key(place: 1, 1), key(place: 2, 1))
    let show = session.event(.printMap(map: 0, top: nil, divisor: nil))
    let text = try output([
      event(0, .put, first, [40]), event(0, .add, first, [2]), event(0, .add, second, [-1]), show,
      event(0, .remove, first), event(0, .remove, first), show, session.event(.zeroMap(map: 0)),
      show, session.event(.clearMap(map: 0)), show, event(0, .put, first, [7]),
    ])
    #expect(
      text.split(separator: "\n")
        == [
          element("@v", "2", 1, -1), element("@v", "1", 1, 42), element("@v", "2", 1, -1),
          element("@v", "2", 1, 0), element("@v", "1", 1, 7),
        ].joined(separator: "\n").split(separator: "\n"))
  }

  @Test func addsInTheWidthOfTheValue() throws {
    give("@v", .value(.integer(bytes: 4, signed: false)))
    let place = key(place: 1, 1)
    #expect(
      try output([event(0, .add, place, [1]), event(0, .add, place, [0xffff_ffff])])
        == element("@v", "1", 1, 0))
  }

  @Test func refusesWhatThereIsNoRoomForAndTells() throws {
    give("@c", .aggregation(.count), kind: .perCPUHash, maxEntries: 1)
    session.options.isStrict = true
    let text = try output([
      event(0, .join, key(place: 1, 1), [1]), event(0, .join, key(place: 2, 1), [1]),
      event(0, .join, key(place: 1, 1), [1]),
    ])
    #expect(text.hasPrefix(element("@c", "1", 1, 2)))
    #expect(session.pages.messages.contains("Map full; can't update element."))
    #expect((text + session.pages.messages).contains("@c was full: 1 update was lost"))
    #expect(session.hasLosses)
  }

  @Test func dropsTheOldestWhereTheScriptSaysSo() throws {
    give("@l", .value(word), kind: .lruHash, maxEntries: 2)
    let text = try output([
      event(0, .put, key(place: 1, 1), [1]), event(0, .put, key(place: 2, 1), [2]),
      event(0, .put, key(place: 1, 1), [3]), event(0, .put, key(place: 3, 1), [4]),
    ])
    #expect(text == [element("@l", "1", 1, 3), element("@l", "3", 1, 4)].joined(separator: "\n"))
  }

  @Test func takesNoKeyOfAnotherSize() throws {
    give("@c", .aggregation(.count), kind: .perCPUHash)
    let kind = EventKind.changeElement(map: 0, .join)
    #expect(
      try output([session.event(kind, [(word, [1]), (word, [1])]), session.event(kind)]) == "")
    #expect(session.pages.messages.contains("an event cannot be read"))
  }
}
