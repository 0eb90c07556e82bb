package import TraceModel

/// The effective settings of a script: defaults, its `config` block, and the environment over both.
package struct ScriptConfiguration: Hashable, Sendable {
  /// The default and ceiling of texts in bytes, NUL included.
  package var maxStringLength = 1024
  /// Elements of maps that are not declared.
  package var maxMapKeys = 4096
  /// The most programs.
  package var maxPrograms = 1024
  /// Objects above this many bytes go to per-CPU memory; 0 for all.
  package var onStackLimit = 32
  /// Whether a probe may be carried by a program of another kind that costs each event less.
  package var substitutesProbes = true
  package var stackMode = StackMode.bpftrace
  /// Whether `ustack` is what `dw_ustack` is.
  package var unwindsByCallFrames = false
  package var license = "GPL"
  package var lazySymbolication = true
  /// What it is about, as a tool.
  package var subject: ToolSubject?
  /// Its other names, as a tool.
  package var aliases: [ToolAlias] = []
  /// What has to be there for it, as a tool.
  package var needs = ""
  /// What the runtime has to know.
  package var runtime = RuntimeConfiguration()
  /// The modes of unstable features by key (`unstable_tseries`): `warn`, `error` or `enable`.
  package var unstable = [
    "unstable_typeinfo": "error", "unstable_import_statement": "error", "unstable_tseries": "warn",
    "unstable_dw_ustack": "warn",
  ]

  /// The defaults, as a release had them.
  package init(_ compatibility: Compatibility = .current) {
    runtime.compatibility = compatibility
    if compatibility.precedes(.longStrings) { maxStringLength = 64 }
    if compatibility.precedes(.requiredProbes) { runtime.missingProbes = .warn }
  }
}
