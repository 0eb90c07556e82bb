/// The list of a command's options as mdoc(7), to stand in the OPTIONS section of its man page.
///
/// Sections other than the first become subsections. Ends with a line's end.
package func mdocOptions(of command: CommandSpec) -> String {
  var text = ""
  for (index, section) in command.visibleSections.enumerated() {
    if index > 0 { text += ".Ss \(mdocEscaped(section.title))\n" }
    text += ".Bl -tag -width Ds\n"
    for option in section.options {
      text += mdocItem(option)
    }
    text += ".El\n"
  }
  return text
}

/// One way to call a command as mdoc(7), to stand in the SYNOPSIS section: each part in brackets is a
/// line, each word in it is replaceable.
///
/// - Precondition: Brackets inside brackets stand last, as in `[INTERVAL [COUNT]]`.
package func mdocSynopsis(_ synopsis: CommandSpec.Synopsis) -> String {
  var lines = ".Nm\n"
  var depth = 0
  for word in synopsis.split(separator: " ") {
    lines += depth == 0 ? "." : " "
    let name = word.filter { $0 != "[" && $0 != "]" }
    if word.hasPrefix("[") { lines += "Op " }
    depth += word.count { $0 == "[" } - word.count { $0 == "]" }
    lines +=
      name.hasSuffix("...") ? "Ar \(mdocEscaped(String(name.dropLast(3)))) ..." : "Ar \(name)"
    if depth == 0 { lines += "\n" }
  }
  return lines
}

/// Names and explanations as mdoc(7), with a macro for the names such as `Ev` or `Ic`.
package func mdocEntries(_ entries: [CommandSpec.Appendix.Entry], as macro: String) -> String {
  var text = ".Bl -tag -width Ds\n"
  for entry in entries {
    let words = entry.name.split(separator: " ").map { word in
      word.allSatisfy { $0.isUppercase || $0 == "." } && macro != "Ev"
        ? "Ar \(mdocEscaped(String(word)))" : "\(macro) \(mdocEscaped(String(word)))"
    }
    text += ".It \(words.joined(separator: " "))\n" + mdocSentences(entry.explanation)
  }
  return text + ".El\n"
}

/// `text` as a line of mdoc: no request, no escape, and hyphens that stay hyphens.
package func mdocEscaped(_ text: String) -> String {
  var result = ""
  for character in text {
    switch character {
    case "\\": result += "\\e"
    case "-": result += "\\-"
    default: result.append(character)
    }
  }
  if result.first == "." || result.first == "'" { result = "\\&" + result }
  return result
}

/// Sentences as mdoc, each on a line of its own as mdoc wants it, ended by a full stop; code between
/// backticks is set in bold.
package func mdocSentences(_ text: String) -> String {
  var lines = ""
  for paragraph in text.split(separator: "\n") {
    var sentence = ""
    var isCode = false
    for word in paragraph.split(separator: " ") {
      sentence += (sentence.isEmpty ? "" : " ") + word
      if word.count(where: { $0 == "`" }) % 2 == 1 { isCode.toggle() }
      if !isCode, word.hasSuffix("."), word.count > 2, !word.hasSuffix("e.g."),
        !word.hasSuffix("i.e."), !word.hasSuffix("...")
      {
        lines += mdocLine(sentence) + "\n"
        sentence = ""
      }
    }
    if !sentence.isEmpty {
      let isEnded = sentence.hasSuffix(".") || sentence.hasSuffix(":")
      lines += mdocLine(sentence + (isEnded ? "" : ".")) + "\n"
    }
  }
  return lines
}

/// A sentence with its first letter in upper case, and code in bold.
private func mdocLine(_ sentence: String) -> String {
  var line = ""
  for (index, part) in capitalized(sentence).split(
    separator: "`", omittingEmptySubsequences: false
  ).enumerated() {
    line += index % 2 == 1 ? "\\fB\(mdocEscaped(String(part)))\\fP" : mdocProse(part)
  }
  return line.first == "." || line.first == "'" ? "\\&" + line : line
}

private func mdocProse(_ text: Substring) -> String {
  text.reduce(into: "") { $0 += $1 == "\\" ? "\\e" : "\($1)" }
}

private func mdocItem(_ option: OptionSpec) -> String {
  var forms: [String] = []
  let value = option.valueName.map { mdocArgument($0) }
  if let short = option.short {
    switch option.argument {
    case .none: forms.append("Fl \(short)")
    case .required: forms.append("Fl \(short) Ar \(value ?? "")")
    case .optional: forms.append("Fl \(short) Ns Op Ar \(value ?? "")")
    }
  }
  if let long = option.long {
    let name = "Fl \\-\(mdocEscaped(long))"
    switch option.argument {
    case .none: forms.append(name)
    case .required: forms.append("\(name) Ns = Ns Ar \(value ?? "")")
    case .optional: forms.append("\(name) Ns Op = Ns Ar \(value ?? "")")
    }
  }
  var text = ".It \(forms.joined(separator: " , "))\n"
  text += mdocSentences(option.summary)
  if option.isRepeatable { text += "May be given several times.\n" }
  if !option.details.isEmpty { text += mdocSentences(option.details) }
  return text
}

/// A value's name as one word of a macro line.
private func mdocArgument(_ name: String) -> String {
  let escaped = mdocEscaped(name)
  return escaped.contains(" ") ? "\"\(escaped)\"" : escaped
}

private func capitalized(_ sentence: String) -> String {
  sentence.prefix(1).uppercased() + sentence.dropFirst()
}
