import BTF
import Diagnostics

extension CParser {
  /// The condition of an `#if`; false if something is wrong.
  mutating func condition(after keyword: SourceRange) -> Bool {
    isCondition = true
    do throws(CFailure) {
      guard token != nil else { throw fail(.cExpected("an expression", at: keyword)) }
      let value = try parseConstant()
      if let token { throw fail(.cExpected("an operator", at: token.range)) }
      return value.isTrue
    } catch {
      return false
    }
  }

  /// A constant expression.
  mutating func parseConstant() throws(CFailure) -> CValue {
    try nested { parser throws(CFailure) in try parser.parseTernary() }
  }

  private mutating func parseTernary() throws(CFailure) -> CValue {
    let condition = try parseBinary(minimum: 1)
    guard take("?") else { return condition }
    let first = isAt(":") ? condition : try parseConstant()
    try expect(":")
    let second = try parseConstant()
    let isLong = first.isLong || second.isLong
    let isUnsigned = isUnsigned(first, second)
    let taken = condition.isTrue ? first : second
    return CValue(bits: taken.bits, isUnsigned: isUnsigned, isLong: isLong)
  }

  /// Whether an operation on both is unsigned: the wider one decides.
  private func isUnsigned(_ left: CValue, _ right: CValue) -> Bool {
    if left.isLong == right.isLong { return left.isUnsigned || right.isUnsigned }
    return left.isLong ? left.isUnsigned : right.isUnsigned
  }

  private static let precedences: [String: Int] = [
    "*": 10, "/": 10, "%": 10, "+": 9, "-": 9, "<<": 8, ">>": 8, "<": 7, "<=": 7, ">": 7, ">=": 7,
    "==": 6, "!=": 6, "&": 5, "^": 4, "|": 3, "&&": 2, "||": 1,
  ]

  private mutating func parseBinary(minimum: Int) throws(CFailure) -> CValue {
    var left = try parseUnary()
    while let sign = token, sign.kind == .punctuator, let precedence = Self.precedences[sign.text],
      precedence >= minimum
    {
      position += 1
      let right = try nested { parser throws(CFailure) in
        try parser.parseBinary(minimum: precedence + 1)
      }
      left = try calculate(sign, left, right)
    }
    return left
  }

  private mutating func calculate(
    _ sign: CToken, _ left: CValue, _ right: CValue
  ) throws(CFailure) -> CValue {
    let isLong = left.isLong || right.isLong
    let isUnsigned = isUnsigned(left, right)
    // Both as the type of the operation.
    let a = CValue(bits: left.bits, isUnsigned: isUnsigned, isLong: isLong)
    let b = CValue(bits: right.bits, isUnsigned: isUnsigned, isLong: isLong)
    func value(_ bits: UInt64) -> CValue {
      CValue(bits: bits, isUnsigned: isUnsigned, isLong: isLong)
    }
    func truth(_ holds: Bool) -> CValue { CValue(holds ? 1 : 0) }
    func isLess(_ a: CValue, _ b: CValue) -> Bool {
      isUnsigned ? a.bits < b.bits : a.signed < b.signed
    }
    switch sign.text {
    case "*": return value(a.bits &* b.bits)
    case "+": return value(a.bits &+ b.bits)
    case "-": return value(a.bits &- b.bits)
    case "&": return value(a.bits & b.bits)
    case "|": return value(a.bits | b.bits)
    case "^": return value(a.bits ^ b.bits)
    case "<": return truth(isLess(a, b))
    case ">": return truth(isLess(b, a))
    case "<=": return truth(!isLess(b, a))
    case ">=": return truth(!isLess(a, b))
    case "==": return truth(a.bits == b.bits)
    case "!=": return truth(a.bits != b.bits)
    case "&&": return truth(left.isTrue && right.isTrue)
    case "||": return truth(left.isTrue || right.isTrue)
    case "<<", ">>":
      let count = right.bits & (left.isLong ? 63 : 31)
      let bits =
        sign.text == "<<"
        ? left.bits << count
        : left.isUnsigned ? left.bits >> count : UInt64(bitPattern: left.signed >> Int64(count))
      return CValue(bits: bits, isUnsigned: left.isUnsigned, isLong: left.isLong)
    default:
      guard b.bits != 0 else {
        // What is not evaluated in the end, as in `defined(X) && 1 / X`, may be anything.
        if isCondition { return value(0) }
        throw fail(.cDivision(at: sign.range))
      }
      let isQuotient = sign.text == "/"
      if isUnsigned { return value(isQuotient ? a.bits / b.bits : a.bits % b.bits) }
      let result =
        isQuotient
        ? a.signed.dividedReportingOverflow(by: b.signed).partialValue
        : a.signed.remainderReportingOverflow(dividingBy: b.signed).partialValue
      return value(UInt64(bitPattern: result))
    }
  }

  private mutating func parseUnary() throws(CFailure) -> CValue {
    guard let token else { throw fail(.cExpected("an expression", at: place)) }
    switch token.kind {
    case .punctuator: return try parseUnary(token)
    case .number:
      position += 1
      return try number(token)
    case .character:
      position += 1
      return CValue(Int64(character(token)))
    case .identifier: return try parseWord(token)
    case .string, .packing: throw fail(.cExpected("an expression", at: token.range))
    }
  }

  private mutating func parseUnary(_ token: CToken) throws(CFailure) -> CValue {
    func operand() throws(CFailure) -> CValue {
      position += 1
      return try nested { parser throws(CFailure) in try parser.parseUnary() }
    }
    switch token.text {
    case "-":
      let value = try operand()
      return CValue(bits: 0 &- value.bits, isUnsigned: value.isUnsigned, isLong: value.isLong)
    case "+": return try operand()
    case "~":
      let value = try operand()
      return CValue(bits: ~value.bits, isUnsigned: value.isUnsigned, isLong: value.isLong)
    case "!": return CValue(try operand().isTrue ? 0 : 1)
    case "(":
      position += 1
      if let type = try parseTypeName(isCertain: false) {
        try expect(")")
        let value = try nested { parser throws(CFailure) in try parser.parseUnary() }
        return try cast(value, to: type, at: token.range)
      }
      let value = try parseConstant()
      try expect(")")
      return value
    default: throw fail(.cExpected("an expression", at: token.range))
    }
  }

  private mutating func parseWord(_ token: CToken) throws(CFailure) -> CValue {
    position += 1
    if isCondition {
      // A macro that is not defined is 0, with whatever arguments.
      if isAt("(") { skipBrackets() }
      return CValue(token.text == "true" ? 1 : 0)
    }
    switch token.text {
    case "sizeof", "_Alignof", "__alignof__", "alignof":
      let found = try parseSizeOperand(at: token.range)
      let value = token.text == "sizeof" ? found.size : found.alignment
      return CValue(bits: UInt64(value), isUnsigned: true, isLong: true)
    case "offsetof", "__builtin_offsetof": return try parseOffset(at: token.range)
    case "true": return CValue(1)
    case "false": return CValue(0)
    case "__extension__": return try parseUnary()
    default: break
    }
    if let own = enumerators[token.text] { return own.value }
    let found = try asking { parser throws(BTFError) in
      try parser.types.kernel?.enumValue(named: token.text)
    }
    guard let found else { throw fail(.cUnknownName(token.text, at: token.range)) }
    return CValue(found.value.value)
  }

  private mutating func parseSizeOperand(
    at range: SourceRange
  ) throws(CFailure) -> CTypeArena.Layout {
    if isAt("("), startsType(peek()) {
      position += 1
      guard let type = try parseTypeName(isCertain: true) else { throw CFailure() }
      try expect(")")
      return try layout(of: type, at: range)
    }
    let value = try nested { parser throws(CFailure) in try parser.parseUnary() }
    return CTypeArena.Layout(size: value.isLong ? 8 : 4, alignment: value.isLong ? 8 : 4)
  }

  private mutating func parseOffset(at range: SourceRange) throws(CFailure) -> CValue {
    try expect("(")
    guard var type = try parseTypeName(isCertain: true) else { throw CFailure() }
    try expect(",")
    var bits = 0
    repeat {
      guard let name = advance(), name.kind == .identifier else {
        throw fail(.cExpected("the name of a member", at: range))
      }
      guard let member = try member(name.text, of: type, depth: 0) else {
        throw fail(.cNoMember(name.text, describe(type), at: name.range))
      }
      bits += member.bitOffset
      type = member.type
    } while take(".")
    try expect(")")
    return CValue(bits: UInt64(bits / 8), isUnsigned: true, isLong: true)
  }

  private mutating func member(
    _ name: String, of id: BTFTypeID, depth: Int
  ) throws(CFailure) -> BTFMember? {
    let type = try asking { parser throws(BTFError) in try parser.types[parser.types.resolve(id)] }
    guard case .composite(let composite) = type, depth < Self.maximumDepth else { return nil }
    if let found = composite.members.first(where: { $0.name == name }) { return found }
    for inner in composite.members where inner.name.isEmpty {
      if let found = try member(name, of: inner.type, depth: depth + 1) {
        return BTFMember(
          name: name, type: found.type, bitOffset: inner.bitOffset + found.bitOffset,
          bitWidth: found.bitWidth)
      }
    }
    return nil
  }

  private mutating func cast(
    _ value: CValue, to id: BTFTypeID, at range: SourceRange
  ) throws(CFailure) -> CValue {
    let type = try asking { parser throws(BTFError) in try parser.types[parser.types.resolve(id)] }
    let bytes: Int
    let isUnsigned: Bool
    switch type {
    case .integer(let integer) where integer.isBool: return CValue(value.isTrue ? 1 : 0)
    case .integer(let integer):
      (bytes, isUnsigned) = (integer.sizeInBytes, !integer.isSigned && !integer.isChar)
    case .enumeration(let enumeration):
      (bytes, isUnsigned) = (enumeration.sizeInBytes, !enumeration.isSigned)
    case .pointer: (bytes, isUnsigned) = (8, true)
    default: throw fail(.cExpected("an integer type", at: range))
    }
    switch (bytes, isUnsigned) {
    case (1, true): return CValue(Int64(UInt8(truncatingIfNeeded: value.bits)))
    case (1, false): return CValue(Int64(Int8(truncatingIfNeeded: value.bits)))
    case (2, true): return CValue(Int64(UInt16(truncatingIfNeeded: value.bits)))
    case (2, false): return CValue(Int64(Int16(truncatingIfNeeded: value.bits)))
    default: return CValue(bits: value.bits, isUnsigned: isUnsigned, isLong: bytes > 4)
    }
  }

  // MARK: Literals

  private mutating func number(_ token: CToken) throws(CFailure) -> CValue {
    var text = Substring(token.text.lowercased())
    var longs = 0
    var isUnsigned = false
    let isHexadecimal = text.hasPrefix("0x")
    while let last = text.last, last == "u" || last == "l" {
      if last == "u" { isUnsigned = true } else { longs += 1 }
      text = text.dropLast()
    }
    text = Substring(text.filter { $0 != "_" && $0 != "'" })
    let value: UInt64?
    let isDecimal: Bool
    if isHexadecimal {
      (value, isDecimal) = (UInt64(text.dropFirst(2), radix: 16), false)
    } else if text.hasPrefix("0b") {
      (value, isDecimal) = (UInt64(text.dropFirst(2), radix: 2), false)
    } else if text.hasPrefix("0"), text.count > 1 {
      (value, isDecimal) = (UInt64(text.dropFirst(), radix: 8), false)
    } else {
      (value, isDecimal) = (UInt64(text), true)
    }
    guard let value, longs <= 2 else { throw fail(.cNumber(token.text, at: token.range)) }
    // The first type that holds it; only other than decimal numbers become unsigned by themselves.
    if isCondition { longs = 2 }
    if value > UInt64(Int64.max) {
      return CValue(bits: value, isUnsigned: true, isLong: true)
    }
    if longs > 0 || value > UInt64(UInt32.max) {
      return CValue(bits: value, isUnsigned: isUnsigned, isLong: true)
    }
    if value > UInt64(Int32.max), !isUnsigned {
      return CValue(bits: value, isUnsigned: !isDecimal, isLong: isDecimal)
    }
    return CValue(bits: value, isUnsigned: isUnsigned, isLong: false)
  }

  /// The value of `'x'`; several letters make one number, as compilers have it.
  private func character(_ token: CToken) -> Int32 {
    var bytes = Array(token.text.utf8.dropFirst())
    if bytes.last == UInt8(ascii: "'") { bytes.removeLast() }
    var values: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      guard byte == UInt8(ascii: "\\"), index < bytes.count else {
        values.append(byte)
        continue
      }
      let escape = bytes[index]
      index += 1
      switch escape {
      case UInt8(ascii: "n"): values.append(10)
      case UInt8(ascii: "t"): values.append(9)
      case UInt8(ascii: "r"): values.append(13)
      case UInt8(ascii: "a"): values.append(7)
      case UInt8(ascii: "b"): values.append(8)
      case UInt8(ascii: "f"): values.append(12)
      case UInt8(ascii: "v"): values.append(11)
      case UInt8(ascii: "e"): values.append(27)
      case UInt8(ascii: "x"):
        var value = 0
        while index < bytes.count, let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue
        {
          value = (value * 16 + digit) & 0xFF
          index += 1
        }
        values.append(UInt8(value))
      case UInt8(ascii: "0")...UInt8(ascii: "7"):
        var value = Int(escape - 48)
        var digits = 1
        while digits < 3, index < bytes.count, (48...55).contains(bytes[index]) {
          value = value * 8 + Int(bytes[index] - 48)
          index += 1
          digits += 1
        }
        values.append(UInt8(value & 0xFF))
      default: values.append(escape)
      }
    }
    if values.count == 1 { return Int32(Int8(bitPattern: values[0])) }
    return values.reduce(0) { $0 << 8 | Int32($1) }
  }
}
