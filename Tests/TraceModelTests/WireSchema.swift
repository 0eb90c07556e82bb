import Foundation
import TraceModel

/// The types that the encoding of a type is made of, found by following the declarations.
struct WireSchema {
  var structures: [any WireStruct.Type] = []
  var enums: [any WireEnum.Type] = []
  var numbered: [any WireNumbered.Type] = []
  private var seen: Set<ObjectIdentifier> = []

  init(of root: any WireElement.Type) { visit(root) }

  private mutating func visit(_ type: any WireElement.Type) {
    guard seen.insert(ObjectIdentifier(type)).inserted else { return }
    if let structure = type as? any WireStruct.Type {
      structures.append(structure)
      for field in Self.fields(of: structure) { visit(field.type) }
    } else if let choice = type as? any WireEnum.Type {
      enums.append(choice)
      for one in Self.cases(of: choice) { for part in one.parts { visit(part.type) } }
    } else if let numbers = type as? any WireNumbered.Type {
      numbered.append(numbers)
    }
  }

  static func fields(
    of type: any WireStruct.Type
  ) -> [(number: Int, name: String, type: any WireElement.Type)] {
    func fields<T: WireStruct>(_: T.Type) -> [(Int, String, any WireElement.Type)] {
      T.wireFields.map { ($0.number, $0.name, $0.type.wireElement) }
    }
    return fields(type)
  }

  typealias Case = (
    tag: Int, name: String,
    parts: [(number: Int, name: String, type: any WireElement.Type)]
  )

  static func cases(of type: any WireEnum.Type) -> [Case] {
    func cases<T: WireEnum>(_: T.Type) -> [Case] {
      T.wireCases.map { one in
        (one.tag, one.name, one.parts.map { ($0.number, $0.name, $0.type.wireElement) })
      }
    }
    return cases(type)
  }
}

/// The sources, as text.
enum SourceText {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// All Swift files of these modules.
  static func files(of modules: [String]) throws -> [String] {
    try modules.flatMap { module in
      let folder = root.appendingPathComponent("Sources/\(module)")
      let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
      return try (names ?? []).filter { $0.hasSuffix(".swift") }.sorted().map {
        try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8)
      }
    }
  }

  /// The names of the cases in the declaration of an enum.
  static func cases(of name: Substring, in files: [String]) -> [String]? {
    for file in files {
      let lines = file.split(separator: "\n", omittingEmptySubsequences: false)
      guard let start = lines.firstIndex(where: { $0.contains("enum \(name):") }) else { continue }
      let margin = lines[start].prefix { $0 == " " } + "  "
      var cases: [String] = []
      for line in lines[(start + 1)...] {
        if line == margin.dropLast(2) + "}" { return cases }
        guard line.hasPrefix(margin + "case ") else { continue }
        let declared = line.dropFirst(margin.count + 5)
        // Several of them on a line: only those without associated values.
        if declared.contains("(") {
          cases.append(String(declared.prefix { $0 != "(" }))
        } else {
          cases += declared.split(separator: ",").map {
            $0.trimmingCharacters(in: .whitespaces).split(separator: " ").first.map(String.init)
              ?? ""
          }
        }
      }
    }
    return nil
  }
}
