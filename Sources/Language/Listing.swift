import BTF
package import MachineView
import SystemText
import TraceModel

/// What `-l` shows.
package enum Listing {
  /// Lists attach points or types that match patterns separated by commas; empty for everything.
  ///
  /// - Parameter query: What to look at; its `parts` are set here.
  /// - Returns: Lines, arguments indented by four spaces.
  package static func text(
    _ patterns: String, _ query: ListingQuery
  ) throws(MachineError) -> [UInt8] {
    var result: [UInt8] = []
    let all = patterns.isEmpty ? ["*"] : patterns.split(separator: ",").map(String.init)
    for pattern in all {
      if let keyword = typeKeywords.first(where: { pattern.hasPrefix("\($0) ") }) {
        try appendTypes(
          keyword, pattern.dropFirst(keyword.count + 1).drop { $0 == " " }, query, to: &result)
      } else {
        try appendProbes(pattern, query, to: &result)
      }
    }
    return result
  }

  // MARK: Probes

  private static func appendProbes(
    _ pattern: String, _ query: ListingQuery, to text: inout [UInt8]
  ) throws(MachineError) {
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
    for type in types {
      var query = query
      query.parts = parts
      for probe in sorted(try type.list(query)) {
        text.append(systemBytesOf: probe.name)
        text.append(UInt8(ascii: "\n"))
        for argument in probe.arguments {
          text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 4))
          text.append(systemBytesOf: argument)
          text.append(UInt8(ascii: "\n"))
        }
      }
    }
  }

  /// By their names as they are written, colons included; mostly they are in that order already.
  private static func sorted(_ probes: [ListedProbe]) -> [ListedProbe] {
    func precedes(_ a: ListedProbe, _ b: ListedProbe) -> Bool {
      a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
    }
    let areInOrder = zip(probes, probes.dropFirst()).allSatisfy { !precedes($1, $0) }
    return areInOrder ? probes : probes.sorted(by: precedes)
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

  private static func appendTypes(
    _ keyword: String, _ name: Substring, _ query: ListingQuery, to text: inout [UInt8]
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
          text.append(systemBytesOf: "vmlinux: \(try btf.definition(of: id))\n\n")
        } else {
          text.append(systemBytesOf: "\(keyword) \(name)\n")
        }
      }
    } catch { throw .badBTF(error, module: "vmlinux") }
  }
}

extension ProbeType {
  /// Whether its attach points are in user space.
  fileprivate var isUser: Bool { requires.contains(.uprobe) }
}
