/// A format of `printf` and its relatives, taken apart.
package struct FormatString: Hashable, Sendable {
  /// How wide an integer argument is taken to be.
  package enum Length: Hashable, Sendable {
    case char, short, int, long
  }

  /// One conversion, from its `%` to its letter.
  package struct Conversion: Hashable, Sendable {
    package var leftAligned = false
    package var plus = false
    package var space = false
    package var alternate = false
    package var zeroPadded = false
    package var width: Int?
    /// `*`: the width is an argument of its own.
    package var widthIsArgument = false
    package var precision: Int?
    package var precisionIsArgument = false
    package var length: Length = .int
    /// `d i u o x X c s p r rx rh gr`.
    package var letter: String
  }

  package enum Piece: Hashable, Sendable {
    case text(String)
    case conversion(Conversion)
  }

  package let pieces: [Piece]

  /// The conversions, in order; each takes one argument.
  package var conversions: [Conversion] {
    pieces.compactMap { if case .conversion(let conversion) = $0 { conversion } else { nil } }
  }

  /// Takes `format` apart; what is no conversion is text, `%%` is a percent sign.
  package init(_ format: String) {
    var pieces: [Piece] = []
    var text: [UInt8] = []
    var rest = Array(format.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        text.append(byte)
        continue
      }
      if rest.first == UInt8(ascii: "%") {
        rest.removeFirst()
        text.append(byte)
        continue
      }
      var ahead = rest
      guard let conversion = Self.conversion(&ahead) else {
        text.append(byte)
        continue
      }
      rest = ahead
      if !text.isEmpty { pieces.append(.text(String(decoding: text, as: UTF8.self))) }
      text = []
      pieces.append(.conversion(conversion))
    }
    if !text.isEmpty { pieces.append(.text(String(decoding: text, as: UTF8.self))) }
    self.pieces = pieces
  }

  private static func conversion(_ rest: inout ArraySlice<UInt8>) -> Conversion? {
    var result = Conversion(letter: "")
    flags: while let byte = rest.first {
      switch byte {
      case UInt8(ascii: "-"): result.leftAligned = true
      case UInt8(ascii: "+"): result.plus = true
      case UInt8(ascii: " "): result.space = true
      case UInt8(ascii: "#"): result.alternate = true
      case UInt8(ascii: "0"): result.zeroPadded = true
      default: break flags
      }
      rest.removeFirst()
    }
    (result.width, result.widthIsArgument) = count(&rest)
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      (result.precision, result.precisionIsArgument) = count(&rest)
      if result.precision == nil, !result.precisionIsArgument { result.precision = 0 }
    }
    let modifiers: [(String, Length)] = [
      ("hh", .char), ("h", .short), ("ll", .long), ("l", .long), ("j", .long), ("z", .long),
      ("t", .long), ("L", .long),
    ]
    for (name, length) in modifiers where rest.starts(with: name.utf8) {
      rest = rest.dropFirst(name.utf8.count)
      result.length = length
      break
    }
    for letter in ["rx", "rh", "gr", "r", "d", "i", "u", "o", "x", "X", "c", "s", "p"]
      + ["f", "F", "e", "E", "g", "G", "a", "A"]
    where rest.starts(with: letter.utf8) {
      rest = rest.dropFirst(letter.utf8.count)
      result.letter = letter
      return result
    }
    return nil
  }

  private static func count(_ rest: inout ArraySlice<UInt8>) -> (Int?, Bool) {
    if rest.first == UInt8(ascii: "*") {
      rest.removeFirst()
      return (nil, true)
    }
    var value: Int?
    while let digit = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
      rest.removeFirst()
      value = min((value ?? 0) * 10 + Int(digit - UInt8(ascii: "0")), 65536)
    }
    return (value, false)
  }
}

extension FormatString.Conversion {
  /// `%s`.
  package static let text = FormatString.Conversion(letter: "s")

  /// Whether it shows 32 bits of a number and no more.
  package var cutsTo32Bits: Bool {
    length == .int && ["d", "i", "u", "o", "x", "X"].contains(letter)
  }

  /// Whether a number that is cut to 32 bits is another one afterwards, signed or not.
  package static func isCut(_ number: Int64) -> Bool {
    number != Int64(Int32(truncatingIfNeeded: number)) && number >> 32 != 0
  }

  /// The same with a length that shows all bits: `%ld`.
  package var wide: String { "%l\(letter)" }
}
