internal import BPF
internal import TraceModel

/// Where a probe goes on this machine.
struct ProbePlaces {
  /// What its program is attached to, each with the cookies by which the program tells the places apart.
  var targets: [AttachTarget] = []
  /// The places that the program looks up, by the index of their element.
  var sites: [(number: Int, name: String)] = []

  /// How many probes that is.
  var count: Int {
    let attached = targets.reduce(0) { $0 + $1.count }
    return max(attached, sites.count)
  }

  /// The elements that a table of these places has.
  var tableLength: Int { 1 + (sites.map(\.number).max() ?? 0) }
}

extension ProbePlaces {
  /// Adds what a point of a probe is on this machine, patterns expanded.
  ///
  /// - Parameters:
  ///   - process: The process that the point is restricted to.
  ///   - isCommand: Whether what that process starts is meant too.
  /// - Throws: `.nothingMatches` for a pattern without a match here.
  mutating func add(
    _ point: AttachPoint, of probe: SelectedProbe, _ resolver: any AttachResolver, process: Int32?,
    isCommand: Bool
  ) throws(AttachError) {
    let exact =
      switch probe.spec.expansion {
      case .whenCompiled: [point]
      case .whenLoaded: try point.matches(process: process, resolver)
      }
    let before = targets.count
    for point in exact {
      for var target in try point.targets(process: process, resolver) {
        target.isCommand = isCommand && process != nil
        targets.append(target)
      }
    }
    if targets.count == before { throw .nothingMatches(probe.name) }
  }

  /// Numbers the places as the program looks them up.
  ///
  /// - Throws: `.nameTooLong` for a name that the table has no room for.
  mutating func number(
    for table: ProbeSpec.SiteTable, of probe: ProbeSpec
  ) throws(AttachError) {
    if !table.numbers.isEmpty {
      sites = zip(table.numbers, probe.points).map { ($0, $1.probeName ?? probe.name) }
    } else {
      for target in targets.indices {
        for place in targets[target].places.indices {
          targets[target].places[place].cookie = UInt64(sites.count)
          let name = targets[target].places[place].name
          sites.append((sites.count, name.isEmpty ? probe.name : name))
        }
      }
    }
    guard table.nameCapacity > 0 else { return }
    for site in sites where site.name.utf8.count >= table.nameCapacity {
      throw .nameTooLong(site.name, room: table.nameCapacity - 1)
    }
  }
}

extension ProbeSpec.SiteTable {
  /// The element of a place.
  func element(named name: String) -> [UInt8] {
    var bytes: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0]
    if nameCapacity > 0 { bytes += name.utf8 }
    return bytes + [UInt8](repeating: 0, count: elementSize - bytes.count)
  }
}
