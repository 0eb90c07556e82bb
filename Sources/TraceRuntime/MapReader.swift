package import BPF
package import LinuxSystem
package import Output
package import TraceModel

/// Reads whole maps.
package struct MapReader {
  private let decoder: ValueDecoder

  package init(decoder: ValueDecoder) { self.decoder = decoder }

  /// Why a map could not be read.
  package enum ReadError: Error, Equatable, Sendable {
    case system(SystemError)
    case decoding(DecodingError)
  }

  /// How `print(@m, top, div)` wants a map.
  package struct Selection: Hashable, Sendable {
    /// Only so many entries from the end of the order.
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
    let entries: MapEntries
    do { entries = try object.entries(of: map.symbol) } catch { throw .system(error) }
    do {
      var snapshot = try snapshot(of: map, entries)
      if map.hasStatistics { return snapshot }
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
      guard case .value(let merged) = Self.entryValue(aggregation.merge([]), aggregation) else {
        return nil
      }
      value = merged
    }
    return MapSnapshot(
      name: map.name, kind: map.snapshotKind, isScalar: true,
      entries: [.init(key: .none, value: .value(value))])
  }

  private func snapshot(
    of map: MapSpec, _ entries: MapEntries
  ) throws(DecodingError) -> MapSnapshot {
    var snapshot = MapSnapshot(
      name: map.name, kind: map.snapshotKind, isScalar: map.isScalar, entries: [])
    snapshot.entries.reserveCapacity(entries.count)
    let keys = entries.keys.span
    let values = entries.values.span
    let entryStride = entries.valueStride * entries.valuesPerKey
    for index in 0..<entries.count {
      let key = try decoder.decode(map.key, from: keys, at: index * entries.keySize)
      let value: MapSnapshot.EntryValue
      switch map.value {
      case .value(let layout):
        value = .value(try decoder.decode(layout, from: values, at: index * entryStride))
      case .aggregation(let aggregation):
        var slots: [[UInt64]] = []
        slots.reserveCapacity(entries.valuesPerKey)
        for cpu in 0..<entries.valuesPerKey {
          let start = index * entryStride + cpu * entries.valueStride
          slots.append(try Self.words(values, at: start, count: aggregation.wordCount))
        }
        value = Self.entryValue(aggregation.merge(slots), aggregation)
      }
      snapshot.entries.append(.init(key: key, value: value))
    }
    snapshot.sort()
    return snapshot
  }

  private static func words(
    _ bytes: Span<UInt8>, at offset: Int, count: Int
  ) throws(DecodingError) -> [UInt64] {
    var words: [UInt64] = []
    words.reserveCapacity(count)
    for index in 0..<count { words.append(try bytes.integer(at: offset + 8 * index, bytes: 8)) }
    return words
  }

  private static func entryValue(
    _ merged: AggregatedValue, _ aggregation: Aggregation
  ) -> MapSnapshot.EntryValue {
    switch merged {
    case .integer(let value, let signed): .value(Value(bitPattern: value, signed: signed))
    case .stats(let count, let average, let total, let signed):
      .value(
        .stats(Value.Stats(count: count, average: average, total: total, signed: signed)))
    case .buckets(let counts):
      .histogram(Histogram(scale: aggregation.histogramScale, counts: counts))
    }
  }
}

extension Aggregation {
  /// The scale of a histogram; that of `hist(n)` for what is none.
  fileprivate var histogramScale: Histogram.Scale {
    switch self {
    case .linearHistogram(let histogram): .linear(histogram)
    case .log2Histogram(let bits): .log2(Log2Histogram(bits: bits))
    case .count, .sum, .min, .max, .average, .stats: .log2(Log2Histogram(bits: 0))
    }
  }
}

extension MapSpec {
  fileprivate var snapshotKind: MapSnapshot.Kind {
    switch value {
    case .aggregation(.average), .aggregation(.stats): .statistics
    case .aggregation(.log2Histogram), .aggregation(.linearHistogram): .histograms
    case .aggregation(.count), .aggregation(.sum), .aggregation(.min), .aggregation(.max),
      .value:
      .values
    }
  }

  /// Whether it keeps what `stats()` computes, which can neither be cut nor divided.
  fileprivate var hasStatistics: Bool {
    if case .aggregation(.stats) = value { true } else { false }
  }
}

extension MapSnapshot {
  /// Divides every number by `divisor`, truncating; of histograms the counts.
  fileprivate mutating func divide(by divisor: Int64) {
    for index in entries.indices {
      switch entries[index].value {
      case .value(.integer(let value)):
        entries[index].value = .value(
          .integer(value.dividedReportingOverflow(by: divisor).partialValue))
      case .value(.unsigned(let value)):
        entries[index].value = .value(.unsigned(value / divisor.magnitude))
      case .value: break
      case .histogram(var histogram):
        histogram.counts = histogram.counts.map { $0 / divisor.magnitude }
        entries[index].value = .histogram(histogram)
      }
    }
  }
}
