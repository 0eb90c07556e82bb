/// Writes values as text.
struct ValueText {
  /// Whether punctuation is followed by a space.
  enum Spacing {
    /// `(1, a)`, `{ .a = 1, .b = 2 }`.
    case normal
    /// `(1,a)`, `{.a=1,.b=2}`: keys in JSON.
    case none
  }

  var spacing = Spacing.normal
  /// Whether what `stats()` counts is a line of words instead of a record.
  var showsStatisticsAsLine = false

  private var comma: String { spacing == .normal ? ", " : "," }

  /// Appends `value` as `print` shows it, without the end of the line.
  func append(_ value: Value, to text: inout [UInt8]) {
    switch value {
    case .none: text.append("null")
    case .integer(let number): text.append(decimal: number)
    case .unsigned(let number): text.append(decimal: number)
    case .boolean(let flag): text.append(flag ? "true" : "false")
    case .enumeration(let name?, _, _): text.append(name)
    case .enumeration(nil, let number, let signed):
      append(Value(bitPattern: number, signed: signed), to: &text)
    case .string(let bytes, _): text.append(contentsOf: bytes)
    case .buffer(let bytes): text.appendEscaped(bytes)
    case .pointer(let address): text.appendAddress(address)
    case .array(let elements):
      text.append("[")
      append(elements, separator: ",", to: &text)
      text.append("]")
    case .tuple(let elements):
      text.append("(")
      append(elements, separator: comma, to: &text)
      text.append(")")
    case .record(let members): append(members, to: &text)
    case .stats(let stats) where showsStatisticsAsLine: stats.append(lineTo: &text)
    case .stats, .histogram, .series: value.result?.append(to: &text)
    case .symbol(let name?, _): text.append(name)
    case .symbol(nil, let address): StackText.appendUnknown(address, to: &text)
    case .stack(let stack): StackText(isIndented: spacing == .normal).append(stack, to: &text)
    case .text(let string): text.append(string)
    case .words(let words): words.append(to: &text)
    }
  }

  /// Appends `key` as it stands between the brackets after a map's name.
  func appendKey(_ key: Value, to text: inout [UInt8]) {
    if case .tuple(let elements) = key {
      append(elements, separator: comma, to: &text)
    } else {
      append(key, to: &text)
    }
  }

  private func append(_ elements: [Value], separator: String, to text: inout [UInt8]) {
    for (index, element) in elements.enumerated() {
      if index > 0 { text.append(separator) }
      append(element, to: &text)
    }
  }

  private func append(_ members: [Value.Member], to text: inout [UInt8]) {
    if members.isEmpty { return text.append("{}") }
    let space = spacing == .normal ? " " : ""
    text.append("{\(space)")
    for (index, member) in members.enumerated() {
      if index > 0 { text.append(comma) }
      text.append(".\(member.name)\(space)=\(space)")
      append(member.value, to: &text)
    }
    text.append("\(space)}")
  }
}

extension Value {
  /// The text that `print` and `%s` show.
  package var text: [UInt8] {
    var bytes: [UInt8] = []
    ValueText().append(self, to: &bytes)
    return bytes
  }
}
