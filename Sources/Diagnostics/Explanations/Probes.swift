extension DiagnosticExplanation {
  /// What is said of probes and attach points.
  static let probes: [DiagnosticExplanation] = [
    DiagnosticExplanation(
      "address",
      "What stands where an address should is no number.",
      example: "kprobe:0xzz { }",
      remedy:
        "Write the address as a number: `kprobe:0xffffffff81234560`."),
    DiagnosticExplanation(
      "ambiguous-source-file",
      "The binary was made of several source files that end like this.",
      example: nil,
      remedy:
        "Write more of the path, as in `uprobe:PATH@src/main.c:6`, or all of it."),
    DiagnosticExplanation(
      "attach-point-choice",
      "Attach points with `|` between them are a choice: the first that a machine has is used. That can be found "
        + "out of single functions and tracepoints of the kernel only.",
      example: "profile:hz:99 | interval:s:1 { }",
      remedy:
        "Write a probe for each, or leave wildcards out."),
    DiagnosticExplanation(
      "attach-point-parts",
      "The attach point has too many or too few parts between its colons.",
      example: "tracepoint:sched { }",
      remedy:
        "`bpftrace -l` shows how attach points are written: "
        + "`tracepoint:CATEGORY:EVENT`, `kprobe:[MODULE:]FUNCTION`, "
        + "`uprobe:PATH:FUNCTION`, `interval:UNIT:COUNT`."),
    DiagnosticExplanation(
      "attach-point-question",
      "`attach_point_exists()` was asked for something that it cannot look for.",
      example: #"begin { print(attach_point_exists("nonesuch")); }"#,
      remedy:
        "Give it a literal attach point of the kernel, such as "
        + #""tracepoint:sched:sched_switch" or "kprobe:vfs_read"."#),
    DiagnosticExplanation(
      "empty-probe",
      "Nothing on this machine matches the attach points of the probe.",
      example: "tracepoint:nonesuch:* { }",
      remedy:
        "Check the pattern with `bpftrace -l`. If it is right that the probe may be "
        + #"missing, set `missing_probes = "warn"` or `"ignore"` in the `config` block."#),
    DiagnosticExplanation(
      "event-count",
      "The third part of an attach point of a perf event is how many events make "
        + "one; this is no such number.",
      example: "software:cpu:x { }",
      remedy:
        "Write a number, or leave it out for the usual one."),
    DiagnosticExplanation(
      "function-name",
      "The attach point names no function.",
      example: "kprobe:+5 { }",
      remedy:
        "Write the function before the offset: `kprobe:vfs_read+5`."),
    DiagnosticExplanation(
      "foreign-spelling",
      "The attach point is written as another tracer wants it. What means the same here is taken, with a warning; "
        + "what does not is an error.",
      example: "kernel.function(\"vfs_read\").inline { }",
      remedy:
        "Write it as the message says. `bpftrace -l` lists what there is."),
    DiagnosticExplanation(
      "go-return",
      "A uretprobe replaces the address to which a function returns. Go moves the stacks of its functions "
        + "while they run and does not expect that, so the program would crash.",
      example: nil,
      remedy:
        "Probe the instructions by which the function returns, whose offsets the message has: "
        + "`uprobe:PATH:main.f+73`. The results are in registers, as `reg(\"ax\")`. If no function can be "
        + "moved, `--unsafe` allows the uretprobe."),
    DiagnosticExplanation(
      "indirect-function",
      "Such a function (IFUNC) runs once for each program, to choose among others the one that is called in "
        + "its place on this processor. The probe is set on the choice, which is not made again for calls.",
      example: nil,
      remedy:
        "Probe the functions that it chooses by their own names or addresses. Those of the kernel's own library (vdso) "
        + "cannot be probed."),
    DiagnosticExplanation(
      "inlined-calls",
      "The function has code of its own, where the probe is, but the compiler also put copies of it into functions that "
        + "call it. Such calls do not come by the probe. Of functions of the kernel it is told with `-v` only, and where the "
        + "kernel's debug information is installed: it takes a while to read, and most functions that are used in one file "
        + "alone are inlined somewhere.",
      example: nil,
      remedy:
        "Probe a line of the function, as in `uprobe:PATH@FILE:LINE`, which is found in all copies, or compile the "
        + "program with `-fno-inline`. In the kernel, probe the functions that have the copies."),
    DiagnosticExplanation(
      "missing-probe",
      "The attach point does not exist on this machine.",
      example: "kprobe:nonesuch_function { }",
      remedy:
        "Search with `bpftrace -l '*name*'`: functions are inlined, renamed or have "
        + "endings such as `.constprop.0`. If the probe may be missing, set "
        + #"`missing_probes = "warn"` or `"ignore"` in the `config` block."#),
    DiagnosticExplanation(
      "no-code-at-line",
      "No statement of the program starts at this line (and column): it is a comment or a declaration, or what it does was "
        + "optimized away.",
      example: nil,
      remedy:
        "Take the line that the hint names. Where lines have no code at all, the binary was made of another version of the "
        + "source."),
    DiagnosticExplanation(
      "no-debug-information",
      "Lines of source are found by debug information (DWARF), and neither the binary nor a debug file that is installed for "
        + "it has any.",
      example: nil,
      remedy:
        "Compile with `-g`, or install the package with the debug symbols of the binary (`NAME-dbgsym`)."
    ),
    DiagnosticExplanation(
      "no-source-file",
      "The binary was not made of a source file that is called so.",
      example: nil,
      remedy:
        "Write the name, or the end of the path, as the compiler was given it; `eu-readelf --debug-dump=line PATH` lists them."
    ),
    DiagnosticExplanation(
      "no-wildcards",
      "This kind of probe takes no patterns.",
      example: "software:* { }",
      remedy:
        "Write the attach points one by one, with commas between them."),
    DiagnosticExplanation(
      "offset",
      "This kind of probe takes no offset: the end of a function has one place.",
      example: "kretprobe:vfs_read+4 { }",
      remedy:
        "Leave the offset away, or use a probe at the entry."),
    DiagnosticExplanation(
      "option-binary",
      "Where an option of the script names the binary, the probe is at the start or the end of one function.",
      example: #"options = { lib  -l  path = "libc"  "a library"; } uprobe:lib:get* { }"#,
      remedy:
        "Write a probe for each function, or name the binary in the probe."),
    DiagnosticExplanation(
      "probe-type",
      "There is no kind of probe of this name.",
      example: "nonesuch:x { }",
      remedy:
        "The language manual lists the kinds; `bpftrace -l` shows what there is. "
        + "Perhaps a brace or a comma is missing before."),
    DiagnosticExplanation(
      "program-size",
      "The program of a probe is larger, or its loops are longer, than the kernel takes.",
      example: nil,
      remedy:
        "Do less in one probe: shorter loops and strings, fewer branches; move parts "
        + "into functions or other probes."),
    DiagnosticExplanation(
      "repeated-name",
      "Two tests, or two benchmarks, have one name.",
      example:
        """
        test:same { }
        test:same { }
        """,
      remedy:
        "Give each a name of its own."),
    DiagnosticExplanation(
      "self-signal",
      "The command itself answers to no such signal.",
      example: "self:signal:SIGUSR2 { }",
      remedy:
        "Only `self:signal:SIGUSR1` exists."),
    DiagnosticExplanation(
      "self-trigger",
      "Probes of the command itself know no such occasion.",
      example: "self:nonesuch:SIGUSR1 { }",
      remedy:
        "Only `self:signal:SIGUSR1` exists."),
    DiagnosticExplanation(
      "source-line",
      "Attach points at lines of source are written `uprobe:PATH@FILE:LINE` or `uprobe:PATH@FILE:LINE:COLUMN`; a function returns at "
        + "no line.",
      example: "uprobe:/bin/sh@main.c { }",
      remedy:
        "Write file and line, as in `uprobe:/usr/bin/prog@main.c:12`."),
    DiagnosticExplanation(
      "timer-rate",
      "The time of a timer is no positive number, too short, or has an unknown unit.",
      example: "interval:years:1 { }",
      remedy:
        "Write `interval:s:1`, `interval:ms:100`, `profile:hz:99` or a time with its "
        + "unit: `interval:250ms`. The least is a microsecond."),
    DiagnosticExplanation(
      "too-many-programs",
      "The patterns of the script match so much that it would take more programs than allowed.",
      example:
        """
        config = { max_bpf_progs = 2 }
        rawtracepoint:sched_s* { }
        """,
      remedy:
        "Narrow the pattern, or raise `max_bpf_progs`."),
    DiagnosticExplanation(
      "unknown-event",
      "There is no perf event of this name.",
      example: "software:nonesuch { }",
      remedy:
        "`bpftrace -l 'software:*'` and `bpftrace -l 'hardware:*'` list them."),
    DiagnosticExplanation(
      "unsafe-address",
      "An address in the kernel may be in the middle of an instruction, so probing "
        + "it can crash the machine.",
      example: "kprobe:0x1234 { }",
      remedy:
        "Name a function and an offset, or allow it with `--unsafe`."),
    DiagnosticExplanation(
      "uprobe-target",
      "The file to be probed does not exist, or is no executable or library.",
      example: "uprobe:/no/such/file:f { }",
      remedy:
        "Give the path, or the name of something in `$PATH` or of a library as in "
        + "`libc`. In a container the path is that of the container of `-p`."),
    DiagnosticExplanation(
      "pinned-format",
      "What an iterator prints that is pinned is made into text by the kernel, which knows numbers and strings, and no more of "
        + "formats than `%d`, `%u`, `%x`, `%c`, `%p` and `%s` with a width.",
      example: #"iter:task:tasks { printf("%r", buf(ctx.task.comm, 4)); }"#,
      remedy:
        "Print numbers and strings, or leave the iterator unpinned: then bpftrace makes the text."),
    DiagnosticExplanation(
      "pinned-output",
      "When a pinned iterator runs, bpftrace has ended. Only what `printf()` in the body of the probe writes goes into "
        + "the file that somebody reads; in a function, which does not know what calls it, it would send an event.",
      example: "iter:task:tasks { print(ctx.task.pid); }",
      remedy:
        "Use `printf()` in the body of the probe, with the values that functions return."),
    DiagnosticExplanation(
      "usdt-target",
      "It is not said which static tracepoint is meant, or of which file, or there is no such file.",
      example: "usdt:/no/such/file:name { }",
      remedy:
        "Give the path, or the name of something in `$PATH` or of a library, then provider and name of "
        + "the tracepoint, or the name alone. `bpftrace -l 'usdt:PATH:*'` lists them."),
    DiagnosticExplanation(
      "watchpoint-address",
      "A watchpoint is for an address that is known when the script is compiled, and not 0.",
      example: "watchpoint:counter:8:w { }",
      remedy:
        "Write the address as a number: `watchpoint:0x601040:8:w`. `nm` prints those of the variables "
        + "of a program that is not position-independent; otherwise look into `/proc/PID/maps` for "
        + "where it is loaded."),
    DiagnosticExplanation(
      "watchpoint-length",
      "Processors watch 1, 2, 4 or 8 bytes.",
      example: "watchpoint:0x601040:3:w { }",
      remedy:
        "Watch one of the lengths that there are, at an address that is a multiple of it."),
    DiagnosticExplanation(
      "watchpoint-mode",
      "The mode says for which accesses to wait: reads (`r`), writes (`w`) or execution (`x`). "
        + "Processors do not know all combinations; those of x86 cannot wait for reads alone.",
      example: "watchpoint:0x601040:8:wx { }",
      remedy:
        "Use one of the modes that the message names."),
  ]
}
