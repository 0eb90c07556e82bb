internal import SystemText

/// The text of an attach point, taken apart.
///
/// This is also for attach points that are not in a script, as the pattern of a listing.
package struct AttachPointText: Hashable, Sendable {
  /// As written, quotes included.
  package let text: String
  /// Split at `:` and `@` outside quotes; never empty.
  package let parts: [AttachPointSyntax.Part]

  package init(_ text: String) {
    self.init(bytes: text.systemBytes)
  }

  init(bytes: [UInt8]) {
    text = String(systemBytes: bytes)
    var parts: [AttachPointSyntax.Part] = []
    var part: [UInt8] = []
    var isQuoted = false
    var isInQuotes = false
    var offset = 0
    func finished() -> AttachPointSyntax.Part {
      .text(String(systemBytes: part), isQuoted: isQuoted)
    }
    while offset < bytes.count {
      let byte = bytes[offset]
      offset += 1
      switch byte {
      case UInt8(ascii: "\""):
        isInQuotes.toggle()
        isQuoted = true
      case UInt8(ascii: "\\") where isInQuotes && offset < bytes.count:
        part.append(bytes[offset])
        offset += 1
      case UInt8(ascii: ":") where !isInQuotes, UInt8(ascii: "@") where !isInQuotes:
        parts.append(finished())
        if byte == UInt8(ascii: "@") { parts.append(.at) }
        part = []
        isQuoted = false
      default: part.append(byte)
      }
    }
    parts.append(finished())
    self.parts = parts
  }
}
