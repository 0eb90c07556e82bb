/// The content of `/proc/kallsyms`: the text as it was read, and where the line of each address is.
struct KernelSymbolTable: Sendable {
  private let bytes: [UInt8]
  /// Ascending.
  private let addresses: [UInt64]
  /// For each address, where its line starts in `bytes`.
  private let lines: [UInt32]
  /// The lines of symbols that are numbers rather than places, as variables of CPUs on some kernels.
  private let absoluteLines: [UInt32]
  /// Whether every address is zero, as unprivileged readers see it.
  let isHidden: Bool

  /// Reads lines `ADDRESS TYPE NAME[\t[MODULE]]`; odd lines are left out.
  init(_ bytes: [UInt8]) {
    var addresses: [UInt64] = []
    var lines: [UInt32] = []
    var absoluteLines: [UInt32] = []
    addresses.reserveCapacity(bytes.count / 44)
    lines.reserveCapacity(bytes.count / 44)
    var isSorted = true
    var highest: UInt64 = 0
    var hasLines = false
    let span = bytes.span
    var start = 0
    while start < span.count {
      var end = start
      while end < span.count, span[end] != 0x0A { end += 1 }
      if let line = KernelSymbolLine(span, start..<end) {
        hasLines = true
        if line.isNumber {
          absoluteLines.append(UInt32(truncatingIfNeeded: start))
        } else if line.address != 0 {
          if line.address < highest { isSorted = false }
          highest = max(highest, line.address)
          addresses.append(line.address)
          lines.append(UInt32(truncatingIfNeeded: start))
        }
      }
      start = end + 1
    }
    isHidden = hasLines && addresses.isEmpty
    if !isSorted {
      // Modules come behind the kernel, wherever they lie. Equal addresses keep their order.
      let order = addresses.indices.sorted { (addresses[$0], $0) < (addresses[$1], $1) }
      lines = order.map { lines[$0] }
      addresses = order.map { addresses[$0] }
    }
    self.bytes = bytes
    self.addresses = addresses
    self.lines = lines
    self.absoluteLines = absoluteLines
  }

  /// How far behind the last symbol of the kernel or of a module its code may go on: where that ends
  /// the table does not say.
  static let greatestReach: UInt64 = 1 << 16

  /// Returns the first of the symbols at the greatest address that is not above `address`; nil if the
  /// address is so far behind the last one of the kernel or of a module that it is in neither.
  func symbol(at address: UInt64) -> KernelSymbol? {
    var low = 0
    var high = addresses.count
    while low < high {
      let middle = (low + high) / 2
      if addresses[middle] <= address { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return nil }
    var index = low - 1
    if address - addresses[index] >= Self.greatestReach,
      low == addresses.count || module(index) != module(low)
    {
      return nil
    }
    while index > 0, addresses[index - 1] == addresses[index] { index -= 1 }
    return symbol(index, offset: address - addresses[index])
  }

  /// Returns the symbol `name`, the kernel's own before a module's, a place before a number.
  func symbol(named name: String) -> KernelSymbol? {
    let wanted = Array(name.utf8)
    guard !wanted.isEmpty else { return nil }
    let span = bytes.span
    var fallback: KernelSymbol?
    for index in lines.indices {
      guard let end = end(of: wanted, inLine: Int(lines[index]), span) else { continue }
      if end == span.count || span[end] == 0x0A { return symbol(index, offset: 0) }
      if fallback == nil { fallback = symbol(index, offset: 0) }
    }
    if let fallback { return fallback }
    for line in absoluteLines.lazy.map(Int.init) where end(of: wanted, inLine: line, span) != nil {
      let digits = line..<(nameStart(line, span) - 3)
      let number = digits.reduce(UInt64(0)) {
        $0 << 4 | UInt64(KernelSymbolLine.hexDigit(span[$1]) ?? 0)
      }
      return KernelSymbol(name: name, address: number, offset: 0, module: nil)
    }
    return nil
  }

  /// Where the name ends if it is the name in a line.
  @inline(__always)
  private func end(of name: [UInt8], inLine line: Int, _ span: Span<UInt8>) -> Int? {
    let start = nameStart(line, span)
    guard start + name.count <= span.count, span[start] == name[0] else { return nil }
    var matched = 1
    while matched < name.count, span[start + matched] == name[matched] { matched += 1 }
    let end = start + matched
    guard matched == name.count, end == span.count || span[end] == 0x0A || span[end] == 0x09
    else { return nil }
    return end
  }

  // MARK: Lines

  private func nameStart(_ line: Int, _ span: Span<UInt8>) -> Int {
    var position = line
    while span[position] != 0x20 { position += 1 }
    return position + 3
  }

  /// Returns where the name ends, and where the module's name is.
  private func parts(from start: Int, _ span: Span<UInt8>) -> (Int, Range<Int>?) {
    var end = start
    while end < span.count, span[end] != 0x09, span[end] != 0x0A { end += 1 }
    guard end + 1 < span.count, span[end] == 0x09, span[end + 1] == UInt8(ascii: "[") else {
      return (end, nil)
    }
    var close = end + 2
    while close < span.count, span[close] != UInt8(ascii: "]"), span[close] != 0x0A { close += 1 }
    return (end, end + 2..<close)
  }

  /// The bytes of the name of the module that a symbol is of; none for the kernel's own.
  private func module(_ index: Int) -> ArraySlice<UInt8> {
    let span = bytes.span
    let (_, module) = parts(from: nameStart(Int(lines[index]), span), span)
    return module.map { bytes[$0] } ?? []
  }

  private func text(_ range: Range<Int>, _ span: Span<UInt8>) -> String {
    String(decoding: bytes[range], as: UTF8.self)
  }

  private func symbol(_ index: Int, offset: UInt64) -> KernelSymbol {
    let span = bytes.span
    let start = nameStart(Int(lines[index]), span)
    let (end, module) = parts(from: start, span)
    return KernelSymbol(
      name: text(start..<end, span), address: addresses[index], offset: offset,
      module: module.map { text($0, span) })
  }
}
