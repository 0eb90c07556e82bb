/// Where one argument of a static tracepoint is when the probe is hit.
package struct USDTArgument: Hashable, Sendable {
  /// Where the bytes are.
  package enum Place: Hashable, Sendable {
    case constant(Int64)
    /// A register by its name without `%`, as the assembler spells its width: `eax`, `x0`.
    case register(String)
    case memory(Address)
    /// The address is itself the value: `$symbol`.
    case address(Address)
  }

  /// A symbol's address, base, index * scale and displacement, added up.
  package struct Address: Hashable, Sendable {
    package var base: String?
    package var index: String?
    package var scale: Int64 = 1
    /// Which part of the index counts; nil for all of it.
    package var extent: Extension?
    package var displacement: Int64 = 0
    /// A symbol of the binary. With the instruction pointer as base its address counts as it is when the
    /// binary is loaded, and the base does not count.
    package var symbol: String?

    package init(
      base: String? = nil, index: String? = nil, scale: Int64 = 1, extent: Extension? = nil,
      displacement: Int64 = 0, symbol: String? = nil
    ) {
      self.base = base
      self.index = index
      self.scale = scale
      self.extent = extent
      self.displacement = displacement
      self.symbol = symbol
    }
  }

  /// The low 32 bits of a register, made 64.
  package enum Extension: String, Hashable, Sendable {
    case signed = "sxtw"
    case unsigned = "uxtw"
  }

  /// 1, 2, 4 or 8.
  package let sizeInBytes: Int
  package let isSigned: Bool
  package let place: Place

  package init(sizeInBytes: Int, isSigned: Bool, place: Place) {
    self.sizeInBytes = sizeInBytes
    self.isSigned = isSigned
    self.place = place
  }

  /// Reads one operand, `SIZE@PLACE`; nil if it is of a form that is not known.
  package init?(_ operand: String, for machine: ELFFile.Machine) {
    let parts = operand.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    // Old versions of sys/sdt.h leave the size out; floating-point sizes carry an "f".
    var size: Int? = 8
    if parts.count == 2 {
      size = Int(parts[0].last == "f" ? parts[0].dropLast() : parts[0])
    }
    guard let size, [1, 2, 4, 8].contains(size.magnitude), let text = parts.last,
      let place = machine == .aarch64 ? Self.armPlace(text) : Self.intelPlace(text)
    else { return nil }
    self.init(sizeInBytes: Int(size.magnitude), isSigned: size < 0, place: place)
  }

  /// Returns the operands of a probe's argument string, which stand between blanks.
  ///
  /// AArch64 writes blanks inside brackets: `8@[sp, 16]`.
  package static func operands(of text: String) -> [String] {
    var operands: [String] = []
    var current = ""
    var isInBrackets = false
    for letter in text {
      if letter == "[" { isInBrackets = true }
      if letter == "]" { isInBrackets = false }
      if !letter.isWhitespace {
        current.append(letter)
      } else if isInBrackets {
        if current.last != "," { current.append(" ") }
      } else if !current.isEmpty {
        operands.append(current)
        current = ""
      }
    }
    return current.isEmpty ? operands : operands + [current]
  }

  // MARK: x86

  /// `$5`, `$symbol`, `%rax`, `-16(%rbp)`, `8(%rax,%rbx,4)`, `symbol+8(%rip)`, `symbol`.
  private static func intelPlace(_ text: Substring) -> Place? {
    if text.hasPrefix("$") {
      let value = text.dropFirst()
      if let number = integer(value) { return .constant(number) }
      return sum(value).map { .address(Address(displacement: $0.number, symbol: $0.symbol)) }
    }
    if text.hasPrefix("%") { return registerName(text.dropFirst()).map(Place.register) }
    let open = text.lastIndex(of: "(") ?? text.endIndex
    let front = text[..<open]
    guard let sum = front.isEmpty ? (number: 0, symbol: nil) : sum(front) else { return nil }
    var address = Address(displacement: sum.number, symbol: sum.symbol)
    if open == text.endIndex { return address.symbol == nil ? nil : .memory(address) }
    guard text.last == ")" else { return nil }
    let inner = text[text.index(after: open)...].dropLast()
    let parts = inner.split(separator: ",", omittingEmptySubsequences: false)
    guard let first = parts.first, parts.count <= 3 else { return nil }
    if !first.isEmpty {
      guard first.hasPrefix("%"), let base = registerName(first.dropFirst()) else { return nil }
      address.base = base
    }
    if parts.count > 1 {
      guard parts[1].hasPrefix("%"), let index = registerName(parts[1].dropFirst()),
        let scale = parts.count == 3 ? integer(parts[2]) : 1, [1, 2, 4, 8].contains(scale)
      else { return nil }
      address.index = index
      address.scale = scale
    }
    // An offset from the instruction behind the probe means nothing that could be found again.
    if address.base == nil && address.index == nil { return nil }
    if ["rip", "eip"].contains(address.base), address.symbol == nil || address.index != nil {
      return nil
    }
    return .memory(address)
  }

  /// Numbers and at most one symbol, between signs: `symbol+8`, `-4+symbol`, `16`.
  private static func sum(_ text: Substring) -> (number: Int64, symbol: String?)? {
    var total: Int64 = 0
    var symbol: String?
    var rest = text
    repeat {
      let isFirst = rest.startIndex == text.startIndex
      let sign = rest.first.flatMap { "+-".contains($0) ? $0 : nil }
      if sign == nil && !isFirst { return nil }
      let body = sign == nil ? rest : rest.dropFirst()
      let term = body.prefix { !"+-".contains($0) }
      if let number = integer(term) {
        total = sign == "-" ? total &- number : total &+ number
      } else {
        guard symbol == nil, sign != "-", isSymbol(term) else { return nil }
        symbol = String(term)
      }
      rest = body[term.endIndex...]
    } while !rest.isEmpty
    return (total, symbol)
  }

  /// Words behind an `@`, as in `errno@GOTPCREL`, are about tables of the linker.
  private static func isSymbol(_ text: Substring) -> Bool {
    guard let first = text.first, !first.isNumber else { return false }
    return text.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "." || $0 == "$")
    }
  }

  // MARK: AArch64

  /// `5`, `x0`, `xzr`, `[sp]`, `[x29,16]`, `[x1,x2]`, `[x1,x2,lsl 3]`, `[x1,w2,sxtw 3]`.
  private static func armPlace(_ text: Substring) -> Place? {
    if let constant = integer(text.hasPrefix("#") ? text.dropFirst() : text) {
      return .constant(constant)
    }
    if text == "xzr" || text == "wzr" { return .constant(0) }
    guard text.first == "[" else { return registerName(text).map(Place.register) }
    guard text.last == "]" else { return nil }
    let parts = text.dropFirst().dropLast().split(
      separator: ",", omittingEmptySubsequences: false)
    guard (1...3).contains(parts.count), let base = registerName(parts[0]) else { return nil }
    var address = Address(base: base)
    guard parts.count > 1 else { return .memory(address) }
    let second = parts[1].hasPrefix("#") ? parts[1].dropFirst() : parts[1]
    if let displacement = integer(second) {
      address.displacement = displacement
      return parts.count == 2 ? .memory(address) : nil
    }
    guard let index = registerName(second) else { return nil }
    address.index = index
    if index.hasPrefix("w") { address.extent = .unsigned }
    guard parts.count == 3 else { return .memory(address) }
    let words = parts[2].split(separator: " ")
    guard let kind = words.first, words.count <= 2 else { return nil }
    if words.count == 2 {
      let count = words[1].hasPrefix("#") ? words[1].dropFirst() : words[1]
      guard let shift = integer(count), (0...3).contains(shift) else { return nil }
      address.scale = 1 << shift
    }
    switch kind {
    case "lsl", "sxtx", "uxtx": return index.hasPrefix("w") ? nil : .memory(address)
    default:
      guard let extent = Extension(rawValue: String(kind)) else { return nil }
      address.extent = extent
      return .memory(address)
    }
  }

  private static func registerName(_ text: Substring) -> String? {
    guard let first = text.first, first.isLetter,
      text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
    else { return nil }
    return String(text)
  }

  /// Decimal or hexadecimal; unsigned 64-bit constants wrap.
  private static func integer(_ text: Substring) -> Int64? {
    let isNegative = text.hasPrefix("-")
    let digits = isNegative || text.hasPrefix("+") ? text.dropFirst() : text
    let magnitude =
      digits.hasPrefix("0x") ? UInt64(digits.dropFirst(2), radix: 16) : UInt64(digits, radix: 10)
    guard let magnitude, let first = digits.first, first.isNumber else { return nil }
    return isNegative ? 0 &- Int64(bitPattern: magnitude) : Int64(bitPattern: magnitude)
  }
}
