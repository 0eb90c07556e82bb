internal import SystemText

extension TracepointFormat {
  /// Reads a `format` file of tracefs; nil if `text` is not one.
  package init?(parsing text: String) {
    var name: String?
    var id: Int?
    var fields: [TracepointField] = []
    var printFormat = ""
    for line in text.split(separator: "\n") {
      if line.hasPrefix("name: ") {
        name = String(line.dropFirst(6))
      } else if line.hasPrefix("ID: ") {
        id = Int(line.dropFirst(4))
      } else if line.hasPrefix("\tfield:") {
        guard let field = TracepointField(parsing: line.dropFirst(7)) else { return nil }
        fields.append(field)
      } else if line.hasPrefix("print fmt: ") {
        printFormat = String(line.dropFirst(11))
      }
    }
    guard let name, let id else { return nil }
    self.name = name
    self.id = id
    self.fields = fields
    self.printFormat = printFormat
  }
}

extension TracepointFormat {
  /// Returns the declarations of the fields that belong to one tracepoint alone, read from the bytes of
  /// its format file; nil if a field cannot be read.
  ///
  /// The same as `ownFields` of the whole format give. Nearly all are written just so in the file.
  package static func ownDeclarations(in bytes: [UInt8]) -> [String]? {
    var declarations: [String] = []
    let span = bytes.span
    var start = 0
    while start < span.count {
      var end = start
      while end < span.count, span[end] != UInt8(ascii: "\n") { end += 1 }
      defer { start = end + 1 }
      guard has(Mark.field, in: span, start..<end) else { continue }
      let first = start + Mark.field.count
      var last = first
      while last < end, span[last] != UInt8(ascii: ";") { last += 1 }
      if let name = plainName(span, first..<last) {
        if has(Mark.common, in: span, name..<last) { continue }
        declarations.append(String(decoding: bytes[first..<last], as: UTF8.self))
      } else {
        let text = String(decoding: bytes[first..<end], as: UTF8.self)
        guard let field = TracepointField(parsing: text[...]) else { return nil }
        if !field.isCommon { declarations.append(field.declaration) }
      }
    }
    return declarations
  }

  /// Where the name begins in a declaration that is shown as it is written: words with single spaces
  /// between them, and behind the name a number in brackets at most. Nil for every other one.
  private static func plainName(_ span: Span<UInt8>, _ range: Range<Int>) -> Int? {
    // These say where a field of varying length is.
    if has(Mark.fromRecord, in: span, range) || has(Mark.fromField, in: span, range) { return nil }
    var end = range.upperBound
    if end > range.lowerBound, span[end - 1] == UInt8(ascii: "]") {
      var open = end - 2
      while open > range.lowerBound, (0x30...0x39).contains(span[open]) { open -= 1 }
      guard open > range.lowerBound, open < end - 2, span[open] == UInt8(ascii: "["),
        span[open + 1] != UInt8(ascii: "0") || open == end - 3
      else { return nil }
      end = open
    }
    var name = end
    while name > range.lowerBound, span[name - 1].isIdentifierPart { name -= 1 }
    guard name < end, name > range.lowerBound + 1, span[range.lowerBound] != UInt8(ascii: " "),
      span[name - 1] == UInt8(ascii: " ")
    else { return nil }
    return span[name - 2] == UInt8(ascii: " ") ? nil : name
  }

  /// Texts that are looked for.
  private enum Mark {
    static let field = Array("\tfield:".utf8)
    static let common = Array("common_".utf8)
    static let fromRecord = Array("__data_loc ".utf8)
    static let fromField = Array("__rel_loc ".utf8)
  }

  /// Whether `range` begins with `mark`.
  private static func has(_ mark: [UInt8], in span: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard range.count >= mark.count else { return false }
    for index in mark.indices where span[range.lowerBound + index] != mark[index] { return false }
    return true
  }
}

extension TracepointField {
  /// Reads what follows `field:`, such as `char comm[16];\toffset:8;\tsize:16;\tsigned:0;`.
  init?(parsing text: Substring) {
    let parts = text.split(separator: ";").map { String($0).trimmed }
    guard let declaration = parts.first else { return nil }
    var numbers: [String: Int] = [:]
    for part in parts.dropFirst() {
      guard let colon = part.firstIndex(of: ":") else { continue }
      numbers[String(part[..<colon])] = Int(part[part.index(after: colon)...])
    }
    guard let offset = numbers["offset"], let size = numbers["size"], offset >= 0, size >= 0,
      let parsed = Declaration(declaration)
    else { return nil }
    self.init(
      name: parsed.name, type: parsed.type,
      elementCount: parsed.brackets.map { Self.count($0, size: size, type: parsed.type) },
      offset: offset, sizeInBytes: size, isSigned: numbers["signed"] == 1,
      isCommon: parsed.name.hasPrefix("common_"), dynamic: parsed.dynamic)
  }

  /// How many elements an array has: brackets may hold a number, a constant's name or a `sizeof`.
  private static func count(_ brackets: String, size: Int, type: String) -> Int {
    if let count = Int(brackets) { return count }
    guard let element = sizes[type] else { return size }
    return size / element
  }

  /// The elements that occur in arrays, in bytes.
  private static let sizes: [String: Int] = [
    "char": 1, "unsigned char": 1, "u8": 1, "__u8": 1, "s8": 1, "uint8_t": 1, "u16": 2, "__u16": 2,
    "__be16": 2, "unsigned short": 2, "u32": 4, "__u32": 4, "__be32": 4, "int": 4, "s32": 4,
    "unsigned int": 4, "uint32_t": 4, "u64": 8, "__u64": 8, "s64": 8, "long": 8, "unsigned long": 8,
  ]

  /// A C declaration, taken apart.
  private struct Declaration {
    let name: String
    let type: String
    /// What stands between the brackets of an array.
    let brackets: String?
    let dynamic: Dynamic?

    init?(_ text: String) {
      var rest = Substring(text)
      if rest.hasPrefix("__data_loc ") {
        dynamic = .fromRecord
        rest = rest.dropFirst(11)
      } else if rest.hasPrefix("__rel_loc ") {
        dynamic = .fromField
        rest = rest.dropFirst(10)
      } else {
        dynamic = nil
      }
      if dynamic == nil, rest.hasSuffix("]"), let open = rest.firstIndex(of: "[") {
        brackets = String(rest[rest.index(after: open)...].dropLast())
        rest = rest[..<open]
      } else {
        brackets = nil
      }
      guard let end = rest.utf8.lastIndex(where: { !$0.isIdentifierPart }) else { return nil }
      let name = rest[rest.utf8.index(after: end)...]
      guard !name.isEmpty else { return nil }
      self.name = String(name)
      var type = String(rest.dropLast(name.count)).trimmed
      if dynamic != nil, type.hasSuffix("[]") { type = String(type.dropLast(2)).trimmed }
      guard !type.isEmpty else { return nil }
      self.type = type
    }
  }
}
