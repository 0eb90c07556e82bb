/// Finds the symbols of addresses in the lines of `/proc/kallsyms`, which are read once, from the first to the last.
///
/// It answers as `KernelSymbolTable` does, which has all symbols in memory: 6 MB and more.
struct KernelSymbolSearch {
  /// Ascending, each once.
  private let addresses: [UInt64]
  /// For each address the last symbol that is not above it, but above the address before.
  private var below: [Place]
  /// For each address the first symbol above it, but not above the address behind.
  private var above: [Place]
  private var hasLines = false
  private var hasAddresses = false

  /// Where a symbol is, and what it is called; at zero is none.
  private struct Place {
    var address: UInt64 = 0
    var name: [UInt8] = []
    var module: [UInt8] = []

    mutating func set(_ line: KernelSymbolLine, _ bytes: Span<UInt8>, withName: Bool) {
      address = line.address
      name.removeAll(keepingCapacity: true)
      if withName { for index in line.name { name.append(bytes[index]) } }
      module.removeAll(keepingCapacity: true)
      for index in line.module { module.append(bytes[index]) }
    }
  }

  /// - Parameter addresses: Ascending, each once.
  init(_ addresses: [UInt64]) {
    self.addresses = addresses
    below = Array(repeating: Place(), count: addresses.count)
    above = below
  }

  /// Whether every address is zero, as unprivileged readers see it.
  var isHidden: Bool { hasLines && !hasAddresses }

  /// Takes in what `bytes` has of whole lines.
  ///
  /// - Returns: How many bytes these are.
  mutating func take(_ bytes: Span<UInt8>, isLast: Bool) -> Int {
    var start = 0
    while start < bytes.count {
      var end = start
      while end < bytes.count, bytes[end] != 0x0A { end += 1 }
      if end == bytes.count, !isLast { break }
      if let line = KernelSymbolLine(bytes, start..<end) {
        hasLines = true
        if line.address != 0, !line.isNumber {
          hasAddresses = true
          take(line, bytes)
        }
      }
      start = end + 1
    }
    return min(start, bytes.count)
  }

  private mutating func take(_ line: KernelSymbolLine, _ bytes: Span<UInt8>) {
    // The index of the first address that is not below the symbol.
    var (low, high) = (0, addresses.count)
    while low < high {
      let middle = (low + high) / 2
      if addresses[middle] < line.address { low = middle + 1 } else { high = middle }
    }
    // Of several symbols at one place the first counts.
    if low < addresses.count, line.address > below[low].address {
      below[low].set(line, bytes, withName: true)
    }
    if low > 0, above[low - 1].address == 0 || line.address < above[low - 1].address {
      above[low - 1].set(line, bytes, withName: false)
    }
  }

  /// The symbol of each address, when all lines have been taken in.
  func symbols() -> [KernelSymbol?] {
    var symbols: [KernelSymbol?] = []
    symbols.reserveCapacity(addresses.count)
    var last: Place?
    for (index, address) in addresses.enumerated() {
      if below[index].address != 0 { last = below[index] }
      guard let place = last else {
        symbols.append(nil)
        continue
      }
      let offset = address - place.address
      if offset >= KernelSymbolTable.greatestReach, endsModule(place, before: index) {
        symbols.append(nil)
      } else {
        symbols.append(
          KernelSymbol(
            name: String(decoding: place.name, as: UTF8.self), address: place.address,
            offset: offset,
            module: place.module.isEmpty ? nil : String(decoding: place.module, as: UTF8.self)))
      }
    }
    return symbols
  }

  /// Whether the next symbol above an address is of another module than the one below it, or there is none.
  private func endsModule(_ place: Place, before index: Int) -> Bool {
    guard let next = above[index...].first(where: { $0.address != 0 }) else { return true }
    return next.module != place.module
  }
}

/// A line of `/proc/kallsyms`: `ADDRESS TYPE NAME[\t[MODULE]]`.
struct KernelSymbolLine {
  let address: UInt64
  /// Whether it is a number rather than a place, as variables of CPUs are on some kernels.
  let isNumber: Bool
  /// Where its name is, and that of its module; empty for the kernel's own.
  let name: Range<Int>
  let module: Range<Int>

  /// - Returns: nil if it is no such line.
  init?(_ bytes: Span<UInt8>, _ line: Range<Int>) {
    var position = line.lowerBound
    var address: UInt64 = 0
    while position < line.upperBound, let digit = Self.hexDigit(bytes[position]) {
      address = address << 4 | UInt64(digit)
      position += 1
    }
    let digits = position - line.lowerBound
    guard digits > 0, digits <= 16, position + 3 < line.upperBound, bytes[position] == 0x20,
      bytes[position + 2] == 0x20
    else { return nil }
    self.address = address
    isNumber = bytes[position + 1] | 0x20 == UInt8(ascii: "a")
    position += 3
    let start = position
    while position < line.upperBound, bytes[position] != 0x09 { position += 1 }
    name = start..<position
    guard position + 1 < line.upperBound, bytes[position + 1] == UInt8(ascii: "[") else {
      module = position..<position
      return
    }
    var end = position + 2
    while end < line.upperBound, bytes[end] != UInt8(ascii: "]") { end += 1 }
    module = (position + 2)..<end
  }

  @inline(__always)
  static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }
}
