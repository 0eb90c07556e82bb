/// A JSON value, written on one line.
enum JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  case string(String)
  case integer(Int)
  case array([JSONValue])
  /// An object, its members in the order in which they are written.
  case members([Member])

  struct Member {
    var name: String
    var value: JSONValue
  }

  /// An object of members in this order.
  static func object(_ members: [(String, JSONValue)]) -> JSONValue {
    .members(members.map { Member(name: $0.0, value: $0.1) })
  }

  init(stringLiteral value: String) { self = .string(value) }
  init(integerLiteral value: Int) { self = .integer(value) }

  /// The value as UTF-8.
  var bytes: [UInt8] {
    var text: [UInt8] = []
    append(to: &text)
    return text
  }

  private func append(to text: inout [UInt8]) {
    switch self {
    case .string(let string): Self.append(string, to: &text)
    case .integer(let number): text += String(number).utf8
    case .array(let values):
      text += "[".utf8
      for (index, value) in values.enumerated() {
        if index > 0 { text += ", ".utf8 }
        value.append(to: &text)
      }
      text += "]".utf8
    case .members(let members):
      text += "{".utf8
      for (index, member) in members.enumerated() {
        if index > 0 { text += ", ".utf8 }
        Self.append(member.name, to: &text)
        text += ": ".utf8
        member.value.append(to: &text)
      }
      text += "}".utf8
    }
  }

  private static func append(_ string: String, to text: inout [UInt8]) {
    text += "\"".utf8
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\"".utf8
      case "\\": text += "\\\\".utf8
      case "\n": text += "\\n".utf8
      case "\r": text += "\\r".utf8
      case "\t": text += "\\t".utf8
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        text += "\\u\(String(repeating: "0", count: 4 - digits.utf8.count))\(digits)".utf8
      default: text += String(scalar).utf8
      }
    }
    text += "\"".utf8
  }
}
