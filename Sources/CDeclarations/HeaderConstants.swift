/// Integer constants that are macros in the headers of the kernel and the C library.
enum HeaderConstants {
  private static let bytes = Array(table.utf8)

  /// What differs on ARM: `arch/arm64/include/uapi/asm/fcntl.h`.
  private static let arm64 = [
    "O_DIRECTORY": 0o40000, "O_NOFOLLOW": 0o100000, "O_DIRECT": 0o200000, "O_LARGEFILE": 0o400000,
    "O_TMPFILE": 0o20040000,
  ]

  /// What the macro `name` is defined as, in C; nil if there is none, or it is no integer.
  static func value(of name: String, on target: String) -> String? {
    digits(of: name, on: target).map { digits in
      if digits.hasPrefix("-") { return "(\(digits))" }
      return digits.count > 18 ? digits + "ULL" : digits
    }
  }

  /// The number that the macro `name` stands for, in decimal digits; nil if there is none.
  static func digits(of name: String, on target: String) -> String? {
    if target == "arm64", let value = arm64[name] { return "\(value)" }
    let wanted = Array(name.utf8)
    var low = 0
    var high = bytes.count
    while low < high {
      // The word around the middle.
      var start = (low + high) / 2
      while start > low, !isSpace(bytes[start - 1]) { start -= 1 }
      while start < high, isSpace(bytes[start]) { start += 1 }
      guard start < high else {
        high = (low + high) / 2
        continue
      }
      guard let sign = bytes[start...].firstIndex(of: UInt8(ascii: "=")) else { return nil }
      let end = bytes[sign...].firstIndex(where: isSpace) ?? bytes.count
      let found = bytes[start..<sign]
      if found.elementsEqual(wanted) {
        return String(decoding: bytes[sign + 1..<end], as: UTF8.self)
      }
      if found.lexicographicallyPrecedes(wanted) { low = end } else { high = start }
    }
    return nil
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n")
  }
}
