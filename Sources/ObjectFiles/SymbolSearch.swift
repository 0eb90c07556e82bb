/// Which symbols cover addresses that are all known beforehand, found by reading the tables of a program's files
/// once: it takes 16 bytes for each address, however many symbols there are.
package struct SymbolSearch: Sendable {
  private let sections: SymbolSections
  /// Where the symbol of each address starts, and which one it is; `nowhere` if it has none.
  private var found: [Candidate]

  private struct Candidate {
    var start: UInt64 = 0
    var place = SymbolSearch.nowhere
  }

  private static let nowhere = SymbolSections.Place.max
  /// So often an address may get another symbol, on average: of programs that are no fakes none gets ten.
  private static let mostChanges = 1000

  /// Looks for the symbols of addresses, which are ascending, each once.
  ///
  /// - Returns: nil if the files have tables that cannot be read in pieces.
  init?(_ addresses: [UInt64], in files: [ELFFile]) throws(ObjectFileError) {
    guard let sections = SymbolSections(of: files) else { return nil }
    self.sections = sections
    var found = Array(repeating: Candidate(), count: addresses.count)
    // For each address the last start of a symbol of code that is not above it, but above the address
    // before; and which symbol that is, if it does not say where it ends.
    var labels = found
    let isCode = addresses.map { sections.isCode($0) }
    var ranking = Ranking(sections)
    var changesLeft = Self.mostChanges * addresses.count
    try sections.scan { entry, place in
      let first = addresses.firstIndex(notBelow: entry.address)
      guard first < addresses.count else { return }
      if entry.isCode {
        if entry.address > labels[first].start {
          labels[first] = Candidate(start: entry.address)
        }
        if entry.address == labels[first].start, entry.size == 0 {
          labels[first].place = ranking.better(place, labels[first].place)
        }
      }
      var index = first
      while index < addresses.count, addresses[index] < entry.end, changesLeft > 0 {
        if entry.isCode || !isCode[index] {
          if found[index].place == Self.nowhere || entry.address > found[index].start {
            found[index] = Candidate(start: entry.address, place: place)
          } else if entry.address == found[index].start {
            found[index].place = ranking.better(place, found[index].place)
          }
        }
        changesLeft -= 1
        index += 1
      }
    }
    var label = Candidate()
    for index in addresses.indices {
      if labels[index].start > 0 { label = labels[index] }
      guard found[index].place == Self.nowhere, isCode[index], label.place != Self.nowhere,
        let entry = sections.entry(label.place), addresses[index] < entry.sectionEnd
      else { continue }
      found[index] = label
    }
    self.found = found
  }

  /// Which symbol an address has, by its place among those looked for, and where that starts; nil if it has
  /// none. Addresses of one symbol have the same number.
  package func symbol(_ index: Int) -> (number: UInt32, start: UInt64)? {
    let candidate = found[index]
    return candidate.place == Self.nowhere ? nil : (candidate.place, candidate.start)
  }

  /// What can read names of symbols by their numbers.
  package var names: SymbolNames { SymbolNames(sections) }

  /// Decides which of several names at one place counts.
  private struct Ranking {
    private let sections: SymbolSections
    /// What was asked last: the symbols of a function are compared for each address in it.
    private var last: (SymbolSections.Place, SymbolSections.Place)?
    private var answer = SymbolSearch.nowhere

    init(_ sections: SymbolSections) { self.sections = sections }

    mutating func better(
      _ new: SymbolSections.Place, _ old: SymbolSections.Place
    ) -> SymbolSections.Place {
      guard old != SymbolSearch.nowhere else { return new }
      if let last, last == (new, old) { return answer }
      last = (new, old)
      answer = old
      if let newSymbol = symbol(new), let oldSymbol = symbol(old), newSymbol.rank < oldSymbol.rank {
        answer = new
      }
      return answer
    }

    private func symbol(_ place: SymbolSections.Place) -> ObjectSymbol? {
      sections.entry(place).map(sections.symbol)
    }
  }
}

/// The names of a program's symbols, read from its files, which stay open.
package struct SymbolNames: Sendable {
  private let sections: SymbolSections

  init(_ sections: SymbolSections) { self.sections = sections }

  /// The name of the symbol of that number, as it stands in the file; nil if it cannot be read any more.
  package func name(_ number: UInt32) -> String? {
    sections.entry(number).map { sections.symbol($0).name }
  }
}

extension [UInt64] {
  /// The index of the first element that is not below a value; sorted.
  fileprivate func firstIndex(notBelow value: UInt64) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
