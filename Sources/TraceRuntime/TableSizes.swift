internal import BPF
internal import TraceModel

extension Manifest {
  /// The most elements that maps of tables can have in a run, by the map's symbol, where its options leave fewer than
  /// the script has room for: programs keep keys that are not shown apart from nothing, and leave a map alone of
  /// which no value is shown.
  ///
  /// The kernel makes room for all elements of a map beforehand, which takes milliseconds for thousands.
  func elementLimits(_ conditions: RunConditions) -> [String: Int] {
    var limits: [String: Int] = [:]
    for table in tables {
      let keys = table.columns.filter { conditions.shows($0) }.compactMap(\.key)
      for number in Set(table.columns.compactMap(\.map)) where maps.indices.contains(number) {
        let map = maps[number]
        let isShown = table.columns.contains { $0.map == number && conditions.shows($0) }
        let limit = isShown ? map.elementCount(keys: Set(keys)) : 1
        if map.isHash, limit < map.maxEntries { limits[map.symbol] = limit }
      }
    }
    return limits
  }

  /// The maps of a run that take the kernel long to make, those that take it longest first.
  ///
  /// - Parameter eventBufferSize: In bytes.
  func mapsAhead(_ conditions: RunConditions, eventBufferSize: Int) -> [MapAhead] {
    let limits = elementLimits(conditions)
    let hashes = maps.filter { $0.isHash && $0.kind == .perCPUHash }.map {
      MapAhead(
        symbol: $0.symbol, kind: $0.kind, keySize: $0.keySize, valueSize: $0.value.size,
        maxEntries: limits[$0.symbol] ?? $0.maxEntries)
    }
    return hashes.filter { $0.maxEntries >= Self.manyElements }
      + (events.isEmpty ? [] : [.ringBuffer(eventBufferSize)])
  }

  /// So many elements of a hash take the kernel as long as starting a thread takes us.
  private static let manyElements = 256
}

extension MapSpec {
  /// Whether its elements are in a hash, if only those that have no better place.
  fileprivate var isHash: Bool {
    switch storage {
    case .hash, .threads, .cpus: true
    case .array, .ownCPU, .tracer: false
    }
  }

  /// The most elements that differ in these parts of their keys.
  fileprivate func elementCount(keys: Set<Int>) -> Int {
    keys.reduce(1) { count, part in
      let (product, isTooLarge) = count.multipliedReportingOverflow(
        by: key.part(part)?.mostValues ?? .max)
      return isTooLarge ? .max : product
    }
  }
}

extension ValueLayout {
  /// So many different values there can be, with room for those that get names in kernels to come; nil if nobody knows.
  fileprivate var mostValues: Int? {
    switch self {
    case .presented(.systemCallName): 1024
    case .presented(.numberName(.softirqs)): 16
    default: nil
    }
  }
}
