package import Output
internal import SystemText
package import TraceModel

/// Reads values out of bytes that a program wrote.
///
/// Bytes of any content are read without a trap: what cannot be a value is a `DecodingError`.
package struct ValueDecoder {
  let presenter: Presenter
  /// What is put behind strings that were cut off.
  let trailer: [UInt8]
  /// Whether texts are escaped, because a terminal shows them.
  package let escapesText: Bool

  /// - Parameters:
  ///   - trailer: What is put behind strings that were cut off.
  ///   - escapesText: Whether texts are escaped, because a terminal shows them.
  package init(presenter: Presenter, trailer: String, escapesText: Bool = false) {
    self.presenter = presenter
    self.trailer = trailer.systemBytes
    self.escapesText = escapesText
  }

  private init(_ other: ValueDecoder, escapesText: Bool) {
    presenter = other.presenter
    trailer = other.trailer
    self.escapesText = escapesText
  }

  /// The same, for another place where texts are shown, or for none.
  func escapingText(_ escapesText: Bool) -> ValueDecoder {
    ValueDecoder(self, escapesText: escapesText)
  }

  /// Reads the value that lies at `offset`.
  package func decode(
    _ layout: ValueLayout, from bytes: Span<UInt8>, at offset: Int = 0
  ) throws(DecodingError) -> Value {
    switch layout {
    case .none: return .none
    case .integer(let width, let signed):
      return Self.integer(try bytes.integer(at: offset, bytes: width), bits: width * 8, signed)
    case .boolean: return .boolean(try bytes.integer(at: offset, bytes: 1) != 0)
    case .enumeration(let enumeration):
      let raw = try bytes.integer(at: offset, bytes: enumeration.bytes)
      return Self.enumerator(raw, bits: enumeration.bytes * 8, of: enumeration)
    case .string(let capacity): return try string(capacity, from: bytes, at: offset)
    case .characters(let count):
      let length = try bytes.textLength(at: offset, capacity: count)
      return shown(.string(try bytes.bytes(offset..<(offset + length)), truncated: false))
    case .buffer(let capacity):
      let length = try bytes.integer(at: offset, bytes: 4)
      guard length <= UInt64(max(0, capacity)) else {
        throw .badLength(length, capacity: capacity)
      }
      try bytes.require(capacity, at: offset + 4)
      return .buffer(try bytes.bytes((offset + 4)..<(offset + 4 + Int(length))))
    case .pointer: return .pointer(try bytes.integer(at: offset, bytes: 8))
    case .array(let element, let count):
      try bytes.require(layout.size, at: offset)
      var elements: [Value] = []
      elements.reserveCapacity(count)
      for index in 0..<max(0, count) {
        elements.append(try decode(element, from: bytes, at: offset + index * element.size))
      }
      return .array(elements)
    case .tuple(let fields, let size):
      try bytes.require(size, at: offset)
      return .tuple(try decode(fields, from: bytes, at: offset))
    case .record(let fields, let size):
      try bytes.require(size, at: offset)
      let values = try decode(fields, from: bytes, at: offset)
      return .record(zip(fields, values).map { Value.Member($0.name, $1) })
    case .presented(let presentation):
      try bytes.require(presentation.size, at: offset)
      let value = try presentation.read(bytes, at: offset, by: presenter)
      // The form of a time is the script's own.
      if case .timestamp = presentation { return value }
      return shown(value)
    }
  }

  /// A text as it is shown.
  private func shown(_ value: Value) -> Value { escapesText ? value.escapedForTerminal : value }

  /// Reads the fields of a tuple, a record or an event.
  package func decode(
    _ fields: [ValueLayout.Field], from bytes: Span<UInt8>, at offset: Int = 0
  ) throws(DecodingError) -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(fields.count)
    for field in fields { values.append(try decode(field, from: bytes, at: offset)) }
    return values
  }

  /// Reads one field of a tuple, a record or an event.
  func decode(
    _ field: ValueLayout.Field, from bytes: Span<UInt8>, at offset: Int
  ) throws(DecodingError) -> Value {
    guard let bits = field.bits else {
      return try decode(field.layout, from: bytes, at: offset + field.offset)
    }
    let width = max(field.layout.size, (bits.lowest + bits.count + 7) / 8)
    var word = try bytes.integer(at: offset + field.offset, bytes: min(width, 8))
    word >>= UInt64(max(0, bits.lowest))
    if width == 9 {
      // 64 bits that begin in the middle of a byte.
      let last = try bytes.integer(at: offset + field.offset + 8, bytes: 1)
      word |= last << UInt64(64 - bits.lowest)
    }
    let mask: UInt64 = bits.count >= 64 ? .max : (1 << UInt64(max(0, bits.count))) - 1
    let raw = word & mask
    switch field.layout {
    case .enumeration(let enumeration):
      return Self.enumerator(raw, bits: bits.count, of: enumeration)
    case .boolean: return .boolean(raw != 0)
    case .integer(_, let signed): return Self.integer(raw, bits: bits.count, signed)
    default: return .unsigned(raw)
    }
  }

  private static func integer(_ raw: UInt64, bits: Int, _ signed: Bool) -> Value {
    signed ? .integer(signExtended(raw, bits)) : .unsigned(raw)
  }

  private static func signExtended(_ raw: UInt64, _ bits: Int) -> Int64 {
    let shift = UInt64(max(0, 64 - bits))
    return Int64(bitPattern: raw << shift) >> Int64(shift)
  }

  private static func enumerator(
    _ raw: UInt64, bits: Int, of enumeration: ValueLayout.Enumeration
  ) -> Value {
    let number = enumeration.signed ? signExtended(raw, bits) : Int64(bitPattern: raw)
    let name = enumeration.values.first { $0.value == number }?.name
    return .enumeration(name: name, number: number, signed: enumeration.signed)
  }

  /// Text that fills its capacity without a NUL was cut off.
  private func string(
    _ capacity: Int, from bytes: Span<UInt8>, at offset: Int
  ) throws(DecodingError) -> Value {
    let length = try bytes.textLength(at: offset, capacity: capacity)
    var text = try bytes.bytes(offset..<(offset + length))
    let truncated = capacity > 0 && length == capacity
    if truncated { text.append(contentsOf: trailer) }
    return shown(.string(text, truncated: truncated))
  }
}
