extension DiagnosticExplanation {
  /// What is said of calls and their arguments.
  static let calls: [DiagnosticExplanation] = [
    DiagnosticExplanation(
      "argument-count",
      "The call has too many or too few arguments.",
      example: "begin { printf(); }",
      remedy:
        "The language manual has the form of each function."),
    DiagnosticExplanation(
      "argument-kind",
      "The function does not work on a value of this kind.",
      example: #"begin { exit("x"); }"#,
      remedy:
        "Use a value of the kind that the message names."),
    DiagnosticExplanation(
      "argument-literal",
      "The argument must be written out, because it has to be known when the script is compiled.",
      example: "begin { printf(5); }",
      remedy:
        "Write a string in quotes."),
    DiagnosticExplanation(
      "argument-map",
      "The argument must be a map.",
      example: "begin { zero(5); }",
      remedy:
        "Write the name of a map, without a key: `zero(@m)`."),
    DiagnosticExplanation(
      "argument-type",
      "A function of the script is given a value of another type than its parameter has.",
      example:
        """
        fn add($a: int64): int64 { return $a + 1; }
        begin { print(add("x")); }
        """,
      remedy:
        "Cast the value, or change the type of the parameter."),
    DiagnosticExplanation(
      "argument-variable",
      "The function sets a variable, and is given something else.",
      example: "begin { @m[1] = 1; print(find(@m, 1, 3)); }",
      remedy:
        "Write a variable: `find(@m, key, $value)`."),
    DiagnosticExplanation(
      "buf-length",
      "How many bytes `buf()` is to copy does not follow from the value.",
      example: "begin { print(buf(pid)); }",
      remedy:
        "Give the number: `buf($p, 16)`."),
    DiagnosticExplanation(
      "debugf",
      "`debugf()` writes into one file of the kernel that all share, `trace_pipe`, "
        + "and slows the probe down.",
      example: #"begin { debugf("%d", 1); }  // with --unsafe"#,
      remedy:
        "Use `printf()`."),
    DiagnosticExplanation(
      "format-arguments",
      "The format and the values behind it do not go together in number.",
      example: #"begin { printf("%d %d", 1); }"#,
      remedy:
        "One value for each `%`; `%%` is a percent sign."),
    DiagnosticExplanation(
      "format-type",
      "The format wants a value of another type than the one it gets.",
      example: #"begin { printf("%d", "x"); }"#,
      remedy:
        "`%s` takes strings and all that has a text, `%d`, `%u` and `%x` take "
        + "numbers, `%r` buffers, `%p` addresses."),
    DiagnosticExplanation(
      "function-probe",
      "The function works in some kinds of probes only.",
      example: "begin { override(1); }  // with --unsafe",
      remedy:
        "Use it in a probe of the kind that the message names."),
    DiagnosticExplanation(
      "hist-bits",
      "`hist()` divides each power of two into up to 2^5 parts.",
      example: "begin { @a = hist(1, 6); }",
      remedy:
        "Give 0 to 5, or leave it away."),
    DiagnosticExplanation(
      "length-range",
      "A length is positive.",
      example: #"begin { print(write_user(1, "a", -1)); }  // with --unsafe"#,
      remedy:
        "Give a positive number, or none."),
    DiagnosticExplanation(
      "lhist-bounds",
      "The bounds of `lhist()` make no range, or differ from those used with this map before.",
      example: "begin { @b = lhist(1, 10, 5, 1); }",
      remedy:
        "The least value comes first; use one range for one map."),
    DiagnosticExplanation(
      "lhist-buckets",
      "`lhist()` has at most 1000 buckets.",
      example: "begin { @c = lhist(1, 0, 5000, 1); }",
      remedy:
        "Make the step larger, or the range smaller."),
    DiagnosticExplanation(
      "lhist-step",
      "The step of `lhist()` is at least 1.",
      example: "begin { @d = lhist(1, 0, 10, 0); }",
      remedy:
        "Give a positive number."),
    DiagnosticExplanation(
      "macaddr-argument",
      "`macaddr()` takes six bytes, and this is a text.",
      example: #"begin { print(macaddr("abc")); }"#,
      remedy:
        "Give it an array or a pointer to the bytes."),
    DiagnosticExplanation(
      "macaddr-size",
      "`macaddr()` takes six bytes, and this has fewer.",
      example: #"begin { print(macaddr(pton("1.2.3.4"))); }"#,
      remedy:
        "Give it an array of six bytes."),
    DiagnosticExplanation(
      "memcmp-length",
      "`memcmp()` compares up to 1024 bytes.",
      example: "begin { print(memcmp(comm, curtask, -1)); }",
      remedy:
        "Give a number from 0 to 1024."),
    DiagnosticExplanation(
      "missing-parameter",
      "The script asks for a word of its command line that was not given.",
      example: "begin { print($1); }",
      remedy:
        #"Give the word behind the script. It counts as 0, or as "" in `str($1)`; "#
        + "`$#` tells how many there are."),
    DiagnosticExplanation(
      "no-kernel-variable",
      "The kernel has no variable of this name for each processor.",
      example: #"begin { print(percpu_kaddr("nonesuch")); }"#,
      remedy:
        "Check the spelling; those of modules are not found."),
    DiagnosticExplanation(
      "no-user-symbol",
      "The binary has no symbol of this name.",
      example: nil,
      remedy:
        "List its symbols with `nm -D`, or `nm` if it is not stripped."),
    DiagnosticExplanation(
      "ntop-size",
      "An address has 4 or 16 bytes.",
      example: #"begin { print(ntop("abc")); }"#,
      remedy:
        "Give `ntop()` an integer of 32 bits or an array of 4 or 16 bytes, with the "
        + "family before it if need be."),
    DiagnosticExplanation(
      "pid-namespace",
      "`pid()` and `tid()` count in one of two ways.",
      example: "begin { print(pid(nonesense)); }",
      remedy:
        "Write `curr_ns` or `init`."),
    DiagnosticExplanation(
      "print-arguments",
      "Only maps are printed with a number of elements and a divisor.",
      example: "begin { print(5, 6); }",
      remedy:
        "Use one argument, or print a tuple: `print((5, 6))`."),
    DiagnosticExplanation(
      "print-stats",
      "For maps of this kind the number of elements and the divisor mean nothing.",
      example: "begin { @h = stats(1); print(@h, 5); }",
      remedy:
        "Leave them away."),
    DiagnosticExplanation(
      "pton-address",
      "The text is no address of IPv4 or IPv6.",
      example: #"begin { print(pton("1.2.3")); }"#,
      remedy:
        #"Write "192.0.2.1" or "2001:db8::1"."#),
    DiagnosticExplanation(
      "stack-limit",
      "A stack has 1 to 1024 entries.",
      example: "begin { print(kstack(5000)); }",
      remedy:
        "Give such a number, or none for the usual 127."),
    DiagnosticExplanation(
      "stack-mode",
      "Stacks are shown in one of a few ways.",
      example: "begin { print(kstack(nonesense)); }",
      remedy:
        "Write `bpftrace`, `perf`, `raw` or `build_id`."),
    DiagnosticExplanation(
      "static-assertion",
      "The script demands something that does not hold on this machine or for these types.",
      example: #"begin { static_assert(1 == 2, "never"); }"#,
      remedy:
        "The message is the author's own."),
    DiagnosticExplanation(
      "str-length",
      "A length is not negative.",
      example: "begin { print(str(0, -1)); }",
      remedy:
        "Give a positive number, or none."),
    DiagnosticExplanation(
      "strftime-clock",
      "The time is that of a clock that does not know the date.",
      example: #"begin { print(strftime("%Y", nsecs(monotonic))); }"#,
      remedy:
        "Use `nsecs` or `nsecs(tai)`."),
    DiagnosticExplanation(
      "strftime-time",
      "A point in time is not negative.",
      example: #"begin { print(strftime("%H", -1)); }"#,
      remedy:
        "Use `nsecs`."),
    DiagnosticExplanation(
      "string-too-long",
      "A string of the script is longer than strings may be.",
      example:
        """
        config = { max_strlen = 8 }
        begin { print("longer than eight"); }
        """,
      remedy:
        "Raise `max_strlen` in the `config` block."),
    DiagnosticExplanation(
      "strncmp-length",
      "A length is not negative.",
      example: #"begin { print(strncmp("a", "b", -1)); }"#,
      remedy:
        "Give a positive number."),
    DiagnosticExplanation(
      "timestamp-mode",
      "`nsecs()` knows a few clocks.",
      example: "begin { print(nsecs(nonesense)); }",
      remedy:
        "Write `boot`, `monotonic`, `tai` or `sw_tai`."),
    DiagnosticExplanation(
      "tseries-bounds",
      "The interval or the number of intervals of `tseries()` is not possible, or "
        + "differs from that used with this map before.",
      example: "begin { @a = tseries(5, 0, 4); }",
      remedy:
        "Give positive numbers, the same for one map: `tseries(pid, 1s, 10)`."),
    DiagnosticExplanation(
      "tseries-function",
      "`tseries()` puts the values of an interval together in one of four ways.",
      example: #"begin { @g = tseries(5, 1, 4, "foo"); }"#,
      remedy:
        #"Write "avg", "max", "min" or "sum"."#),
    DiagnosticExplanation(
      "unknown-object",
      "The kernel lets the function look only at what it gave the probe, and at what "
        + "can be reached from there.",
      example: nil,
      remedy:
        "Use `args.file`, `ctx.file.f_path` and the like as they are, without a cast "
        + "or a variable in between."),
    DiagnosticExplanation(
      "unsafe-function",
      "The function changes the system, so it must be allowed.",
      example: #"begin { system("ls"); }"#,
      remedy:
        "Run the script with `--unsafe` if that is meant."),
  ]
}
