internal import Output
internal import TraceModel

/// What a map held at one moment: its values, and its keys, which are read when they are asked for.
struct MapContents {
  let spec: MapSpec
  private(set) var values = ValueColumn()
  private var keys = PackedKeys()
  /// The keys that were compared last. Whoever puts entries into order compares one of them again and again.
  private let compared = (left: ReadKey(), right: ReadKey())
  private let decoder: ValueDecoder

  /// A key, and which entry's it is.
  private final class ReadKey {
    private var entry: Int?
    private var bytes: [UInt8] = []

    func read(_ entry: Int, of keys: PackedKeys) -> [UInt8] {
      if self.entry != entry { keys.read(entry, into: &bytes) }
      self.entry = entry
      return bytes
    }
  }

  init(_ spec: MapSpec, decoder: ValueDecoder) {
    self.spec = spec
    self.decoder = decoder
  }

  var count: Int { keys.count }

  mutating func append(key: ArraySlice<UInt8>, value: Value) {
    keys.append(key)
    values.append(value)
  }

  func key(_ entry: Int) throws(DecodingError) -> Value {
    var key: [UInt8] = []
    keys.read(entry, into: &key)
    return try decoder.decode(spec.key, from: key.span)
  }

  /// The entries in the order in which the map is shown: by value, and where that decides nothing by key.
  var order: [Int] {
    let numbers = (0..<count).map { values[$0].mapOrderingNumber ?? 0 }
    return (0..<count).sorted { left, right in
      if numbers[left] != numbers[right] { return numbers[left] < numbers[right] }
      // A key that cannot be read has no order; that it cannot is told when it is shown.
      return ((try? compareKeys(left, right, part: nil)) ?? 0) < 0
    }
  }

  /// Finds the names of all addresses in the keys of these entries, which will be asked for in any order.
  func nameAhead(_ entries: some Sequence<Int>) throws(DecodingError) {
    let stacks = spec.key.namedStacks()
    if stacks.isEmpty { return }
    var key: [UInt8] = []
    for entry in entries {
      keys.read(entry, into: &key)
      try decoder.presenter.note(stacks, in: key.span)
    }
    decoder.presenter.symbols.nameNoted()
  }

  /// Adds up what differs only in where its frames are inside of their functions, or in the process that a stack is of.
  ///
  /// - Returns: The entries that are left.
  mutating func joinSameFunctions() throws(DecodingError) -> [Int] {
    let stacks = spec.key.namedStacks()
    var (firsts, entries): ([Int: Int], [Int]) = ([:], [])
    var key: [UInt8] = []
    for entry in 0..<count {
      keys.read(entry, into: &key)
      let number = try decoder.presenter.functionNumber(of: stacks, in: key.span)
      if let first = firsts[number], let sum = values[first].adding(values[entry]) {
        values[first] = sum
      } else {
        firsts[number] = entry
        entries.append(entry)
      }
    }
    return entries
  }

  /// Compares the keys of two entries as `Value.compare` does, without a look at names.
  ///
  /// - Parameter part: Of the keys, nil for all of them.
  func compareKeys(_ left: Int, _ right: Int, part: Int?) throws(DecodingError) -> Int {
    let leftKey = compared.left.read(left, of: keys)
    let rightKey = compared.right.read(right, of: keys)
    guard case .tuple(let fields, _) = spec.key, let part, fields.indices.contains(part) else {
      return try decoder.compare(spec.key, leftKey.span, rightKey.span, at: 0)
    }
    return try decoder.compare(
      fields[part].layout, leftKey.span, rightKey.span, at: fields[part].offset)
  }
}

extension Value {
  /// The sum of two whole numbers of the same sign; nil of others.
  fileprivate func adding(_ other: Value) -> Value? {
    switch (self, other) {
    case (.integer(let left), .integer(let right)): .integer(left &+ right)
    case (.unsigned(let left), .unsigned(let right)): .unsigned(left &+ right)
    default: nil
    }
  }
}

extension ValueLayout {
  /// Whether it is a stack or has one in it.
  var hasStacks: Bool {
    switch self {
    case .array(let element, _): element.hasStacks
    case .tuple(let fields, _), .record(let fields, _): fields.contains { $0.layout.hasStacks }
    default: isStack
    }
  }
}

extension ValueDecoder {
  /// Compares two values as `Value.compare` does, without a look at the names of their addresses.
  fileprivate func compare(
    _ layout: ValueLayout, _ left: Span<UInt8>, _ right: Span<UInt8>, at offset: Int
  ) throws(DecodingError) -> Int {
    switch layout {
    case .tuple(let fields, _), .record(let fields, _):
      for field in fields {
        let order =
          field.bits == nil
          ? try compare(field.layout, left, right, at: offset + field.offset)
          : try decode(field, from: left, at: offset)
            .compare(try decode(field, from: right, at: offset))
        if order != 0 { return order }
      }
      return 0
    case .presented(.kernelStack(_, let limit)):
      return try Self.compareStacks(left, right, count: offset, first: offset + 8, limit)
    case .presented(.userStack(.bpftrace, let limit)), .presented(.userStack(.perf, let limit)),
      .presented(.userStack(.raw, let limit)):
      return try Self.compareStacks(left, right, count: offset, first: offset + 16, limit)
    default:
      return try decode(layout, from: left, at: offset)
        .compare(try decode(layout, from: right, at: offset))
    }
  }

  /// By the first address that differs, then by how many there are.
  private static func compareStacks(
    _ left: Span<UInt8>, _ right: Span<UInt8>, count: Int, first: Int, _ limit: Int
  ) throws(DecodingError) -> Int {
    let (leftCount, rightCount) = (
      try Presenter.frameCount(left, at: count, limit: limit),
      try Presenter.frameCount(right, at: count, limit: limit)
    )
    for index in 0..<min(leftCount, rightCount) {
      let at = first + 8 * index
      let (left, right) = (try left.integer(at: at, bytes: 8), try right.integer(at: at, bytes: 8))
      if left != right { return left < right ? -1 : 1 }
    }
    return leftCount - rightCount
  }
}
