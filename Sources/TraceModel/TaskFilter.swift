/// A restriction of a run to certain threads, which the programs themselves make.
///
/// Programs of artifacts know all of them, each behind a load-time constant; the verifier drops those
/// that a run does not use.
package enum TaskFilter: Int, CaseIterable, Hashable, Sendable {
  /// In a cgroup (version 2) or below it: the cgroup's folder.
  case cgroup = 0
  /// In one of the cgroups whose ids (64 bits) are the keys of a map: the file at which it is pinned.
  case cgroupMap = 1
  /// In one of the mount namespaces whose inode numbers (64 bits) are the keys of such a map.
  case mountNamespaceMap = 2
  /// One thread: its number, as the command's own pid namespace has it.
  case thread = 3
  /// Of a user: the number, as the initial namespace has it.
  case user = 4
  /// With a name that contains a text.
  case commandName = 5
  /// Of a process whose parent is this one: its number.
  case parent = 6
  /// Of one process. Programs compare with the target of the run; nothing else is set for it.
  case process = 7
  /// In a mount namespace: its inode number.
  case mountNamespace = 8

  /// What a run compares tasks with.
  package enum Operand: Hashable, Sendable {
    /// A file or folder.
    case path(String)
    case number(Int64)
    case text(String)

    /// What was given for the option of a filter.
    ///
    /// - Parameter kind: That of the option.
    package init(_ value: ScriptOption.Value, kind: OptionKind) {
      switch value {
      case .string(let text): self = kind == .path ? .path(text) : .text(text)
      case .signed(let number): self = .number(number)
      case .unsigned(let number): self = .number(Int64(bitPattern: number))
      case .boolean(let flag): self = .number(flag ? 1 : 0)
      }
    }
  }

  /// The option by which people ask for it.
  package var standard: StandardOption {
    switch self {
    case .cgroup: .cgroup
    case .cgroupMap: .cgroupMap
    case .mountNamespaceMap: .mountNamespaceMap
    case .mountNamespace: .mountNamespace
    case .thread: .tid
    case .user: .uid
    case .commandName: .comm
    case .parent: .ppid
    case .process: .pid
    }
  }

  /// Those that have a load-time constant of their own that says whether the run uses them.
  package static let guarded: [TaskFilter] = allCases.filter { $0 != .process }

  /// The bytes of the text that names are compared with, its NUL included: as many as names have.
  package static let nameCapacity = 16

  /// The symbol of the map that the programs look into; nil where there is none.
  package var mapSymbol: String? {
    switch self {
    case .cgroup: "bt_in_cgroup"
    case .cgroupMap: "bt_in_cgroups"
    case .mountNamespaceMap: "bt_in_mntns"
    case .thread, .user, .commandName, .parent, .process, .mountNamespace: nil
    }
  }

  /// The size of that map's keys in bytes.
  package var keySize: Int { self == .cgroup ? 4 : 8 }
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
