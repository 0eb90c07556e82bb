import SystemText
import TraceIR
import TraceModel

extension Function {
  static let failures: [Function] = [fail]

  static let fail = Function(
    name: "fail", family: "Assertions",
    signature: Signature([Parameter("format", .stringLiteral)], variadic: true),
    summary: "Refuses the script with a text of its own.",
    details:
      "As in `if comptime (sizeof(struct sock) == 0) { fail(\"no sockets\"); }`. The arguments are "
      + "constants.",
    invocation: .compileTime,
    check: { call in
      FormatCheck.check(call)
      let constants = (1..<call.argumentCount).map { call.constant($0) }
      guard !constants.contains(nil) else {
        call.error("not-constant", "fail() arguments need to be literals")
        return .none
      }
      let format = FormatString(call.constant(0)?.text ?? "")
      call.error("static-assertion", format.text(of: constants.compactMap { $0 }))
      return .none
    }, lower: { _ in .none })
}

extension FormatString {
  /// The text with values that are known when the script is compiled.
  fileprivate func text(of constants: [Constant]) -> String {
    var rest = constants[...]
    return pieces.reduce(into: "") { text, piece in
      switch piece {
      case .text(let literal): text += literal
      case .conversion(let conversion):
        text += rest.popFirst().map { conversion.text(of: $0) } ?? ""
      }
    }
  }
}

extension FormatString.Conversion {
  fileprivate func text(of constant: Constant) -> String {
    var text =
      switch constant {
      case .string(let bytes): String(systemBytes: bytes)
      case .boolean(let value) where letter == "s": value ? "true" : "false"
      default: number(constant.bits ?? 0)
      }
    let gap = max(0, (width ?? 0) - text.utf8.count)
    let space = String(repeating: zeroPadded && !leftAligned ? "0" : " ", count: gap)
    text = leftAligned ? text + space : space + text
    return text
  }

  private func number(_ bits: Int64) -> String {
    let value = UInt64(bitPattern: bits)
    return switch letter {
    case "x": (alternate ? "0x" : "") + String(value, radix: 16)
    case "X": (alternate ? "0X" : "") + String(value, radix: 16, uppercase: true)
    case "p": "0x" + String(value, radix: 16)
    case "o": (alternate ? "0" : "") + String(value, radix: 8)
    case "u": String(value)
    case "c": String(UnicodeScalar(UInt8(truncatingIfNeeded: bits)))
    default: String(bits)
    }
  }
}
