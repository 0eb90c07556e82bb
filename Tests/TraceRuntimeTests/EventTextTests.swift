import Output
import TestKit
import Testing
import TraceModel

@testable import TraceRuntime

/// Formats that were put together once write what values put into a format would be.
@Suite struct EventTextTests {
  private let machine: SampleMachine
  private var decoder: ValueDecoder { machine.decoder() }

  init() throws { machine = try SampleMachine() }

  private static let colours = ValueLayout.Enumeration(
    name: "colour", bytes: 4, signed: true,
    values: [.init(name: "RED", value: 1), .init(name: "GREEN", value: -2)])

  private static let layouts: [ValueLayout] = [
    .integer(bytes: 1, signed: true), .integer(bytes: 1, signed: false),
    .integer(bytes: 2, signed: true), .integer(bytes: 4, signed: false),
    .integer(bytes: 4, signed: true), .integer(bytes: 8, signed: false),
    .integer(bytes: 8, signed: true), .boolean, .pointer, .enumeration(colours),
    .string(capacity: 0), .string(capacity: 1), .string(capacity: 9), .buffer(capacity: 4),
    .array(element: .integer(bytes: 2, signed: true), count: 3),
    .presented(.kernelSymbol), .presented(.macAddress),
  ]

  private static let conversions = [
    "%d", "%5d", "%-7d|", "%05d", "%+d", "%ld", "%hhd", "%u", "%lu", "%x", "%#lx", "%o", "%c",
    "%p", "%s", "%12s", "%-12s|", "%.3s", "%8.2s", "%r", "%rx", "%gr", "%*d", "%.*s", "%%", "text",
    "%i", "%X", "%lld",
  ]

  @Test func agreesWithValuesPutIntoTheFormat() throws {
    var generator = SeededGenerator(state: 11)
    for _ in 0..<4000 {
      let count = Int.random(in: 0...5, using: &generator)
      let (fields, size) = ValueLayout.pack(
        (0..<count).map { _ in ("", Self.layouts.randomElement(using: &generator)!) })
      let pieces = (0..<Int.random(in: 0...5, using: &generator)).map { _ in
        Self.conversions.randomElement(using: &generator)!
      }
      let format = pieces.joined(separator: " ")
      let record = (0..<size).map { _ in
        Bool.random(using: &generator) ? UInt8.random(in: 0...255, using: &generator) : 0
      }
      var expected: [UInt8] = []
      do {
        Printf(format).append(try decoder.decode(fields, from: record.span), to: &expected)
      } catch {
        // Of a buffer with a bad length; where it is not shown, nobody looks at it.
        continue
      }
      #expect(
        try text(format, fields, record) == expected, "\(format) \(fields) \(record)")
    }
  }

  private func text(
    _ format: String, _ fields: [ValueLayout.Field], _ record: [UInt8]
  ) throws -> [UInt8] {
    var text: [UInt8] = []
    try EventText(format, fields).append(record.span, decoder, to: &text)
    return text
  }
}
