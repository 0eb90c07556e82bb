internal import CLinux

extension [UInt8] {
  /// The offsets at which `pattern` is, ascending, those that overlap too.
  package func offsets(of pattern: [UInt8]) -> [Int] {
    var found: [Int] = []
    var start = 0
    while let next = firstOffset(of: pattern, in: start..<count) {
      found.append(next)
      start = next + 1
    }
    return found
  }

  /// The first offset in a range at which all of `pattern` is, within the range; nil if there is none.
  package func firstOffset(of pattern: [UInt8], in range: Range<Int>) -> Int? {
    let range = range.clamped(to: 0..<count)
    guard !pattern.isEmpty, pattern.count <= range.count else { return nil }
    return unsafe withUnsafeBytes { unsafe $0.firstOffset(of: pattern, in: range) }
  }
}

extension MappedFile {
  /// The first offset in a range at which all of `pattern` is, within the range; nil if there is none.
  package func firstOffset(of pattern: [UInt8], in range: Range<Int>) -> Int? {
    let range = range.clamped(to: 0..<count)
    guard !pattern.isEmpty, pattern.count <= range.count else { return nil }
    return withBytes { bytes in
      unsafe bytes.withUnsafeBytes { unsafe $0.firstOffset(of: pattern, in: range) }
    }
  }
}

extension UnsafeRawBufferPointer {
  /// - Parameters:
  ///   - pattern: At least one byte, and no more than the range has.
  ///   - range: Inside the buffer.
  fileprivate func firstOffset(of pattern: [UInt8], in range: Range<Int>) -> Int? {
    unsafe pattern.withUnsafeBytes { pattern in
      guard let base = baseAddress, let wanted = pattern.baseAddress else { return nil }
      let found = unsafe clinux_find(base + range.lowerBound, range.count, wanted, pattern.count)
      return found < 0 ? nil : range.lowerBound + found
    }
  }
}
