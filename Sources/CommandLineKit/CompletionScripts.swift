/// A shell for which completion can be generated.
package enum Shell: String, CaseIterable, Hashable, Sendable {
  case bash, zsh, fish
}

/// What a command's operands are, for completion.
package enum OperandCompletion: Hashable, Sendable {
  /// Names of files.
  case file
  /// The words that a shell command prints, one on each line: `bt-tool list --names`.
  case output(of: String)
}

/// The completion script of `command` for `shell`.
///
/// The first line says that the file is generated. The script runs nothing but the command that
/// `operands` names, and that only while a user completes.
package func completionScript(
  of command: CommandSpec, for shell: Shell, operands: OperandCompletion = .file
) -> String {
  let header = "# Generated from the options of \(command.name); do not edit.\n"
  return switch shell {
  case .bash: header + bashScript(command, operands)
  case .zsh: "#compdef \(command.name)\n" + header + zshScript(command, operands)
  case .fish: header + fishScript(command, operands)
  }
}

// MARK: bash

private func bashScript(_ command: CommandSpec, _ operands: OperandCompletion) -> String {
  let function = "_" + command.name.map { $0.isLetter || $0.isNumber ? $0 : "_" }
  var text = "\(function)() {\n"
  text += "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
  text += "  COMPREPLY=()\n"
  text += "  case $prev in\n"
  for option in command.visibleOptions {
    guard case .required = option.argument else { continue }
    let pattern = spellings(option).joined(separator: " | ")
    text += "    \(pattern))\n"
    if let words = bashWords(option.completion) {
      text += "      mapfile -t COMPREPLY < <(compgen \(words) -- \"$cur\")\n"
    }
    text += "      return ;;\n"
  }
  text += "  esac\n"
  let all = command.visibleOptions.flatMap(spellings).joined(separator: " ")
  text += "  if [[ $cur == -* ]]; then\n"
  text += "    mapfile -t COMPREPLY < <(compgen -W '\(all)' -- \"$cur\")\n"
  text += "    return\n"
  text += "  fi\n"
  switch operands {
  case .file:
    text += "  mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
  case .output(let producer):
    text += "  mapfile -t COMPREPLY < <(compgen -W \"$(\(producer) 2>/dev/null)\" -- \"$cur\")\n"
  }
  text += "}\n"
  text += "complete -o filenames -F \(function) \(command.name)\n"
  return text
}

private func bashWords(_ completion: OptionSpec.Completion) -> String? {
  switch completion {
  case .nothing: nil
  case .file: "-f"
  case .directory: "-d"
  case .process: "-W \"$(cd /proc && printf '%s ' [0-9]*)\""
  case .command: "-c"
  case .words(let words): "-W '\(words.joined(separator: " "))'"
  }
}

// MARK: zsh

private func zshScript(_ command: CommandSpec, _ operands: OperandCompletion) -> String {
  var text = "_arguments -s -S \\\n"
  for option in command.visibleOptions {
    let names = spellings(option)
    let repeats = option.isRepeatable ? "*" : ""
    let explanation = "[\(zshQuoted(option.summary))]"
    for name in names {
      // A long name takes its value after `=` or as the next word, a letter joined or as the next.
      let joint =
        switch option.argument {
        case .none: ""
        case .required: name.hasPrefix("--") ? "=" : "+"
        case .optional: name.hasPrefix("--") ? "=-" : "-"
        }
      let others =
        names.count > 1 && !option.isRepeatable ? "(\(names.joined(separator: " ")))" : ""
      let value = option.valueName.map { ":\(zshQuoted($0)):\(zshAction(option.completion))" } ?? ""
      text += "  '\(others)\(repeats)\(name)\(joint)\(explanation)\(value)' \\\n"
    }
  }
  switch operands {
  case .file: text += "  '*:file:_files'\n"
  case .output(let producer): text += "  '*:name:{compadd -- $(\(producer) 2>/dev/null)}'\n"
  }
  return text
}

private func zshAction(_ completion: OptionSpec.Completion) -> String {
  switch completion {
  case .nothing: ""
  case .file: "_files"
  case .directory: "_files -/"
  case .process: "_pids"
  case .command: "_command_names"
  case .words(let words): "(\(words.joined(separator: " ")))"
  }
}

private func zshQuoted(_ text: String) -> String {
  text.reduce(into: "") { result, character in
    switch character {
    case "'": result += "'\\''"
    case "[", "]", ":", "\\": result += "\\\(character)"
    default: result.append(character)
    }
  }
}

// MARK: fish

private func fishScript(_ command: CommandSpec, _ operands: OperandCompletion) -> String {
  var text = ""
  if case .output(let producer) = operands {
    text += "complete -c \(command.name) -f -a '(\(producer) 2>/dev/null)'\n"
  }
  for option in command.visibleOptions {
    text += "complete -c \(command.name)"
    if let short = option.short { text += " -s \(short)" }
    if let long = option.long { text += " -l \(long)" }
    if case .required = option.argument {
      switch option.completion {
      case .file: text += " -r -F"
      case .directory: text += " -x -a '(__fish_complete_directories)'"
      case .process: text += " -x -a '(__fish_complete_pids)'"
      case .command: text += " -x -a '(__fish_complete_command)'"
      case .words(let words): text += " -x -a '\(words.joined(separator: " "))'"
      case .nothing: text += " -x"
      }
    }
    let quoted = option.summary.reduce(into: "") { result, character in
      result += character == "'" || character == "\\" ? "\\\(character)" : "\(character)"
    }
    text += " -d '\(quoted)'\n"
  }
  return text
}

private func spellings(_ option: OptionSpec) -> [String] {
  var names: [String] = []
  if let short = option.short { names.append("-\(short)") }
  if let long = option.long { names.append("--\(long)") }
  return names
}
