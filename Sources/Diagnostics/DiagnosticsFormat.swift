/// How diagnostics are written (`--diagnostics`).
package enum DiagnosticsFormat: String, Hashable, Sendable, CaseIterable {
  /// For people.
  case text
  /// For editors: a JSON object on each line.
  case json
  /// For collectors of findings: one SARIF 2.1.0 log.
  case sarif
}
