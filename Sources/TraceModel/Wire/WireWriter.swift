/// One field of a message: its number, and whether a reader that does not know it must refuse.
package struct WireKey: Hashable, Sendable {
  package let number: Int
  /// Whether whoever skips the field gets the rest wrong.
  package let isCritical: Bool

  /// - Parameter number: Unique in its message, for ever.
  package init(_ number: Int, isCritical: Bool = false) {
    self.number = number
    self.isCritical = isCritical
  }

  /// The number of the field that tells the cases of an enum apart.
  static let tag = WireKey(0)
}

/// Writes numbered fields, each self-delimiting, so that unknown ones can be skipped.
///
/// A field is a key and a payload. The key is a varint: `number << 2 | critical << 1 | kind`. Kind 0
/// is a varint, kind 1 a length (varint) and that many bytes. Signed numbers are zigzag-coded. A list
/// is one field repeated.
package struct WireWriter: Sendable {
  package private(set) var bytes: [UInt8] = []
  /// The steps of the format that what was written needs; see `FormatStep`.
  package private(set) var steps: Set<FormatStep> = []

  package init() {}

  /// Appends a number in groups of 7 bits, the least significant first.
  package mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// Appends a field that is a number.
  package mutating func number(_ key: WireKey, _ value: UInt64) {
    header(key, 0)
    varint(value)
  }

  /// Appends a field that is bytes.
  package mutating func bytes(_ key: WireKey, _ value: some Collection<UInt8>) {
    header(key, 1)
    varint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  /// Appends a field that is a message of its own.
  package mutating func message(_ key: WireKey, _ write: (inout WireWriter) -> Void) {
    header(key, 1)
    // Most messages are shorter than 128 bytes, whose length takes one byte.
    let start = bytes.count
    bytes.append(0)
    write(&self)
    let length = bytes.count - start - 1
    if length < 0x80 {
      bytes[start] = UInt8(length)
    } else {
      var inner = WireWriter()
      inner.varint(UInt64(length))
      bytes.replaceSubrange(start...start, with: inner.bytes)
    }
  }

  /// Appends bytes as they are.
  package mutating func raw(_ value: some Sequence<UInt8>) { bytes.append(contentsOf: value) }

  /// Forgets what was written, and keeps the memory.
  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    steps.removeAll()
  }

  /// Notes that a reader has to know a step of the format.
  package mutating func need(_ step: FormatStep?) { if let step { steps.insert(step) } }

  private mutating func header(_ key: WireKey, _ kind: UInt64) {
    varint(UInt64(key.number) << 2 | (key.isCritical ? 2 : 0) | kind)
  }
}

/// A step by which the format has grown since its second edition.
///
/// A row or field that a reader has to know names the step that brought it. A file then says the
/// last step that it uses, and what for: a reader of an earlier step refuses it and says why.
package enum FormatStep: Int, CaseIterable, Hashable, Sendable {
  /// What the second edition began with.
  case secondEdition = 0
  /// Records without the ends of their texts.
  case packedRecords = 1

  /// What a file needs that uses the step, for messages: `needs ...`.
  package var need: String {
    switch self {
    case .secondEdition: "the second edition of artifacts"
    case .packedRecords: "records without the ends of their texts"
    }
  }

  /// The last step that this release knows.
  package static var latest: FormatStep { allCases[allCases.count - 1] }
}
