import Diagnostics

extension Diagnostic {
  /// A construct that the language has and that no program can be made of yet.
  static func notSupportedYet(
    _ what: String, at range: SourceRange, expandedFrom: [SourceRange]
  ) -> Diagnostic {
    .error(
      "not-supported", "\(what) is not supported yet", at: range, expandedFrom: expandedFrom)
  }
}
