internal import TraceModel

extension Manifest {
  /// The maps of tables that have one element at most in a run, by what its options show: programs keep keys
  /// that are not shown apart from nothing, and leave a map alone of which no value is shown.
  ///
  /// The kernel makes room for all elements of a map beforehand, which takes milliseconds for thousands.
  func mapsOfOneElement(_ conditions: RunConditions) -> [MapSpec] {
    tables.flatMap { table in
      let hasKeys = table.columns.contains { $0.key != nil && conditions.shows($0) }
      let numbers = Set(table.columns.compactMap(\.map)).filter(maps.indices.contains).sorted()
      return numbers.filter { number in
        let isShown = table.columns.contains { $0.map == number && conditions.shows($0) }
        return maps[number].isHash && !(hasKeys && isShown)
      }.map { maps[$0] }
    }
  }
}

extension MapSpec {
  /// Whether its elements are in a hash, if only those that have no better place.
  fileprivate var isHash: Bool {
    switch storage {
    case .hash, .threads, .cpus: true
    case .array, .ownCPU, .tracer: false
    }
  }
}
