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
    let stored: StoredEntries
    do { stored = try StoredMap(map, of: object, kept).entries() } catch { throw .system(error) }
    do {
      var snapshot = try snapshot(of: map, stored)
      if !map.value.shape.isSelectable { return snapshot }
      if let top = selection.top, top > 0, !map.isScalar { snapshot.keepTop(top) }
      if let divisor = selection.divisor, divisor != 0 { snapshot.divide(by: divisor) }
      return snapshot
    } catch { throw .decoding(error) }
  }

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

  private func snapshot(
    of map: MapSpec, _ stored: StoredEntries
  ) throws(DecodingError) -> MapSnapshot {
    var snapshot = MapSnapshot(
      name: map.name, shape: map.value.shape, isScalar: map.isScalar, entries: MapEntryList())
    let entries = stored.entries
    try decoder.presenter.nameAhead(map.key, in: entries.keys, keySize: entries.keySize)
    let keys = entries.keys.span
    switch map.value {
    case .value(let layout):
      let values = entries.values.span
      for index in 0..<entries.count {
        let key = try decoder.decode(map.key, from: keys, at: index * entries.keySize)
        let value = try decoder.decode(layout, from: values, at: index * entries.valueStride)
        snapshot.entries.append(key: key, value: value)
      }
    case .aggregation(let aggregation):
      // The kernel rounds the values of per-CPU maps up to words.
      guard entries.valueStride % 8 == 0, entries.valueStride >= aggregation.slotSize else {
        throw .truncated(needed: aggregation.slotSize, available: entries.valueStride)
      }
      let stride = entries.valueStride / 8
      let words = try Self.words(entries.values.span)
      for index in 0..<entries.count {
        let key = try decoder.decode(map.key, from: keys, at: index * entries.keySize)
        let first = index * stride * entries.valuesPerKey
        let slots = words.span.extracting(first..<(first + stride * entries.valuesPerKey))
        let merged: AggregatedValue
        if let further = stored.furtherSlots[index] {
          let all = slots.indices.map { slots[$0] } + (try Self.words(further.span))
          merged = aggregation.merge(all.span, stride: stride)
        } else {
          merged = aggregation.merge(slots, stride: stride)
        }
        let value = decoder.value(of: merged)
        snapshot.entries.append(key: key, value: value)
      }
    }
    snapshot.sort()
    return snapshot
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
