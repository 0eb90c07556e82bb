internal import BPF
internal import TraceModel

/// Where a probe goes on this machine.
struct ProbePlaces {
  /// What its program is attached to, each with the cookies by which the program tells the places apart.
  var targets: [AttachTarget] = []
  /// The places that the program looks up, by the index of their element.
  var sites: [Site] = []
  /// How many of them are probes that are not attached one by one.
  private var substitutedCount = 0

  /// A place that the program looks up.
  struct Site: Equatable {
    var number: Int
    var name: String
    var arguments: [SiteArgument] = []
  }

  /// How many probes that is.
  var count: Int { max(attachedCount, substitutedCount) }

  /// How many probes programs are attached for.
  var attachedCount: Int { targets.reduce(0) { $0 + $1.count } }

  /// How many places they are attached to: some probes have several.
  var siteCount: Int { targets.reduce(0) { $0 + max(1, $1.places.count) } }

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
    do throws(AttachError) {
      for point in exact {
        for var target in try point.targets(process: process, resolver) {
          target.isCommand = isCommand && process != nil
          targets.append(target)
        }
      }
    } catch {
      if case .noSuchFile = error, let binary = probe.givenBinary {
        throw .noSuchBinary(binary, isGiven: true)
      }
      throw error
    }
    if exact.isEmpty {
      if let binary = probe.givenBinary { throw .noSuchBinary(binary, isGiven: true) }
      if let binary = point.binary, !binary.contains("*"),
        try resolver.binaries(binary, process: process).isEmpty
      {
        throw .noSuchBinary(binary, isGiven: false)
      }
    }
    if targets.count == before { throw .nothingMatches(probe.name) }
  }

  /// Numbers the places as the program looks them up.
  ///
  /// - Parameter hasCookies: Whether the kernel hands them to programs that are attached to perf events.
  /// - Throws: `.nameTooLong` for a name that the table has no room for, `.unknownArgument` for an argument that
  ///   cannot be had, `.sameAddress` where numbers by addresses are ambiguous.
  mutating func number(
    for table: ProbeSpec.SiteTable, of probe: ProbeSpec, hasCookies: Bool
  ) throws(AttachError) {
    if !table.numbers.isEmpty {
      sites = zip(table.numbers, probe.points).map {
        Site(number: $0, name: $1.probeName ?? probe.name)
      }
      substitutedCount = sites.count
    } else {
      for target in targets.indices {
        for index in targets[target].places.indices {
          let place = targets[target].places[index]
          var site = Site(
            number: sites.count, name: place.name.isEmpty ? probe.name : place.name,
            arguments: try place.arguments(for: table))
          if table.usesAddresses, !hasCookies {
            site.number = Int(place.number & ProbeSpec.SiteTable.addressMask)
            let other = sites.first { $0.number == site.number }
            if let other, !table.holdsTheSame(other, site) {
              throw .sameAddress(other.name, site.name)
            }
          } else {
            targets[target].places[index].cookie = UInt64(site.number)
          }
          sites.append(site)
        }
      }
    }
    guard table.nameCapacity > 0 else { return }
    for site in sites where site.name.utf8.count >= table.nameCapacity {
      throw .nameTooLong(site.name, room: table.nameCapacity - 1)
    }
  }
}

extension AttachTarget.Place {
  /// Those of its arguments that a table has; 0 for one that there is not.
  fileprivate func arguments(for table: ProbeSpec.SiteTable) throws(AttachError) -> [SiteArgument] {
    try table.arguments.map { number throws(AttachError) in
      guard arguments.indices.contains(number) else { return .zero }
      guard let place = arguments[number].place else {
        throw .unknownArgument(name, number: number, text: arguments[number].text)
      }
      return place
    }
  }
}

extension ProbeSpec.SiteTable {
  /// The element of a place.
  func element(of site: ProbePlaces.Site) -> [UInt8] {
    var bytes: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0]
    if nameCapacity > 0 { bytes += site.name.utf8 }
    bytes += [UInt8](repeating: 0, count: argumentsOffset - bytes.count)
    for argument in site.arguments { bytes += argument.bytes }
    return bytes + [UInt8](repeating: 0, count: elementSize - bytes.count)
  }

  /// Whether two places need no telling apart.
  fileprivate func holdsTheSame(_ site: ProbePlaces.Site, _ other: ProbePlaces.Site) -> Bool {
    site.arguments == other.arguments && (nameCapacity == 0 || site.name == other.name)
  }
}
