/// A function in user space as attach points name it: a symbol, or behind `cpp:` what the programmer wrote.
///
/// Both may have wildcards. Behind `cpp:` there may be a mangled name too, as full names of probes have it.
package struct UserFunctionName: Hashable, Sendable {
  /// As it stands in an attach point, without quotes.
  package let text: String
  /// Without the `cpp:`.
  package let name: String
  /// Whether it is compared with demangled names.
  package let isReadable: Bool

  private static let readablePrefix = "cpp:"

  package init(_ text: String) {
    self.text = text
    let hasPrefix = text.hasPrefix(Self.readablePrefix)
    name = hasPrefix ? String(text.dropFirst(Self.readablePrefix.utf8.count)) : text
    isReadable = hasPrefix
  }

  /// What stands behind the word `cpp` in an attach point.
  package init(readable name: String) { self.init(Self.readablePrefix + name) }

  /// The full name of a symbol that was found by this one: the word `cpp` is part of it.
  package func symbol(_ name: String) -> String {
    isReadable ? Self.readablePrefix + name : name
  }

  /// Whether it may stand for several symbols.
  package var isPattern: Bool {
    name.contains("*") || isReadable && !name.hasPrefix("_Z") && !name.hasPrefix("_R")
  }
}
