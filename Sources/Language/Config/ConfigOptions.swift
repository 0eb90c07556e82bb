import SystemText
import TraceModel

/// A setting of the `config` block and the environment: everything there is to know of it.
package struct ConfigOption: Sendable {
  /// What values it takes.
  package enum Kind: Sendable {
    case number(@Sendable (inout ScriptConfiguration, UInt64) -> Void)
    case flag(@Sendable (inout ScriptConfiguration, Bool) -> Void)
    case text(@Sendable (inout ScriptConfiguration, String) -> Void)
    /// Text of a form that is described; the closure says whether it has that.
    case form(String, @Sendable (inout ScriptConfiguration, String) -> Bool)
    /// One of some words, in any case.
    case word([String], @Sendable (inout ScriptConfiguration, String) -> Void)
    /// One of some texts, spelled exactly.
    case choice([String], @Sendable (inout ScriptConfiguration, String) -> Void)
    /// Accepted and without effect; a warning says so.
    case withoutEffect
    /// Only an environment variable may set it.
    case environmentOnly
  }

  /// Lower case, without `BPFTRACE_`.
  package var name: String
  /// Names it had before; a warning tells the new one.
  package var formerNames: [String]
  /// Whether a former name has the opposite meaning.
  package var formerIsInverted: Bool
  package var summary: String
  package var details: String
  /// The value that it has without being set, as a script would write it; nil where it depends.
  package var defaultText: String?
  /// Whether anything looks at it yet.
  package var isUsed: Bool
  package var kind: Kind
  /// The value that `config` shows; nil for what it does not have.
  package var value: (@Sendable (ScriptConfiguration) -> Constant)?

  private init(
    _ name: String, former: [String] = [], inverted: Bool = false, _ summary: String,
    details: String = "", default defaultText: String? = nil, isUsed: Bool = true,
    value: (@Sendable (ScriptConfiguration) -> Constant)? = nil, _ kind: Kind
  ) {
    self.value = value
    self.name = name
    self.details = details
    self.defaultText = defaultText
    self.isUsed = isUsed
    formerNames = former
    formerIsInverted = inverted
    self.summary = summary
    self.kind = kind
  }

  /// Every setting, in the order `print(config)` has.
  package static let all: [ConfigOption] = [
    ConfigOption(
      "cpp_demangle", former: ["no_cpp_demangle"], inverted: true,
      "whether names of C++ are demangled in user stacks", default: "true",
      value: { .boolean($0.runtime.demangle) }, .flag { $0.runtime.demangle = $1 }),
    ConfigOption(
      "lazy_symbolication", "whether user symbols are looked up when they are needed",
      default: "true", isUsed: false,
      value: { .boolean($0.lazySymbolication) }, .flag { $0.lazySymbolication = $1 }),
    ConfigOption(
      "print_maps_on_exit", "whether maps are printed at the end", default: "true",
      value: { .boolean($0.runtime.printMapsOnExit) }, .flag { $0.runtime.printMapsOnExit = $1 }),
    ConfigOption(
      "use_blazesym", "accepted for compatibility", isUsed: false, value: { _ in .boolean(false) },
      .flag { _, _ in }),
    ConfigOption(
      "show_debug_info", "whether stacks of processes show files, lines and inlined functions",
      details: "Where the programs have debug information, in them or installed beside them.",
      default: "false", value: { .boolean($0.runtime.showsSources) },
      .flag { $0.runtime.showsSources = $1 }),
    ConfigOption(
      "log_size", "bytes kept of what the kernel's verifier says of a program",
      default: "1000000", value: { .unsigned(UInt64($0.runtime.logSize), isFlexible: true) },
      .number { $0.runtime.logSize = $1 }),
    ConfigOption(
      "max_bpf_progs", "the most programs that a wildcard may make", default: "1024",
      value: { .unsigned(UInt64($0.maxPrograms), isFlexible: true) },
      .number { $0.maxPrograms = Int(clamping: $1) }),
    ConfigOption(
      "max_cat_bytes", former: ["cat_bytes_max"], "the most bytes that `cat()` prints",
      default: "10240",
      value: { .unsigned(UInt64($0.runtime.maxCatBytes), isFlexible: true) },
      .number { $0.runtime.maxCatBytes = $1 }),
    ConfigOption(
      "max_map_keys", former: ["map_keys_max"],
      "the most elements of a map that is not declared with a size",
      details: "What does not fit is not stored; a warning says so.", default: "4096",
      value: { .unsigned(UInt64($0.maxMapKeys), isFlexible: true) },
      .number { $0.maxMapKeys = Int(clamping: $1) }),
    ConfigOption(
      "max_probes", "the most attach points", default: "1024",
      value: { .unsigned(UInt64($0.runtime.maxProbes), isFlexible: true) },
      .number { $0.runtime.maxProbes = $1 }
    ),
    ConfigOption(
      "max_strlen", former: ["strlen"], "bytes of a text, its NUL included",
      details: "The most that `str()` reads, and the size of a text in a map.", default: "1024",
      value: { .unsigned(UInt64($0.maxStringLength), isFlexible: true) },
      .number { $0.maxStringLength = Int(clamping: $1) }),
    ConfigOption(
      "on_stack_limit", "values above this many bytes go to per-CPU memory",
      default: "32", isUsed: false,
      value: { .unsigned(UInt64($0.onStackLimit), isFlexible: true) },
      .number { $0.onStackLimit = Int(clamping: $1) }),
    ConfigOption(
      "perf_rb_pages", "pages of the ring buffer, a power of two",
      details: "0 chooses a size by the machine's memory, 8 MiB at most. More pages lose fewer "
        + "events in a burst.", default: "0",
      value: { .unsigned(UInt64($0.runtime.ringBufferPages), isFlexible: true) },
      .number { $0.runtime.ringBufferPages = $1 }),
    ConfigOption(
      "substitute_probes", "whether probes of another kind may carry those of the script",
      details: "Raw tracepoints carry tracepoints, which costs each event less; and kprobes and "
        + "trampolines (fentry) each other where the kernel lacks one of them. It is done where the "
        + "script asks for nothing that only the probe itself has.", default: "true",
      .flag { $0.substitutesProbes = $1 }),
    ConfigOption(
      "str_trunc_trailer", "what follows a text that was cut", default: "..",
      value: { .string($0.runtime.stringTruncationTrailer.systemBytes) },
      .text { $0.runtime.stringTruncationTrailer = $1 }),
    unstable("unstable_import_statement", default: "error"),
    unstable("unstable_tseries", default: "warn"), unstable("unstable_typeinfo", default: "error"),
    unstable("unstable_dw_ustack", default: "warn"),
    ConfigOption(
      "missing_probes", "what to do about attach points that do not exist",
      details: "A wildcard that matches nothing is never an error.", default: "error",
      value: { .text($0.runtime.missingProbes.word) },
      .word(["ignore", "warn", "error"]) { configuration, word in
        if let choice = MissingProbes.allCases.first(where: { $0.word == word }) {
          configuration.runtime.missingProbes = choice
        }
      }),
    ConfigOption(
      "stack_mode", "how stacks are written",
      details: "`perf` adds addresses and modules, `raw` shows addresses only.",
      default: "bpftrace",
      value: { .text($0.stackMode.name) },
      .word(["bpftrace", "raw", "perf", "build_id"]) { configuration, word in
        if let mode = StackMode.allCases.first(where: { $0.name == word }) {
          configuration.stackMode = mode
        }
      }),
    ConfigOption(
      "user_stack_unwinder", "how `ustack` gets from a function to its caller",
      details: "By frame pointers, as the kernel does it, or by the call frame information of the "
        + "programs, which makes it what `dw_ustack` is.", default: "frame_pointers",
      .word(["frame_pointers", "call_frames"]) { configuration, word in
        configuration.unwindsByCallFrames = word == "call_frames"
      }),
    ConfigOption(
      "filter_processes", "whether a tool can be restricted to certain processes",
      details:
        "If not, `bt-tool` does not offer options such as `-p` and `-u` for it. That is for scripts "
        + "about what happens in no process.", default: "true",
      .flag { $0.runtime.filtersProcesses = $1 }),
    ConfigOption(
      "license", "the licence of the loaded programs",
      details:
        "Other licences than these are refused, because programs use helpers that the kernel "
        + "gives to them only.", default: "GPL",
      value: { .text($0.license) }, .choice(licenses) { $0.license = $1 }),
    ConfigOption(
      "cache_user_symbols", "how long symbols of processes are kept",
      details:
        "`per_pid` for each process, `per_program` for each executable file, `none` not at all.",
      .word(["per_pid", "per_program", "none", "1", "0"]) { configuration, word in
        configuration.runtime.userSymbolCache =
          switch word {
          case "per_pid": .perProcess
          case "per_program": .perProgram
          case "none", "0": RuntimeConfiguration.UserSymbolCache.none
          default: nil
          }
      }),
    ConfigOption(
      "subject", "what the script is about, as a tool",
      details: "`bt-tool list` shows it under that heading.",
      .word(ToolSubject.allCases.map(\.word)) { $0.subject = ToolSubject.named($1) }),
    ConfigOption(
      "aliases", "other names of the script, as a tool",
      details: "Names stand between semicolons, each with the options that it presets: "
        + "`\"xfsdist -t xfs; nfsdist -t nfs\"`. More may be given in another `aliases`.",
      .form("names between semicolons, each once, with options behind them") {
        guard let aliases = ToolAlias.all(in: $1, after: $0.aliases) else { return false }
        $0.aliases = aliases
        return true
      }),
    ConfigOption(
      "needs", "what has to be installed or loaded for the script, as a tool",
      details: "People are told so where the tool finds nothing to attach its probes to: "
        + "`\"the library libssl (package libssl3)\"`.",
      .text { $0.needs = $1 }),
    ConfigOption("symbol_source", "no effect", .withoutEffect),
    ConfigOption("max_type_res_iterations", "no effect", .withoutEffect),
    ConfigOption("unstable_addr", "no effect", .withoutEffect),
    ConfigOption("unstable_import", "no effect", .withoutEffect),
    ConfigOption("unstable_macro", "no effect", .withoutEffect),
    ConfigOption("unstable_map_decl", "no effect", .withoutEffect),
    ConfigOption("btf", "a file of types", .environmentOnly),
    ConfigOption("kernel_build", "headers of the kernel's build", .environmentOnly),
    ConfigOption("kernel_source", "headers of the kernel", .environmentOnly),
    ConfigOption("vmlinux", "the kernel's image", .environmentOnly),
  ]

  private static let licenses = [
    "Dual MIT/GPL", "Dual BSD/GPL", "Dual MPL/GPL", "GPL and additional rights", "GPL v2", "GPL",
  ]

  private static func unstable(_ name: String, default mode: String) -> ConfigOption {
    ConfigOption(
      name, "whether an unstable feature may be used", default: mode,
      isUsed: mode == "error" || name == "unstable_dw_ustack"
        || AggregationFunction.all.contains { $0.unstableKey == name },
      value: { .text($0.unstable[name] ?? mode) },
      .word(["enable", "warn", "error", "true", "false"]) { configuration, word in
        configuration.unstable[name] = word == "true" ? "enable" : word == "false" ? "error" : word
      })
  }

  /// The setting of a name or former name, written in any case and with or without `BPFTRACE_`.
  package static func named(_ text: String) -> (option: ConfigOption, isFormer: Bool)? {
    var name = text.lowercased()
    if name.hasPrefix("bpftrace_") { name = String(name.dropFirst(9)) }
    for option in all {
      if option.name == name { return (option, false) }
      if option.formerNames.contains(name) { return (option, true) }
    }
    return nil
  }
}

extension MissingProbes {
  /// As scripts write it.
  fileprivate var word: String {
    switch self {
    case .error: "error"
    case .warn: "warn"
    case .ignore: "ignore"
    }
  }
}

extension Constant {
  fileprivate static func text(_ text: String) -> Constant { .string(text.systemBytes) }
}
