extension DiagnosticExplanation {
  /// What is said of types and conversions.
  static let types: [DiagnosticExplanation] = [
    DiagnosticExplanation(
      "address-of",
      "`&` gives where a variable or a map is, and this is neither.",
      example: "begin { print(&3); }",
      remedy:
        "Assign the value to a variable first."),
    DiagnosticExplanation(
      "address-space",
      "A pointer to memory of a process is used as one to memory of the kernel, or "
        + "the other way round. The two hold different things at one address.",
      example:
        """
        fn first($p: int8 *): int8 { return $p[0]; }
        tracepoint:syscalls:sys_enter_openat { print(first(args.filename)); }
        """,
      remedy:
        "Say which it is with `uptr()` or `kptr()`, or read the text with `str()` "
        + "before it is handed on."),
    DiagnosticExplanation(
      "branch-types",
      "The branches of an `if` or `?:` have values of types that do not go together.",
      example: #"begin { print(pid ? 2 : "x"); }"#,
      remedy:
        "Make them of one type."),
    DiagnosticExplanation(
      "cannot-cast",
      "A value of this type cannot be made into the other.",
      example: #"begin { print((int8)"abc"); }"#,
      remedy:
        "Numbers, pointers, enumerators and arrays of bytes can be cast to each "
        + "other; a string longer than the type must be cut with `str()`."),
    DiagnosticExplanation(
      "dereference",
      "`*` gives what a pointer points to, and this is no pointer.",
      example: "begin { print(*comm); }",
      remedy:
        "Leave the `*` away, or cast a number: `*(uint64 *)arg0`."),
    DiagnosticExplanation(
      "distinct-pointers",
      "Two pointers to different things are compared. Both may be right, but they "
        + "are equal only by chance.",
      example: "begin { $p = (struct task_struct *)0; $q = (struct file *)0; print($p == $q); }",
      remedy:
        "Cast one of them to the type of the other."),
    DiagnosticExplanation(
      "division-by-zero",
      "A number is divided by a zero that stands in the script.",
      example: "begin { print(1 / 0); }",
      remedy:
        "Divide by something else. Where a variable may be zero, test it before: the "
        + "result is 1 then, with a warning."),
    DiagnosticExplanation(
      "empty-literal",
      "A text is cut off at its end or beyond, so that nothing is left.",
      example: #"begin { print("abc" + 5); }"#,
      remedy:
        "Use a smaller number, or two strings with `str_concat()`."),
    DiagnosticExplanation(
      "enum-value",
      "The enumeration has no name for this number.",
      example:
        """
        enum color { RED = 1 };
        begin { print((enum color)9); }
        """,
      remedy:
        "Use one of its enumerators, or leave the number a number."),
    DiagnosticExplanation(
      "fold-overflow",
      "The result does not fit into 64 bits.",
      example: "begin { print(1 << 64); }",
      remedy:
        "Change the numbers."),
    DiagnosticExplanation(
      "implicit-cast",
      "A value is made smaller, or loses or gains a sign, without being told to.",
      example: "begin { let $z: int8 = pid; print($z); }",
      remedy:
        "Cast it, `(int8)pid`, if that is meant; else use a larger type."),
    DiagnosticExplanation(
      "index-bounds",
      "The array has no element of this number.",
      example: "begin { print(comm[16]); }",
      remedy:
        "Elements count from 0."),
    DiagnosticExplanation(
      "index-type",
      "The number of an element is an integer that is not negative.",
      example: "begin { print(comm[-1]); }",
      remedy:
        "Use such a number, cast if need be."),
    DiagnosticExplanation(
      "invalid-condition",
      "This cannot be true or false.",
      example: "interval:s:1 /comm/ { print(1); }",
      remedy:
        #"Compare it with something: `comm != ""`."#),
    DiagnosticExplanation(
      "no-field",
      "The structure has no member of this name, or the value is no structure.",
      example: "begin { print(curtask.nonesuch); }",
      remedy:
        "`bpftrace -lv 'struct task_struct'` lists the members; those of kernels differ."),
    DiagnosticExplanation(
      "not-constant",
      "The value must be known when the script is compiled, and is not.",
      example: #"begin { static_assert(pid == 2, "x"); }"#,
      remedy:
        "Use literals, `sizeof()`, `offsetof()` and constants only."),
    DiagnosticExplanation(
      "not-indexable",
      "Only arrays, strings, pointers and maps have elements.",
      example: "begin { print(1[0]); }",
      remedy:
        "Take the brackets away, or cast to a pointer."),
    DiagnosticExplanation(
      "not-printable",
      "A value of this type has no text.",
      example: "tracepoint:sched:sched_switch { print(args); }",
      remedy:
        "Print its parts: `print(args.next_pid)`."),
    DiagnosticExplanation(
      "offsetof",
      "The type has no such member, or none at all.",
      example: "begin { print(offsetof(struct task_struct, nonesuch)); }",
      remedy:
        "Use a structure and one of its members: `offsetof(struct task_struct, pid)`."),
    DiagnosticExplanation(
      "operator-types",
      "The operator does not work on values of this type.",
      example: #"begin { print(~"x"); }"#,
      remedy:
        "Use numbers; compare strings with `==` and `!=`, join them with `str_concat()`."),
    DiagnosticExplanation(
      "signature-type",
      "Functions cannot take or give values of this type.",
      example:
        """
        fn f($a: count_t): void { }
        begin { }
        """,
      remedy:
        "Hand over a number, a string, a pointer or a tuple."),
    DiagnosticExplanation(
      "step-operand",
      "`++` and `--` change a variable or a map, and there is none here.",
      example: "begin { 1++; }",
      remedy:
        "Assign first, or add: `$x + 1`."),
    DiagnosticExplanation(
      "tuple-index",
      "The tuple has no element of this number.",
      example: "begin { print((1, 2).5); }",
      remedy:
        "Elements count from 0: `$t.0`, `$t.1`."),
    DiagnosticExplanation(
      "type-mismatch",
      "A variable, a map or an operator is given a value of a type that does not go "
        + "with the one it has.",
      example: #"begin { $s = "abc"; $s = 1; }"#,
      remedy:
        "Use another variable, or cast the value. What was assigned first decides on the type."),
    DiagnosticExplanation(
      "unknown-structure",
      "The type is declared somewhere, but its members are not known.",
      example: nil,
      remedy:
        "Define it at the top of the script, or load the module whose types it is in."),
    DiagnosticExplanation(
      "unknown-type",
      "Neither the language, nor the script, nor the kernel has a type of this name.",
      example: "begin { print((struct nosuch *)1); }",
      remedy:
        "Check the spelling and the word `struct`; types of a module are there while "
        + "it is loaded."),
    DiagnosticExplanation(
      "unnecessary-cast",
      "The value has the type already to which it is cast.",
      example: "begin { $u = (uint32)pid; print((uint32)$u); }",
      remedy:
        "Leave the cast away."),
    DiagnosticExplanation(
      "unresolved-variable",
      "The type of the variable follows from nothing in the script.",
      example: "begin { let $x; print($x); }",
      remedy:
        "Assign to it, or declare its type: `let $x: int64;`."),
    DiagnosticExplanation(
      "unsettled-type",
      "What is assigned to the variable grows with the variable itself, without end.",
      example: #"begin { $s = "a"; $s = str((int8[])$s); }"#,
      remedy:
        "Declare the type: `let $s: string[64];`."),
  ]
}
