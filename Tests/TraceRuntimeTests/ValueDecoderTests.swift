import Output
import Testing
import TraceModel
import TraceRuntime

@Suite struct ValueDecoderTests {
  let machine: SampleMachine

  init() throws { machine = try SampleMachine() }

  private func decode(_ layout: ValueLayout, _ bytes: [UInt8], at offset: Int = 0) throws -> Value {
    try machine.decoder().decode(layout, from: bytes.span, at: offset)
  }

  static let color = ValueLayout.Enumeration(
    name: "color", bytes: 4, signed: true,
    values: [.init(name: "RED", value: -1), .init(name: "BLUE", value: 2)])

  private static let plainValues: [(ValueLayout, [UInt8], Value)] = [
    (.none, [], .none),
    (.integer(bytes: 1, signed: true), [0xff], .integer(-1)),
    (.integer(bytes: 1, signed: false), [0xff], .unsigned(255)),
    (.integer(bytes: 2, signed: true), [0, 0x80], .integer(-32768)),
    (.integer(bytes: 4, signed: false), [1, 2, 3, 4], .unsigned(0x0403_0201)),
    (.integer(bytes: 8, signed: true), [UInt8](of: Int64.min), .integer(.min)),
    (.integer(bytes: 8, signed: false), [UInt8](of: UInt64.max), .unsigned(.max)),
    (.boolean, [2], .boolean(true)),
    (.pointer, [UInt8](of: UInt64(0xffff_8881)), .pointer(0xffff_8881)),
    (
      .enumeration(color), [UInt8](of: Int32(-1)),
      .enumeration(name: "RED", number: -1, signed: true)
    ),
    (
      .enumeration(color), [UInt8](of: Int32(7)),
      .enumeration(name: nil, number: 7, signed: true)
    ),
    (
      .buffer(capacity: 6), [3, 0, 0, 0, 1, 2, 3, 9, 9, 9], .buffer([1, 2, 3])
    ),
    (
      .array(element: .integer(bytes: 2, signed: false), count: 2), [1, 0, 2, 0],
      .array([.unsigned(1), .unsigned(2)])
    ),
  ]

  @Test(arguments: plainValues)
  func readsPlainValues(_ sample: (ValueLayout, [UInt8], Value)) throws {
    let (layout, bytes, value) = sample
    #expect(try decode(layout, bytes) == value)
    #expect(try decode(layout, [9, 9, 9] + bytes + [9], at: 3) == value)
    if !bytes.isEmpty {
      #expect(throws: DecodingError.self) { try decode(layout, Array(bytes.dropLast())) }
    }
  }

  @Test func readsTextUpToTheFirstNUL() throws {
    let layout = ValueLayout.string(capacity: 6)
    #expect(
      try decode(layout, Array("ab\0cd\0".utf8)) == .string(Array("ab".utf8), truncated: false))
    #expect(try decode(layout, [UInt8](repeating: 0, count: 6)) == .string([], truncated: false))
    #expect(
      try decode(layout, Array("abcde\0".utf8))
        == .string(Array("abcde".utf8), truncated: false))
  }

  @Test func marksTextThatFillsItsRoom() throws {
    #expect(
      try decode(.string(capacity: 3), Array("abc".utf8))
        == .string(Array("abc..".utf8), truncated: true))
    let plain = ValueDecoder(presenter: machine.presenter(), trailer: "")
    #expect(
      try plain.decode(.string(capacity: 1), from: [0x41].span) == .string([0x41], truncated: true))
  }

  @Test func readsTuplesAndRecords() throws {
    let (fields, size) = ValueLayout.pack([
      ("a", .integer(bytes: 1, signed: true)), ("b", .integer(bytes: 8, signed: false)),
      ("c", .string(capacity: 4)),
    ])
    #expect(size == 24)
    let bytes: [UInt8] =
      [0xfe] + [UInt8](repeating: 0xaa, count: 7) + [UInt8](of: UInt64(5))
      + Array("xy\0\0".utf8) + [1, 1, 1, 1]
    let parts: [Value] = [
      .integer(-2), .unsigned(5), .string(Array("xy".utf8), truncated: false),
    ]
    #expect(try decode(.tuple(fields, size: size), bytes) == .tuple(parts))
    #expect(
      try decode(.record(fields, size: size), bytes)
        == .record(zip(["a", "b", "c"], parts).map { Value.Member($0, $1) }))
    #expect(throws: DecodingError.truncated(needed: 24, available: 20)) {
      try decode(.tuple(fields, size: size), Array(bytes.prefix(20)))
    }
  }

  private static let bitFields: [(Int, Int, Bool, Value)] = [
    (0, 3, false, .unsigned(0b101)), (3, 2, true, .integer(-1)), (3, 2, false, .unsigned(3)),
    (5, 11, false, .unsigned(0x7f7)), (0, 16, true, .integer(-0x103)),
    (12, 8, false, .unsigned(0x1f)),
  ]

  @Test(arguments: bitFields)
  func readsBitFields(_ sample: (Int, Int, Bool, Value)) throws {
    let (lowest, count, signed, value) = sample
    let field = ValueLayout.Field(
      name: "f", offset: 1, layout: .integer(bytes: 2, signed: signed),
      bits: .init(lowest: lowest, count: count))
    // 0xfefd, and the byte behind, into which the last case reaches.
    let bytes: [UInt8] = [0, 0b1111_1101, 0b1111_1110, 0b0000_0001]
    #expect(
      try decode(.record([field], size: 4), bytes) == .record([.init("f", value)]))
  }

  @Test func refusesABufferLongerThanItsRoom() {
    #expect(throws: DecodingError.badLength(3, capacity: 2)) {
      try decode(.buffer(capacity: 2), [3, 0, 0, 0, 1, 2])
    }
  }

  /// Whatever the kernel hands out is a value or an error, never a trap.
  @Test func survivesAnyBytesForAnyLayout() {
    var generator = SeededGenerator(state: 1)
    let decoder = machine.decoder(strings: ["", "%H:%M:%S.%f"])
    var values = 0
    for _ in 0..<4000 {
      let layout = randomLayout(&generator, depth: 3)
      let length = Int.random(in: 0...max(1, layout.size + 8), using: &generator)
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let offset = Int.random(in: 0...4, using: &generator)
      do {
        let value = try decoder.decode(layout, from: bytes.span, at: offset)
        values += 1
        #expect(value.text.count >= 0)
      } catch {
        #expect(length < offset + layout.size || !"\(error)".isEmpty)
      }
    }
    #expect(values > 100)
  }

  private func randomLayout(_ generator: inout SeededGenerator, depth: Int) -> ValueLayout {
    func fields() -> ([ValueLayout.Field], Int) {
      let layouts = (0..<Int.random(in: 0...4, using: &generator)).map { index in
        (name: "f\(index)", layout: randomLayout(&generator, depth: depth - 1))
      }
      var (fields, size) = ValueLayout.pack(layouts)
      for index in fields.indices where Int.random(in: 0..<6, using: &generator) == 0 {
        fields[index].bits = .init(
          lowest: Int.random(in: 0...40, using: &generator),
          count: Int.random(in: 0...64, using: &generator))
      }
      return (fields, size)
    }
    switch Int.random(in: 0..<(depth > 0 ? 10 : 7), using: &generator) {
    case 0: return .none
    case 1:
      return .integer(bytes: [1, 2, 4, 8].randomElement(using: &generator)!, signed: .random())
    case 2: return .boolean
    case 3: return .enumeration(Self.color)
    case 4: return .string(capacity: Int.random(in: 0...20, using: &generator))
    case 5: return .buffer(capacity: Int.random(in: 0...20, using: &generator))
    case 6:
      let kinds: [Presentation] = [
        .kernelSymbol, .userSymbol, .kernelStack(.bpftrace, limit: 3), .kernelStack(.raw, limit: 1),
        .userStack(.perf, limit: 2), .userStack(.buildID, limit: 2), .inet, .macAddress,
        .cgroupPath, .timestamp(.boot), .timestamp(.tai), .userName,
      ]
      return .presented(kinds.randomElement(using: &generator)!)
    case 7:
      return .array(
        element: randomLayout(&generator, depth: depth - 1),
        count: Int.random(in: 0...3, using: &generator))
    case 8:
      let (fields, size) = fields()
      return .tuple(fields, size: size)
    default:
      let (fields, size) = fields()
      return .record(fields, size: size)
    }
  }
}

/// The same numbers in each run.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }
}
