package import CDeclarations
package import MachineView
package import TraceModel

/// What a script is compiled for.
package struct AnalysisTarget: Sendable {
  package var kernel: any KernelView
  package var user: any UserView
  package var architecture: Architecture
  /// The words behind the script, for `$1`, ...; their values become defaults of load-time constants.
  package var parameters: [String]
  /// Whether `parameters` are those of the run, so that a missing one is worth a warning; false when
  /// an artifact is made for later.
  package var parametersAreFinal: Bool
  /// Whether the programs will run on `kernel`, and on no other.
  package var isForThisKernel = false
  /// Whether to tell what few want to know and takes a while to find out (`-v`).
  package var isVerbose = false
  /// The process of `-p`.
  package var targetPID: Int?
  package var allowsUnsafe: Bool
  /// Whether programs know the filters of processes that a tool's command line offers.
  package var knowsTaskFilters: Bool
  /// Whether the run is about a command that it starts (`-c`).
  package var startsCommand: Bool
  /// Whether failed reads and missing elements are reported too (`-k`).
  package var reportsEveryFailure: Bool
  /// Whether runtime checks are left out (`--no-warnings`).
  package var omitsRuntimeChecks: Bool
  /// Whether programs tell of memory that they cannot read.
  package var reportsReads: Bool { reportsEveryFailure && !omitsRuntimeChecks }
  /// Features of the kernel that may not be used (`--no-feature`).
  package var absentFeatures: Set<KernelFeature>
  /// Whether to keep the probe of a full name, be it not run by the command itself (`--probe-filter`).
  package var keepsProbe: (@Sendable (String) -> Bool)?
  /// The release whose meaning of scripts is wanted (`--compat`).
  package var compatibility: Compatibility
  /// The environment: `BPFTRACE_MAX_STRLEN`, ...
  package var environment: [String: String]
  /// Where the C of a script finds headers; nil: nowhere.
  package var headers: (any CHeaderSource)?
  /// What makes objects of the BPF programs in C that a script imports; nil: nothing.
  package var compiler: (any BPFCompiler)?
  /// Headers that are included before the script's first line (`--include`).
  package var includedHeaders: [String]
  /// What is in memory before a program writes to it, in tests that look for it in what programs send and
  /// keep; nil: anything.
  package var poison: UInt8?

  package init(
    kernel: any KernelView, user: any UserView, architecture: Architecture,
    parameters: [String] = [], parametersAreFinal: Bool = true, targetPID: Int? = nil,
    allowsUnsafe: Bool = false, knowsTaskFilters: Bool = false, startsCommand: Bool = false,
    reportsEveryFailure: Bool = false, omitsRuntimeChecks: Bool = false,
    absentFeatures: Set<KernelFeature> = [], keepsProbe: (@Sendable (String) -> Bool)? = nil,
    compatibility: Compatibility = .current, environment: [String: String] = [:],
    headers: (any CHeaderSource)? = nil, includedHeaders: [String] = [],
    compiler: (any BPFCompiler)? = nil
  ) {
    self.kernel = kernel
    self.user = user
    self.architecture = architecture
    self.parameters = parameters
    self.parametersAreFinal = parametersAreFinal
    self.targetPID = targetPID
    self.allowsUnsafe = allowsUnsafe
    self.knowsTaskFilters = knowsTaskFilters
    self.startsCommand = startsCommand
    self.reportsEveryFailure = reportsEveryFailure
    self.omitsRuntimeChecks = omitsRuntimeChecks
    self.absentFeatures = absentFeatures
    self.keepsProbe = keepsProbe
    self.compatibility = compatibility
    self.environment = environment
    self.headers = headers
    self.includedHeaders = includedHeaders
    self.compiler = compiler
  }
}
