package import CommandLineKit
internal import LinuxSystem
internal import MachineView
internal import Output
package import ToolLibrary
package import TraceModel

/// The command line of `bt-tool` and of the tools it runs, as data for parser, usage, completion and
/// man page.
package enum RunnerCommandLine {
  /// What the command is called.
  package static let name = "bt-tool"

  private static let section = "Options of every tool"

  /// Of every tool, as far as the tool has no option of that letter or word itself.
  package static let common: [OptionSpec] = [
    option(.process),
    OptionSpec(
      "runner-command", short: "c", long: "cmd", argument: .required("COMMAND"),
      completion: .command, section: section,
      summary: "start this command, trace it and what it starts, until it ends"),
    OptionSpec(
      StandardOption.duration.name, short: "d", long: StandardOption.duration.word,
      argument: .required("SECS"), section: section, summary: StandardOption.duration.summary),
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
      summary: "when to write: after each line, in large pieces, or at once (line, full, none)"),
    OptionSpec(
      "runner-buffer-pages", short: "b", long: "buffer-pages", argument: .required("PAGES"),
      section: section,
      summary: "pages of memory for events on their way from the kernel, rounded up to a power of "
        + "two; more lose fewer in a burst"),
    OptionSpec(
      "runner-raw", long: "raw", section: section,
      summary: "show control characters in texts of processes as they are, also on a terminal"),
    OptionSpec(
      "runner-quiet", short: "q", long: "quiet", section: section,
      summary: "do not print how many probes were attached"),
    OptionSpec(
      "runner-verbose", short: "v", long: "verbose", section: section,
      summary:
        "print what is being done, and at the end how often each probe fired, was missed, and had events "
        + "dropped"),
    OptionSpec(
      "runner-strict", long: "strict", section: section,
      summary:
        "make it a failure, with exit status 3, if anything was lost: events, elements of full maps, or "
        + "firings of probes"),
    OptionSpec(
      "runner-dry-run", long: "dry-run", section: section,
      summary: "stop when everything is attached"),
    OptionSpec(
      "runner-help", short: "h", long: "help", section: section, summary: "show this text"),
    OptionSpec(
      "runner-version", short: "V", long: "version", section: section,
      summary: "print the version"),
  ]

  /// Of tools whose programs know the filters.
  ///
  /// - Parameter values: What values are completed with; nil if nothing is to be completed.
  package static func filters(
    _ filters: [TaskFilter] = TaskFilter.guarded, completing values: OptionValues? = nil
  ) -> [OptionSpec] {
    let order: [TaskFilter] = [
      .thread, .user, .commandName, .parent, .cgroup, .cgroupMap, .mountNamespaceMap,
    ]
    var specs = order.filter(filters.contains).map { option($0, values) }
    // A container is found by either.
    if filters.contains(.cgroup), filters.contains(.mountNamespace) {
      specs.append(
        OptionSpec(
          containerID, long: "container", argument: .required("CONTAINER"), section: section,
          summary: "only this container of docker, podman or containerd, by name or id",
          details: "The beginning of an id will do, if no other container's begins like that."))
    }
    return specs
  }

  /// The option of a filter.
  private static func option(_ filter: TaskFilter, _ values: OptionValues? = nil) -> OptionSpec {
    let option = ToolOption(filter.standard)
    let isName = filter == .commandName
    return OptionSpec(
      id(of: filter), short: option.short, long: option.long, aliases: isName ? ["comm"] : [],
      argument: option.valueName.map { .required($0) } ?? .none,
      completion: option.completion(values), section: section, summary: option.help,
      details: isName
        ? "The name is what the kernel has, at most \(TaskFilter.nameCapacity - 1) bytes: that of the "
          + "program, unless a thread has chosen another. Also spelled --comm." : "")
  }

  /// Whether words behind a tool's name seem to ask for a text, which is certain only when the options of the tool
  /// are known.
  package static func seemToAskForText(_ words: [String]) -> Bool {
    common.contains { option in
      guard ["runner-help", "runner-version"].contains(option.id) else { return false }
      let letter = option.short.map { "-\($0)" }
      let word = option.long.map { "--\($0)" }
      return words.contains { $0 == letter || $0 == word }
    }
  }

  /// What the option of a filter is called among those of a tool.
  package static func id(of filter: TaskFilter) -> String { "runner-\(filter)" }

  /// What `--container` is called among them.
  package static let containerID = "runner-container"

  /// A tool that is called `name`.
  ///
  /// - Parameter values: What values are completed with; nil if nothing is to be completed, because
  ///   finding the names takes a while.
  package static func command(
    name: String, manual: ToolManual, manifest: Manifest, completing values: OptionValues? = nil
  ) -> CommandSpec {
    let options = ToolOption.all(of: manifest)
    var positional = ""
    for option in options.reversed() where option.isPositional {
      let rest = positional.isEmpty ? "" : " \(positional)"
      positional = "[\(option.valueName ?? option.name)\(rest)]"
    }
    if positional.isEmpty, manifest.takesParameters { positional = "[PARAMETER...]" }
    let synopsis = "[options]" + (positional.isEmpty ? "" : " \(positional)")
    let explained = options.filter(\.isPositional).map {
      CommandSpec.Appendix.Entry($0.valueName ?? $0.name, $0.help)
    }
    return CommandSpec(
      name: name, summary: manual.summary, synopses: [synopsis],
      options: all(for: options, of: manifest, completing: values),
      appendices: [
        CommandSpec.Appendix(title: "Arguments", entries: explained),
        CommandSpec.Appendix(title: "Other names", entries: manifest.otherNames),
      ].filter { !$0.entries.isEmpty })
  }

  /// What an option of a tool is called among those of its command line: a filter that the tool
  /// spells in its own way is the runner's.
  package static func id(of option: ToolOption) -> String {
    option.standard?.filter.map { id(of: $0) } ?? option.name
  }

  /// The tool's options, then the common ones without the names that the tool has taken.
  private static func all(
    for options: [ToolOption], of manifest: Manifest, completing values: OptionValues?
  ) -> [OptionSpec] {
    let target = manifest.configuration.filtersProcesses ? common.prefix(1) : []
    let all = target + filters(manifest.taskFilters, completing: values) + common.dropFirst()
    let usual = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) })
    // What the tool has as an argument without dashes too is as usual with them.
    let named = options.filter { option in
      !option.words.isEmpty
        && !((option.isOffered || option.isPositional) && usual[id(of: option)] != nil)
    }
    // A tool that filters by process itself has taken over -p, whatever letter it says.
    let takesPID = named.contains { $0.filtersProcesses && $0.short == nil }
    let taken = Set(named.flatMap(\.words))
    let specs = named.map { option in
      let others = usual[id(of: option)]?.aliases.filter { !taken.contains($0) } ?? []
      return OptionSpec(
        id(of: option),
        short: option.short ?? (takesPID && option.filtersProcesses ? "p" : nil),
        otherLetters: Array(option.letters.dropFirst()), long: option.long,
        aliases: option.words.dropFirst() + others,
        argument: option.valueName.map { .required($0) } ?? .none,
        completion: option.completion(values), isRepeatable: option.isList,
        summary: option.help)
    }
    // What a tool spells in its own way is not there again.
    let own = Set(named.map(id))
    let letters = Set(specs.flatMap { ($0.short.map { [$0] } ?? []) + $0.otherLetters })
    let words = Set(specs.flatMap { ($0.long.map { [$0] } ?? []) + $0.aliases })
    return specs
      + all.compactMap { spec in
        let short = spec.short.flatMap { letters.contains($0) ? nil : $0 }
        // The word is what an option is; a letter alone would be a surprise.
        var names = ((spec.long.map { [$0] } ?? []) + spec.aliases).filter { !words.contains($0) }
        guard !names.isEmpty, !own.contains(spec.id) else { return nil }
        return OptionSpec(
          spec.id, short: short, long: names.removeFirst(), aliases: names,
          argument: spec.argument, completion: spec.completion, section: spec.section,
          summary: spec.summary, details: spec.details)
      }
  }
}

extension ToolOption {
  /// Whether the script chooses processes by it itself.
  fileprivate var filtersProcesses: Bool {
    name == ScriptOption.processName && parameter.declaration == nil
  }

  /// What its value may be completed with.
  ///
  /// - Parameter values: Nil if no names are to be looked for.
  fileprivate func completion(_ values: OptionValues?) -> OptionSpec.Completion {
    switch kind {
    case .process, .thread: return .process
    case .path: return .file
    case .choice(let words): return .words(words)
    default:
      guard let words = values?.words(of: kind) else { break }
      return isList || kind == .openFlags ? .list(words) : .words(words)
    }
    switch valueName {
    case "PID", "PPID", "TID": return .process
    case "DIR": return .directory
    case "COMMAND": return .command
    default: return .nothing
    }
  }
}

extension Manifest {
  /// What a tool is called besides its name, as a list.
  fileprivate var otherNames: [CommandSpec.Appendix.Entry] {
    aliases.map { alias in
      let options = alias.words.isEmpty ? "" : " " + alias.words.joined(separator: " ")
      return CommandSpec.Appendix.Entry(
        alias.name, "the same as \(Tool.name(of: script))\(options)")
    }
  }
}
