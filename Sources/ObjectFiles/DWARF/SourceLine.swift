/// A line of a source file, as a person names it.
package struct SourceLine: Hashable, Sendable {
  /// The file's path, or the end of it: `main.c`, `src/main.c`.
  package let file: String
  package let line: Int
  package let column: Int?

  package init(file: String, line: Int, column: Int? = nil) {
    self.file = file
    self.line = line
    self.column = column
  }

  /// Whether a path is that of the file, or ends with it after a slash.
  func isIn(_ path: String) -> Bool {
    guard path.hasSuffix(Self.lastPart(file)) else { return false }
    let path = Self.simplified(path)
    let name = Self.simplified(file)
    return path == name || (!name.hasPrefix("/") && path.hasSuffix("/" + name))
  }

  private static func lastPart(_ path: String) -> Substring {
    path.split(separator: "/").last ?? ""
  }

  /// A path without `.`, `..` and doubled slashes.
  static func simplified(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == "..", let last = parts.last, last != ".." {
        parts.removeLast()
      } else {
        parts.append(part)
      }
    }
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }
}

/// Where the statements of a line of source start.
package struct SourceStatements: Hashable, Sendable {
  /// For each function that the line is in, and each inlined copy of it, the first address; ascending.
  package var addresses: [UInt64] = []
  /// The files that the name means; several if it is ambiguous, none if the binary has none of them.
  package var files: [String] = []
  /// The line nearest to the wanted one, in one of these files, that has code.
  package var nearestLine: Int?
  /// The columns at which statements of the wanted line start, if none starts at the wanted one.
  package var columns: Set<Int> = []
}

/// What became of a function that compilers may inline.
package struct FunctionInstances: Hashable, Sendable {
  /// The addresses of its own code, before relocation.
  package var own: Set<UInt64> = []
  package var inlined: [InlinedInstance] = []
  package var declaration: LinePosition?
}

/// A copy of a function in another one.
package struct InlinedInstance: Hashable, Sendable {
  /// Where it is entered, before relocation.
  package let address: UInt64
  package let calledAt: LinePosition?
  /// The name of the function that it is in.
  package let caller: String?
}
