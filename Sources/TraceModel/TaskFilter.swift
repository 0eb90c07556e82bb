/// A restriction of a run to the threads of certain processes, which the programs themselves make.
///
/// Programs of artifacts know all of them, each behind a load-time constant; the verifier drops those
/// that a run does not use. What a filter compares with is a file, because sets of containers are kept
/// by other programs.
package enum TaskFilter: Int, CaseIterable, Hashable, Sendable {
  /// In a cgroup (version 2) or below it: the cgroup's folder.
  case cgroup = 0
  /// In one of the cgroups whose ids (64 bits) are the keys of a map: the file at which it is pinned.
  case cgroupMap = 1
  /// In one of the mount namespaces whose inode numbers (64 bits) are the keys of such a map.
  case mountNamespaceMap = 2

  /// The symbol of the map that the programs look into.
  package var mapSymbol: String {
    switch self {
    case .cgroup: "bt_in_cgroup"
    case .cgroupMap: "bt_in_cgroups"
    case .mountNamespaceMap: "bt_in_mntns"
    }
  }

  /// The size of that map's keys in bytes.
  package var keySize: Int {
    switch self {
    case .cgroup: 4
    case .cgroupMap, .mountNamespaceMap: 8
    }
  }
}

extension Manifest {
  /// The filters that the programs know.
  package var taskFilters: [TaskFilter] {
    TaskFilter.allCases.filter { filter in
      constants.contains { $0.source == .usesTaskFilter(filter) }
    }
  }
}

extension TaskFilter: WireNumbered {
  package static let wireName = "task filter"
}
