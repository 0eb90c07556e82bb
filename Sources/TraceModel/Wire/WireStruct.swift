/// A structure that is written as a message, by one declaration for each field.
///
/// A field is always written, except for nil and empty lists, so a field that is absent is one
/// that the writer did not know; it then has the value it has in `blank`. Zero is not absent.
package protocol WireStruct: WireElement {
  /// Holds the values of fields that a message does not mention.
  static var blank: Self { get }

  /// The fields: number, name and place. A new field is one entry here.
  static var wireFields: [WireField<Self>] { get }

  /// Refuses a value that nobody could use.
  func check() throws(ManifestError)
}

/// One field of a structure: number, name and place in one declaration.
package struct WireField<Root: WireStruct>: Sendable {
  /// What a reader does who does not find, or does not know, the field.
  package enum Importance: Hashable, Sendable {
    /// Absent: as in `blank`. Unknown: skipped.
    case plain
    /// Absent: the file is damaged.
    case required
    /// Absent: as in `blank`, and it is written only if it differs from that. Unknown: the whole
    /// file is refused, since whoever skips the field would get the rest wrong.
    case critical
  }

  package let number: Int
  package let name: String
  package let importance: Importance
  package let type: any WireValue.Type
  fileprivate let write: @Sendable (Root, inout WireWriter) -> Void
  fileprivate let read: @Sendable (inout Root, WireMessage) throws(ManifestError) -> Void
  fileprivate let shown: @Sendable (Root) -> ShownValue?

  /// - Parameters:
  ///   - number: Unique in the structure, for ever; from 1.
  ///   - name: As people and dumps call it; that of the property.
  ///   - step: The step of the format that brought it, if a reader has to know it.
  @inline(__always)  // So that no generic code is left, whose types would be made at each start.
  package init<Value: WireValue>(
    _ number: Int, _ name: String, _ path: any WritableKeyPath<Root, Value> & Sendable,
    _ importance: Importance = .plain, since step: FormatStep? = nil
  ) {
    self.number = number
    self.name = name
    self.importance = importance
    type = Value.self
    let key = WireKey(number, isCritical: importance == .critical)
    write = { root, out in
      let value = root[keyPath: path]
      if importance == .critical, value == Root.blank[keyPath: path] { return }
      out.need(step)
      value.write(key, to: &out)
    }
    read = { (root, message) throws(ManifestError) in
      if let value = try Value.read(number, of: message) {
        root[keyPath: path] = value
      } else if importance == .required {
        throw .malformed("\(Root.wireName) without \(name)")
      }
    }
    shown = { $0[keyPath: path].shownField }
  }
}

extension WireStruct {
  package func check() throws(ManifestError) {}

  /// Appends the fields to a message.
  package func writeFields(to out: inout WireWriter) {
    for field in Self.wireFields { field.write(self, &out) }
  }

  package func write(_ key: WireKey, to out: inout WireWriter) {
    out.message(key) { writeFields(to: &$0) }
  }

  /// Reads the fields of a message.
  package init(_ message: WireMessage) throws(ManifestError) {
    try message.refuseCritical(
      except: { number in Self.wireFields.contains { $0.number == number } }, in: Self.wireName)
    var value = Self.blank
    for field in Self.wireFields { try field.read(&value, message) }
    try value.check()
    self = value
  }

  package init(wire payload: WirePayload) throws(ManifestError) {
    self = try Self(try payload.message())
  }

  package var shown: ShownValue {
    var parts: [ShownValue.Part] = []
    for field in Self.wireFields {
      if let value = field.shown(self) { parts.append(.init(field.name, value)) }
    }
    return .group("", parts)
  }
}
