/// The kinds of diagnostic that there are.
///
/// A kind is its explanation: a new one is entered in `Explanations`, and has a fixture that shows it. Its
/// id is for ever: editors, tests and people refer to it, and the wording may improve. A test fails for an
/// id that sources use and nobody explains, and for one that no source uses.
package enum DiagnosticRegistry {
  /// Every explanation, in the order of the ids.
  package static let explanations: [DiagnosticExplanation] = DiagnosticExplanation.all.sorted {
    $0.id < $1.id
  }

  /// Every id, in alphabetical order.
  package static let ids: [String] = explanations.map(\.id)

  /// The explanation of a kind; nil if there is no such kind.
  package static func explanation(of id: String) -> DiagnosticExplanation? {
    explanations.first { $0.id == id }
  }
}
