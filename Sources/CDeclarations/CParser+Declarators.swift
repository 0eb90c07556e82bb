import BTF
import Diagnostics

/// What one declarator declares.
struct CDeclarator {
  /// Nil for the type alone.
  var name: String?
  var range: SourceRange
  var type: BTFTypeID
  var attributes: CAttributes
}

extension CParser {
  /// `*name[4]`, `(*name)(int)`, or nothing where the name may be left out.
  mutating func parseDeclarator(_ specifiers: CSpecifiers) throws(CFailure) -> CDeclarator {
    var attributes = specifiers.attributes
    let start = place
    var result = try parseDeclarator(specifiers.type, &attributes)
    if result.name == nil { result.range = start }
    result.attributes = attributes
    return result
  }

  private mutating func parseDeclarator(
    _ base: BTFTypeID, _ attributes: inout CAttributes
  ) throws(CFailure) -> CDeclarator {
    var type = base
    while true {
      attributes = attributes.joined(try parseAttributes())
      if takeWord(
        "const", "volatile", "restrict", "__restrict", "__restrict__", "__const", "_Atomic",
        "__volatile__", "_Nonnull", "_Nullable")
      {
        continue
      }
      guard take("*") else { break }
      let id = types.add(.pointer(to: type))
      type = try checked(id, at: place)
      // An attribute behind the star is about the pointer.
      if try parseAttributes().isUser { type = types.add(.typeTag(name: "user", target: type)) }
    }
    let inner = type
    return try nested { parser throws(CFailure) in
      try parser.parseDirectDeclarator(inner, &attributes)
    }
  }

  private mutating func parseDirectDeclarator(
    _ base: BTFTypeID, _ attributes: inout CAttributes
  ) throws(CFailure) -> CDeclarator {
    if isAt("("), isInnerDeclarator {
      // What is behind the parentheses belongs nearer to the base.
      let inside = position + 1
      skipBrackets()
      let type = try parseSuffixes(base)
      let end = position
      position = inside
      let result = try parseDeclarator(type, &attributes)
      try expect(")")
      position = end
      attributes = attributes.joined(try parseAttributes())
      return result
    }
    var name: String?
    var range = place
    if let token, token.kind == .identifier {
      name = token.text
      range = token.range
      position += 1
    }
    let type = try parseSuffixes(base)
    attributes = attributes.joined(try parseAttributes())
    return CDeclarator(name: name, range: range, type: type, attributes: CAttributes())
  }

  /// Whether the parenthesis here is around a declarator, and not around parameters.
  private var isInnerDeclarator: Bool {
    mutating get {
      guard let next = peek() else { return false }
      if next.is("*") || next.is("(") || next.is("[") || next.is("^") { return true }
      guard next.kind == .identifier else { return false }
      if next.text == "__attribute__" { return true }
      return !startsType(next)
    }
  }

  private mutating func parseSuffixes(_ base: BTFTypeID) throws(CFailure) -> BTFTypeID {
    var counts: [Int] = []
    let start = place
    while isAt("[") {
      position += 1
      _ = takeWord("static", "const", "volatile", "restrict")
      if take("]") {
        counts.append(0)
        continue
      }
      let range = place
      let value = try parseConstant()
      guard value.isUnsigned || value.signed >= 0 else {
        throw fail(.cArraySize(value.signed, at: range))
      }
      guard value.bits <= UInt64(CTypeArena.maximumSize) else { throw fail(.cTooBig(at: range)) }
      counts.append(Int(value.bits))
      try expect("]")
    }
    var type = base
    if isAt("(") {
      skipBrackets()
      type = types.add(
        .functionPrototype(BTFPrototype(returns: type, parameters: [], isVariadic: false)))
    }
    for count in counts.reversed() {
      let index = types.add(
        .integer(
          BTFInteger(
            name: "unsigned int", sizeInBytes: 4, bitCount: 32, bitOffset: 0, isSigned: false,
            isBool: false, isChar: false)))
      let id = types.add(.array(BTFArray(element: type, index: index, count: count)))
      type = try checked(id, at: start)
    }
    return type
  }
}
