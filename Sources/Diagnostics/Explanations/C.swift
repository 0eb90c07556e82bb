extension DiagnosticExplanation {
  /// What is said of the C at the top of a script.
  static let c: [DiagnosticExplanation] = [
    DiagnosticExplanation(
      "c-header",
      "The header that a script includes cannot be had.",
      example:
        """
        #include "nosuch_header.h"
        begin { }
        """,
      remedy:
        "Headers of the kernel are answered from its type information, whether they "
        + "are installed or not. For others, check the name and the folder."),
    DiagnosticExplanation(
      "c-header-part",
      "A part of a header is C that is not understood here, and was left out.",
      example: nil,
      remedy:
        "Nothing, unless the script needs what is declared there. The place tells "
        + "the header and the line."),
    DiagnosticExplanation(
      "c-limit",
      "A C type is larger than the description of types can say.",
      example:
        """
        struct big { char a[1 << 29]; };
        begin { }
        """,
      remedy:
        "Make it smaller. If only its beginning is needed, declare only that."),
    DiagnosticExplanation(
      "c-preprocessor",
      "A line with `#` is not what the preprocessor of C understands, a conditional "
        + "is not closed, or the script refuses itself with `#error`.",
      example:
        """
        #frobnicate
        begin { }
        """,
      remedy:
        "Known are `#include`, `#define`, `#undef`, `#if` and its kin, `#error`, "
        + "`#warning` and `#pragma`. Each `#if` needs its `#endif`."),
    DiagnosticExplanation(
      "c-redefinition",
      "A name of C is defined a second time, and differently.",
      example:
        """
        struct again { int a; };
        struct again { int b; };
        begin { }
        """,
      remedy:
        "Take one of the two away, or give it another name. A structure that the "
        + "kernel defines as well may be defined once."),
    DiagnosticExplanation(
      "c-syntax",
      "The text does not follow the grammar of C.",
      example:
        """
        struct no_name { int; };
        begin { }
        """,
      remedy:
        "The message says what was expected. Only declarations and constant "
        + "expressions are read, no functions."),
    DiagnosticExplanation(
      "c-type",
      "A type of C cannot be what it is said to be: an incomplete member, a "
        + "bit-field that is too wide, an alignment that is none.",
      example:
        """
        struct bits { int a : 33; };
        begin { }
        """,
      remedy:
        "Change it to what the message says is possible."),
    DiagnosticExplanation(
      "c-unknown-name",
      "C at the top of the script uses a name that nothing defines.",
      example:
        """
        struct unknown { nosuch_t a; };
        begin { }
        """,
      remedy:
        "Define it before, include the header that does, or check the spelling."),
    DiagnosticExplanation(
      "c-warning",
      "The script contains `#warning`, or something in its C that is allowed but odd.",
      example:
        """
        #warning "not finished"
        begin { }
        """,
      remedy:
        "Read the text; take the line away when it no longer applies."),
    DiagnosticExplanation(
      "macro-recursion",
      "A macro, of C or of the language, stands for something that contains the macro itself.",
      example:
        """
        #define ONE TWO
        #define TWO ONE
        begin { print(ONE); }
        """,
      remedy:
        "Break the circle: one of them must stand for a value."),
    DiagnosticExplanation(
      "macro-size",
      "What a C macro stands for, with all macros in it, is too long.",
      example:
        """
        #define A (1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1)
        #define B (A + A + A + A + A + A + A + A + A + A + A + A)
        #define C (B + B + B + B + B + B + B + B + B + B + B + B)
        #define D (C + C + C + C + C + C + C + C + C + C + C + C)
        #define E (D + D + D + D + D + D + D + D + D + D + D + D)
        begin { print(E); }
        """,
      remedy:
        "Write the value as a number, or in fewer steps."),
    DiagnosticExplanation(
      "macro-value",
      "A C macro is used where a value is wanted, but stands for none: it is empty "
        + "or holds statements.",
      example:
        """
        #define NOTHING
        begin { print(NOTHING); }
        """,
      remedy:
        "Define it as a constant or an expression."),
  ]
}
