/// What to do about attach points that do not exist.
package enum MissingProbes: UInt8, CaseIterable, Hashable, Sendable {
  case error = 0
  case warn = 1
  case ignore = 2
}

/// Settings of the `config` block and the environment that act while a script runs.
package struct RuntimeConfiguration: Hashable, Sendable {
  package var missingProbes: MissingProbes = .error
  package var printMapsOnExit = true
  /// Pages of the ring buffer, or 0 to derive them from the machine's memory.
  package var ringBufferPages: UInt64 = 0
  package var stringTruncationTrailer = ".."
  /// The most bytes that `cat()` shows.
  package var maxCatBytes: UInt64 = 10240
  package var demangle = true
  /// The most attach points.
  package var maxProbes: UInt64 = 1024
  /// Bytes of the verifier's log.
  package var logSize: UInt64 = 1_000_000
  /// Whether symbols of user stacks are kept by process, by program or not at all.
  package var userSymbolCache: UserSymbolCache?
  /// The release whose way to show things is wanted (`--compat`).
  package var compatibility = Compatibility.current
  /// Whether stacks of processes tell places in the sources, and functions that were inlined.
  package var showsSources = false
  /// Whether the script is about processes, so that a run can be restricted to some of them.
  package var filtersProcesses = true

  package enum UserSymbolCache: UInt8, CaseIterable, Hashable, Sendable {
    case none = 0
    case perProcess = 1
    case perProgram = 2
  }

  package init() {}
}

// MARK: Encoding

extension MissingProbes: WireNumbered {
  package static let wireName = "way to treat missing probes"
}

extension RuntimeConfiguration.UserSymbolCache: WireNumbered {
  package static let wireName = "cache of symbols"
}

extension RuntimeConfiguration: WireStruct {
  package static let wireName = "configuration"

  package static let blank = RuntimeConfiguration()

  package static let wireFields: [WireField<RuntimeConfiguration>] = [
    WireField(1, "missingProbes", \.missingProbes),
    WireField(2, "printMapsOnExit", \.printMapsOnExit),
    WireField(3, "ringBufferPages", \.ringBufferPages),
    WireField(4, "stringTruncationTrailer", \.stringTruncationTrailer),
    WireField(5, "maxCatBytes", \.maxCatBytes),
    WireField(6, "demangle", \.demangle),
    WireField(7, "maxProbes", \.maxProbes),
    WireField(8, "logSize", \.logSize),
    WireField(9, "userSymbolCache", \.userSymbolCache),
    WireField(10, "compatibility", \.compatibility),
    WireField(11, "filtersProcesses", \.filtersProcesses),
    WireField(12, "showsSources", \.showsSources),
  ]
}
