/// What a field can have: an element, an element or nothing, or a list of elements.
package protocol WireValue: Hashable, Sendable {
  /// The element itself, or that of the option or list.
  static var wireElement: any WireElement.Type { get }

  /// Appends the field, unless it is nil or an empty list.
  func write(_ key: WireKey, to out: inout WireWriter)

  /// The field of this number, or nil if the message does not have it.
  static func read(_ number: Int, of message: WireMessage) throws(ManifestError) -> Self?

  /// The value that is not written: nil, or the empty list. Nil where all values are.
  static var absent: Self? { get }

  /// As text for people; nil if there is nothing to show.
  var shownField: ShownValue? { get }
}

/// What takes up exactly one field.
package protocol WireElement: WireValue {
  /// What messages call it: `attach point`.
  static var wireName: String { get }

  /// Reads what a field has.
  init(wire payload: WirePayload) throws(ManifestError)

  /// As text for people.
  var shown: ShownValue { get }
}

extension WireElement {
  package static var wireElement: any WireElement.Type { Self.self }

  package static func read(_ number: Int, of message: WireMessage) throws(ManifestError) -> Self? {
    guard let payload = message.payload(number) else { return nil }
    return try Self(wire: payload)
  }

  package static var absent: Self? { nil }

  package var shownField: ShownValue? { shown }
}

extension Optional: WireValue where Wrapped: WireElement {
  package static var wireElement: any WireElement.Type { Wrapped.self }

  package func write(_ key: WireKey, to out: inout WireWriter) { self?.write(key, to: &out) }

  package static func read(_ number: Int, of message: WireMessage) throws(ManifestError) -> Self? {
    guard let payload = message.payload(number) else { return nil }
    return .some(.some(try Wrapped(wire: payload)))
  }

  package static var absent: Self? { .some(.none) }

  package var shownField: ShownValue? { self?.shown }
}

extension Array: WireValue where Element: WireElement {
  package static var wireElement: any WireElement.Type { Element.self }

  package func write(_ key: WireKey, to out: inout WireWriter) {
    for element in self { element.write(key, to: &out) }
  }

  package static func read(_ number: Int, of message: WireMessage) throws(ManifestError) -> Self? {
    var result: [Element] = []
    for payload in message.payloads(number) { result.append(try Element(wire: payload)) }
    return result.isEmpty ? nil : result
  }

  package static var absent: Self? { [] }

  package var shownField: ShownValue? { isEmpty ? nil : .list(map(\.shown)) }
}

// MARK: Simple elements

extension UInt64: WireElement {
  package static var wireName: String { "number" }

  package func write(_ key: WireKey, to out: inout WireWriter) { out.number(key, self) }

  package init(wire payload: WirePayload) throws(ManifestError) { self = try payload.number() }

  package var shown: ShownValue { .text("\(self)") }
}

extension Int64: WireElement {
  package static var wireName: String { "signed number" }

  package func write(_ key: WireKey, to out: inout WireWriter) {
    out.number(key, UInt64(bitPattern: (self << 1) ^ (self >> 63)))
  }

  package init(wire payload: WirePayload) throws(ManifestError) {
    let raw = try payload.number()
    self = Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
  }

  package var shown: ShownValue { .text("\(self)") }
}

/// A size, offset or index: never negative, and less than 2^31.
extension Int: WireElement {
  package static var wireName: String { "size" }

  package func write(_ key: WireKey, to out: inout WireWriter) {
    precondition(self >= 0 && self <= Int(Int32.max), "a size, offset or index is in range")
    out.number(key, UInt64(self))
  }

  package init(wire payload: WirePayload) throws(ManifestError) {
    let value = try payload.number()
    guard value <= UInt64(Int32.max) else { throw .malformed("a size is out of range") }
    self = Int(value)
  }

  package var shown: ShownValue { .text("\(self)") }
}

extension Bool: WireElement {
  package static var wireName: String { "flag" }

  package func write(_ key: WireKey, to out: inout WireWriter) { out.number(key, self ? 1 : 0) }

  package init(wire payload: WirePayload) throws(ManifestError) {
    self = try payload.number() != 0
  }

  package var shown: ShownValue { .text(self ? "yes" : "no") }
}

extension String: WireElement {
  package static var wireName: String { "text" }

  package func write(_ key: WireKey, to out: inout WireWriter) { out.bytes(key, utf8) }

  package init(wire payload: WirePayload) throws(ManifestError) {
    self = String(decoding: try payload.bytes(), as: UTF8.self)
  }

  package var shown: ShownValue { .text(ShownValue.quoted(self)) }
}

/// A range of columns or the like, neither bound negative.
extension Range: WireValue where Bound == Int {
  package static var wireElement: any WireElement.Type { Self.self }
}

extension Range: WireElement where Bound == Int {
  package static var wireName: String { "range" }

  package func write(_ key: WireKey, to out: inout WireWriter) {
    out.message(key) {
      lowerBound.write(WireKey(1), to: &$0)
      count.write(WireKey(2), to: &$0)
    }
  }

  package init(wire payload: WirePayload) throws(ManifestError) {
    let message = try payload.message()
    let first = try Int.read(1, of: message) ?? 0
    self = first..<(first + (try Int.read(2, of: message) ?? 0))
  }

  package var shown: ShownValue { .text("\(lowerBound)..<\(upperBound)") }
}

/// An enum without associated values: each case is its raw number.
package protocol WireNumbered: WireElement, RawRepresentable, CaseIterable
where RawValue: FixedWidthInteger {}

extension WireNumbered {
  package func write(_ key: WireKey, to out: inout WireWriter) {
    out.number(key, UInt64(rawValue))
  }

  package init(wire payload: WirePayload) throws(ManifestError) {
    let number = try payload.number()
    guard let raw = RawValue(exactly: number), let value = Self(rawValue: raw) else {
      throw .needsNewer("\(Self.wireName) \(number)")
    }
    self = value
  }

  package var shown: ShownValue { .text("\(self)") }
}
