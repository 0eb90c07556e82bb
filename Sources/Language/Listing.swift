import BTF
package import MachineView
import TraceModel

/// What `-l` shows.
package enum Listing {
  /// Lists attach points or types that match patterns separated by commas; empty for everything.
  ///
  /// - Parameter query: What to look at; its `parts` are set here.
  /// - Returns: Lines without newlines, arguments indented by four spaces.
  package static func lines(
    _ patterns: String, _ query: ListingQuery
  ) throws(MachineError) -> [String] {
    var result: [String] = []
    let all = patterns.isEmpty ? ["*"] : patterns.split(separator: ",").map(String.init)
    for pattern in all {
      if let keyword = typeKeywords.first(where: { pattern.hasPrefix("\($0) ") }) {
        result += try types(
          keyword, pattern.dropFirst(keyword.count + 1).drop { $0 == " " }, query)
      } else {
        result += try probes(pattern, query)
      }
    }
    return result
  }

  // MARK: Probes

  private static func probes(
    _ pattern: String, _ query: ListingQuery
  ) throws(MachineError) -> [String] {
    var parts = split(pattern)
    var types: [ProbeType]
    if parts.count > 1 {
      let name = parts.removeFirst()
      if let type = Catalog.probeType(name) {
        types = [type]
      } else {
        let named = NamePattern(name.isEmpty ? "*" : name.lowercased())
        types = ProbeType.all.filter { $0.isListedByDefault && named.matches($0.name) }
      }
    } else {
      types = ProbeType.all.filter { $0.isListedByDefault || query.targetPID != nil && $0.isUser }
      if parts == ["*"] { parts = [] }
    }
    types.sort { $0.name < $1.name }
    var result: [String] = []
    for type in types {
      var query = query
      query.parts = parts
      // Names are compared as they are written, colons included.
      let found = try type.list(query).sorted {
        $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
      }
      for probe in found {
        result.append(probe.name)
        result += probe.arguments.map { "    \($0)" }
      }
    }
    return result
  }

  /// Splits at colons outside quotes.
  private static func split(_ pattern: String) -> [String] {
    var parts = [""]
    var isQuoted = false
    for character in pattern {
      switch character {
      case "\"": isQuoted.toggle()
      case ":" where !isQuoted: parts.append("")
      default: parts[parts.count - 1].append(character)
      }
    }
    return parts
  }

  // MARK: Types

  private static let typeKeywords = ["struct", "union", "enum"]

  private static func types(
    _ keyword: String, _ name: Substring, _ query: ListingQuery
  ) throws(MachineError) -> [String] {
    guard let btf = try query.kernel.btf(nil) else { return [] }
    let kinds: Set<BTFKind> =
      switch keyword {
      case "struct": [.structure]
      case "union": [.union]
      default: [.enumeration, .enumeration64]
      }
    let pattern = NamePattern(String(name))
    var found: [String: BTFTypeID] = [:]
    let prefix = String(name.prefix { $0 != "*" })
    try? btf.forEachName(kinds, prefix: prefix) { id, name in
      if !name.isEmpty, pattern.matches(name), found[name] == nil { found[name] = id }
    }
    var result: [String] = []
    for (name, id) in found.sorted(by: { $0.key < $1.key }) {
      if query.wantsArguments, let definition = try? btf.definition(of: id) {
        result.append("vmlinux: \(definition)")
        result.append("")
      } else {
        result.append("\(keyword) \(name)")
      }
    }
    return result
  }
}

extension ProbeType {
  /// Whether its attach points are in user space.
  fileprivate var isUser: Bool { requires.contains(.uprobe) }
}
