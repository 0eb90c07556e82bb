/// Addresses, each once, in little more memory than they take.
package struct AddressSet {
  private var addresses: [UInt64] = []
  /// As many of them, from the first on, are known to be ascending and each once.
  private var settledCount = 0

  /// So many may come before they are settled.
  private static let leastUnsettled = 1024

  package init() {}

  package var isEmpty: Bool { addresses.isEmpty }

  package mutating func insert(_ address: UInt64) {
    addresses.append(address)
    if addresses.count >= 2 * settledCount + Self.leastUnsettled { settle() }
  }

  /// The addresses, ascending.
  package func sorted() -> [UInt64] {
    var settled = self
    settled.settle()
    return settled.addresses
  }

  private mutating func settle() {
    addresses.sort()
    var kept = 0
    for index in addresses.indices where kept == 0 || addresses[index] != addresses[kept - 1] {
      addresses[kept] = addresses[index]
      kept += 1
    }
    addresses.removeLast(addresses.count - kept)
    settledCount = kept
  }
}

extension [UInt64] {
  /// The index of the first element that is not below a value; ascending.
  func firstIndex(notBelow value: UInt64) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
