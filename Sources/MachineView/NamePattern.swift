/// A name with `*` for any run of characters; nothing else is special.
package struct NamePattern: Hashable, Sendable {
  /// As it was written.
  package let text: String
  private let parts: [[UInt8]]

  package init(_ text: String) {
    self.text = text
    parts = text.utf8.split(separator: 0x2A, omittingEmptySubsequences: false).map(Array.init)
  }

  /// The pattern that every name matches.
  package static let any = NamePattern("*")

  /// Whether there is no `*` in it.
  package var isExact: Bool { parts.count == 1 }

  /// Whether it consists of `*` only.
  package var matchesAll: Bool { parts.count > 1 && parts.allSatisfy(\.isEmpty) }

  /// Whether all of `name` fits.
  package func matches(_ name: String) -> Bool {
    matches(name.utf8Span.span)
  }

  /// Whether all of `name`, which is UTF-8, fits.
  package func matches(_ name: Span<UInt8>) -> Bool {
    guard let first = parts.first, let last = parts.last else { return false }
    if parts.count == 1 { return name.count == first.count && Self.has(first, in: name, at: 0) }
    guard name.count >= first.count + last.count, Self.has(first, in: name, at: 0),
      Self.has(last, in: name, at: name.count - last.count)
    else { return false }
    var position = first.count
    let limit = name.count - last.count
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      while position + part.count <= limit, !Self.has(part, in: name, at: position) {
        position += 1
      }
      guard position + part.count <= limit else { return false }
      position += part.count
    }
    return true
  }

  private static func has(_ part: [UInt8], in name: Span<UInt8>, at start: Int) -> Bool {
    guard start >= 0, start + part.count <= name.count else { return false }
    for index in part.indices where name[start + index] != part[index] { return false }
    return true
  }
}
