/// A place in a source file.
package struct LinePosition: Hashable, Sendable {
  /// As the compiler was given it, with the folder that it ran in.
  package let path: String
  /// From 1.
  package let line: Int
  /// From 1; 0 where the compiler does not say.
  package let column: Int

  package init(path: String, line: Int, column: Int = 0) {
    self.path = path
    self.line = line
    self.column = column
  }
}

/// One function at an address: the one that the code belongs to, or one that was inlined there.
package struct SourceFrame: Hashable, Sendable {
  /// As the source writes it, without its scope; nil if that is not known.
  package let name: String?
  /// As the linker knows it, where that is another name: `_ZN3Foo3barEi`.
  package let linkageName: String?
  /// Where the program is in it: for all but the innermost, where it calls the next one.
  package let position: LinePosition?
  package let isInlined: Bool

  package init(
    name: String? = nil, linkageName: String? = nil, position: LinePosition? = nil,
    isInlined: Bool = false
  ) {
    self.name = name
    self.linkageName = linkageName
    self.position = position
    self.isInlined = isInlined
  }
}
