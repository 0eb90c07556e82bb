internal import CommandLineKit
internal import CommandLines
internal import CommandSession
internal import ToolCommands

/// What the page of `bt-tool` takes from its declarations.
enum RunnerManual {
  static var sections: [String: String] {
    [
      "synopsis": ".Nm\n.Ar tool\n.Op Ar options of the tool\n"
        + ToolCommand.all.map { $0.mdocSynopsis }.joined(),
      "commands": ".Bl -tag -width Ds\n" + ToolCommand.all.map { $0.mdocItem }.joined() + ".El\n",
      "options": mdocOptions(of: ToolRunner.spec),
      "command-options": ToolCommand.all.map { $0.mdocOptions }.joined(),
      "common-options": mdocOptions(
        of: CommandSpec(
          name: RunnerCommandLine.name, summary: "", synopses: [],
          options: RunnerCommandLine.common)),
      "filter-options": mdocOptions(
        of: CommandSpec(
          name: RunnerCommandLine.name, summary: "", synopses: [],
          options: RunnerCommandLine.filters())),
      "environment": ToolRunner.spec.environment,
      "statuses": statuses,
      "diagnoses": Diagnoses.ofTracing(by: "\(RunnerCommandLine.name) opensnoop"),
      "tool-diagnoses": Diagnoses.ofTools,
    ]
  }

  private static var statuses: String {
    ".Bl -tag -width Ds\n"
      + ExitStatus.documented.map { ".It \($0.status.number)\n" + mdocSentences($0.meaning) }
      .joined()
      + ".El\n"
  }
}

extension ToolCommand {
  /// How it is called, as mdoc.
  fileprivate var mdocSynopsis: String {
    var lines = ".Nm\n.Cm \(name)\n"
    for option in visibleOptions {
      let spelling = option.short.map { "\($0)" } ?? "\\-\(mdocEscaped(option.long ?? ""))"
      lines += ".Op Fl \(spelling)\(option.valueName.map { " Ar \(mdocEscaped($0))" } ?? "")\n"
    }
    return lines + (operands.isEmpty ? "" : ".\(mdocOperands)\n")
  }

  /// What it does, as an item of a list in mdoc.
  fileprivate var mdocItem: String {
    let heading = "Cm \(name)" + (operands.isEmpty ? "" : " \(mdocOperands)")
    return ".It \(heading)\n" + mdocSentences(summary)
  }

  /// The words of a macro line: what is in brackets goes on to the end of the line.
  private var mdocOperands: String {
    var depth = 0
    let words = operands.split(separator: " ").map { word in
      let isOpening = word.hasPrefix("[")
      let isInside = depth > 0 && !isOpening
      depth += word.count { $0 == "[" } - word.count { $0 == "]" }
      let text = word.filter { $0 != "[" && $0 != "]" }
      let name = mdocEscaped(text.hasSuffix("...") ? "\(text.dropLast(3))" : text)
      return (isOpening ? "Op " : "") + (isInside ? "" : "Ar ") + name
        + (text.hasSuffix("...") ? " ..." : "")
    }
    return words.joined(separator: " ")
  }

  /// Its own options, as mdoc; nothing where there are none.
  fileprivate var mdocOptions: String {
    if visibleOptions.isEmpty { return "" }
    return ".Pp\nOf\n.Nm\n.Cm \(name) :\n"
      + CommandLineKit.mdocOptions(
        of: CommandSpec(name: name, summary: "", synopses: [], options: visibleOptions))
  }

  /// All but `--help`.
  private var visibleOptions: [OptionSpec] { options.filter { $0.id != "help" } }
}

extension CommandSpec {
  /// The appendix of environment variables as mdoc.
  var environment: String {
    appendices.filter { $0.title == "Environment" }.map { mdocEntries($0.entries, as: "Ev") }
      .joined()
  }
}
