/// A macro of the library as its source has it, not parsed.
package struct LibraryMacro: Sendable {
  /// Its place in `Library.all`.
  package let index: Int
  package let name: String
  /// The file that has it, among `Library.files`.
  package let file: Int
  /// Where `macro` stands in the file.
  package let start: Int
  /// What stands between the parentheses behind its name.
  package let parameters: String
  /// What the lines of comment above it say.
  package let documentation: String
  /// The lines of the comment that are indented: a script, and behind `=>` what it prints.
  package let examples: [CatalogExample]
}

/// The part of the language that is written in the language: macros that need no `import`.
///
/// Scripts pay for what they use: the files are looked through for the places of macros when the first name
/// is asked for that may be one, and each macro is parsed when it is called.
package enum Library {
  /// A file of the library.
  package struct File: Sendable {
    /// As messages name it: `stdlib/tasks.bt`.
    package let name: String
    package let bytes: [UInt8]
    /// The first line of comment, which says what the file is about: `Tasks: the parent of a process.`
    package let title: String

    /// The heading of the manual that its macros stand under.
    package var family: String { String(title.prefix { $0 != ":" }) }
  }

  /// The files in the order of the manual.
  package static let files: [File] = [
    File("maps", PackageResources.maps_bt), File("tasks", PackageResources.tasks_bt),
    File("sockets", PackageResources.sockets_bt),
    File("assertions", PackageResources.assertions_bt),
  ]

  /// Every macro, in the order of the files.
  package static let all: [LibraryMacro] = {
    var all: [LibraryMacro] = []
    for (index, file) in files.enumerated() { all += macros(of: file, index, after: all.count) }
    return all
  }()

  /// The macros of each name: those that take other arguments share one.
  package static let macros = Dictionary(grouping: all, by: \.name)

  /// Finds the lines that begin with `macro`.
  private static func macros(of file: File, _ index: Int, after count: Int) -> [LibraryMacro] {
    var found: [LibraryMacro] = []
    var comment: [Substring] = []
    var start = 0
    for line in file.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      let text = String(decoding: line, as: UTF8.self)
      if text.hasPrefix("//") {
        comment.append(text.dropFirst(3))
      } else {
        if text.hasPrefix("macro "), let open = text.firstIndex(of: "("),
          let close = text.firstIndex(of: ")")
        {
          found.append(
            LibraryMacro(
              index: count + found.count, name: String(text[..<open].dropFirst(6)), file: index,
              start: start, parameters: String(text[text.index(after: open)..<close]),
              documentation: comment.filter { !$0.hasPrefix("  ") && !$0.isEmpty }
                .joined(separator: " "),
              examples: examples(in: comment)))
        }
        comment = []
      }
      start += line.count + 1
    }
    return found
  }

  private static func examples(in comment: [Substring]) -> [CatalogExample] {
    var script: [Substring] = []
    var output: [Substring] = []
    var found: [CatalogExample] = []
    func finish() {
      guard !script.isEmpty else { return }
      found.append(
        CatalogExample(
          script.joined(separator: "\n"), prints: output.joined(separator: "\n")))
      (script, output) = ([], [])
    }
    for line in comment where line.hasPrefix("  ") {
      let text = line.drop { $0 == " " }
      if text.hasPrefix("=> ") {
        output.append(text.dropFirst(3))
      } else {
        if !output.isEmpty { finish() }
        script.append(text)
      }
    }
    finish()
    return found
  }
}

extension Library.File {
  fileprivate init(_ family: String, _ bytes: [UInt8]) {
    name = "stdlib/\(family).bt"
    self.bytes = bytes
    let first = bytes.prefix { $0 != UInt8(ascii: "\n") }
    title = String(String(decoding: first, as: UTF8.self).drop { $0 == "/" || $0 == " " })
  }
}
