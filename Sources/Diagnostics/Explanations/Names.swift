extension DiagnosticExplanation {
  /// What is said of names, variables, functions and maps.
  static let names: [DiagnosticExplanation] = [
    DiagnosticExplanation(
      "aggregation-place",
      "What counts or collects, as `count()` does, works only as all that is assigned to a map.",
      example: "begin { print(count()); }",
      remedy:
        "Write `@name = count();` and use the map."),
    DiagnosticExplanation(
      "aggregation-variable",
      "A variable cannot hold what `hist()` or `tseries()` collects; only a map can.",
      example: "begin { @h = hist(5); $x = @h; }",
      remedy:
        "Use the map itself: `print(@h)`."),
    DiagnosticExplanation(
      "call-depth",
      "Functions call functions more deeply than the kernel allows.",
      example:
        """
        fn a(): void { }
        fn b(): void { a(); }
        fn c(): void { b(); }
        fn d(): void { c(); }
        fn e(): void { d(); }
        fn f(): void { e(); }
        fn g(): void { f(); }
        fn h(): void { g(); }
        begin { h(); }
        """,
      remedy:
        "Merge some of the functions."),
    DiagnosticExplanation(
      "copied-aggregation",
      "What a map has collected cannot be assigned to another map.",
      example: "begin { @total = count(); @other = @total; }",
      remedy:
        "Collect twice, or cast to a number: `@other = (int64)@total`."),
    DiagnosticExplanation(
      "delete-key",
      "`delete()` without a key is for maps that have none.",
      example: "begin { @keyed[1] = 2; delete(@keyed); }",
      remedy:
        "Name the element, `delete(@keyed, 1)`; `clear(@keyed)` deletes all."),
    DiagnosticExplanation(
      "element-print",
      "What a map of this kind collects can be printed whole only.",
      example: "begin { @hists[1] = hist(1); print(@hists[1]); }",
      remedy:
        "Print the map: `print(@hists)`."),
    DiagnosticExplanation(
      "function-result",
      "A function returns something else than it is declared to, or nothing.",
      example:
        """
        fn f(): int8 { return 300; }
        begin { print(f()); }
        """,
      remedy:
        "Change the declared type, cast the value, or return one on every way."),
    DiagnosticExplanation(
      "hidden-function",
      "A function of the script has the name of one of the language. Calls in this "
        + "script mean the one of the script.",
      example:
        """
        fn strlen($a: int64): int64 { return $a; }
        begin { print(strlen(5)); }
        """,
      remedy:
        "Choose another name, unless that is wanted."),
    DiagnosticExplanation(
      "key-mismatch",
      "The key of an element has another type than the keys of the map.",
      example: #"begin { @keyed[1] = 2; @keyed["x"] = 2; }"#,
      remedy:
        "Use keys of one type, or another map."),
    DiagnosticExplanation(
      "keyed-map",
      "The map has keys in one place and none in another.",
      example: "begin { @keyed[1] = 2; @keyed = 3; }",
      remedy:
        "Give the key, or use another map for the single value."),
    DiagnosticExplanation(
      "loop-shadows",
      "The variable of a loop has the name of another one.",
      example: "begin { $a = 1; for ($a : 0..3) { print($a); } }",
      remedy:
        "Choose another name."),
    DiagnosticExplanation(
      "map-key",
      "Elements cannot be found by what aggregations collect.",
      example: "begin { @h = hist(1); print(@keyed[@h]); @keyed[1] = 1; }",
      remedy:
        "Use a number, a string, a tuple or a structure as the key."),
    DiagnosticExplanation(
      "map-kind",
      "The map is declared as one kind and used as another.",
      example:
        """
        let @percpu = percpuhash(10);
        begin { @percpu[1] = 2; }
        """,
      remedy:
        "Change the declaration, or leave it away."),
    DiagnosticExplanation(
      "never-assigned",
      "A variable is declared and nothing is ever assigned to it.",
      example: "begin { let $never; }",
      remedy:
        "Assign to it, or take the declaration away."),
    DiagnosticExplanation(
      "no-value",
      "A value is needed, and the call or block gives none.",
      example: "begin { $w = if (pid) { 1 }; }",
      remedy:
        "Give every branch a value at its end, without a `;`, or use a function that returns one."),
    DiagnosticExplanation(
      "option-default",
      "An option of the script has two defaults, or one that is not known before it runs.",
      example: #"begin { print(getopt("x", 5)); print(getopt("x", 6)); }"#,
      remedy:
        "Use one literal number, string or boolean in all calls."),
    DiagnosticExplanation(
      "option-description",
      "An option of the script is described in two ways.",
      example: #"begin { print(getopt("a", 1, "one")); print(getopt("a", 1, "two")); }"#,
      remedy:
        "Describe it once; the other calls may leave the description away."),
    DiagnosticExplanation(
      "recursion",
      "A function calls itself, perhaps by way of others, and programs in the kernel "
        + "cannot do that.",
      example:
        """
        fn f($a: int64): int64 { return f($a - 1); }
        begin { print(f(3)); }
        """,
      remedy:
        "Use a loop."),
    DiagnosticExplanation(
      "redeclared-variable",
      "A variable is declared where one of the same name is in scope.",
      example: "begin { let $a = 1; let $a = 2; print($a); }",
      remedy:
        "Assign to the first, or choose another name."),
    DiagnosticExplanation(
      "redefined-function",
      "There are two functions of this name.",
      example:
        """
        fn twice(): void { }
        fn twice(): void { }
        begin { twice(); }
        """,
      remedy:
        "Rename one of them."),
    DiagnosticExplanation(
      "repeated-parameter",
      "Two parameters of a function have one name.",
      example:
        """
        fn same($a: int64, $a: int8): void { }
        begin { same(1, 2); }
        """,
      remedy:
        "Rename one of them."),
    DiagnosticExplanation(
      "scalar-iteration",
      "The map has a single value and no keys, so there is nothing to go through.",
      example: "begin { @scalar = 1; for ($kv : @scalar) { print($kv); } }",
      remedy:
        "Use the map itself."),
    DiagnosticExplanation(
      "scalar-map",
      "The map has a single value and no keys, and is used as if it had some.",
      example: "begin { @scalar = 1; @scalar[1] = 2; }",
      remedy:
        "Use another map for the elements."),
    DiagnosticExplanation(
      "unassigned-variable",
      "The variable is read where nothing can have been assigned to it yet. It is zero or empty.",
      example: "begin { let $x; print($x); $x = 1; print($x); }",
      remedy:
        "Assign to it first: `let $x = 0;`."),
    DiagnosticExplanation(
      "undefined-map",
      "Nothing ever puts something into this map.",
      example: "begin { clear(@undefined); }",
      remedy:
        "Check the spelling."),
    DiagnosticExplanation(
      "undefined-variable",
      "There is no such variable here. One that is assigned inside a block ends with the block.",
      example: "begin { if (pid) { $x = 1; } print($x); }",
      remedy:
        "Check the spelling; declare it before the block, `let $x;`. `--compat=0.21` "
        + "gives variables to the whole probe, as older releases did."),
    DiagnosticExplanation(
      "unknown-function",
      "There is no function or macro of this name.",
      example: "begin { print(nope(1)); }",
      remedy:
        "Check the spelling; the language manual lists the functions."),
    DiagnosticExplanation(
      "unknown-identifier",
      "The name is that of no builtin, enumerator, constant or macro.",
      example: "begin { print(NOSUCH); }",
      remedy:
        "Check the spelling; variables begin with `$`, maps with `@`. Constants may "
        + "need a `#define` or an `#include`."),
    DiagnosticExplanation(
      "unused-map",
      "A map is declared and not used.",
      example:
        """
        let @unused = hash(5);
        begin { }
        """,
      remedy:
        "Take the declaration away."),
    DiagnosticExplanation(
      "unwound-map",
      "A program looks at a map whose keys have stacks that are unwound outside the kernel.",
      example:
        """
        config = { unstable_dw_ustack = enable }
        begin { @calls[dw_ustack]++; if (@calls[dw_ustack] > 1) { print(1); } }
        """,
      remedy:
        "Print the map, or count something else beside it for what the program has to know."),
  ]
}
