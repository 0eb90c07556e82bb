package import BPF
package import LinuxSystem
package import Output
package import TraceModel

/// Reads whole maps.
package struct MapReader {
  private let decoder: ValueDecoder
  /// The elements of maps that are not in the kernel.
  let kept: TracerMaps

  package init(decoder: ValueDecoder, kept: TracerMaps = TracerMaps()) {
    self.decoder = decoder
    self.kept = kept
  }

  /// Why a map could not be read.
  package enum ReadError: Error, Equatable, Sendable {
    case system(SystemError)
    case decoding(DecodingError)
  }

  /// How `print(@m, top, div)` wants a map.
  package struct Selection: Hashable, Sendable {
    /// Only this many entries, from the end of the order.
    package var top: Int?
    /// Divides values, truncating.
    package var divisor: Int64?

    package init(top: Int? = nil, divisor: Int64? = nil) {
      self.top = top
      self.divisor = divisor
    }
  }

  /// Returns what `map` holds, merged over the CPUs and ordered.
  package func read(
    _ map: MapSpec, of object: any HostedObject, _ selection: Selection = Selection()
  ) throws(ReadError) -> MapSnapshot {
    var snapshot = MapSnapshot(
      name: map.name, shape: map.value.shape, isScalar: map.isScalar, entries: MapEntryList())
    if map.key.hasStacks {
      let contents = try contents(of: map, object)
      do {
        try contents.nameAhead(0..<contents.count)
        for index in 0..<contents.count {
          snapshot.entries.append(key: try contents.key(index), value: contents.values[index])
        }
      } catch { throw .decoding(error) }
    } else {
      try forEachEntry(of: map, object) { portion, index, value throws(DecodingError) in
        let key = try decoder.decode(
          map.key, from: portion.keys.span, at: index * portion.keySize)
        snapshot.entries.append(key: key, value: value)
      }
    }
    snapshot.sort()
    if !map.value.shape.isSelectable { return snapshot }
    if let top = selection.top, top > 0, !map.isScalar { snapshot.keepTop(top) }
    if let divisor = selection.divisor, divisor != 0 { snapshot.divide(by: divisor) }
    return snapshot
  }

  /// Hands out what `read` returns in portions: of stacks only some at a time are ever in memory.
  func forEachPortion(
    of map: MapSpec, _ object: any HostedObject, _ selection: Selection = Selection(),
    _ body: (MapSnapshot) -> Void
  ) throws(ReadError) {
    guard map.key.hasStacks else {
      let snapshot = try read(map, of: object, selection)
      return snapshot.portions(of: Self.portionSize).forEach(body)
    }
    let contents = try contents(of: map, object)
    var order = contents.order[...]
    if map.value.shape.isSelectable, let top = selection.top, top > 0 { order = order.suffix(top) }
    var portion = MapSnapshot(
      name: map.name, shape: map.value.shape, isScalar: false, entries: MapEntryList())
    do {
      try contents.nameAhead(order)
      for (place, entry) in order.enumerated() {
        portion.entries.append(key: try contents.key(entry), value: contents.values[entry])
        guard portion.entries.count == Self.portionOfStacks || place == order.count - 1 else {
          continue
        }
        portion.isContinued = place < order.count - 1
        if map.value.shape.isSelectable, let divisor = selection.divisor, divisor != 0 {
          portion.divide(by: divisor)
        }
        body(portion)
        portion.entries = MapEntryList()
        portion.isContinuation = true
      }
    } catch { throw .decoding(error) }
  }

  /// Entries that are shown at once: some 64 KiB of text.
  private static let portionSize = 4096
  /// The same of stacks, whose frames take a hundred bytes each.
  static let portionOfStacks = 16

  /// Returns what `print` shows of a map without explicit keys that has no element.
  ///
  /// - Returns: Nil when that is nothing.
  package func zero(of map: MapSpec) throws(DecodingError) -> MapSnapshot? {
    guard map.isScalar else { return nil }
    let value: Value
    switch map.value {
    case .value(let layout):
      let zeros = [UInt8](repeating: 0, count: max(0, layout.size))
      value = try decoder.decode(layout, from: zeros.span)
    case .aggregation(let aggregation):
      guard aggregation.shape.hasPrintableElements else { return nil }
      value = decoder.value(of: aggregation.merge(Span(), stride: 1))
    }
    return MapSnapshot(
      name: map.name, shape: map.value.shape, isScalar: true,
      entries: [.init(key: .none, value: value)])
  }

  /// What `map` holds, merged over the CPUs, with keys that are yet to be read.
  func contents(of map: MapSpec, _ object: any HostedObject) throws(ReadError) -> MapContents {
    var contents = MapContents(map, decoder: decoder)
    try forEachEntry(of: map, object) { portion, index, value in
      contents.append(key: portion.key(index), value: value)
    }
    return contents
  }

  /// Calls `body` with each element of `map`: the portion that it is in, its place there, and its value, merged
  /// over the CPUs.
  private func forEachEntry(
    of map: MapSpec, _ object: any HostedObject,
    _ body: (MapEntries, Int, Value) throws(DecodingError) -> Void
  ) throws(ReadError) {
    var failure: DecodingError?
    do throws(SystemError) {
      try StoredMap(map, of: object, kept).forEachPortion { portion in
        guard failure == nil else { return }
        do throws(DecodingError) { try forEachEntry(of: map, portion, body) } catch {
          failure = error
        }
      }
    } catch { throw .system(error) }
    if let failure { throw .decoding(failure) }
  }

  private func forEachEntry(
    of map: MapSpec, _ stored: StoredEntries,
    _ body: (MapEntries, Int, Value) throws(DecodingError) -> Void
  ) throws(DecodingError) {
    let entries = stored.entries
    switch map.value {
    case .value(let layout):
      let values = entries.values.span
      for index in 0..<entries.count {
        let value = try decoder.decode(layout, from: values, at: index * entries.valueStride)
        try body(entries, index, value)
      }
    case .aggregation(let aggregation):
      // The kernel rounds the values of per-CPU maps up to words.
      guard entries.valueStride % 8 == 0, entries.valueStride >= aggregation.slotSize else {
        throw .truncated(needed: aggregation.slotSize, available: entries.valueStride)
      }
      let stride = entries.valueStride / 8
      let words = try Self.words(entries.values.span)
      for index in 0..<entries.count {
        let first = index * stride * entries.valuesPerKey
        let slots = words.span.extracting(first..<(first + stride * entries.valuesPerKey))
        let merged: AggregatedValue
        if let further = stored.furtherSlots[index] {
          let all = slots.indices.map { slots[$0] } + (try Self.words(further.span))
          merged = aggregation.merge(all.span, stride: stride)
        } else {
          merged = aggregation.merge(slots, stride: stride)
        }
        try body(entries, index, decoder.value(of: merged))
      }
    }
  }

  private static func words(_ bytes: Span<UInt8>) throws(DecodingError) -> [UInt64] {
    var words: [UInt64] = []
    words.reserveCapacity(bytes.count / 8)
    for index in 0..<(bytes.count / 8) { words.append(try bytes.integer(at: 8 * index, bytes: 8)) }
    return words
  }
}

extension MapSnapshot {
  /// Divides every number by `divisor`, truncating; of histograms the counts.
  fileprivate mutating func divide(by divisor: Int64) {
    entries.mapValues { $0.divided(by: divisor) }
  }
}
