internal import CommandLineKit
internal import CommandLines
internal import Language
internal import TraceModel

/// What the pages of `bpftrace` and of its language take from the options and from the catalog.
enum LanguageManual {
  /// For the page of the command.
  static var commandSections: [String: String] {
    [
      "options": mdocOptions(of: CompilerCommandLine.command),
      "environment": CompilerCommandLine.command.environment,
      "diagnoses": Diagnoses.ofTracing(by: CompilerCommandLine.command.name),
    ]
  }

  /// For the page of the language.
  static var sections: [String: String] {
    let functions = Function.all
    return [
      "probes": list(ProbeType.all.map(item)),
      "builtins": families(functions.filter(\.isBuiltin) + [arguments]),
      "functions": families(functions.filter { !$0.isBuiltin }),
      "library": library,
      "asynchronous": mdocSentences(
        functions.filter { $0.invocation == .asynchronous }.map { "`\($0.name)`" }
          .joined(separator: ", ")),
      "aggregations": list(AggregationFunction.all.map(item)),
      "config": list(ConfigOption.all.compactMap(item)),
      "unused-config": mdocSentences(
        ConfigOption.all.filter { $0.values == nil && !$0.isEnvironmental }
          .map { "`\($0.name)`" }.joined(separator: ", ")),
      "changes": list(LanguageChange.allCases.map(item)),
    ]
  }

  /// The full names of the probe types.
  static var probeTypeNames: [String] { ProbeType.all.map(\.name) }

  /// The words of a script, for completion: probe types, settings, builtins and functions.
  static var vocabulary: [String] {
    let settings = ConfigOption.all.filter { $0.values != nil }.map(\.name)
    let keywords = ["config", "if", "else", "for", "while", "unroll", "let", "return"]
    return Set(
      probeTypeNames + settings + keywords + Function.all.map(\.name)
        + AggregationFunction.all.map(\.name) + Library.all.map(\.name)
    ).sorted()
  }

  /// `arg0` and so on, which the catalog makes one by one.
  private static var arguments: Function {
    var function = Function.argument(0)
    function.name = "argN"
    function.summary =
      "Argument `N` of the traced function, counted from 0, as its register has it."
    return function
  }

  /// The macros of the library under the headings of their files.
  private static var library: String {
    Library.files.indices.map { file in
      let macros = Library.all.filter { $0.file == file }
      return ".Ss \(mdocEscaped(Library.files[file].family))\n"
        + list(
          macros.map { macro in
            ".It Li \"\(macro.name)\(macro.parameters.isEmpty ? "" : "(\(macro.parameters))")\"\n"
              + mdocSentences(macro.documentation)
          })
    }.joined()
  }

  private static func list(_ items: [String]) -> String {
    ".Bl -tag -width Ds\n" + items.joined() + ".El\n"
  }

  /// Functions under the headings of their families, in the order of the catalog.
  private static func families(_ functions: [Function]) -> String {
    var titles: [String] = []
    for function in functions where !titles.contains(function.family) {
      titles.append(function.family)
    }
    return titles.map { title in
      ".Ss \(mdocEscaped(title))\n" + list(functions.filter { $0.family == title }.map(item))
    }.joined()
  }

  private static func item(_ function: Function) -> String {
    var text = ".It " + heading(function.name, function.signature, isBuiltin: function.isBuiltin)
    text += "\n" + mdocSentences(function.summary) + mdocSentences(function.details)
    if function.isUnsafe { text += "Needs\n.Fl \\-unsafe .\n" }
    return text + requirements(function.requires) + examples(function.examples)
  }

  private static func item(_ aggregation: AggregationFunction) -> String {
    ".It " + heading(aggregation.name, aggregation.signature, isBuiltin: false) + "\n"
      + mdocSentences(aggregation.summary) + mdocSentences(aggregation.details)
      + examples(aggregation.examples)
  }

  /// Scripts with what they print below them.
  private static func examples(_ examples: [CatalogExample]) -> String {
    examples.map { example in
      let shown = example.output.split(separator: "\n", omittingEmptySubsequences: false)
      let script = example.script.split(separator: "\n", omittingEmptySubsequences: false)
      let lines = script.map(String.init) + shown.map { "    \($0)" }
      return ".Bd -literal\n" + lines.map { mdocEscaped($0) + "\n" }.joined() + ".Ed\n"
    }.joined()
  }

  private static func item(_ type: ProbeType) -> String {
    let names = ([type.name] + type.shortNames + type.otherNames).map { "Ic \($0)" }
    return ".It \(names.joined(separator: " , "))\n" + mdocSentences(type.summary)
      + mdocSentences(type.details) + requirements(type.requires)
  }

  /// Nil for what has no effect or cannot stand in a script.
  private static func item(_ option: ConfigOption) -> String? {
    guard let values = option.values else { return nil }
    let defaultValue = option.defaultText.map { " , default Li \(mdocEscaped($0))" } ?? ""
    return ".It Ic \(mdocEscaped(option.name)) Pq \(values)\(defaultValue)\n"
      + mdocSentences(option.summary) + mdocSentences(option.details)
  }

  private static func item(_ change: LanguageChange) -> String {
    ".It Li 0.\(change.minor)\n" + mdocSentences(change.before)
  }

  /// `str(pointer [, length])` as the words of a macro line.
  private static func heading(
    _ name: String, _ signature: Function.Signature, isBuiltin: Bool
  ) -> String {
    var words = ""
    for (index, parameter) in signature.parameters.enumerated() {
      let comma = index == 0 ? "" : " , "
      // The parentheses of a builtin may be missing only with all that is in them.
      let isOptional = parameter.isOptional && !(isBuiltin && index == 0)
      words +=
        isOptional
        ? " Op\(comma) Ar \(parameter.name)" : "\(comma) Ar \(parameter.name)"
    }
    if signature.isVariadic { words += " , ..." }
    if !words.isEmpty {
      let call = "Pq\(words)"
      return isBuiltin ? "Ic \(name) Ns Op \(call)" : "Ic \(name) Ns \(call)"
    }
    return isBuiltin ? "Ic \(name)" : "Ic \(name) Ns Pq"
  }

  private static func requirements(_ features: [KernelFeature]) -> String {
    features.map { feature in
      mdocSentences(
        "Needs a kernel with \(feature.summary)"
          + (feature.since.map { ", which Linux has since \($0)" } ?? ""))
    }.joined()
  }
}

extension ConfigOption {
  /// Whether only the environment may set it.
  fileprivate var isEnvironmental: Bool {
    if case .environmentOnly = kind { true } else { false }
  }

  /// The values it takes, as the words of a macro line; nil where a script cannot set it to anything
  /// that matters.
  fileprivate var values: String? {
    guard isUsed else { return nil }
    return switch kind {
    case .number: "Ar number"
    case .flag: "Li true | false"
    case .text, .form: "Ar text"
    case .word(let words, _): words.map { "Li \($0)" }.joined(separator: " | ")
    case .choice(let texts, _): texts.map { "Li \"\($0)\"" }.joined(separator: " | ")
    case .withoutEffect, .environmentOnly: nil
    }
  }
}
