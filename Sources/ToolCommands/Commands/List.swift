internal import CommandLineKit
internal import CommandSession
internal import LinuxSystem
internal import MachineView
internal import SystemText
internal import ToolLibrary
internal import TraceModel
internal import TraceRuntime

extension ToolCommand {
  /// Lists tools by subject. Of those that are compiled the manifests alone are read.
  static let list = ToolCommand(
    "list", "[WORD]", "list the tools by subject, and what keeps one from working on this kernel",
    options: [
      OptionSpec(
        "verbose", short: "v", long: "verbose",
        summary: "also print where each tool is, its other names and whether it has to be compiled "
          + "first")
    ], isForContainers: true
  ) { parsed, runner throws(CommandFailure) in
    let wanted = NamePattern("*\(parsed.operands.first ?? "")*")
    let entries = runner.tools.all().map { runner.loader.entry(of: $0) }.filter { entry in
      wanted.matches(entry.tool.name) || wanted.matches(entry.summary)
        || entry.aliases.contains { wanted.matches($0.name) }
        || entry.subject.map { wanted.matches($0.title.lowercased()) } ?? false
    }
    if let word = parsed.operands.first, entries.isEmpty {
      throw CommandFailure(
        .error(
          "no tool has '\(word)' in its name, summary or subject",
          hints: ["\(ToolRunner.name) search \(word) looks into options and manuals, too"]))
    }
    let readiness = Readiness.obstacle == nil ? Readiness(runner) : nil
    let isVerbose = parsed.contains("verbose")
    let listing = ToolListing(
      entries.map { entry in
        ToolListing.Entry(
          name: entry.tool.name, summary: entry.summary, subject: entry.subject,
          remarks: obstacles(to: entry, readiness)
            + (isVerbose ? particulars(of: entry, runner.loader) : []))
      })
    Messages.output(listing.text.systemBytes)
    return .success
  }

  /// What keeps a tool from working here, if that can be found out.
  private static func obstacles(to entry: ToolEntry, _ readiness: Readiness?) -> [String] {
    guard let readiness, let manifest = entry.manifest,
      let failure = readiness.preview(manifest).failure
    else { return [] }
    return ["does not work here: \(readiness.sentence(failure, of: manifest))"]
  }

  private static func particulars(of entry: ToolEntry, _ loader: ArtifactLoader) -> [String] {
    var lines = [entry.tool.script ?? entry.tool.artifact ?? ""]
    if !entry.aliases.isEmpty {
      lines.append("also called: \(entry.aliases.map(\.shown).joined(separator: ", "))")
    }
    if let flaw = loader.flaw(of: entry.tool) {
      lines.append("compiled when it is run: \(flaw.clause)")
    }
    return lines
  }
}

extension ToolAlias {
  /// The name, with what it presets.
  var shown: String { words.isEmpty ? name : "\(name) (\(words.joined(separator: " ")))" }
}
