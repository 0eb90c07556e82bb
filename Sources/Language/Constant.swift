internal import SystemText

/// A value that is known when the script is compiled.
package enum Constant: Hashable, Sendable {
  /// An integer; `isFlexible` ones take on the sign of what they meet, as literals do.
  case unsigned(UInt64, isFlexible: Bool)
  /// A negative integer, or one that was made signed.
  case signed(Int64)
  case boolean(Bool)
  /// Text without its NUL.
  case string([UInt8])
  /// Named values, as of `typeinfo(x)`.
  case record([Field])

  /// A field of a record.
  package struct Field: Hashable, Sendable {
    package var name: String
    package var value: Constant

    package init(_ name: String, _ value: Constant) {
      self.name = name
      self.value = value
    }
  }

  /// An integer's or truth value's bits.
  package var bits: Int64? {
    switch self {
    case .unsigned(let value, _): Int64(bitPattern: value)
    case .signed(let value): value
    case .boolean(let value): value ? 1 : 0
    case .string, .record: nil
    }
  }

  /// The value, if it is an integer that `Int64` holds.
  package var integer: Int64? {
    switch self {
    case .unsigned(let value, _): Int64(exactly: value)
    case .signed(let value): value
    case .boolean, .string, .record: nil
    }
  }

  /// The text, if it is text; bytes that are no UTF-8 are kept (`SystemText`).
  package var text: String? {
    if case .string(let bytes) = self { String(systemBytes: bytes) } else { nil }
  }

  /// The type a literal of this value has.
  package var type: ScriptType {
    switch self {
    case .unsigned(let value, _): .literal(value)
    case .signed(let value): .literal(value)
    case .boolean: .boolean
    case .string(let bytes): .string(capacity: bytes.count + 1)
    case .record(let fields):
      .record(fields.map { ScriptType.RecordField(name: $0.name, type: $0.value.type) })
    }
  }
}
