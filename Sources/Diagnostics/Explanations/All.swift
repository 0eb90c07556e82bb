extension DiagnosticExplanation {
  /// Every explanation, by families.
  static let all: [DiagnosticExplanation] =
    syntax + c + configuration + probes + context + names + types + calls + statements + macros
    + tools
}
