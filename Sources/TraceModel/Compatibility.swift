/// The release of the language whose meaning of scripts is wanted.
///
/// What cannot be misread is accepted anyway; this is about texts that mean something else by now.
package struct Compatibility: Hashable, Sendable {
  /// The second number of the release: 21 of 0.21.
  package private(set) var minor: Int

  /// What scripts mean today.
  package static let current = Compatibility(minor: Int(Int32.max))

  private init(minor: Int) { self.minor = minor }

  /// The release of that name: `0.21`, `v0.21.2`; nil if it is not one.
  package init?(release: String) {
    let text = release.hasPrefix("v") ? release.dropFirst() : release[...]
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), parts[0] == "0",
      parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
      let minor = Int(parts[1])
    else { return nil }
    self.init(minor: minor)
  }

  /// Whether scripts mean what they meant before a change.
  package func precedes(_ change: LanguageChange) -> Bool { minor < change.minor }
}

extension Compatibility: WireStruct {
  package static let wireName = "release"

  package static let blank = Compatibility.current

  package static let wireFields: [WireField<Compatibility>] = [WireField(1, "minor", \.minor)]
}

/// A change of what scripts mean, which a person may want undone (`--compat`).
package enum LanguageChange: CaseIterable, Sendable {
  /// Variables end with the block that assigned them first.
  case blockScope
  /// SIGUSR1 runs the script's probes for it, and does nothing else.
  case signalProbes
  /// Strings are up to 1024 bytes long.
  case longStrings
  /// An attach point that does not exist is an error.
  case requiredProbes
  /// `Attached 2 probes`, on standard error.
  case announcement
  /// `stats()` maps are shown as records.
  case statisticsRecord

  /// The second number of the release that brought it.
  package var minor: Int {
    switch self {
    case .blockScope, .signalProbes: 22
    case .longStrings: 23
    case .requiredProbes, .announcement: 24
    case .statisticsRecord: 25
    }
  }

  /// What was before, as a sentence for people.
  package var before: String {
    switch self {
    case .blockScope:
      "A variable lives to the end of its probe, not of the block that assigned it first."
    case .signalProbes: "SIGUSR1 shows all maps."
    case .longStrings: "`max_strlen` is 64 unless the script or the environment sets it."
    case .requiredProbes:
      "An attach point that does not exist is a warning, as with `missing_probes = warn`."
    case .announcement: "`Attaching N probes...` is written to standard output."
    case .statisticsRecord:
      "What `stats()` counts is shown as `count 7, average 1, total 7`."
    }
  }
}
