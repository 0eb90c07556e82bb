/// The encoding of manifests: numbered fields, each self-delimiting, so that unknown ones can be
/// skipped.
///
/// A field is a key (`number << 1 | kind`, as a varint) and a payload: kind 0 is a varint, kind 1 a
/// length (varint) and that many bytes. Signed numbers are zigzag-coded. A field that is left out has
/// its default value; a list is one field repeated.
struct WireWriter {
  private(set) var bytes: [UInt8] = []

  mutating func raw(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func unsigned(_ field: Int, _ value: UInt64) {
    guard value != 0 else { return }
    raw(UInt64(field) << 1)
    raw(value)
  }

  mutating func count(_ field: Int, _ value: Int) { signed(field, Int64(value)) }

  mutating func signed(_ field: Int, _ value: Int64) {
    unsigned(field, UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  mutating func flag(_ field: Int, _ value: Bool) { unsigned(field, value ? 1 : 0) }

  mutating func text(_ field: Int, _ value: String) {
    guard !value.isEmpty else { return }
    element(field, value)
  }

  /// Text that is written also when it is empty, for lists of texts.
  mutating func element(_ field: Int, _ value: String) {
    raw(UInt64(field) << 1 | 1)
    raw(UInt64(value.utf8.count))
    bytes.append(contentsOf: value.utf8)
  }

  mutating func message(_ field: Int, _ write: (inout WireWriter) -> Void) {
    var inner = WireWriter()
    write(&inner)
    raw(UInt64(field) << 1 | 1)
    raw(UInt64(inner.bytes.count))
    bytes.append(contentsOf: inner.bytes)
  }
}

/// Why a manifest could not be read.
package enum ManifestError: Error, Hashable, Sendable {
  /// The bytes are not an ELF object with a manifest section.
  case notAnArtifact
  /// The manifest was written by a newer release whose format this one does not know.
  case newerFormat(found: Int, known: Int)
  /// The bytes end early or make no sense; the text says where.
  case malformed(String)
}

/// The fields of one message, read from bytes of unknown origin.
struct WireMessage {
  enum Payload {
    case number(UInt64)
    case bytes(ArraySlice<UInt8>)
  }

  private var fields: [(number: Int, payload: Payload)] = []

  /// How deep messages may be nested; layouts of values nest.
  static let depthLimit = 64

  let depth: Int

  init(_ bytes: ArraySlice<UInt8>, depth: Int = 0) throws(ManifestError) {
    guard depth < Self.depthLimit else { throw .malformed("nested too deeply") }
    self.depth = depth
    var rest = bytes
    while !rest.isEmpty {
      let key = try Self.varint(&rest)
      let number = Int(truncatingIfNeeded: key >> 1)
      let value = try Self.varint(&rest)
      if key & 1 == 0 {
        fields.append((number, .number(value)))
      } else {
        guard value <= UInt64(rest.count) else { throw .malformed("a field runs over the end") }
        fields.append((number, .bytes(rest.prefix(Int(value)))))
        rest = rest.dropFirst(Int(value))
      }
    }
  }

  private static func varint(_ rest: inout ArraySlice<UInt8>) throws(ManifestError) -> UInt64 {
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

  func unsigned(_ field: Int) -> UInt64 {
    for case (field, .number(let value)) in fields { return value }
    return 0
  }

  func signed(_ field: Int) -> Int64 {
    let raw = unsigned(field)
    return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
  }

  /// A number that is used as a size, offset or index.
  func count(_ field: Int) throws(ManifestError) -> Int {
    let value = signed(field)
    guard value >= 0, value <= Int64(Int32.max) else { throw .malformed("a size is out of range") }
    return Int(value)
  }

  func flag(_ field: Int) -> Bool { unsigned(field) != 0 }

  func text(_ field: Int) -> String {
    for case (field, .bytes(let bytes)) in fields { return String(decoding: bytes, as: UTF8.self) }
    return ""
  }

  func texts(_ field: Int) -> [String] {
    var result: [String] = []
    for case (field, .bytes(let bytes)) in fields {
      result.append(String(decoding: bytes, as: UTF8.self))
    }
    return result
  }

  func message(_ field: Int) throws(ManifestError) -> WireMessage? {
    for case (field, .bytes(let bytes)) in fields {
      return try WireMessage(bytes, depth: depth + 1)
    }
    return nil
  }

  /// The message of a field that must be there.
  func required(_ field: Int, _ what: String) throws(ManifestError) -> WireMessage {
    guard let message = try message(field) else { throw .malformed("\(what) is missing") }
    return message
  }

  func messages<T>(
    _ field: Int, _ read: (WireMessage) throws(ManifestError) -> T
  ) throws(ManifestError) -> [T] {
    var result: [T] = []
    for case (field, .bytes(let bytes)) in fields {
      result.append(try read(try WireMessage(bytes, depth: depth + 1)))
    }
    return result
  }
}
