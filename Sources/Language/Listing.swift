import BTF
package import MachineView
import SystemText
import TraceModel

/// What `-l` shows.
package enum Listing {
  /// Lists attach points or types that match patterns separated by commas; empty for everything.
  ///
  /// Where nothing matches one that is written as other tracers do, what it means here is listed.
  ///
  /// - Parameters:
  ///   - query: What to look at; its `parts` are set here.
  ///   - warn: Takes what people should know of a listing that lacks something.
  ///   - write: Takes whole lines, arguments indented by four spaces, as they are found.
  package static func list(
    _ patterns: String, _ query: ListingQuery, warn: (String) -> Void = { _ in },
    write: ([UInt8]) -> Void
  ) throws(MachineError) {
    try withoutActuallyEscaping(write) { write throws(MachineError) in
      let page = ListingPage(write: write)
      defer { page.flush() }
      let all =
        patterns.isEmpty
        ? ["*"]
        : split(patterns, at: ",").compactMap { withoutSpaceAround($0[...]) }
      for pattern in all {
        if let keyword = typeKeywords.first(where: { pattern.hasPrefix("\($0) ") }) {
          try listTypes(
            keyword, pattern.dropFirst(keyword.count + 1).drop { $0 == " " }, query, on: page)
        } else {
          let count = page.lineCount
          if !ForeignSpelling.isMeant(by: pattern) {
            try listProbes(pattern, query, on: page, warn: warn)
          }
          if page.lineCount == count,
            let meaning = try ForeignSpelling.meaning(of: pattern, on: query.kernel, query.user)
          {
            warn(meaning.sentence)
            try listProbes(meaning.ours, query, on: page, warn: warn)
          }
        }
      }
    }
  }

  // MARK: Probes

  private static func listProbes(
    _ pattern: String, _ query: ListingQuery, on page: ListingPage, warn: (String) -> Void
  ) throws(MachineError) {
    var parts = split(pattern, at: ":").map(withoutQuotes)
    let types: [ProbeType]
    if parts.count > 1 {
      let name = parts.removeFirst()
      if let type = Catalog.probeType(name) {
        types = [type]
      } else {
        types = ProbeType.matching(name, parts, targetPID: query.targetPID)
      }
    } else {
      types = ProbeType.all.filter {
        $0.isListedByDefault || query.targetPID != nil && $0.isListedInProcesses
      }.sorted { $0.name < $1.name }
      if parts == ["*"] { parts = [] }
    }
    for type in types {
      var query = query
      query.parts = parts
      switch try type.list(query) {
      case .probes(let probes, let warnings):
        for text in warnings { warn(text) }
        for probe in sorted(probes) {
          page.add(line: probe.name)
          for argument in probe.arguments { page.add(line: "    \(argument)") }
        }
      case .functions(let names, let prefix, showsModules: false):
        let prefix = Array(prefix.utf8)
        names.forEachName { page.add(prefix, $0) }
      case .functions(let names, let prefix, showsModules: true):
        var last: (module: String, prefix: [UInt8]) = ("", [])
        names.forEachInModules { module, name in
          if last.module != module { last = (module, "\(prefix)\(module):".systemBytes) }
          page.add(last.prefix, name)
        }
      }
    }
  }

  /// The arguments of an attach point, as `-lv` shows them: C declarations without `;`.
  ///
  /// - Parameters:
  ///   - name: Its full name.
  ///   - query: What to look at; its `parts` are set here.
  package static func arguments(
    of name: String, _ query: ListingQuery
  ) throws(MachineError) -> [String] {
    var query = query
    query.parts = split(name, at: ":").map(withoutQuotes)
    guard let type = Catalog.probeType(query.parts.removeFirst()) else { return [] }
    query.wantsArguments = true
    guard case .probes(let probes, _) = try type.list(query) else { return [] }
    return probes.first { $0.name == name }?.arguments ?? []
  }

  /// By their names as they are written, colons included; mostly they are in that order already.
  private static func sorted(_ probes: [ListedProbe]) -> [ListedProbe] {
    func precedes(_ a: ListedProbe, _ b: ListedProbe) -> Bool {
      a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
    }
    let areInOrder = zip(probes, probes.dropFirst()).allSatisfy { !precedes($1, $0) }
    return areInOrder ? probes : probes.sorted(by: precedes)
  }

  /// Nil for a text of nothing but white space.
  private static func withoutSpaceAround(_ text: Substring) -> String? {
    guard let first = text.firstIndex(where: { !$0.isWhitespace }),
      let last = text.lastIndex(where: { !$0.isWhitespace })
    else { return nil }
    return String(text[first...last])
  }

  /// Splits at a character outside quotes, which stay.
  private static func split(_ pattern: String, at separator: Character) -> [String] {
    var parts = [""]
    var isQuoted = false
    for character in pattern {
      if character == "\"" { isQuoted.toggle() }
      if character == separator, !isQuoted {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    return parts
  }

  private static func withoutQuotes(_ part: String) -> String { part.filter { $0 != "\"" } }

  // MARK: Types

  private static let typeKeywords = ["struct", "union", "enum"]

  private static func listTypes(
    _ keyword: String, _ name: Substring, _ query: ListingQuery, on page: ListingPage
  ) throws(MachineError) {
    guard let btf = try query.kernel.btf(nil) else { return }
    let kinds: Set<BTFKind> =
      switch keyword {
      case "struct": [.structure]
      case "union": [.union]
      default: [.enumeration, .enumeration64]
      }
    let pattern = NamePattern(String(name))
    var found: [String: BTFTypeID] = [:]
    let prefix = String(name.prefix { $0 != "*" })
    do {
      try btf.forEachName(kinds, prefix: prefix) { id, name in
        if !name.isEmpty, pattern.matches(name), found[name] == nil { found[name] = id }
      }
      for (name, id) in found.sorted(by: { $0.key < $1.key }) {
        if query.wantsArguments {
          page.add(line: "vmlinux: \(try btf.definition(of: id))\n")
        } else {
          page.add(line: "\(keyword) \(name)")
        }
      }
    } catch { throw .badBTF(error, module: "vmlinux") }
  }
}

/// Lines on their way out.
private final class ListingPage {
  private var bytes: [UInt8] = []
  private(set) var lineCount = 0
  private let write: ([UInt8]) -> Void
  private static let size = 1 << 16

  init(write: @escaping ([UInt8]) -> Void) {
    self.write = write
    bytes.reserveCapacity(Self.size + 4096)
  }

  func add(line: String) {
    bytes.append(systemBytesOf: line)
    endLine()
  }

  /// Adds a line that consists of two parts.
  func add(_ start: [UInt8], _ end: ArraySlice<UInt8>) {
    bytes.append(contentsOf: start)
    bytes.append(contentsOf: end)
    endLine()
  }

  private func endLine() {
    bytes.append(UInt8(ascii: "\n"))
    lineCount += 1
    if bytes.count >= Self.size { flush() }
  }

  func flush() {
    guard !bytes.isEmpty else { return }
    write(bytes)
    bytes.removeAll(keepingCapacity: true)
  }
}
