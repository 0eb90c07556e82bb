import SystemText
package import TraceIR
import TraceModel

/// `printf()` in an iterator that is pinned: whoever reads the file gets the text, which the kernel formats.
enum SequenceOutput {
  /// Checks what the kernel cannot format.
  static func check(_ call: any CallCheck) {
    var argument = 1
    for conversion in FormatString(call.constant(0)?.text ?? "").conversions {
      if let obstacle = obstacle(conversion, call.type(argument).readable) {
        call.error(
          "pinned-format",
          "\(obstacle) in a pinned iterator, whose text the kernel makes: it knows numbers and strings",
          argument: 0)
        return
      }
      argument += 1
    }
  }

  /// Why a conversion of a value cannot be had, as the beginning of a sentence.
  private static func obstacle(
    _ conversion: FormatString.Conversion, _ type: ScriptType
  ) -> String? {
    if conversion.widthIsArgument || conversion.precisionIsArgument {
      return "a width or precision cannot be an argument"
    }
    if conversion.precision != nil || conversion.alternate {
      return "%\(conversion.letter) cannot have a precision or #"
    }
    switch conversion.letter {
    case "d", "i", "u", "x", "c", "p":
      return type.isScalar ? nil : "values of type '\(type.text)' cannot be printed"
    case "s":
      if case .string = type { return nil }
      return type.isScalar
        ? nil : "values of type '\(type.text)' cannot be printed"
    default: return "%\(conversion.letter) cannot be printed"
    }
  }

  /// Writes code that appends the text to the file.
  static func lower(_ call: any CallLowering, _ iteration: ContextShape.Iteration) {
    var part = Part()
    var argument = 1
    for piece in FormatString(call.constant(0)?.text ?? "").pieces {
      switch piece {
      case .text(let text): part.append(text: text)
      case .conversion(let conversion):
        part.append(conversion, call, argument)
        argument += 1
        if part.isFull { part.write(call, iteration) }
      }
    }
    part.write(call, iteration)
  }

  /// What one call of the helper prints.
  private struct Part {
    private var format: [UInt8] = []
    private var words: [IRValue] = []
    private var hasText = false

    /// The most values; the helper takes twelve, and of strings on some kernels fewer and shorter ones the more
    /// there are.
    var isFull: Bool { words.count == 8 || hasText }

    mutating func append(text: String) {
      for byte in text.systemBytes {
        format.append(byte)
        if byte == UInt8(ascii: "%") { format.append(byte) }
      }
    }

    mutating func append(
      _ conversion: FormatString.Conversion, _ call: any CallLowering, _ argument: Int
    ) {
      let type = call.type(argument)
      let builder = call.builder
      switch conversion.letter {
      case "s":
        if case .string = type {
          appendText(conversion, builder.address(of: call.memory(argument)))
        } else if type == .boolean {
          let word = builder.select(
            builder.isNonzero(call.integer(argument)), Self.literal("true", builder),
            Self.literal("false", builder))
          appendText(conversion, word)
        } else if type.isPointer {
          appendNumber(conversion, "0x", "llx", call.integer(argument))
        } else {
          appendNumber(conversion, "", type.isSigned ? "lld" : "llu", call.integer(argument))
        }
      case "c":
        // Not all kernels know %c.
        let text = call.temporary("character", bytes: 8)
        builder.store(builder.binary(.and, call.integer(argument), .word(0xff)), to: text)
        appendText(conversion, builder.address(of: text))
      case "p": appendNumber(conversion, "0x", "llx", call.integer(argument))
      default:
        let bits =
          switch conversion.length {
          case .char: 8
          case .short: 16
          case .int: 32
          case .long: 64
          }
        let isSigned = conversion.letter == "d" || conversion.letter == "i"
        appendNumber(
          conversion, "", isSigned ? "lld" : "ll\(conversion.letter)",
          builder.narrowed(call.integer(argument), to: bits, isSigned: isSigned))
      }
    }

    private static func literal(_ text: String, _ builder: IRBuilder) -> IRValue {
      builder.address(of: builder.emit(.literal(text.systemBytes + [0])))
    }

    private mutating func appendText(_ conversion: FormatString.Conversion, _ address: IRValue) {
      appendNumber(conversion, "", "s", address)
      hasText = true
    }

    private mutating func appendNumber(
      _ conversion: FormatString.Conversion, _ prefix: String, _ letters: String, _ word: IRValue
    ) {
      var flags = ""
      if conversion.leftAligned { flags += "-" }
      if conversion.plus { flags += "+" }
      if conversion.space { flags += " " }
      if conversion.zeroPadded { flags += "0" }
      let width = conversion.width.map { String($0) } ?? ""
      format += "\(prefix)%\(flags)\(width)\(letters)".systemBytes
      words.append(word)
    }

    /// Writes the call, and begins anew.
    mutating func write(_ call: any CallLowering, _ iteration: ContextShape.Iteration) {
      guard !format.isEmpty else { return }
      let builder = call.builder
      let text = builder.emit(.literal(format + [0]))
      var values = IRValue.null
      if !words.isEmpty {
        values = call.temporary("words", bytes: words.count * 8)
        for (index, word) in words.enumerated() {
          builder.store(word, to: builder.offset(values, by: index * 8))
        }
      }
      builder.perform(
        .helper(
          .seqPrintf,
          [
            builder.file(of: iteration), text, .word(format.count + 1), values,
            .word(words.count * 8),
          ]))
      self = Part()
    }
  }
}

extension IRBuilder {
  /// The file that a program of an iterator writes to.
  package func file(of iteration: ContextShape.Iteration) -> IRValue {
    let metadata = emit(.contextLoad(.i64, offset: iteration.metadata))
    return emit(.typedLoad(.i64, from: field(metadata, "bpf_iter_meta", "seq", .pointer)))
  }

  /// The lowest bits of a number, extended to `i64`.
  fileprivate func narrowed(_ number: IRValue, to bits: Int, isSigned: Bool) -> IRValue {
    guard bits < 64 else { return number }
    let up = binary(.shiftLeft, number, .word(64 - bits))
    return binary(isSigned ? .shiftRightSigned : .shiftRight, up, .word(64 - bits))
  }
}
