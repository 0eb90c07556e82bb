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

/// Sentences, a line for each, ended by a full stop; mdoc wants a new sentence on a new line.
private func mdocSentences(_ text: String) -> String {
  var lines = ""
  for paragraph in text.split(separator: "\n") {
    var sentence = ""
    for word in paragraph.split(separator: " ") {
      sentence += (sentence.isEmpty ? "" : " ") + word
      if word.hasSuffix("."), word.count > 2, !word.hasSuffix("e.g."), !word.hasSuffix("i.e.") {
        lines += mdocEscaped(capitalized(sentence)) + "\n"
        sentence = ""
      }
    }
    if !sentence.isEmpty { lines += mdocEscaped(capitalized(sentence)) + ".\n" }
  }
  return lines
}

private func capitalized(_ sentence: String) -> String {
  sentence.prefix(1).uppercased() + sentence.dropFirst()
}
