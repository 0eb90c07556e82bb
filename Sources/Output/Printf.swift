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
        Self.append(argument, as: conversion, to: &text)
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

  /// Appends one argument.
  package static func append(
    _ argument: Value, as conversion: FormatString.Conversion, to text: inout [UInt8]
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
