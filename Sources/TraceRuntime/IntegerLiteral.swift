/// Integers as the language writes them, where they come from outside a script.
package enum IntegerLiteral {
  /// Reads a whole word: decimal, `0x`, `0b` or octal digits with `_` between them, `5e3`, a suffix
  /// of C or of a duration, and a sign before all that.
  ///
  /// - Returns: The value as 64 bits, negative ones in two's complement; nil if it is no integer or
  ///   does not fit.
  package static func parse(_ word: String) -> Int64? {
    var rest = word[...]
    let isNegative = rest.first == "-"
    if isNegative || rest.first == "+" { rest.removeFirst() }
    guard let magnitude = magnitude(rest.lowercased()[...]) else { return nil }
    if !isNegative { return Int64(bitPattern: magnitude) }
    guard magnitude <= UInt64(1) << 63 else { return nil }
    return Int64(bitPattern: 0 &- magnitude)
  }

  /// Suffixes and what they multiply with, longer ones before their endings.
  private static let suffixes: [(name: String, factor: UInt64)] = [
    ("ull", 1), ("ul", 1), ("ll", 1), ("u", 1), ("l", 1), ("ns", 1), ("us", 1000),
    ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
  ]

  private static func magnitude(_ word: Substring) -> UInt64? {
    for (prefix, radix) in [("0x", 16), ("0b", 2)] where word.hasPrefix(prefix) {
      // `d` is a digit here and no day.
      let digits = word.dropFirst(2)
      let suffix = suffixes.prefix(5).first { digits.hasSuffix($0.name) }
      return number(digits.dropLast(suffix?.name.count ?? 0), radix: radix)
    }
    let suffix = suffixes.first { word.hasSuffix($0.name) }
    let digits = word.dropLast(suffix?.name.count ?? 0)
    guard let value = scientific(digits) ?? number(digits, radix: digits.hasPrefix("0") ? 8 : 10)
    else { return nil }
    let (product, overflow) = value.multipliedReportingOverflow(by: suffix?.factor ?? 1)
    return overflow ? nil : product
  }

  private static func number(_ digits: Substring, radix: Int) -> UInt64? {
    guard let first = digits.first, first != "_", first != "+", first != "-",
      digits.last != "_"
    else { return nil }
    return UInt64(digits.filter { $0 != "_" }, radix: radix)
  }

  /// `5e3`: one digit, then the number of zeros.
  private static func scientific(_ digits: Substring) -> UInt64? {
    let parts = digits.split(separator: "e", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].count == 1, let coefficient = number(parts[0], radix: 10),
      let exponent = number(parts[1], radix: 10), exponent < 20
    else { return nil }
    var value = coefficient
    for _ in 0..<exponent {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      value = product
    }
    return value
  }
}
