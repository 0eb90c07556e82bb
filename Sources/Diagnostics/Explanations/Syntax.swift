extension DiagnosticExplanation {
  /// What lexer and parser say.
  static let syntax: [DiagnosticExplanation] = [
    DiagnosticExplanation(
      "duplicate-config",
      "A script has one `config` block, and this is a second.",
      example:
        """
        config = { max_strlen = 64 }
        config = { max_map_keys = 10 }
        begin { }
        """,
      remedy:
        "Put all the settings into one block."),
    DiagnosticExplanation(
      "expected-attach-point",
      "The parser stands where a probe should begin and finds something that begins none.",
      example:
        """
        }
        begin { }
        """,
      remedy:
        "Look before the place for a brace too many, or for a statement outside of any block."),
    DiagnosticExplanation(
      "expected-expression",
      "A value should stand here.",
      example: "begin { print(1 + ); }",
      remedy:
        "Write the missing operand, or take the operator away. Words such as `if`, "
        + "`for` and `return` are no values."),
    DiagnosticExplanation(
      "expected-token",
      "The parser knows what must come here, and something else does.",
      example: "begin { print(1) print(2); }",
      remedy:
        "Write what is named in the message. If it is a `;`, the mistake is often at "
        + "the end of the line before. `=` stands only in statements, and only "
        + "variables, maps and their elements can be assigned to."),
    DiagnosticExplanation(
      "immutable-parts",
      "A part of a tuple, record or structure is assigned to, and these stay as they were made.",
      example: "begin { $t = (1, 2); $t.0 = 3; }",
      remedy:
        "Make a new one: `$t = (3, $t.1)`."),
    DiagnosticExplanation(
      "invalid-character",
      "A character that means nothing outside of strings and comments, or a NUL byte in a string.",
      example: "begin { print(1 ` 2); }",
      remedy:
        "Take it away. Quotes and dashes that a text processor has made round or "
        + #"long are a usual cause. NUL in a string is written `\0`."#),
    DiagnosticExplanation(
      "invalid-escape",
      "A backslash in a string is followed by something that it does not go with.",
      example: #"begin { print("\q"); }"#,
      remedy:
        #"The escapes are `\n`, `\t`, `\r`, `\"`, `\\`, up to three octal digits up "#
        + #"to `\377`, and `\x` with one or two hexadecimal digits. Write `\\` for a "#
        + "backslash."),
    DiagnosticExplanation(
      "invalid-integer",
      "A number cannot be read: too large for 64 bits, a digit that its base lacks, "
        + "or an unknown suffix.",
      example: "begin { print(12q); }",
      remedy:
        "Numbers may begin with `0x`, hold `_` between digits, have an exponent "
        + "(`5e3`), a suffix of C (`u`, `l`, `ul`, `ull`) or a unit of time (`ns`, "
        + "`us`, `ms`, `s`, `m`, `h`, `d`)."),
    DiagnosticExplanation(
      "invalid-positional",
      "There is no such word behind the script: they count from `$1`, and in attach "
        + "points `$` must be followed by a number.",
      example: "begin { print($0); }",
      remedy:
        "Use `$1` for the first word and `$#` for how many there are. If the `$` "
        + "belongs to a name in an attach point, put that into quotes."),
    DiagnosticExplanation(
      "invalid-utf8",
      "A text is not UTF-8.",
      example: nil,
      remedy:
        #"Save the script as UTF-8, or write single bytes in strings as `\xNN`."#),
    DiagnosticExplanation(
      "repeated-field",
      "A record or a list of named arguments has one name twice.",
      example: "begin { $r = (a=1, a=2); }",
      remedy:
        "Rename one of them, or take one away."),
    DiagnosticExplanation(
      "root-let",
      "A `let` outside of probes declares a map and says how many elements it has.",
      example:
        """
        let $x = 1;
        begin { }
        """,
      remedy:
        "Write `let @name = hash(100);`. Variables are declared inside probes; what "
        + "all probes share is a map."),
    DiagnosticExplanation(
      "section-order",
      "The parts of a script have an order: C definitions, then `config` and "
        + "imports, then the rest.",
      example:
        """
        begin { }
        config = { max_strlen = 64 }
        """,
      remedy:
        "Move it up, before the first probe, macro or function."),
    DiagnosticExplanation(
      "too-deep",
      "Brackets, blocks or operators are nested more deeply than the parser follows.",
      example: nil,
      remedy:
        "Name parts of it with variables, or take brackets away."),
    DiagnosticExplanation(
      "too-many-errors",
      "So many mistakes were found that the rest of the script was not looked at.",
      example: nil,
      remedy:
        "Mend the first ones; the others are often their consequence. Perhaps the "
        + "file is not a script at all."),
    DiagnosticExplanation(
      "unterminated-comment",
      "A comment begins with `/*` and never ends.",
      example:
        """
        begin { }
        /* to be done
        """,
      remedy:
        "Write `*/` where it ends. Comments of this kind do not nest."),
    DiagnosticExplanation(
      "unterminated-string",
      "A string has no closing quote on its line.",
      example: #"begin { print("abc); }"#,
      remedy:
        #"Write the quote. A string cannot go on in the next line: use `\n` for a "#
        + "line end, or several calls."),
  ]
}
