/// Where one argument of a static tracepoint is when the probe is hit.
package struct USDTArgument: Hashable, Sendable {
  /// Where the bytes are.
  package enum Place: Hashable, Sendable {
    case constant(Int64)
    /// A register by its name without `%`, as the assembler spells its width: `eax`, `x0`.
    case register(String)
    /// Memory at base + index * scale + displacement.
    case memory(base: String, index: String?, scale: Int64, displacement: Int64)
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

  /// Reads the argument string of a probe: operands between blanks, each `SIZE@PLACE`.
  ///
  /// - Returns: nil if one of them is of a form that is not known.
  package static func parse(_ text: String, for machine: ELFFile.Machine) -> [USDTArgument]? {
    var arguments: [USDTArgument] = []
    for operand in operands(text) {
      guard let argument = parseOperand(operand, machine) else { return nil }
      arguments.append(argument)
    }
    return arguments
  }

  /// AArch64 writes blanks inside brackets: `8@[sp, 16]`.
  private static func operands(_ text: String) -> [String] {
    var operands: [String] = []
    var current = ""
    var isInBrackets = false
    for letter in text {
      if letter == "[" { isInBrackets = true }
      if letter == "]" { isInBrackets = false }
      if !letter.isWhitespace {
        current.append(letter)
      } else if !isInBrackets, !current.isEmpty {
        operands.append(current)
        current = ""
      }
    }
    return current.isEmpty ? operands : operands + [current]
  }

  private static func parseOperand(
    _ operand: String, _ machine: ELFFile.Machine
  ) -> USDTArgument? {
    let parts = operand.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    // Old versions of sys/sdt.h leave the size out; floating-point sizes carry an "f".
    var size: Int? = 8
    if parts.count == 2 {
      size = Int(parts[0].last == "f" ? parts[0].dropLast() : parts[0])
    }
    guard let size, [1, 2, 4, 8].contains(size.magnitude), let text = parts.last,
      let place = machine == .aarch64 ? armPlace(text) : intelPlace(text)
    else { return nil }
    return USDTArgument(sizeInBytes: Int(size.magnitude), isSigned: size < 0, place: place)
  }

  /// `$5`, `%rax`, `-16(%rbp)`, `8(%rax,%rbx,4)`.
  private static func intelPlace(_ text: Substring) -> Place? {
    if text.hasPrefix("$") { return integer(text.dropFirst()).map(Place.constant) }
    if text.hasPrefix("%") { return registerName(text.dropFirst()).map(Place.register) }
    guard text.last == ")", let open = text.firstIndex(of: "(") else { return nil }
    let front = text[..<open]
    guard let displacement = front.isEmpty ? 0 : integer(front) else { return nil }
    let inner = text[text.index(after: open)...].dropLast()
    let parts = inner.split(separator: ",", omittingEmptySubsequences: false)
    guard let first = parts.first, first.hasPrefix("%"), parts.count <= 3,
      let base = registerName(first.dropFirst())
    else { return nil }
    guard parts.count > 1 else {
      return .memory(base: base, index: nil, scale: 1, displacement: displacement)
    }
    guard parts[1].hasPrefix("%"), let index = registerName(parts[1].dropFirst()),
      let scale = parts.count == 3 ? integer(parts[2]) : 1, [1, 2, 4, 8].contains(scale)
    else { return nil }
    return .memory(base: base, index: index, scale: scale, displacement: displacement)
  }

  /// `5`, `x0`, `[sp]`, `[x29,16]`, `[x1,x2]`.
  private static func armPlace(_ text: Substring) -> Place? {
    if let constant = integer(text) { return .constant(constant) }
    guard text.first == "[" else { return registerName(text).map(Place.register) }
    guard text.last == "]" else { return nil }
    let parts = text.dropFirst().dropLast().split(
      separator: ",", omittingEmptySubsequences: false)
    guard parts.count <= 2, let first = parts.first, let base = registerName(first) else {
      return nil
    }
    guard parts.count == 2 else {
      return .memory(base: base, index: nil, scale: 1, displacement: 0)
    }
    if let displacement = integer(parts[1]) {
      return .memory(base: base, index: nil, scale: 1, displacement: displacement)
    }
    guard let index = registerName(parts[1]) else { return nil }
    return .memory(base: base, index: index, scale: 1, displacement: 0)
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
