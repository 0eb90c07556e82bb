package import TraceModel

/// An option of a tool as it is on the command line.
///
/// Most are declared in the `options` of the script (`ToolOption+Declared`). A script without `options`
/// says in the description of each `getopt` what it looks like (`ToolOption+Described`). Those that the
/// runner offers with every tool that has something to do with them are here too (`StandardOption`).
package struct ToolOption: Hashable, Sendable {
  /// The parameter of the script, or what stands for one of the runner's.
  package let parameter: ScriptOption
  /// The letters of `-x`, the first of which is documented.
  package let letters: [Character]
  /// The words of `--word`, the first of which is documented; of a positional argument the usual word of
  /// the runner's option that it is.
  package internal(set) var words: [String]
  /// Whether it is a word without dashes.
  package let isPositional: Bool
  /// What the usage calls the value; nil for a switch.
  package let valueName: String?
  /// One phrase for the usage.
  package let summary: String
  /// What else is worth knowing about values: the default, what it excludes.
  package internal(set) var notes: [String] = []
  /// What is accepted.
  package let kind: OptionKind
  /// Whether several values may be given, between commas.
  package let isList: Bool
  /// Whether giving the switch makes a parameter false that is true without it.
  package let isNegation: Bool
  /// The option of the runner that this is, if it is one.
  package let standard: StandardOption?
  /// Whether the script does not declare it.
  package let isOffered: Bool

  /// The letter that is documented.
  package var short: Character? { letters.first }
  /// The word that is documented.
  package var long: String? { words.first }
  /// The parameter's name.
  package var name: String { parameter.name }
  /// What messages call it: `-x`, `--word`, or the name of an argument without dashes.
  package var spelling: String {
    short.map { "-\($0)" } ?? long.map { "--\($0)" } ?? valueName ?? name
  }
  /// The phrase for the usage, with what else is worth knowing.
  package var help: String {
    summary + (notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))")
  }
  /// The names of options that may not be given beside it.
  package var excluded: [String] { parameter.declaration?.excluded ?? [] }
  /// The kind whose names it lists, in place of a run.
  package var listed: OptionKind? { parameter.declaration?.listed }
  /// The name of the option whose value it may not be below.
  package var minimum: String? { parameter.declaration?.minimum }

  /// An option of a script.
  package init(_ parameter: ScriptOption) {
    if let declaration = parameter.declaration {
      self.init(parameter, declaration)
    } else {
      self.init(describedBy: parameter)
    }
  }

  /// All options of a script, in the order of their declaration or first use, then those of the
  /// runner that have something to do with it and are not filters.
  package static func all(of manifest: Manifest) -> [ToolOption] {
    var own = manifest.options.map { ToolOption($0) }
    // The usual word of one of the runner's is known whatever the script calls it.
    var known = Set(own.flatMap(\.words))
    for index in own.indices {
      guard let word = own[index].standard?.word, known.insert(word).inserted else { continue }
      own[index].words.append(word)
    }
    let all = own + StandardOption.offered(with: manifest, beside: own)
    return all.map { $0.noting(all) }
  }

  /// The same with notes about what it does not go together with.
  private func noting(_ all: [ToolOption]) -> ToolOption {
    let excluded = all.filter { self.excluded.contains($0.name) || $0.excluded.contains(name) }
    let minimum = all.first { $0.name == self.minimum }
    var noted = self
    noted.notes += minimum.map { ["not below \($0.spelling)"] } ?? []
    if !excluded.isEmpty {
      noted.notes.append("not with \(excluded.map(\.spelling).joined(separator: ", "))")
    }
    return noted
  }
}
