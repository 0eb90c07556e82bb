internal import CommandLineKit
internal import CommandLines

/// What the page of `bt-tool` takes from its declarations.
enum RunnerManual {
  static var sections: [String: String] {
    [
      "commands": mdocEntries(
        RunnerCommandLine.subcommands.map { .init($0.usage, $0.summary) }, as: "Cm"),
      "options": mdocOptions(of: RunnerCommandLine.command),
      "list-options": mdocOptions(of: RunnerCommandLine.listCommand),
      "show-options": mdocOptions(of: RunnerCommandLine.showCommand),
      "render-options": mdocOptions(of: RunnerCommandLine.renderCommand),
      "common-options": mdocOptions(
        of: CommandSpec(
          name: RunnerCommandLine.name, summary: "", synopses: [],
          options: RunnerCommandLine.common)),
      "filter-options": mdocOptions(
        of: CommandSpec(
          name: RunnerCommandLine.name, summary: "", synopses: [],
          options: RunnerCommandLine.filters())),
      "environment": RunnerCommandLine.command.environment,
      "diagnoses": Diagnoses.ofTracing(by: "\(RunnerCommandLine.name) opensnoop"),
      "tool-diagnoses": Diagnoses.ofTools,
    ]
  }
}

extension CommandSpec {
  /// The appendix of environment variables as mdoc.
  var environment: String {
    appendices.filter { $0.title == "Environment" }.map { mdocEntries($0.entries, as: "Ev") }
      .joined()
  }
}
