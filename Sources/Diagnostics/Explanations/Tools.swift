extension DiagnosticExplanation {
  /// What is said of options, columns and tables.
  static let tools: [DiagnosticExplanation] = [
    DiagnosticExplanation(
      "column-declaration",
      "An entry of `columns` or `table` is not as it should be: its format is not one conversion of "
        + "`printf`, there is no such unit, or the keys of a table do not stand before its values.",
      example:
        """
        columns = { size "%d bytes"; }
        begin { row(size = 1); }
        """,
      remedy:
        "Write `NAME \"HEADING\" \"%-16s\" in ms if option;`, of which only the name is always there."
    ),
    DiagnosticExplanation(
      "duplicate-block",
      "A script has one block of options and one of columns.",
      example:
        """
        options = { first "one"; }
        options = { second "two"; }
        begin { }
        """,
      remedy:
        "Put the entries of both into one block."),
    DiagnosticExplanation(
      "option-declaration",
      "An entry of `options` is not as it should be: there is no such kind, its default is of another kind, "
        + "or it has no text for the usage.",
      example:
        """
        options = { wait nanosecond "how long"; }
        begin { }
        """,
      remedy:
        "Write `NAME -x, --word KIND = DEFAULT \"TEXT\";`; the language manual lists the kinds."),
    DiagnosticExplanation(
      "row-columns",
      "`row()` gives a value to no column of the script, or leaves out one that is no builtin.",
      example:
        """
        columns = { path "%s"; }
        begin { row(pth = "x"); }
        """,
      remedy:
        "Give a value by name for each column: `row(path = str($path))`."),
    DiagnosticExplanation(
      "table-keys",
      "An element of a table's map has another number of keys than the table has.",
      example:
        """
        table = { pid; comm; @calls "%8d"; }
        begin { @calls[pid] = count(); }
        """,
      remedy:
        "Give all keys in the order of the table, also those that only some options show."),
    DiagnosticExplanation(
      "undeclared-option",
      "The script's `options` have none of this name, or it cannot be asked for in this way.",
      example:
        """
        options = { failed -x "only failed calls"; }
        begin { print(getopt("fail")); }
        """,
      remedy:
        "Declare the option, or correct its name."),
  ]
}
