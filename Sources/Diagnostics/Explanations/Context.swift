extension DiagnosticExplanation {
  /// What is said of values that only some probes have.
  static let context: [DiagnosticExplanation] = [
    DiagnosticExplanation(
      "common-field",
      "The first fields of a tracepoint are the same for all, and programs may not read them.",
      example: "tracepoint:sched:sched_switch { print(args.common_pid); }",
      remedy:
        "Use `pid`, `tid` and `cpu` instead."),
    DiagnosticExplanation(
      "no-arg",
      "`arg0`, `arg1`, ... are the arguments of a function, and this probe is at none.",
      example: "interval:s:1 { print(arg0); }",
      remedy:
        "Use a kprobe or uprobe; in other probes `args` has the fields."),
    DiagnosticExplanation(
      "no-args",
      "This probe has no fields that `args` could hold.",
      example: "interval:s:1 { print(args.x); }",
      remedy:
        "Use a tracepoint, fentry or fexit probe; `bpftrace -lv PROBE` lists the "
        + "fields. In a kprobe, use `arg0` and so on."),
    DiagnosticExplanation(
      "no-cgroup",
      "There is no cgroup at this path, so it has no number.",
      example: #"begin { print(cgroupid("/no/such/group")); }"#,
      remedy:
        "Give the folder in the hierarchy of cgroups, usually below /sys/fs/cgroup."),
    DiagnosticExplanation(
      "no-ctx",
      "What this probe is called with has no type that scripts could use.",
      example: "begin { print(ctx); }",
      remedy:
        "Use `args`, `arg0` or the builtins."),
    DiagnosticExplanation(
      "no-func",
      "This probe is at no function, so that there is no name of one.",
      example: "interval:s:1 { print(func); }",
      remedy:
        "Use `probe`, or a stack: `kstack`, `ustack`."),
    DiagnosticExplanation(
      "no-kernel-symbol",
      "The kernel has no symbol of this name.",
      example: #"begin { print(kaddr("nonesuch")); }"#,
      remedy:
        "Look the name up in /proc/kallsyms; symbols of modules are there while the "
        + "module is loaded."),
    DiagnosticExplanation(
      "no-parameters",
      "The parameters of functions in user space are known by debug information (DWARF), where a function is entered.",
      example: nil,
      remedy:
        "Compile with `-g`, or install the debug symbols of the binary; or use `arg0`, `arg1`, ..., which are the argument registers."
    ),
    DiagnosticExplanation(
      "no-reg",
      "This probe does not see the registers of the processor.",
      example: #"begin { print(reg("ip")); }"#,
      remedy:
        "Use a kprobe, uprobe, profile or perf event probe."),
    DiagnosticExplanation(
      "no-retval",
      "Only a probe at the end of a function knows what it returns.",
      example: "kprobe:vfs_read { print(retval); }",
      remedy:
        "Use a kretprobe, uretprobe or fexit probe. In a `sys_exit_*` tracepoint it "
        + "is `args.ret`."),
    DiagnosticExplanation(
      "outside-probe",
      "A function can be called from any probe, so it cannot use what only some have.",
      example:
        """
        fn f(): void { print(probe); }
        begin { f(); }
        """,
      remedy:
        "Hand the value over as an argument."),
    DiagnosticExplanation(
      "signal-number",
      "There is no such signal.",
      example: #"tracepoint:sched:sched_switch { signal("NONE"); }  // with --unsafe"#,
      remedy:
        #"Write a name such as "KILL" or "SIGUSR1", or a number from 1 to 64."#),
    DiagnosticExplanation(
      "signal-probe",
      "In this probe it is left to chance which process runs, so that a signal could hit any.",
      example: "interval:s:1 { signal_thread(9); }  // with --unsafe",
      remedy:
        "Send the signal from a probe that the process itself comes to."),
    DiagnosticExplanation(
      "unknown-register",
      "The processor has no register of this name.",
      example: #"kprobe:vfs_read { print(reg("foo")); }"#,
      remedy:
        "Use the names of the architecture: `ip`, `sp`, `ax`, `di`, ... on x86-64; "
        + "`pc`, `sp`, `r0`, ... on ARM64."),
    DiagnosticExplanation(
      "unreadable-argument",
      "A probe cannot read this argument where the function is entered: it is in a register for floating-point numbers, or "
        + "the compiler has removed it.",
      example: nil,
      remedy:
        "Probe a line where the value is in memory, or a caller."),
  ]
}
