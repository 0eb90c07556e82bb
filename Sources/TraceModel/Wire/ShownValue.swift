/// A value of the encoding as text for people: what fits goes on one line, the rest is indented.
package indirect enum ShownValue: Hashable, Sendable {
  case text(String)
  case list([ShownValue])
  /// A structure (without a name) or a case of an enum.
  case group(String, [Part])

  /// A named part of a group.
  package struct Part: Hashable, Sendable {
    package let name: String
    package let value: ShownValue

    package init(_ name: String, _ value: ShownValue) {
      self.name = name
      self.value = value
    }
  }

  /// On one line.
  package var line: String {
    switch self {
    case .text(let text): text
    case .list(let elements): "[" + elements.map(\.line).joined(separator: ", ") + "]"
    case .group(let name, let parts) where parts.isEmpty: name.isEmpty ? "{}" : name
    case .group(let name, let parts):
      name + "(" + parts.map { "\($0.name): \($0.value.line)" }.joined(separator: ", ") + ")"
    }
  }

  /// The lines of a group's parts, one part after the other.
  ///
  /// - Parameter width: Of the lines that are not broken, in characters.
  package func lines(width: Int = 100) -> [String] {
    var result: [String] = []
    append(to: &result, indentation: 0, width: width)
    return result
  }

  private func append(to lines: inout [String], indentation: Int, width: Int) {
    let margin = String(repeating: " ", count: indentation)
    func add(_ name: String, _ value: ShownValue) {
      let line = "\(margin)\(name): \(value.line)"
      switch value {
      case .text: lines.append(line)
      case .group(_, let parts) where line.count <= width || parts.isEmpty: lines.append(line)
      case .group(let inner, _):
        lines.append("\(margin)\(name):" + (inner.isEmpty ? "" : " \(inner)"))
        value.append(to: &lines, indentation: indentation + 2, width: width)
      case .list(let elements):
        for (index, element) in elements.enumerated() { add("\(name)[\(index)]", element) }
      }
    }
    switch self {
    case .group(_, let parts): for part in parts { add(part.name, part.value) }
    case .text, .list: lines.append(margin + line)
    }
  }

  /// Text between quotes, on one line.
  package static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": out += "\\n"
      case "\t": out += "\\t"
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        out += "\\x" + (digits.count < 2 ? "0" : "") + digits
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
