package import TraceModel

/// Formats arguments as `printf` of a script does.
///
/// Flags, width and precision act as in C; widths count bytes.
package struct Printf: Sendable {
  private let pieces: [FormatString.Piece]
  /// How many arguments there are when each `*` has its own.
  private let fullCount: Int

  package init(_ format: String) { self.init(FormatString(format)) }

  package init(_ format: FormatString) {
    pieces = format.pieces
    fullCount = format.conversions.reduce(0) {
      $0 + 1 + ($1.widthIsArgument ? 1 : 0) + ($1.precisionIsArgument ? 1 : 0)
    }
  }

  /// Appends the formatted text.
  ///
  /// - Parameter arguments: One for each conversion, before it one for each `*` of it. A conversion
  ///   for which there is none is left out.
  package func append(_ arguments: [Value], to text: inout [UInt8]) {
    var rest = arguments[...]
    let takesCounts = arguments.count >= fullCount
    for piece in pieces {
      switch piece {
      case .text(let literal): text.append(literal)
      case .conversion(var conversion):
        if takesCounts { Self.settleCounts(&conversion, &rest) }
        guard let argument = rest.popFirst() else { continue }
        Self.append(argument, conversion, to: &text)
      }
    }
  }

  /// Replaces each `*` by the argument that stands for it.
  private static func settleCounts(
    _ conversion: inout FormatString.Conversion, _ rest: inout ArraySlice<Value>
  ) {
    if conversion.widthIsArgument {
      let width = Int(clamping: rest.popFirst()?.number ?? 0)
      conversion.width = min(Int(clamping: width.magnitude), 65536)
      if width < 0 { conversion.leftAligned = true }
    }
    if conversion.precisionIsArgument {
      let precision = Int(clamping: rest.popFirst()?.number ?? 0)
      conversion.precision = precision < 0 ? nil : min(precision, 65536)
    }
  }

  private static func append(
    _ argument: Value, _ conversion: FormatString.Conversion, to text: inout [UInt8]
  ) {
    let start = text.count
    switch conversion.letter {
    case "r", "rx", "rh": appendBuffer(argument, conversion.letter, to: &text)
    case "s": appendText(argument, conversion.precision, to: &text)
    case "gr":
      if let number = argument.number {
        text.append(AllocationFlags.text(UInt64(bitPattern: number)))
      } else {
        appendText(argument, nil, to: &text)
      }
    default:
      if let number = argument.number {
        return IntegerFormat(conversion).append(number, to: &text)
      }
      appendText(argument, conversion.precision, to: &text)
    }
    text.pad(from: start, to: conversion.width ?? 0, leftAligned: conversion.leftAligned)
  }

  private static func appendText(_ value: Value, _ precision: Int?, to text: inout [UInt8]) {
    let start = text.count
    ValueText().append(value, to: &text)
    if let precision, text.count - start > precision {
      text.removeLast(text.count - start - precision)
    }
  }

  private static func appendBuffer(_ value: Value, _ letter: String, to text: inout [UInt8]) {
    guard let bytes = value.bytes else { return appendText(value, nil, to: &text) }
    switch letter {
    case "rx": for byte in bytes { text.appendHexEscape(byte) }
    case "rh":
      for (index, byte) in bytes.enumerated() {
        if index > 0 { text.append(UInt8(ascii: " ")) }
        text.appendHexDigits(byte)
      }
    default: text.appendEscaped(bytes)
    }
  }
}

extension Value {
  /// The 64 bits that a conversion for integers sees, or nil if the value is not an integer.
  fileprivate var number: Int64? {
    switch self {
    case .integer(let value): value
    case .unsigned(let value), .pointer(let value), .symbol(_, let value):
      Int64(bitPattern: value)
    case .boolean(let value): value ? 1 : 0
    case .enumeration(_, let value, _): value
    default: nil
    }
  }

  fileprivate var bytes: [UInt8]? {
    switch self {
    case .buffer(let bytes), .string(let bytes, _): bytes
    default: nil
    }
  }
}

/// A conversion for integers.
private struct IntegerFormat {
  private let conversion: FormatString.Conversion

  init(_ conversion: FormatString.Conversion) { self.conversion = conversion }

  func append(_ number: Int64, to text: inout [UInt8]) {
    switch conversion.letter {
    case "c":
      let start = text.count
      text.append(UInt8(truncatingIfNeeded: number))
      text.pad(from: start, to: conversion.width ?? 0, leftAligned: conversion.leftAligned)
    case "d", "i":
      let value = signed(number)
      let sign = value < 0 ? "-" : conversion.plus ? "+" : conversion.space ? " " : ""
      append(prefix: sign, digits: String(value.magnitude), to: &text)
    case "o":
      var digits = String(unsigned(number), radix: 8)
      if conversion.alternate, !digits.hasPrefix("0"), (conversion.precision ?? 0) <= digits.count {
        digits = "0" + digits
      }
      append(prefix: "", digits: digits, keepsZero: conversion.alternate, to: &text)
    case "x", "X":
      let value = unsigned(number)
      let isUpper = conversion.letter == "X"
      append(
        prefix: conversion.alternate && value != 0 ? (isUpper ? "0X" : "0x") : "",
        digits: String(value, radix: 16, uppercase: isUpper), to: &text)
    case "p":
      append(
        prefix: "0x", digits: String(UInt64(bitPattern: number), radix: 16), keepsZero: true,
        to: &text)
    default: append(prefix: "", digits: String(unsigned(number)), to: &text)
    }
  }

  private func signed(_ number: Int64) -> Int64 {
    switch conversion.length {
    case .char: Int64(Int8(truncatingIfNeeded: number))
    case .short: Int64(Int16(truncatingIfNeeded: number))
    case .int: Int64(Int32(truncatingIfNeeded: number))
    case .long: number
    }
  }

  private func unsigned(_ number: Int64) -> UInt64 {
    switch conversion.length {
    case .char: UInt64(UInt8(truncatingIfNeeded: number))
    case .short: UInt64(UInt16(truncatingIfNeeded: number))
    case .int: UInt64(UInt32(truncatingIfNeeded: number))
    case .long: UInt64(bitPattern: number)
    }
  }

  /// Appends sign or radix, zeros, digits and padding.
  private func append(
    prefix: String, digits: String, keepsZero: Bool = false, to text: inout [UInt8]
  ) {
    let start = text.count
    // C: no digits at all for zero with a precision of zero.
    let digits = digits == "0" && conversion.precision == 0 && !keepsZero ? "" : digits
    let width = conversion.width ?? 0
    var zeros = max(0, (conversion.precision ?? 0) - digits.utf8.count)
    if conversion.zeroPadded, !conversion.leftAligned, conversion.precision == nil {
      zeros = max(0, width - prefix.utf8.count - digits.utf8.count)
    }
    text.append(prefix)
    text.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: zeros))
    text.append(digits)
    text.pad(from: start, to: width, leftAligned: conversion.leftAligned)
  }
}
