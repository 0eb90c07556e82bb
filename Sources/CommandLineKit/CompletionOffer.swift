/// What a shell may offer for the last of the words on a command line.
package struct CompletionOffer: Hashable, Sendable {
  /// One word that may stand there.
  package struct Candidate: Hashable, Sendable {
    /// The whole word, with what the user has typed of it.
    package let text: String
    /// One phrase, or nothing.
    package let explanation: String

    /// Makes a candidate.
    package init(_ text: String, _ explanation: String = "") {
      self.text = text
      self.explanation = explanation
    }
  }

  /// The words that are known, in the order of declaration; each begins with what was typed.
  package var candidates: [Candidate] = []
  /// What is known to the shell or the machine only: files, folders, programs, processes.
  package var others: OptionSpec.Completion = .nothing
  /// What the last word has before the value: `--pid=`, `-p`, or nothing.
  package var prefix = ""
  /// The words before the last one that are not options, if the last one is not an option either; nil
  /// where an option or its value is completed.
  package var operands: [String]?

  /// An offer of nothing.
  package init() {}
}

/// What may stand in place of the last word of a command line; the words before it are read by the
/// rules of `ArgumentParser`, as far as they make sense.
///
/// - Parameter words: What stands behind the command's name. The last one is being typed and may be
///   empty.
package func completionOffer(
  of command: CommandSpec, words: [String], ordering: ArgumentParser.Ordering = .permute
) -> CompletionOffer {
  var operands: [String] = []
  var given: Set<String> = []
  var readsOptions = true
  var waiting: OptionSpec?
  for word in words.dropLast() {
    if waiting != nil {
      waiting = nil
    } else if !readsOptions || !word.hasPrefix("-") || word == "-" {
      operands.append(word)
      if ordering == .stopAtFirstOperand { readsOptions = false }
    } else if word == "--" {
      readsOptions = false
    } else {
      let (options, lastWaits) = command.options(in: word)
      given.formUnion(options.map(\.id))
      if lastWaits { waiting = options.last }
    }
  }
  let last = words.last ?? ""
  if let waiting { return offer(ofValue: last, of: waiting, after: "") }
  guard readsOptions, last.hasPrefix("-") else {
    var offer = CompletionOffer()
    offer.operands = operands
    return offer
  }
  if let (option, prefix) = command.optionWithValue(in: last) {
    return offer(ofValue: String(last.dropFirst(prefix.count)), of: option, after: prefix)
  }
  var offer = CompletionOffer()
  for option in command.visibleOptions where option.isRepeatable || !given.contains(option.id) {
    for name in option.spellings where name.hasPrefix(last) {
      offer.candidates.append(.init(name, option.summary))
    }
  }
  return offer
}

private func offer(
  ofValue typed: String, of option: OptionSpec, after prefix: String
) -> CompletionOffer {
  var offer = CompletionOffer()
  offer.prefix = prefix
  offer.others = option.completion
  switch option.completion {
  case .words(let words):
    offer.others = .nothing
    offer.candidates = words.filter { $0.hasPrefix(typed) }.map { .init(prefix + $0) }
  case .list(let words):
    let given = typed.split(separator: ",", omittingEmptySubsequences: false).dropLast()
    let start = prefix + given.map { "\($0)," }.joined()
    let last = typed.dropFirst(start.count - prefix.count)
    offer.others = .nothing
    offer.candidates = words.filter { $0.hasPrefix(last) && !given.contains($0[...]) }
      .map { .init(start + $0) }
  default: break
  }
  return offer
}

extension CommandSpec {
  /// The options that a word with dashes names, and whether the last of them takes the next word.
  fileprivate func options(in word: String) -> (options: [OptionSpec], lastWaits: Bool) {
    if word.hasPrefix("--") {
      let name = word.dropFirst(2).prefix { $0 != "=" }
      guard let option = option(long: name) else { return ([], false) }
      let isWhole = name.count + 2 == word.count
      return ([option], isWhole && option.wantsValue)
    }
    var found: [OptionSpec] = []
    var letters = word.dropFirst()
    while let letter = letters.popFirst() {
      guard let option = options.first(where: { $0.has(letter: letter) }) else { break }
      found.append(option)
      if option.wantsValue { return (found, letters.isEmpty) }
    }
    return (found, false)
  }

  /// The option whose value a word has already begun with, and what stands before the value.
  fileprivate func optionWithValue(in word: String) -> (option: OptionSpec, prefix: String)? {
    if word.hasPrefix("--") {
      let name = word.dropFirst(2).prefix { $0 != "=" }
      guard name.count + 2 < word.count, let option = option(long: name), option.argument != .none
      else { return nil }
      return (option, "--\(name)=")
    }
    var prefix = "-"
    for letter in word.dropFirst() {
      guard let option = options.first(where: { $0.has(letter: letter) }) else { return nil }
      prefix.append(letter)
      // Right behind the letter the user may as well go on with a space.
      if option.wantsValue { return prefix.count < word.count ? (option, prefix) : nil }
    }
    return nil
  }

  /// The option of a name or of the beginning of just one.
  private func option(long name: Substring) -> OptionSpec? {
    if let exact = options.first(where: { $0.longNames.contains(String(name)) }) { return exact }
    let similar = options.filter { option in
      option.longNames.contains { $0.hasPrefix(name) }
    }
    return similar.count == 1 ? similar[0] : nil
  }
}

extension OptionSpec {
  fileprivate var wantsValue: Bool {
    if case .required = argument { true } else { false }
  }

  /// The option with its dashes, the letter first.
  var spellings: [String] {
    var names: [String] = []
    if let short { names.append("-\(short)") }
    if let long { names.append("--\(long)") }
    return names
  }
}
