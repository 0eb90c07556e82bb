extension DiagnosticExplanation {
  /// What is said of statements.
  static let statements: [DiagnosticExplanation] = [
    DiagnosticExplanation(
      "discarded-value",
      "The value of this statement is not used, so the statement does nothing or its "
        + "answer is lost.",
      example: "begin { pid; }",
      remedy:
        "Use the value, take the statement away, or write `_ = ...;` if that is meant."),
    DiagnosticExplanation(
      "loop-range",
      "Both ends of a range are integers.",
      example: #"begin { for ($i : 0.."x") { print($i); } }"#,
      remedy:
        "Write `for ($i : 0..10)`; the end is not included."),
    DiagnosticExplanation(
      "loop-type",
      "A loop cannot go through what this map collects.",
      example: "begin { @hists[1] = hist(1); for ($kv : @hists) { print($kv); } }",
      remedy:
        "Print the map, or keep numbers in another one."),
    DiagnosticExplanation(
      "outside-loop",
      "`break` and `continue` belong into a loop.",
      example: "begin { break; }",
      remedy:
        "Use `return` to leave a probe."),
    DiagnosticExplanation(
      "return-type",
      "A probe returns a number or nothing.",
      example: #"begin { return "x"; }"#,
      remedy:
        "Write `return;`."),
    DiagnosticExplanation(
      "unreachable",
      "Nothing comes to this statement, because the one before leaves.",
      example: #"begin { return 1; print("never"); }"#,
      remedy:
        "Take it away, or make the one before depend on a condition."),
    DiagnosticExplanation(
      "unroll-count",
      "`unroll` repeats a block 1 to 100 times, and the number must be known when "
        + "the script is compiled.",
      example: "begin { unroll (101) { print(1); } }",
      remedy:
        "Use `for ($i : 0..n)` for more, or for a number that is not known."),
  ]
}
