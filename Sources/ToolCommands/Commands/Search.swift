internal import CommandLineKit
internal import CommandSession
internal import SystemText
internal import ToolLibrary
internal import TraceModel

extension ToolCommand {
  static let search = ToolCommand(
    "search", "WORD...", "find tools by words in names, summaries, options and manuals, best first",
    isForContainers: true
  ) { parsed, runner throws(CommandFailure) in
    let words = parsed.operands.flatMap { $0.lowercased().split(separator: " ").map(String.init) }
    let found = runner.tools.all().map { runner.loader.entry(of: $0) }.compactMap { entry in
      Finding(entry, words)
    }.sorted { ($1.score, $0.entry.tool.name) < ($0.score, $1.entry.tool.name) }
    guard !found.isEmpty else {
      throw CommandFailure(
        .error(
          "no tool has to do with '\(parsed.operands.joined(separator: " "))'",
          hints: ["\(ToolRunner.name) list shows the tools there are"]))
    }
    let width = found.map(\.entry.tool.name.count).max() ?? 0
    let margin = String(repeating: " ", count: width + 2)
    var text = ""
    for finding in found {
      let name = finding.entry.tool.name
      let padding = String(repeating: " ", count: width - name.count)
      text += "\(name)\(padding)  \(finding.entry.summary)\n"
      for line in finding.lines { text += "\(margin)\(line)\n" }
    }
    Messages.output(text.systemBytes)
    return .success
  }
}

/// A tool in which every word was found.
private struct Finding {
  let entry: ToolEntry
  /// More for names than for summaries, options and manuals, in this order.
  private(set) var score = 0
  /// What has the words where neither name nor summary has them.
  private(set) var lines: [String] = []

  /// Nil if one of the words is nowhere.
  init?(_ entry: ToolEntry, _ words: [String]) {
    self.entry = entry
    for word in words {
      guard let found = look(for: word) else { return nil }
      score += found.score
      if let line = found.line, !lines.contains(line) { lines.append(line) }
    }
  }

  private func look(for word: String) -> (score: Int, line: String?)? {
    let name = entry.tool.name.lowercased()
    if name == word { return (100, nil) }
    for alias in entry.aliases where alias.name.lowercased() == word {
      return (90, "also called: \(alias.shown)")
    }
    if name.hasPrefix(word) { return (80, nil) }
    if name.contains(text: word) { return (70, nil) }
    for alias in entry.aliases where alias.name.lowercased().contains(text: word) {
      return (60, "also called: \(alias.shown)")
    }
    let summary = entry.summary.lowercased()
    if Self.words(of: summary).contains(word) { return (50, nil) }
    if summary.hasWord(beginningWith: word) { return (40, nil) }
    if let subject = entry.subject, subject.title.lowercased().hasWord(beginningWith: word) {
      return (30, "about: \(subject.title)")
    }
    for option in entry.manifest.map(ToolOption.all) ?? [] {
      let line = "\(option.usageHeading): \(option.help)"
      if line.lowercased().hasWord(beginningWith: word) { return (20, line) }
    }
    for line in entry.manual.text.split(separator: "\n")
    where line.lowercased().hasWord(beginningWith: word) {
      return (10, String(line.drop { $0 == " " }))
    }
    return nil
  }

  private static func words(of text: String) -> [String] {
    text.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init)
  }
}

extension ToolOption {
  /// The names and the value, as the usage shows them.
  var usageHeading: String {
    if isPositional { return valueName ?? name }
    let names = (short.map { ["-\($0)"] } ?? []) + (long.map { ["--\($0)"] } ?? [])
    return names.joined(separator: ", ") + (valueName.map { " \($0)" } ?? "")
  }
}

extension String {
  /// Whether `text` is somewhere in it.
  fileprivate func contains(text: String) -> Bool { has(text) { _ in true } }

  /// Whether `text` is in it at the beginning of a word.
  fileprivate func hasWord(beginningWith text: String) -> Bool {
    has(text) { before in before.map { !$0.isLetter && !$0.isNumber } ?? true }
  }

  /// Whether `text` is in it behind a character that `accepts`, which is nil at the beginning.
  private func has(_ text: String, behind accepts: (Character?) -> Bool) -> Bool {
    let (whole, part) = (Array(utf8), Array(text.utf8))
    guard part.count <= whole.count else { return false }
    return (0...(whole.count - part.count)).contains { start in
      whole[start...].starts(with: part)
        && accepts(start == 0 ? nil : Character(Unicode.Scalar(whole[start - 1])))
    }
  }
}
