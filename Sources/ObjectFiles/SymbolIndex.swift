/// Symbols of a program that are asked for by address.
package protocol SymbolsByAddress: Sendable {
  /// The symbol that covers `address`: the innermost one that says its size, else the last label of
  /// code before it.
  func symbol(at address: UInt64) -> ObjectSymbol?
  /// About how many bytes of memory they take.
  var sizeInMemory: Int { get }
  /// Whether they are read from the file, which stays open.
  var readsFile: Bool { get }
}

extension SymbolTable: SymbolsByAddress {
  package var readsFile: Bool { false }
}

/// Where the symbols of a large program are in its files, by address: 8 bytes for each symbol of code. All else is
/// read when it is asked for.
///
/// The symbols and names of a compiler take 50 MB and more; of a stack one needs twenty.
struct SymbolIndex: SymbolsByAddress {
  private let sections: SymbolSections
  /// The least address.
  private let base: UInt64
  /// Sorted: an address, counted from `base`, in the upper half; a table and the number of an entry in it
  /// in the lower one.
  private let places: [UInt64]
  /// For each `blockSize` places the largest end of any symbol up to there.
  private let reaches: [UInt64]

  private static let blockSize = 32
  /// Programs with fewer symbols are held in memory as they are.
  static let fewest = 4096

  /// - Returns: nil if the files have too few symbols, or tables that cannot be read in pieces.
  init?(of files: [ELFFile], fewest: Int = SymbolIndex.fewest) throws(ObjectFileError) {
    guard let sections = SymbolSections(of: files), sections.count >= fewest else { return nil }
    self.sections = sections

    var (least, greatest, count) = (UInt64.max, UInt64(0), 0)
    try sections.scan { entry, _ in
      guard entry.isCode else { return }
      least = min(least, entry.address)
      greatest = max(greatest, entry.address)
      count += 1
    }
    guard count > 0, greatest - least <= UInt64(UInt32.max) else { return nil }
    base = least
    var places: [UInt64] = []
    places.reserveCapacity(count)
    try sections.scan { entry, place in
      guard entry.isCode, places.count < count else { return }
      places.append((entry.address &- least) << 32 | UInt64(place))
    }
    places.sortInPlace()
    var reaches = Array(
      repeating: UInt64(0), count: (places.count + Self.blockSize - 1) / Self.blockSize)
    try sections.scan { entry, place in
      guard entry.isCode, entry.address >= least else { return }
      let index = places.firstIndex(above: (entry.address - least) << 32 | UInt64(place)) - 1
      guard index >= 0 else { return }
      reaches[index / Self.blockSize] = max(reaches[index / Self.blockSize], entry.end)
    }
    for index in reaches.indices.dropFirst() {
      reaches[index] = max(reaches[index], reaches[index - 1])
    }
    self.places = places
    self.reaches = reaches
  }

  var sizeInMemory: Int { (places.count + reaches.count) * 8 }
  var readsFile: Bool { true }

  private func entry(_ index: Int) -> SymbolTable.Entry? {
    sections.entry(SymbolSections.Place(truncatingIfNeeded: places[index]))
  }

  func symbol(at address: UInt64) -> ObjectSymbol? {
    guard sections.isCode(address) else { return symbolOfData(at: address) }
    guard address >= base else { return nil }
    let wanted = address - base
    guard wanted <= UInt64(UInt32.max) else { return nil }
    let nearest = places.firstIndex(above: wanted << 32 | 0xffff_ffff) - 1
    var index = nearest
    while index >= 0, reaches[index / Self.blockSize] > address {
      if let entry = entry(index), entry.end > address {
        return best(startingLike: index) { $0.end > address }
      }
      index -= 1
    }
    guard nearest >= 0 else { return nil }
    return best(startingLike: nearest) { $0.size == 0 && $0.isCode && address < $0.sectionEnd }
  }

  /// The best name among the symbols that start where that one does.
  private func best(
    startingLike index: Int, where isFit: (SymbolTable.Entry) -> Bool
  ) -> ObjectSymbol? {
    var found: ObjectSymbol?
    var next = index
    while next >= 0, places[next] >> 32 == places[index] >> 32 {
      if let entry = entry(next), isFit(entry) {
        found = sections.symbol(entry).better(than: found)
      }
      next -= 1
    }
    return found
  }

  /// The symbol of data at an address, which few ask for: the one that starts last, looked for among all.
  private func symbolOfData(at address: UInt64) -> ObjectSymbol? {
    var found: [SymbolTable.Entry] = []
    try? sections.scan { entry, _ in
      guard entry.address <= address, entry.end > address else { return }
      if let known = found.first {
        if known.address > entry.address { return }
        if known.address < entry.address { found = [] }
      }
      found.append(entry)
    }
    return found.reduce(nil) { sections.symbol($1).better(than: $0) }
  }
}

extension [UInt64] {
  /// The index of the first element above a value; sorted.
  fileprivate func firstIndex(above value: UInt64) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] <= value { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Sorts without more memory, which `sort()` takes half as much again of.
  fileprivate mutating func sortInPlace() {
    func sink(_ root: Int, _ end: Int) {
      let value = self[root]
      var hole = root
      while true {
        var child = 2 * hole + 1
        guard child < end else { break }
        if child + 1 < end, self[child + 1] > self[child] { child += 1 }
        guard self[child] > value else { break }
        self[hole] = self[child]
        hole = child
      }
      self[hole] = value
    }
    for root in stride(from: count / 2 - 1, through: 0, by: -1) { sink(root, count) }
    for end in stride(from: count - 1, to: 0, by: -1) {
      swapAt(0, end)
      sink(0, end)
    }
  }
}
