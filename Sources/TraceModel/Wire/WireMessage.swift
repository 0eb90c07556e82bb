/// What one field of a message has, read from bytes of unknown origin.
package struct WirePayload: Sendable {
  package enum Content: Sendable {
    case number(UInt64)
    case bytes(ArraySlice<UInt8>)
  }

  package let content: Content
  /// How many messages are around it.
  package let depth: Int

  package init(_ content: Content, depth: Int) {
    self.content = content
    self.depth = depth
  }

  /// The payload as a number.
  package func number() throws(ManifestError) -> UInt64 {
    guard case .number(let value) = content else { throw .malformed("bytes instead of a number") }
    return value
  }

  /// The payload as bytes.
  package func bytes() throws(ManifestError) -> ArraySlice<UInt8> {
    guard case .bytes(let value) = content else { throw .malformed("a number instead of bytes") }
    return value
  }

  /// The payload as fields.
  package func message() throws(ManifestError) -> WireMessage {
    try WireMessage(try bytes(), depth: depth + 1)
  }
}

/// The fields of one message, read from bytes of unknown origin.
package struct WireMessage: Sendable {
  private var fields: [(key: WireKey, content: WirePayload.Content)] = []

  /// How deep messages may be nested; layouts of values nest.
  static let depthLimit = 64

  /// How many messages are around it.
  package let depth: Int

  /// Takes a message apart; what its fields have is looked at when somebody asks.
  package init(_ bytes: ArraySlice<UInt8>, depth: Int = 0) throws(ManifestError) {
    guard depth < Self.depthLimit else { throw .malformed("nested too deeply") }
    self.depth = depth
    var rest = bytes
    while !rest.isEmpty {
      let raw = try Self.varint(&rest)
      let key = WireKey(Int(truncatingIfNeeded: raw >> 2), isCritical: raw & 2 != 0)
      let value = try Self.varint(&rest)
      if raw & 1 == 0 {
        fields.append((key, .number(value)))
      } else {
        guard value <= UInt64(rest.count) else { throw .malformed("a field runs over the end") }
        fields.append((key, .bytes(rest.prefix(Int(value)))))
        rest = rest.dropFirst(Int(value))
      }
    }
  }

  /// Takes a number off the front of `rest`.
  package static func varint(_ rest: inout ArraySlice<UInt8>) throws(ManifestError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while let byte = rest.popFirst() {
      guard shift < 64 else { throw .malformed("a number has more than 64 bits") }
      value |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 { return value }
      shift += 7
    }
    throw .malformed("a number runs over the end")
  }

  /// What the field of this number has, the first time it occurs; nil if it does not.
  package func payload(_ number: Int) -> WirePayload? {
    for field in fields where field.key.number == number {
      return WirePayload(field.content, depth: depth)
    }
    return nil
  }

  /// What the field of this number has, each time it occurs.
  package func payloads(_ number: Int) -> [WirePayload] {
    fields.filter { $0.key.number == number }.map { WirePayload($0.content, depth: depth) }
  }

  /// Refuses the message if it has a critical field that is not one of these.
  func refuseCritical(
    except isKnown: (Int) -> Bool, in name: @autoclosure () -> String
  ) throws(ManifestError) {
    for field in fields where field.key.isCritical && !isKnown(field.key.number) {
      throw .needsNewer("field \(field.key.number) of \(name())")
    }
  }
}
