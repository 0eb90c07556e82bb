import CommandLineKit
import CommandLines
import LinuxSystem
import MachineView
import ToolLibrary
import TraceModel

/// What `bt-tool complete` answers to a shell.
struct Completer {
  let tools: ToolCollection
  let loader: ArtifactLoader

  /// One candidate on each line, with its explanation behind a tab. A line that begins with a colon
  /// says what the shell has to add itself: `:file`, `:directory` or `:command`.
  ///
  /// - Parameter words: The command as it was typed and the words behind it. The last one is being
  ///   typed and may be empty.
  func answer(_ words: [String]) -> String {
    guard let command = words.first, words.count > 1 else { return "" }
    let rest = Array(words.dropFirst())
    let offer =
      Tool.name(of: command) == RunnerCommandLine.name
      ? runner(rest) : (try? tools.find(command)).map { tool($0, rest) } ?? CompletionOffer()
    return lines(offer)
  }

  private func lines(_ offer: CompletionOffer) -> String {
    var candidates = offer.candidates
    var text = ""
    switch offer.others {
    case .nothing, .words, .list: break
    case .process: candidates += processes(after: offer.prefix)
    case .file: text = ":file\n"
    case .directory: text = ":directory\n"
    case .command: text = ":command\n"
    }
    for candidate in candidates {
      text += candidate.text
      if !candidate.explanation.isEmpty { text += "\t\(candidate.explanation)" }
      text += "\n"
    }
    return text
  }

  private func processes(after prefix: String) -> [CompletionOffer.Candidate] {
    let names = (try? FileSystem.list("/proc")) ?? []
    return names.compactMap { UInt32($0) }.sorted().map { pid in
      // A process may be gone by now.
      let name = (try? FileSystem.readText("/proc/\(pid)/comm")) ?? ""
      return .init("\(prefix)\(pid)", String(name.prefix { $0 != "\n" }))
    }
  }

  // MARK: bt-tool

  private func runner(_ words: [String]) -> CompletionOffer {
    var offer = completionOffer(
      of: ToolRunner.spec, words: words, ordering: .stopAtFirstOperand)
    guard let operands = offer.operands else { return offer }
    let last = words.last ?? ""
    guard let first = operands.first else {
      offer.candidates = commands(last) + names(last)
      if last.contains("/") { offer.others = .file }
      return offer
    }
    let behind = Array(operands.dropFirst()) + [last]
    if let command = ToolCommand.named(first) { return answer(command, behind) }
    return (try? tools.find(first)).map { tool($0, behind) } ?? CompletionOffer()
  }

  private func answer(_ command: ToolCommand, _ words: [String]) -> CompletionOffer {
    if case .words(let offer) = command.offer { return offer(words, self) }
    var offer = completionOffer(of: command.spec, words: words)
    // Only where an operand is typed, and may be.
    guard let operands = offer.operands, operands.count < command.mostOperands else {
      return offer
    }
    let last = words.last ?? ""
    switch command.offer {
    case .nothing, .words: break
    case .tools: offer.candidates = names(last)
    case .toolsAndCommands: offer.candidates = commands(last) + names(last)
    case .files: offer.others = .file
    case .toolsAndFiles:
      offer.candidates = names(last)
      offer.others = .file
    }
    return offer
  }

  /// What completes a file and the words behind it.
  func file(_ words: [String]) -> CompletionOffer {
    var offer = CompletionOffer()
    guard words.count > 1, let path = words.first else {
      offer.others = .file
      return offer
    }
    return (try? tools.find(path.contains("/") ? path : "./\(path)"))
      .map { tool($0, Array(words.dropFirst())) } ?? offer
  }

  /// What completes a word that may be a tool as well as any other program, and the words behind it.
  func executable(_ words: [String]) -> CompletionOffer {
    var offer = CompletionOffer()
    let last = words.last ?? ""
    guard words.count > 1, let word = words.first else {
      offer.candidates = names(last)
      offer.others = last.contains("/") ? .file : .command
      return offer
    }
    guard let found = try? tools.find(word) else {
      offer.others = .file
      return offer
    }
    return tool(found, Array(words.dropFirst()))
  }

  /// The commands that begin so.
  private func commands(_ start: String) -> [CompletionOffer.Candidate] {
    ToolCommand.all.filter { $0.name.hasPrefix(start) }.map { .init($0.name, $0.summary) }
  }

  /// The tools and their other names that begin so.
  private func names(_ start: String) -> [CompletionOffer.Candidate] {
    tools.all().flatMap { tool in
      let entry = loader.entry(of: tool)
      return [CompletionOffer.Candidate(tool.name, entry.summary)]
        + entry.aliases.map { CompletionOffer.Candidate($0.name, "as \(tool.name)") }
    }.filter { $0.text.hasPrefix(start) }
  }

  // MARK: A tool

  private func tool(_ tool: Tool, _ words: [String]) -> CompletionOffer {
    // Without its artifact nobody knows a tool's options; it is made once.
    guard let loaded = try? loader.load(tool) else { return CompletionOffer() }
    let manifest = loaded.artifact.manifest
    return completionOffer(
      of: RunnerCommandLine.command(
        name: tool.name, manual: ToolManual(manifest.manual), manifest: manifest,
        completing: OptionValues(for: manifest)), words: words)
  }
}
