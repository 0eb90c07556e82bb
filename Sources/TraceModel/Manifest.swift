/// Everything the runtime has to know of an object that the object itself does not say.
package struct Manifest: Hashable, Sendable {
  /// The name of the script, as messages show it.
  package var script: String
  /// Who made it: `bpftrace v0.27.1-bt...`.
  package var producer: String
  /// The machine it was made for: `x86_64`.
  package var architecture: String
  package var probes: [ProbeSpec]
  package var maps: [MapSpec]
  package var events: [EventSpec]
  package var constants: [LoadTimeConstant]
  package var options: [ScriptOption]
  /// Texts that values refer to by index: strftime formats, cgroup filters.
  package var strings: [String]
  package var positions: [ScriptPosition]
  /// The fields that the loader has to find in the running kernel.
  package var fields: [FieldPath]
  /// Names of kernel features without which it cannot run.
  package var requires: [String]
  /// Nil if it runs on any kernel that has what `requires` says, else why not.
  package var bound: String?
  package var configuration: RuntimeConfiguration
  /// Comments at the top of the script, for `bt-tool help`: the first line is the summary.
  package var manual: String
  /// Bytes of scratch memory of each program, by index of the scratch map's element.
  package var scratchSize: Int
  /// The fingerprint of the script's text, or empty: tells whether an artifact is of this script.
  package var sourceDigest: String

  package init(script: String, producer: String, architecture: String) {
    self.script = script
    self.producer = producer
    self.architecture = architecture
    probes = []
    maps = []
    events = []
    constants = []
    options = []
    strings = []
    positions = []
    fields = []
    requires = []
    bound = nil
    configuration = RuntimeConfiguration()
    manual = ""
    scratchSize = 0
    sourceDigest = ""
  }

  /// The size of the constants section in bytes.
  package var constantsSize: Int {
    constants.map { $0.offset + ($0.shape.size + 7) / 8 * 8 }.max() ?? 0
  }
}

/// What to do about attach points that do not exist.
package enum MissingProbes: UInt8, Hashable, Sendable {
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

  package enum UserSymbolCache: UInt8, Hashable, Sendable {
    case none = 0
    case perProcess = 1
    case perProgram = 2
  }

  package init() {}
}
