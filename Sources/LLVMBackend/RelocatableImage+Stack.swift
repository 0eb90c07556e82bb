/// How much stack the programs of an image use, counted as the verifier does.
extension RelocatableImage {
  /// What a program and the functions it is in have in all (`MAX_BPF_STACK`).
  static let stackLimit = 512

  /// The most stack that any chain of calls needs: each function's own rounded up to 32 bytes.
  ///
  /// - Parameter others: What functions of other objects need, by their names.
  func stackDepth(calling others: [String: Int]) -> Int {
    var count = StackCount(self, others)
    return count.functions.map { count.depth(of: $0) }.max() ?? 0
  }

  /// What each function and all that it calls need, by name.
  var stackDepths: [String: Int] {
    var count = StackCount(self, [:])
    return Dictionary(
      count.functions.map { ($0.name, count.depth(of: $0)) }, uniquingKeysWith: { max($0, $1) })
  }

  /// What is looked up for each function of an image.
  private struct StackCount {
    private let image: RelocatableImage
    let functions: [Function]
    private let places: [FunctionPlace: Function]
    /// By section.
    private let relocations: [Int: [Int: Symbol]]
    /// What functions of other objects need, by their names.
    private let others: [String: Int]
    private var known: [FunctionPlace: Int] = [:]

    init(_ image: RelocatableImage, _ others: [String: Int]) {
      self.image = image
      self.others = others
      functions = image.functions
      places = Dictionary(functions.map { ($0.place, $0) }, uniquingKeysWith: { first, _ in first })
      let sections = Set(functions.map(\.place.section))
      relocations = Dictionary(
        uniqueKeysWithValues: sections.map { ($0, image.relocations(of: $0)) })
    }

    mutating func depth(of function: Function) -> Int {
      if let depth = known[function.place] { return depth }
      // Functions of C may call themselves; the verifier will say so.
      known[function.place] = 0
      let relocations = relocations[function.place.section] ?? [:]
      var deepest =
        image.otherCallees(of: function, relocations).compactMap { others[$0] }.max() ?? 0
      for place in image.callees(of: function, relocations) {
        guard let callee = places[place] else { continue }
        deepest = max(deepest, depth(of: callee))
      }
      let depth = max(32, (image.ownStack(of: function) + 31) / 32 * 32) + deepest
      known[function.place] = depth
      return depth
    }
  }

  /// Where the code of a function begins.
  private struct FunctionPlace: Hashable {
    var section: Int
    var offset: Int
  }

  private struct Function {
    var name: String
    var place: FunctionPlace
    var end: Int
  }

  private var functions: [Function] {
    symbols.compactMap { symbol in
      let isFunction = symbol.entry[4] & 15 == 2  // STT_FUNC
      guard isFunction, symbol.section < sections.count else { return nil }
      let start = Self.number(symbol.entry, 8, 8)
      let size = Self.number(symbol.entry, 16, 8)
      let room = sections[symbol.section].contents.count
      guard start >= 0, size >= 0, size % 8 == 0, start <= room, size <= room - start else {
        return nil
      }
      let place = FunctionPlace(section: symbol.section, offset: start)
      return Function(name: symbol.name, place: place, end: start + size)
    }
  }

  // MARK: Instructions

  /// The farthest that a function reaches below its frame pointer.
  private func ownStack(of function: Function) -> Int {
    let code = sections[function.place.section].contents
    var lowest = 0
    /// The register that the last instruction copied the frame pointer to.
    var copy: UInt8?
    for start in stride(from: function.place.offset, to: function.end, by: 8) {
      let (operation, registers) = (code[start], code[start + 1])
      let (target, source) = (registers & 15, registers >> 4)
      let offset = Int(Int16(truncatingIfNeeded: Self.number(code, start + 2, 2)))
      let immediate = Int(Int32(truncatingIfNeeded: Self.number(code, start + 4, 4)))
      let isFrameAccess =
        switch operation & 7 {
        case 1: source == 10  // BPF_LDX
        case 2, 3: target == 10  // BPF_ST, BPF_STX
        default: false
        }
      if isFrameAccess { lowest = min(lowest, offset) }
      if operation == 0x07, target == copy {  // target += immediate
        lowest = min(lowest, immediate)
      }
      copy = operation == 0xbf && source == 10 ? target : nil  // target = r10
    }
    return -lowest
  }

  /// The functions that a function calls, or gives to a helper that calls them.
  private func callees(
    of function: Function, _ relocations: [Int: Symbol]
  ) -> [FunctionPlace] {
    let section = function.place.section
    let code = sections[section].contents
    var result: [FunctionPlace] = []
    for start in stride(from: function.place.offset, to: function.end, by: 8) {
      let (operation, source) = (code[start], code[start + 1] >> 4)
      let immediate = Int(Int32(truncatingIfNeeded: Self.number(code, start + 4, 4)))
      let isCall = operation == 0x85 && source == 1  // BPF_PSEUDO_CALL
      if let symbol = relocations[start] {
        guard symbol.section < sections.count, isCall || operation == 0x18 else { continue }
        let base = Self.number(symbol.entry, 8, 8)
        let offset = base &+ (isCall ? (immediate + 1) * 8 : immediate)
        result.append(FunctionPlace(section: symbol.section, offset: offset))
      } else if isCall {
        result.append(FunctionPlace(section: section, offset: start + 8 + immediate * 8))
      }
    }
    return result
  }

  /// The names of the functions of other objects that a function calls.
  private func otherCallees(of function: Function, _ relocations: [Int: Symbol]) -> [String] {
    stride(from: function.place.offset, to: function.end, by: 8).compactMap { start in
      guard let symbol = relocations[start], symbol.section == 0 else { return nil }
      return symbol.name
    }
  }

  /// The symbols that the instructions of a section refer to, by the instructions' offsets.
  private func relocations(of section: Int) -> [Int: Symbol] {
    var result: [Int: Symbol] = [:]
    for table in sections where table.type == SectionType.relocations && table.info == section {
      for start in stride(from: 0, to: table.contents.count / 16 * 16, by: 16) {
        let symbol = Self.number(table.contents, start + 12, 4)
        guard symbol < symbols.count else { continue }
        result[Self.number(table.contents, start, 8)] = symbols[symbol]
      }
    }
    return result
  }
}
