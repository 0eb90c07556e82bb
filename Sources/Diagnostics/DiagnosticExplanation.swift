/// What `--explain` tells of a kind of diagnostic.
package struct DiagnosticExplanation: Sendable {
  /// The id of the kind.
  package let id: String
  /// What is wrong, in a sentence or two.
  package let meaning: String
  /// A script that shows it; nil for what no script alone brings about.
  package let example: String?
  /// What to do about it.
  package let remedy: String

  init(_ id: String, _ meaning: String, example: String?, remedy: String) {
    self.id = id
    self.meaning = meaning
    self.example = example
    self.remedy = remedy
  }

  /// The explanation as text for a terminal.
  package var text: String {
    var text = "\(id)\n\n\(meaning)\n"
    if let example {
      let lines = example.split(separator: "\n", omittingEmptySubsequences: false)
      text += "\nExample:\n\n" + lines.map { $0.isEmpty ? "\n" : "    \($0)\n" }.joined()
    }
    return text + "\n\(remedy)\n"
  }
}
