import CommandLineKit
import LinuxSystem
import Output
import ToolLibrary
import TraceModel

/// The options of the command itself, and those that it adds to every tool.
enum RunnerOptions {
  private static let section = "Options of every tool"

  /// Of `bt-tool` without a tool.
  static let own: [OptionSpec] = [
    OptionSpec("help", short: "h", long: "help", summary: "show this text"),
    OptionSpec("version", short: "V", long: "version", summary: "tell the version"),
  ]

  /// Of `bt-tool list`.
  static let listing: [OptionSpec] = [
    OptionSpec(
      "verbose", short: "v", long: "verbose",
      summary: "tell also where each tool is and whether it has to be compiled first"),
    OptionSpec("help", short: "h", long: "help", summary: "show this text"),
  ]

  /// Of every tool, as far as the tool has no option of that letter or word itself.
  static let common: [OptionSpec] = [
    OptionSpec(
      "runner-pid", short: "p", long: "pid", argument: .required("PID"), completion: .process,
      section: section, summary: "trace this process only, until it ends"),
    OptionSpec(
      "runner-command", short: "c", long: "cmd", argument: .required("COMMAND"),
      completion: .command, section: section,
      summary: "start this command and trace it, until it ends"),
    OptionSpec(
      "runner-duration", short: "d", long: "duration", argument: .required("SECS"),
      section: section, summary: "stop after this time; 500ms and 2m are understood as well"),
    OptionSpec(
      "runner-format", short: "f", long: "format", argument: .required("FORMAT"),
      completion: .words(RendererSpec.all.map(\.name)), section: section,
      summary: "print as " + RendererSpec.all.map(\.name).joined(separator: " or ")),
    OptionSpec(
      "runner-output", short: "o", long: "output", argument: .required("FILE"),
      completion: .file, section: section, summary: "write to this file"),
    OptionSpec(
      "runner-buffering", short: "B", long: "buffering", argument: .required("MODE"),
      completion: .words(OutputFile.Buffering.allCases.map(\.rawValue)), section: section,
      summary: "write after each line, when there is much, or at once (line, full, none)"),
    OptionSpec(
      "runner-quiet", short: "q", long: "quiet", section: section,
      summary: "do not tell how many probes were attached"),
    OptionSpec(
      "runner-verbose", short: "v", long: "verbose", section: section,
      summary: "tell what is being done"),
    OptionSpec(
      "runner-dry-run", long: "dry-run", section: section,
      summary: "stop when everything is attached"),
    OptionSpec(
      "runner-help", short: "h", long: "help", section: section, summary: "show this text"),
    OptionSpec(
      "runner-version", short: "V", long: "version", section: section,
      summary: "tell the version"),
  ]

  /// The tool's options, then the common ones without the names that the tool has taken.
  static func all(for options: [ToolOption]) -> [OptionSpec] {
    let named = options.filter { !$0.isPositional }
    // A tool that filters by process itself has taken over -p, whatever letter it declares.
    let takesPID = named.contains { $0.name == "pid" && $0.short == nil }
    let specs = named.map { option in
      OptionSpec(
        option.name, short: option.short ?? (takesPID && option.name == "pid" ? "p" : nil),
        long: option.long,
        argument: option.valueName.map { .required($0) } ?? .none,
        completion: option.valueName == "PID" ? .process : .nothing, summary: option.help)
    }
    let letters = Set(specs.compactMap(\.short))
    let words = Set(specs.compactMap(\.long))
    return specs
      + common.compactMap { spec in
        let short = spec.short.flatMap { letters.contains($0) ? nil : $0 }
        let long = spec.long.flatMap { words.contains($0) ? nil : $0 }
        // The word is what an option is; a letter alone would be a surprise.
        guard let long else { return nil }
        return OptionSpec(
          spec.id, short: short, long: long, argument: spec.argument,
          completion: spec.completion, section: spec.section, summary: spec.summary)
      }
  }
}
