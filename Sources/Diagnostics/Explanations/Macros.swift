extension DiagnosticExplanation {
  /// What is said of macros and imports.
  static let macros: [DiagnosticExplanation] = [
    DiagnosticExplanation(
      "import-c",
      "The C file that is imported has a mistake, of which clang tells.",
      example: nil,
      remedy:
        "Mend it; `clang -target bpf -O2 -g -c` says the same."),
    DiagnosticExplanation(
      "import-compiler",
      "What is imported is BPF code in C, and there is no clang that makes an object of it, or clang failed.",
      example: nil,
      remedy:
        "Install clang, or compile the file elsewhere with `clang -target bpf -O2 -g -c` and import the object."
    ),
    DiagnosticExplanation(
      "import-config",
      "A script that is imported has a `config` block of its own, and settings are for the whole.",
      example: nil,
      remedy:
        "Move the settings into the script that imports it."),
    DiagnosticExplanation(
      "import-kind",
      "What is imported is no script, header, BPF program or folder, by its name.",
      example:
        """
        import "/etc/passwd";
        begin { }
        """,
      remedy:
        "Import files that end with `.bt`, `.h`, `.bpf.c` or `.bpf.o`, or a folder of such."),
    DiagnosticExplanation(
      "import-license",
      "An imported object has a license under which its code cannot be part of a program with the script's.",
      example: nil,
      remedy:
        "Import objects under the GPL or a license that the kernel takes for compatible; `config = { license = \"...\" }` changes the script's."
    ),
    DiagnosticExplanation(
      "import-object",
      "What is imported is no object of BPF functions: another file, one without types, or one with programs of its own.",
      example: nil,
      remedy:
        "Compile functions without `SEC` in front of them, with `clang -target bpf -O2 -g -c`."),
    DiagnosticExplanation(
      "import-path",
      "There is no such file or folder, or it cannot be read.",
      example:
        """
        import "nosuch.bt";
        begin { }
        """,
      remedy:
        "A path counts from the folder of the file that imports it."),
    DiagnosticExplanation(
      "import-permissions",
      "Everybody may change what is imported, so anybody could have the machine "
        + "traced with the rights of whoever runs the script.",
      example:
        """
        import "/tmp";
        begin { }
        """,
      remedy:
        "Move the file into a folder of your own, or take the right to write from "
        + "others: `chmod o-w`."),
    DiagnosticExplanation(
      "import-statement",
      "An import stands inside a probe.",
      example: #"begin { import "x.bt"; }"#,
      remedy:
        "Move it to the top of the script."),
    DiagnosticExplanation(
      "macro-arguments",
      "No definition of the macro takes these arguments: another number, or a value "
        + "where a variable, a map or a type is needed.",
      example:
        """
        macro fill(@m) { @m[1] = 2; }
        begin { fill(3); }
        """,
      remedy:
        "Give a parameter `$x` a variable, `@m` a map, and a type as `typeof(type)`."),
    DiagnosticExplanation(
      "macro-hygiene",
      "A macro uses a map or declares a variable that it was not given, so that it "
        + "could change something unseen.",
      example:
        """
        macro fill(@m) { @m[1] = 2; @other = 3; }
        begin { fill(@a); }
        """,
      remedy:
        "Make the map a parameter; give the variable another name."),
    DiagnosticExplanation(
      "macro-parameter",
      "A parameter of a macro has the name of a builtin, or two have one name.",
      example:
        """
        macro bad(pid) { 1 }
        begin { }
        """,
      remedy:
        "Rename it."),
    DiagnosticExplanation(
      "macro-return",
      "A macro takes the place of its call, so there is nothing to return from.",
      example:
        """
        macro leave() { return; }
        begin { leave(); }
        """,
      remedy:
        "The value of a macro is the last expression of its body, without a `;`."),
    DiagnosticExplanation(
      "redefined-macro",
      "Two definitions of a macro take the same arguments.",
      example:
        """
        macro once(x) { x }
        macro once(y) { y + 1 }
        begin { print(once(1)); }
        """,
      remedy:
        "Rename one of them; definitions of one name differ in the number or kind of parameters."),
    DiagnosticExplanation(
      "repeated-import",
      "Two imports have a function of the same name, so that a call could mean either.",
      example: nil,
      remedy:
        "Rename one of them, or make it `static`."),
    DiagnosticExplanation(
      "typeof-argument",
      "A type is given to something that takes values.",
      example: "begin { $x = 1; print(typeof($x)); }",
      remedy:
        "Leave `typeof` away, or use `typeinfo()` to ask for the type."),
    DiagnosticExplanation(
      "uncallable-function",
      "A function of an imported object takes or returns a structure by value, or takes more than five arguments.",
      example: nil,
      remedy:
        "Write a function of C that takes numbers and addresses, and calls it."),
  ]
}
