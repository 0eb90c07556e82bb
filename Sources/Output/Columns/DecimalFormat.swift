package import TraceModel

/// A conversion that shows a fraction of whole numbers with decimals: `%8.2f`.
///
/// Halves are rounded away from zero. Nothing is computed in floating point, so that large numbers are
/// as exact as small ones.
package struct DecimalFormat: Hashable, Sendable {
  private let width: Int
  private let decimals: Int
  /// Ten to the power of the decimals.
  private let scale: UInt64
  private let leftAligned: Bool
  private let zeroPadded: Bool
  private let positiveSign: UInt8?

  /// The most decimals; more are of no use with 64 bits.
  private static let mostDecimals = 18

  package init(_ conversion: FormatString.Conversion) {
    width = conversion.width ?? 0
    decimals = min(conversion.precision ?? 6, Self.mostDecimals)
    scale = (0..<decimals).reduce(1) { product, _ in product * 10 }
    leftAligned = conversion.leftAligned
    zeroPadded = conversion.zeroPadded && !conversion.leftAligned
    positiveSign =
      conversion.plus ? UInt8(ascii: "+") : conversion.space ? UInt8(ascii: " ") : nil
  }

  /// Appends the quotient of a number and `divisor`, padded.
  package func append(
    magnitude: UInt64, isNegative: Bool, dividedBy divisor: UInt64, to text: inout [UInt8]
  ) {
    let start = text.count
    if isNegative {
      text.append(UInt8(ascii: "-"))
    } else if let positiveSign {
      text.append(positiveSign)
    }
    let digits = text.count
    let (whole, fraction) = rounded(magnitude, divisor)
    text.append(decimal: whole)
    if decimals > 0 {
      text.append(UInt8(ascii: "."))
      var place = scale / 10
      while place > 0 {
        text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: fraction / place % 10))
        place /= 10
      }
    }
    guard text.count - start < width else { return }
    if zeroPadded {
      let zeros = repeatElement(UInt8(ascii: "0"), count: width - (text.count - start))
      text.insert(contentsOf: zeros, at: digits)
    } else {
      text.pad(from: start, to: width, leftAligned: leftAligned)
    }
  }

  /// The quotient, and behind it so many units of the last decimal.
  private func rounded(
    _ magnitude: UInt64, _ divisor: UInt64
  ) -> (whole: UInt64, fraction: UInt64) {
    let (whole, rest) = magnitude.quotientAndRemainder(dividingBy: divisor)
    let product = rest.multipliedFullWidth(by: scale)
    var (fraction, behind) = divisor.dividingFullWidth(product)
    // Not `behind * 2`, which may be too large.
    if behind >= divisor - behind { fraction += 1 }
    return fraction == scale ? (whole + 1, 0) : (whole, fraction)
  }
}

extension [UInt8] {
  /// Appends a quotient with all its decimals; one that has no end is cut off after 20.
  mutating func append(exact magnitude: UInt64, isNegative: Bool, dividedBy divisor: UInt64) {
    if isNegative { append(UInt8(ascii: "-")) }
    let (whole, remainder) = magnitude.quotientAndRemainder(dividingBy: divisor)
    append(decimal: whole)
    if remainder == 0 { return }
    append(UInt8(ascii: "."))
    var rest = remainder
    for _ in 0..<20 where rest != 0 {
      let (digit, next) = divisor.dividingFullWidth(rest.multipliedFullWidth(by: 10))
      append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit))
      rest = next
    }
  }
}
