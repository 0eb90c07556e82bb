internal import ObjectFiles

/// Addresses of a binary whose symbols were looked for all at once.
struct NamedAddresses {
  /// Ascending.
  let addresses: [UInt64]
  /// For each address an index into `starts` and the names; `none` if it has no symbol.
  private let symbols: [UInt32]
  private let starts: [UInt64]
  private let names: Names

  private enum Names {
    /// Few of them are kept.
    case texts([String])
    /// Of many is kept where they are in the file.
    case numbers([UInt32], SymbolNames)
  }

  private static let none = UInt32.max
  private static let mostTexts = 64

  init() {
    (addresses, symbols, starts, names) = ([], [], [], .texts([]))
  }

  /// - Parameter readable: Makes of a name what people read.
  init(_ addresses: [UInt64], _ search: SymbolSearch, readable: (String) -> String) {
    var met = AddressSet()
    for place in addresses.indices {
      if let symbol = search.symbol(place) { met.insert(UInt64(symbol.number)) }
    }
    let numbers = met.sorted()
    var starts = [UInt64](repeating: 0, count: numbers.count)
    symbols = addresses.indices.map { place in
      guard let symbol = search.symbol(place) else { return Self.none }
      let index = numbers.firstIndex(notBelow: UInt64(symbol.number))
      starts[index] = symbol.start
      return UInt32(index)
    }
    self.addresses = addresses
    self.starts = starts
    let shortNumbers = numbers.map { UInt32($0) }
    names =
      numbers.count > Self.mostTexts
      ? .numbers(shortNumbers, search.names)
      : .texts(shortNumbers.map { readable(search.names.name($0) ?? "") })
  }

  func knows(_ address: UInt64) -> Bool { index(of: address) != nil }

  /// The symbol of an address that is known: its name and where it starts; nil if it has none.
  func symbol(
    at address: UInt64, readable: (_ number: UInt32, SymbolNames) -> String?
  ) -> (name: String, start: UInt64)? {
    guard let place = index(of: address), symbols[place] != Self.none else { return nil }
    let index = Int(symbols[place])
    let name: String?
    switch names {
    case .texts(let texts): name = texts[index]
    case .numbers(let numbers, let names): name = readable(numbers[index], names)
    }
    return name.map { ($0, starts[index]) }
  }

  /// Where the symbol of an address that is known starts; nil if it has none.
  func start(at address: UInt64) -> UInt64? {
    guard let place = index(of: address), symbols[place] != Self.none else { return nil }
    return starts[Int(symbols[place])]
  }

  private func index(of address: UInt64) -> Int? {
    let index = addresses.firstIndex(notBelow: address)
    return index < addresses.count && addresses[index] == address ? index : nil
  }
}

/// Names that were read from files and made readable: those that were asked for last.
final class NameCache {
  private struct Key: Hashable {
    let binary: ObjectIdentifier
    let number: UInt32
  }

  private var names: [Key: String] = [:]
  /// Those from before there were too many; who is not asked for until there are again is forgotten.
  private var olderNames: [Key: String] = [:]
  private var size = 0
  private let limit: Int

  /// Beside its bytes, about what a name takes.
  private static let overhead = 128

  /// - Parameter limit: Bytes of memory.
  init(limit: Int = 1 << 19) { self.limit = limit }

  /// The name of a symbol of a binary by its number.
  func name(_ number: UInt32, of binary: Binary, _ make: () -> String?) -> String? {
    let key = Key(binary: ObjectIdentifier(binary), number: number)
    if let name = names[key] { return name }
    guard let name = olderNames[key] ?? make() else { return nil }
    size += name.utf8.count + Self.overhead
    if size > limit / 2 {
      olderNames = names
      names = [:]
      size = name.utf8.count + Self.overhead
    }
    names[key] = name
    return name
  }
}
