package import TraceModel

extension Record {
  /// What came of each probe of a run, and what was lost.
  package struct Accounting: Hashable, Sendable {
    package var probes: [Probe]
    /// Maps that had no room for some element.
    package var fullMaps: [FullMap]

    package init(probes: [Probe], fullMaps: [FullMap]) {
      self.probes = probes
      self.fullMaps = fullMaps
    }

    /// Whether anything was lost.
    package var hasLosses: Bool {
      !fullMaps.isEmpty
        || probes.contains { $0.missed ?? 0 > 0 || $0.dropped.total > 0 }
    }
  }
}

extension Record.Accounting {
  package struct Probe: Hashable, Sendable {
    /// Nil for the functions of the script, which all probes may call.
    package var name: String?
    /// How often it fired in a process that the run is about; nil if nobody counted.
    package var fired: UInt64?
    /// How often the kernel could not run its program; nil if it does not tell.
    package var missed: UInt64?
    package var dropped: Dropped

    package init(name: String?, fired: UInt64?, missed: UInt64?, dropped: Dropped) {
      self.name = name
      self.fired = fired
      self.missed = missed
      self.dropped = dropped
    }
  }

  /// Events that found no room, by their urgency.
  package struct Dropped: Hashable, Sendable {
    package var data: UInt64 = 0
    package var failures: UInt64 = 0
    package var actions: UInt64 = 0
    package var ends: UInt64 = 0

    package init() {}

    package subscript(urgency: EventUrgency) -> UInt64 {
      get {
        switch urgency {
        case .data: data
        case .failure: failures
        case .action: actions
        case .end: ends
        }
      }
      set {
        switch urgency {
        case .data: data = newValue
        case .failure: failures = newValue
        case .action: actions = newValue
        case .end: ends = newValue
        }
      }
    }

    /// All of them.
    package var total: UInt64 { data &+ failures &+ actions &+ ends }
  }

  package struct FullMap: Hashable, Sendable {
    /// As the script writes it, `@` included.
    package var name: String
    /// How many elements it has room for.
    package var maxEntries: Int
    /// How many times it had no room for one more.
    package var refused: UInt64

    package init(name: String, maxEntries: Int, refused: UInt64) {
      self.name = name
      self.maxEntries = maxEntries
      self.refused = refused
    }
  }
}

// MARK: Encoding

extension Record.Accounting: WireStruct {
  package static let wireName = "accounting"

  package static let blank = Record.Accounting(probes: [], fullMaps: [])

  package static let wireFields: [WireField<Record.Accounting>] = [
    WireField(1, "probes", \.probes), WireField(2, "fullMaps", \.fullMaps),
  ]
}

extension Record.Accounting.Probe: WireStruct {
  package static let wireName = "accounting of a probe"

  package static let blank = Record.Accounting.Probe(
    name: nil, fired: nil, missed: nil, dropped: .init())

  package static let wireFields: [WireField<Record.Accounting.Probe>] = [
    WireField(1, "name", \.name), WireField(2, "fired", \.fired), WireField(3, "missed", \.missed),
    WireField(4, "dropped", \.dropped),
  ]
}

extension Record.Accounting.Dropped: WireStruct {
  package static let wireName = "dropped events"

  package static let blank = Record.Accounting.Dropped()

  package static let wireFields: [WireField<Record.Accounting.Dropped>] = [
    WireField(1, "data", \.data), WireField(2, "failures", \.failures),
    WireField(3, "actions", \.actions), WireField(4, "ends", \.ends),
  ]
}

extension Record.Accounting.FullMap: WireStruct {
  package static let wireName = "full map"

  package static let blank = Record.Accounting.FullMap(name: "", maxEntries: 0, refused: 0)

  package static let wireFields: [WireField<Record.Accounting.FullMap>] = [
    WireField(1, "name", \.name, .required), WireField(2, "maxEntries", \.maxEntries),
    WireField(3, "refused", \.refused),
  ]
}
