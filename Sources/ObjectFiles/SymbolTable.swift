/// A symbol of an object file.
package struct ObjectSymbol: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case function
    /// A function that chooses the real one when the program is linked.
    case indirectFunction
    case object
    /// A label without a type, as hand-written assembly has them.
    case untyped
  }

  package enum Binding: Int, Hashable, Comparable, Sendable {
    case local, weak, global

    package static func < (left: Binding, right: Binding) -> Bool { left.rawValue < right.rawValue }
  }

  /// As it stands in the file: mangled, with a version behind `@` if it has one there.
  package let name: String
  /// Virtual, before relocation.
  package let address: UInt64
  /// In bytes; zero when the file does not say.
  package let size: UInt64
  package let kind: Kind
  package let binding: Binding

  package var isFunction: Bool { kind == .function || kind == .indirectFunction }

  /// Of several names for the same place the least is the one that people would call it by.
  var rank: (Int, Int, Int, Int, String) {
    let underscores = name.prefix { $0 == "_" }.count
    return (
      kind == .untyped ? 1 : 0, binding == .local ? 1 : 0,
      underscores * 2 + (binding == .weak ? 1 : 0), name.utf8.count, name
    )
  }

  /// The one of two names for the same place that people would call it by.
  func better(than other: ObjectSymbol?) -> ObjectSymbol {
    guard let other, !(rank < other.rank) else { return self }
    return other
  }
}

/// The defined symbols of an object file that have an address, by address.
///
/// Names stay in the file's string tables until they are asked for.
package struct SymbolTable: Sendable {
  static let symtabType: UInt32 = 2
  static let dynsymType: UInt32 = 11

  struct Entry {
    let address: UInt64
    let size: UInt64
    /// The largest end of this entry and all before it.
    var reach: UInt64
    let name: UInt32
    let strings: UInt8
    let kind: ObjectSymbol.Kind
    let binding: ObjectSymbol.Binding
    let isCode: Bool
    /// The end of the section that the symbol is in.
    let sectionEnd: UInt64

    var end: UInt64 { address.checkedSum(size) ?? .max }
  }

  /// Sorted by address; the same name at the same address occurs once.
  private let entries: [Entry]
  private let strings: [[UInt8]]

  /// Reads the tables of all `files`, which are one program (a binary and its debug file).
  init(of files: [ELFFile]) throws(ObjectFileError) {
    var entries: [Entry] = []
    var strings: [[UInt8]] = []
    for file in files {
      for section in file.sections
      where section.type == Self.symtabType || section.type == Self.dynsymType {
        guard !section.isEmptyInFile, section.size > 0, strings.count < 255 else { continue }
        guard Int(section.link) < file.sections.count else {
          throw file.malformed("section \(section.name) has no string table")
        }
        strings.append(try file.contents(of: file.sections[Int(section.link)]))
        Self.read(
          try file.contents(of: section), of: file, UInt8(strings.count - 1),
          into: &entries)
      }
    }
    entries.sort { $0.address < $1.address }
    Self.removeDuplicates(&entries, strings)
    var reach: UInt64 = 0
    for index in entries.indices {
      reach = max(reach, entries[index].end)
      entries[index].reach = reach
    }
    self.entries = entries
    self.strings = strings
  }

  private static func read(
    _ bytes: [UInt8], of file: ELFFile, _ strings: UInt8,
    into entries: inout [Entry]
  ) {
    let reader = EntryReader(of: file)
    entries.reserveCapacity(entries.count + bytes.count / reader.size)
    for start in stride(from: reader.size, to: bytes.count - reader.size + 1, by: reader.size) {
      if let entry = reader.entry(bytes, at: start, strings: strings) { entries.append(entry) }
    }
  }

  /// Reads entries of a file's symbol tables.
  struct EntryReader {
    private let layout: ELFLayout
    private let sections: [(end: UInt64, isExecutable: Bool)]
    private let hasMappingSymbols: Bool

    init(of file: ELFFile) {
      layout = ELFLayout(is64Bit: file.is64Bit, isBigEndian: file.isBigEndian)
      sections = file.sections.map { ($0.address.checkedSum($0.size) ?? .max, $0.isExecutable) }
      hasMappingSymbols =
        file.machine == .aarch64 || file.machine == .arm || file.machine == .riscv
    }

    /// The bytes of an entry.
    var size: Int { layout.is64Bit ? 24 : 16 }

    /// The entry at an offset of `bytes`; nil if it has no address, or is none of a program's.
    func entry(_ bytes: [UInt8], at start: Int, strings: UInt8) -> Entry? {
      let at =
        layout.is64Bit
        ? (info: 4, section: 6, value: 8, size: 16) : (info: 12, section: 14, value: 4, size: 8)
      guard let name = layout.int(bytes, at: start), name != 0,
        let section = layout.half(bytes, at: start + at.section),
        section != 0,  // defined elsewhere
        let value = layout.word(bytes, at: start + at.value), value != 0,
        let length = layout.word(bytes, at: start + at.size)
      else { return nil }
      let info = bytes[start + at.info]
      let kind: ObjectSymbol.Kind
      switch info & 15 {
      case 0: kind = .untyped
      case 1: kind = .object
      case 2: kind = .function
      case 10: kind = .indirectFunction
      default: return nil
      }
      let binding: ObjectSymbol.Binding
      switch info >> 4 {
      case 0: binding = .local
      case 2: binding = .weak
      default: binding = .global
      }
      let home = Int(section) < sections.count ? sections[Int(section)] : nil
      let isInCode = home?.isExecutable ?? false
      if kind == .untyped, !isInCode || hasMappingSymbols { return nil }
      return Entry(
        address: value, size: length, reach: 0, name: name, strings: strings, kind: kind,
        binding: binding, isCode: isInCode || kind == .function || kind == .indirectFunction,
        sectionEnd: home?.end ?? .max)
    }
  }

  /// `.dynsym` repeats `.symtab`, and debug files repeat both.
  private static func removeDuplicates(_ entries: inout [Entry], _ strings: [[UInt8]]) {
    guard strings.count > 1 else { return }
    var kept: [Entry] = []
    kept.reserveCapacity(entries.count)
    var start = 0
    while start < entries.count {
      var end = start + 1
      while end < entries.count, entries[end].address == entries[start].address { end += 1 }
      if end - start == 1 {
        kept.append(entries[start])
      } else {
        var names: Set<String> = []
        for entry in entries[start..<end]
        where names.insert(name(of: entry, strings)).inserted {
          kept.append(entry)
        }
      }
      start = end
    }
    entries = kept
  }

  private static func name(of entry: Entry, _ strings: [[UInt8]]) -> String {
    strings[Int(entry.strings)].text(at: Int(entry.name)) ?? ""
  }

  private func symbol(_ entry: Entry) -> ObjectSymbol {
    ObjectSymbol(
      name: Self.name(of: entry, strings), address: entry.address, size: entry.size,
      kind: entry.kind, binding: entry.binding)
  }

  /// About how many bytes of memory it takes.
  package var sizeInMemory: Int {
    entries.count * MemoryLayout<Entry>.stride + strings.reduce(0) { $0 + $1.count }
  }

  package var isEmpty: Bool { entries.isEmpty }
  package var count: Int { entries.count }

  /// All symbols, by address.
  package var all: [ObjectSymbol] { entries.map(symbol) }

  /// The functions, by address; a function with several names occurs with each of them.
  package var functions: [ObjectSymbol] {
    entries.filter { $0.kind == .function || $0.kind == .indirectFunction }.map(symbol)
  }

  /// The functions whose names are meant, each name once with the best symbol of that name; sorted by
  /// name.
  package func functions(where isMeant: (String) -> Bool) -> [ObjectSymbol] {
    var best: [String: Entry] = [:]
    for entry in entries where entry.kind == .function || entry.kind == .indirectFunction {
      let name = Self.name(of: entry, strings)
      guard isMeant(name) else { continue }
      if let known = best[name], known.binding >= entry.binding { continue }
      best[name] = entry
    }
    return best.sorted { $0.key < $1.key }.map { symbol($0.value) }
  }

  /// The symbols of exactly that name; static functions of several files may share one.
  ///
  /// A name without version also finds the symbol's default version (`name@@VERSION`).
  package func symbols(named name: String) -> [ObjectSymbol] {
    let wanted = Array(name.utf8)
    return entries.filter { entry in
      let table = strings[Int(entry.strings)]
      let start = Int(entry.name)
      let end = start + wanted.count
      guard end < table.count, table[start..<end].elementsEqual(wanted) else { return false }
      return table[end] == 0
        || (table[end] == UInt8(ascii: "@") && end + 1 < table.count
          && table[end + 1] == UInt8(ascii: "@"))
    }.map(symbol)
  }

  /// The best symbol of that name: a function before data, a global before a local one.
  package func symbol(named name: String) -> ObjectSymbol? {
    symbols(named: name).max {
      ($0.isFunction ? 1 : 0, $0.binding) < ($1.isFunction ? 1 : 0, $1.binding)
    }
  }

  /// The symbol that covers `address`: the innermost one that says its size, else the last label of
  /// code before it.
  ///
  /// Of several names for the same place it is the one that people would call it by: not local,
  /// few leading underscores, not weak, short.
  package func symbol(at address: UInt64) -> ObjectSymbol? {
    var index = firstIndex(above: address) - 1
    guard index >= 0 else { return nil }
    let nearest = index
    while index >= 0, entries[index].reach > address {
      if entries[index].end > address {
        return best(startingLike: index) { $0.end > address }
      }
      index -= 1
    }
    return best(startingLike: nearest) { $0.size == 0 && $0.isCode && address < $0.sectionEnd }
  }

  /// The best name among the entries up to `index` that start where that one does.
  private func best(startingLike index: Int, where isFit: (Entry) -> Bool) -> ObjectSymbol? {
    var found: Entry?
    var next = index
    while next >= 0, entries[next].address == entries[index].address {
      if isFit(entries[next]) { found = better(found, entries[next]) }
      next -= 1
    }
    return found.map(symbol)
  }

  private func better(_ old: Entry?, _ new: Entry) -> Entry {
    guard let old else { return new }
    return rank(new) < rank(old) ? new : old
  }

  private func rank(_ entry: Entry) -> (Int, Int, Int, Int, String) { symbol(entry).rank }

  /// The index of the first entry that starts above `address`.
  private func firstIndex(above address: UInt64) -> Int {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].address <= address { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
