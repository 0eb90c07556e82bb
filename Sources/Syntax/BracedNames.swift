import SystemText

/// Names between commas in braces, by which several attach points differ: `sys_exit_{open,openat}`.
struct BracedNames {
  /// Returns the offset behind the braces that open at `start`; nil if an action block or nothing of the kind
  /// begins there. White space, which ends an attach point, is not among them.
  static func end(from start: Int, byteAt: (Int) -> UInt8?) -> Int? {
    guard byteAt(start) == UInt8(ascii: "{") else { return nil }
    var names = 0
    var nameStart = start + 1
    var offset = nameStart
    while let byte = byteAt(offset) {
      switch byte {
      case UInt8(ascii: ","), UInt8(ascii: "}"):
        guard offset > nameStart else { return nil }
        names += 1
        if byte == UInt8(ascii: "}") { return names > 1 ? offset + 1 : nil }
        nameStart = offset + 1
      case _ where byte.isPartOfAttachedName: break
      default: return nil
      }
      offset += 1
    }
    return nil
  }

  /// The texts that a text with braces stands for, in the order of the names; without braces, itself.
  static func texts(of text: [UInt8]) -> [[UInt8]] {
    var isInQuotes = false
    for start in text.indices {
      if text[start] == UInt8(ascii: "\"") { isInQuotes.toggle() }
      guard !isInQuotes,
        let end = end(from: start, byteAt: { $0 < text.count ? text[$0] : nil })
      else { continue }
      let names = text[(start + 1)..<(end - 1)].split(separator: UInt8(ascii: ","))
      return names.flatMap { name in
        texts(of: Array(text[end...])).map { text[..<start] + name + $0 }
      }
    }
    return [text]
  }
}

extension UInt8 {
  /// Whether it may stand in a name that braces list: of a function or an event, or a pattern of such.
  fileprivate var isPartOfAttachedName: Bool {
    switch self {
    case UInt8(ascii: "."), UInt8(ascii: "*"), UInt8(ascii: "?"): true
    default: isIdentifierPart
    }
  }
}
