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
    case .nothing, .words: break
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
      of: RunnerCommandLine.command, words: words, ordering: .stopAtFirstOperand)
    guard let operands = offer.operands else { return offer }
    let last = words.last ?? ""
    guard let first = operands.first else {
      offer.candidates = RunnerCommandLine.subcommands.filter { $0.name.hasPrefix(last) }
        .map { .init($0.name, $0.summary) }
      offer.candidates += names(last)
      if last.contains("/") { offer.others = .file }
      return offer
    }
    let behind = Array(operands.dropFirst()) + [last]
    switch first {
    case "list": return completionOffer(of: RunnerCommandLine.listCommand, words: behind)
    case "show":
      var offer = completionOffer(of: RunnerCommandLine.showCommand, words: behind)
      if let operands = offer.operands {
        offer.candidates = operands.isEmpty ? names(last) : []
        offer.others = .file
      }
      return offer
    case "render":
      var offer = completionOffer(of: RunnerCommandLine.renderCommand, words: behind)
      if offer.operands != nil { offer.others = .file }
      return offer
    case "help":
      offer.candidates = behind.count == 1 ? names(last) : []
      return offer
    case "run":
      guard behind.count > 1, let path = behind.first else {
        offer.others = .file
        return offer
      }
      return (try? tools.find(path.contains("/") ? path : "./\(path)"))
        .map { tool($0, Array(behind.dropFirst())) } ?? CompletionOffer()
    case "exec":
      guard behind.count > 1, let word = behind.first else {
        offer.candidates = names(last)
        offer.others = last.contains("/") ? .file : .command
        return offer
      }
      guard let found = try? tools.find(word) else {
        offer.others = .file
        return offer
      }
      return tool(found, Array(behind.dropFirst()))
    default:
      return (try? tools.find(first)).map { tool($0, behind) } ?? CompletionOffer()
    }
  }

  /// The tools whose names begin so.
  private func names(_ start: String) -> [CompletionOffer.Candidate] {
    tools.all().filter { $0.name.hasPrefix(start) }
      .map { .init($0.name, loader.manual(of: $0).summary) }
  }

  // MARK: A tool

  private func tool(_ tool: Tool, _ words: [String]) -> CompletionOffer {
    // Without its artifact nobody knows a tool's options; it is made once.
    guard let loaded = try? loader.load(tool) else { return CompletionOffer() }
    let manifest = loaded.artifact.manifest
    return completionOffer(
      of: RunnerCommandLine.command(
        name: tool.name, manual: ToolManual(manifest.manual), manifest: manifest,
        completingFor: manifest.architecture), words: words)
  }
}
