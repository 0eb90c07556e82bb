import Foundation

/// One Swift file of the project, with its code apart from its comments and its literals.
struct SourceFile: Sendable {
  /// Where it is below `Sources`.
  let path: String
  /// The lines as written.
  let lines: [String]
  /// The same lines, where comments are blank and string literals are `""`.
  let code: [String]

  /// The module that the file belongs to.
  var module: String { String(path.prefix { $0 != "/" }) }

  /// The project's folder.
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// All Swift files under `Sources`.
  static func all() throws -> [SourceFile] {
    let sources = root.appendingPathComponent("Sources")
    let names = FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String }
    return try (names ?? []).filter { $0.hasSuffix(".swift") }.sorted().map { name in
      let text = try String(contentsOf: sources.appendingPathComponent(name), encoding: .utf8)
      return SourceFile(path: name, text: text)
    }
  }

  init(path: String, text: String) {
    self.path = path
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    code = withoutCommentsAndLiterals(text)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// Every line whose code has one of `words` and matches `pattern`, as `file:line: text`.
  ///
  /// The words are there because patterns take long to try.
  func places(of pattern: Regex<some Any>, with words: String...) -> [String] {
    code.indices.filter { index in
      words.contains { code[index].contains($0) } && code[index].contains(pattern)
    }.map(place)
  }

  /// A line as messages show it.
  func place(_ index: Int) -> String {
    "Sources/\(path):\(index + 1): \(lines[index].trimmingCharacters(in: .whitespaces))"
  }
}

/// `text` with the same number of lines, comments blanked and string literals emptied.
private func withoutCommentsAndLiterals(_ text: String) -> String {
  let bytes = Array(text.utf8)
  var result: [UInt8] = []
  var position = 0
  func starts(_ word: String, at index: Int) -> Bool {
    bytes[index...].starts(with: word.utf8)
  }
  /// Skips to the end of what is being skipped, keeping the line ends.
  func skip(to end: Int) {
    result += bytes[position..<end].filter { $0 == UInt8(ascii: "\n") }
    position = end
  }
  while position < bytes.count {
    // Most bytes begin none of what is looked for; telling so first keeps the reading fast.
    if !isRemarkable(bytes[position]) {
      result.append(bytes[position])
      position += 1
    } else if starts("//", at: position) {
      skip(to: bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count)
    } else if starts("/*", at: position) {
      skip(to: endOfComment(in: bytes, from: position))
    } else if let literal = openingOfLiteral(in: bytes, at: position) {
      result += "\"\"".utf8
      skip(to: endOfLiteral(literal, in: bytes, from: position))
    } else {
      result.append(bytes[position])
      position += 1
    }
  }
  return String(decoding: result, as: UTF8.self)
}

/// Whether a comment or a literal may begin with `byte`.
private func isRemarkable(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "#")
}

private func endOfComment(in bytes: [UInt8], from start: Int) -> Int {
  var depth = 0
  var position = start
  while position < bytes.count {
    if bytes[position] != UInt8(ascii: "/"), bytes[position] != UInt8(ascii: "*") {
      position += 1
    } else if bytes[position...].starts(with: "/*".utf8) {
      depth += 1
      position += 2
    } else if bytes[position...].starts(with: "*/".utf8) {
      depth -= 1
      position += 2
      if depth == 0 { return position }
    } else {
      position += 1
    }
  }
  return bytes.count
}

/// How a string literal begins: its number signs and its quotes, one or three.
private struct Literal {
  let signs: Int
  let quotes: Int
}

private func openingOfLiteral(in bytes: [UInt8], at start: Int) -> Literal? {
  let signs = bytes[start...].prefix { $0 == UInt8(ascii: "#") }.count
  let quotes = bytes[(start + signs)...].prefix { $0 == UInt8(ascii: "\"") }.count
  if quotes == 0 { return nil }
  return Literal(signs: signs, quotes: quotes >= 3 ? 3 : 1)
}

private func endOfLiteral(_ literal: Literal, in bytes: [UInt8], from start: Int) -> Int {
  let signs = [UInt8](repeating: UInt8(ascii: "#"), count: literal.signs)
  let closing = [UInt8](repeating: UInt8(ascii: "\""), count: literal.quotes) + signs
  let escape = [UInt8(ascii: "\\")] + signs
  var position = start + literal.signs + literal.quotes
  while position < bytes.count {
    let byte = bytes[position]
    if byte == UInt8(ascii: "\""), bytes[position...].starts(with: closing) {
      return position + closing.count
    }
    if byte == UInt8(ascii: "\\"), bytes[position...].starts(with: escape) {
      position += escape.count
      if position < bytes.count, bytes[position] == UInt8(ascii: "(") {
        position = endOfInterpolation(in: bytes, from: position)
      } else {
        position += 1
      }
    } else {
      position += 1
    }
  }
  return bytes.count
}

/// The end of `(...)`, with the literals in it.
private func endOfInterpolation(in bytes: [UInt8], from start: Int) -> Int {
  var depth = 0
  var position = start
  while position < bytes.count {
    if isRemarkable(bytes[position]), let literal = openingOfLiteral(in: bytes, at: position) {
      position = endOfLiteral(literal, in: bytes, from: position)
      continue
    }
    if bytes[position] == UInt8(ascii: "(") { depth += 1 }
    if bytes[position] == UInt8(ascii: ")") { depth -= 1 }
    position += 1
    if depth == 0 { return position }
  }
  return bytes.count
}
