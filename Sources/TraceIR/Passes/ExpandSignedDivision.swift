extension IRPass {
  /// Replaces division and remainder of signed numbers by those of unsigned ones.
  ///
  /// BPF has signed division since kernel 6.6 only; older verifiers refuse the instruction. With
  /// *s* as 0 or -1 by the sign of *x*, the absolute value is `(x ^ s) - s`, and the same turns it
  /// back. A quotient is negative if the signs differ, a remainder if the dividend is.
  static let expandSignedDivision = IRPass(name: "expand-signed-division") { module in
    for index in module.functions.indices {
      IRRewriter.rewrite(&module.functions[index]) { instruction, rewriter in
        switch instruction.operation {
        case .binary(.divideSigned, let left, let right):
          let dividend = rewriter.magnitude(of: left)
          let divisor = rewriter.magnitude(of: right)
          let quotient = rewriter.emit(.binary(.divide, dividend.value, divisor.value))
          let sign = rewriter.emit(.binary(.xor, dividend.sign, divisor.sign))
          let flipped = rewriter.emit(.binary(.xor, quotient, sign))
          rewriter.finish(instruction, with: .binary(.sub, flipped, sign))
        case .binary(.remainderSigned, let left, let right):
          let dividend = rewriter.magnitude(of: left)
          let divisor = rewriter.magnitude(of: right)
          let remainder = rewriter.emit(.binary(.remainder, dividend.value, divisor.value))
          let flipped = rewriter.emit(.binary(.xor, remainder, dividend.sign))
          rewriter.finish(instruction, with: .binary(.sub, flipped, dividend.sign))
        default: rewriter.keep(instruction)
        }
      }
    }
  }
}

extension IRRewriter {
  /// The absolute value of a number, and 0 or -1 by its sign.
  fileprivate mutating func magnitude(of value: IRValue) -> (value: IRValue, sign: IRValue) {
    let type = value.type
    if let constant = value.constant {
      return (
        .integer(constant < 0 ? 0 &- constant : constant, type), .integer(constant >> 63, type)
      )
    }
    let sign = emit(.binary(.shiftRightSigned, value, .integer(Int64(type.bits - 1), type)))
    let flipped = emit(.binary(.xor, value, sign))
    return (emit(.binary(.sub, flipped, sign)), sign)
  }
}
