package import CommandLineKit
internal import Diagnostics
internal import LinuxSystem
internal import Output
internal import TraceModel

/// The command line of `bpftrace`, as data for parser, usage, completion and man page.
package enum CompilerCommandLine {
  /// The command.
  package static let command = CommandSpec(
    name: "bpftrace", summary: "trace the kernel and programs with a small language",
    synopses: [
      "[options] FILE [parameters]", "[options] -e 'script' [parameters]",
      "[options] - [parameters]", "-l[v] [pattern | FILE | -e 'script']",
    ], options: options, appendices: [environment, examples])

  /// What `-d` shows.
  package static let stageNames = [
    "all", "ast", "types", "ir", "manifest", "codegen", "codegen-opt", "libbpf", "verifier",
  ]

  /// What `--mode` may be.
  package static let modeNames = ["codegen", "bench", "test", "format"]

  private static let options: [OptionSpec] =
    [
      OptionSpec(
        "script", short: "e", argument: .required("SCRIPT"), section: "Script",
        summary: "run this text"),
      OptionSpec(
        "list", short: "l", long: "list", section: "Script",
        summary: "list attach points, or types such as 'struct task_struct'"),
      OptionSpec(
        "include-dir", short: "I", argument: .required("DIR"), completion: .directory,
        isRepeatable: true, section: "Script", summary: "look for C headers here"),
      OptionSpec(
        "include", long: "include", argument: .required("FILE"), completion: .file,
        isRepeatable: true, section: "Script", summary: "include a C header before the script"),
      // Stacks of all processes are unwound.
      OptionSpec(
        "dwarf-pid", long: "dwarf-pid", argument: .required("PID"), isRepeatable: true,
        isHidden: true, summary: ""),
      OptionSpec(
        "debuginfo", long: "debuginfo", argument: .required("DIR[:DIR]"), completion: .directory,
        isRepeatable: true, section: "Script",
        summary: "look for debug files here first; without a leading slash beside the binary"),
      OptionSpec(
        "unsafe", long: "unsafe", section: "Script",
        summary: "allow functions that change the system"),
      OptionSpec(
        "no-feature", long: "no-feature", argument: .required("FEATURE[,FEATURE]"),
        completion: .words(KernelFeature.all.map(\.name)), isRepeatable: true, section: "Script",
        summary: "do without a kernel feature, named as in --info"),

      OptionSpec(
        "probe-filter", long: "probe-filter", argument: .required("REGEX"), section: "Script",
        summary: "keep only probes whose full name matches, and begin and end"),
      OptionSpec(
        "compat", long: "compat", argument: .required("RELEASE"),
        completion: .words(["0.17", "0.20", "0.21", "0.23", "0.24"]), section: "Script",
        summary: "mean by a script what an older release meant"),

      OptionSpec(
        "pid", short: "p", long: "pid", argument: .required("PID"), completion: .process,
        section: "Target", summary: "trace this process only, until it ends"),
      OptionSpec(
        "command", short: "c", long: "cmd", argument: .required("COMMAND"),
        completion: .command, section: "Target",
        summary: "run a command and trace it, until it ends"),
      OptionSpec(
        "usdt-file-activation", long: "usdt-file-activation", isHidden: true, section: "Target",
        summary: "ignored: the kernel switches static tracepoints on in every process"),

      OptionSpec(
        "format", short: "f", argument: .required("FORMAT"),
        completion: .words(RendererSpec.all.map(\.name)), section: "Output",
        summary: "print as text (default) or json, or record for bt-tool render"),
      OptionSpec(
        "output", short: "o", long: "output", argument: .required("FILE"),
        completion: .file, section: "Output", summary: "write the output to a file"),
      OptionSpec(
        "buffering", short: "B", argument: .required("MODE"),
        completion: .words(OutputFile.Buffering.allCases.map(\.rawValue)), section: "Output",
        summary: "buffer the output by line (default), full or none"),
      OptionSpec(
        "raw", long: "raw", section: "Output",
        summary: "show control characters in texts of processes as they are, also on a terminal",
        details:
          "Otherwise a terminal is shown \\n, \\x1b and the like for them. What does not go to a "
          + "terminal is never changed."),
      OptionSpec(
        "quiet", short: "q", long: "quiet", section: "Output",
        summary: "do not print how many probes were attached"),
      OptionSpec(
        "verbose", short: "v", long: "verbose", isRepeatable: true, section: "Output",
        summary:
          "print more; at the end how often each probe fired, was missed, and had events dropped; with -l "
          + "also arguments and definitions"),
      OptionSpec(
        "strict", long: "strict", section: "Output",
        summary: "end with status 3 if anything was lost, and say what",
        details:
          "That is: events that found no room in the ring buffer, elements for which a map had none, and "
          + "firings of a probe that the kernel missed, as far as it tells."),
      OptionSpec(
        "warnings", short: "k", long: "warnings", isRepeatable: true, section: "Output",
        summary: "warn about failed reads and missing map elements too"),
      OptionSpec(
        "no-warnings", long: "no-warnings", section: "Output", summary: "suppress all warnings"),

      OptionSpec(
        "diagnostics", long: "diagnostics", argument: .required("FORMAT"),
        completion: .words(DiagnosticsFormat.allCases.map(\.rawValue)), section: "Output",
        summary: "write errors and warnings as text (default), json or sarif"),

      OptionSpec(
        "fmt", long: "fmt", section: "Development",
        summary: "print the script in the usual layout; with -o, write it to a file"),
      OptionSpec(
        "test", long: "test", section: "Development", summary: "run the script's tests"),
      OptionSpec(
        "bench", long: "bench", section: "Development", summary: "run the script's benchmarks"),
      OptionSpec(
        "mode", long: "mode", argument: .required("MODE"),
        completion: .words(modeNames), section: "Development",
        summary: "test, bench, format (as --fmt), or codegen: compile and stop"),
      OptionSpec(
        "dry-run", long: "dry-run", section: "Development",
        summary: "stop once everything is attached"),
      OptionSpec(
        "debug", short: "d", long: "debug", argument: .required("STAGE"),
        completion: .words(stageNames),
        isRepeatable: true, section: "Development",
        summary:
          "show a stage: all, ast, types, ir, manifest, codegen, codegen-opt, libbpf, verifier"),
      OptionSpec(
        "aot", long: "aot", argument: .required("FILE"), completion: .file,
        section: "Development",
        summary: "write the compiled script as a program that needs bt-tool only"),
      OptionSpec(
        "emit-artifact", long: "emit-artifact", argument: .required("FILE"),
        completion: .file, section: "Development",
        summary: "write the compiled script, for `bpftrace FILE` and bt-tool"),
      OptionSpec(
        "emit-elf", long: "emit-elf", argument: .required("FILE"), completion: .file,
        isHidden: true, section: "Development", summary: "same as --emit-artifact"),
      OptionSpec(
        "emit-llvm", long: "emit-llvm", argument: .required("FILE"), completion: .file,
        section: "Development", summary: "write the LLVM IR"),
      OptionSpec(
        "reference", long: "reference", argument: .required("DIR"), completion: .directory,
        section: "Development", summary: "compile against a recorded kernel"),
      OptionSpec(
        "traceable-functions", long: "traceable-functions", argument: .required("FILE"),
        completion: .file, section: "Development", summary: "the functions that can be traced"),
      OptionSpec(
        "btf", short: "b", long: "btf", isHidden: true, section: "Development",
        summary: "ignored"),

      OptionSpec(
        "info", long: "info", section: "Information",
        summary: "describe this system, build and kernel"),
      OptionSpec(
        "explain", long: "explain", argument: .required("ID"),
        completion: .words(DiagnosticRegistry.ids), section: "Information",
        summary: "tell what an error or warning means and what to do about it"),
      OptionSpec(
        "version", short: "V", long: "version", section: "Information",
        summary: "print the version"),
      OptionSpec("help", short: "h", long: "help", section: "Information", summary: "this text"),
    ] + later

  /// Options that later releases bring; naming one is an error that says so.
  package static let later: [OptionSpec] = [
    OptionSpec("later-verify-llvm-ir", long: "verify-llvm-ir", isHidden: true, summary: "")
  ]

  private static let environment = CommandSpec.Appendix(
    title: "Environment",
    entries: [
      .init("BPFTRACE_BTF", "a file of types in place of the kernel's"),
      .init("BPFTRACE_COLOR", "whether messages are coloured: auto, always or never"),
      .init("BPFTRACE_MAX_STRLEN", "bytes of a text (1024)"),
      .init("BPFTRACE_MAX_MAP_KEYS", "elements of a map (4096)"),
      .init("BPFTRACE_STACK_MODE", "how stacks are written: bpftrace, perf or raw"),
    ])

  private static let examples = CommandSpec.Appendix(
    title: "Examples",
    entries: [
      .init("bpftrace -l 'tracepoint:*sleep*'", "list tracepoints with \"sleep\" in their names"),
      .init(
        "bpftrace -e 'tracepoint:raw_syscalls:sys_enter { @[comm] = count(); }'",
        "count system calls by process name"),
    ])
}
