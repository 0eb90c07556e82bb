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
  /// Names of files; with an option, given by its id, names of another kind: they begin with one of
  /// `beginnings`, and go on as `command` prints that gets what is typed, with `*` behind it.
  case fileUnless(option: String, beginnings: [String], command: String)
}

/// The completion script of `command` for `shell`.
///
/// The first line says that the file is generated. The script runs nothing but the command that
/// `operands` names, and that only while a user completes.
///
/// - Parameter vocabulary: The words of which the value of an option consists, by the option's id; the
///   last of them is completed.
package func completionScript(
  of command: CommandSpec, for shell: Shell, operands: OperandCompletion = .file,
  vocabulary: [String: [String]] = [:]
) -> String {
  let header = "# Generated from the options of \(command.name); do not edit.\n"
  let script = CompletionScript(command: command, operands: operands, vocabulary: vocabulary)
  return switch shell {
  case .bash: header + script.bash
  case .zsh: "#compdef \(command.name)\n" + header + script.zsh
  case .fish: header + script.fish
  }
}

private struct CompletionScript {
  let command: CommandSpec
  let operands: OperandCompletion
  let vocabulary: [String: [String]]

  /// The command's name as that of a shell function.
  var function: String {
    "_" + command.name.map { $0.isLetter || $0.isNumber ? $0 : "_" }
  }

  private func option(_ id: String) -> OptionSpec? { command.options.first { $0.id == id } }

  // MARK: bash

  /// The shell takes words apart at `=` and `:` and replaces only what is behind.
  var bash: String {
    var text = #"""
      \#(function)() {
        local words=() word joins= before= i
        for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
          if [[ $joins || $word =~ ^[=:]+$ ]] && ((${#words[@]} > 1)); then
            words[-1]+=$word
            [[ $word =~ ^[=:]+$ ]] && joins=1 || joins=
          else
            words+=("$word")
          fi
        done
        local cur=${words[-1]} prev=${words[-2]} rest=${COMP_WORDS[COMP_CWORD]}
        [[ $rest =~ ^[=:]+$ ]] && rest=
        local kept=${cur%"$rest"}
        if [[ $cur == --*=* ]]; then
          prev=${cur%%=*}
          before=$prev=
          cur=${cur#*=}
        fi
        COMPREPLY=()
        case $prev in

      """#
    for option in command.visibleOptions {
      guard case .required = option.argument else { continue }
      text += "    \(option.spellings.joined(separator: " | ")))\n"
      if let words = vocabulary[option.id] {
        text += #"""
                cur=${cur#[\"\']}
                word=${cur##*[!a-zA-Z0-9_]}
                compopt -o nospace 2>/dev/null
                mapfile -t COMPREPLY < <(compgen -P "${cur%"$word"}" -W '\#(words.joined(separator: " "))' -- "$word")

          """#
      } else if let words = bashWords(option.completion) {
        if words.hasPrefix("-f") || words.hasPrefix("-d") {
          text += "      compopt -o filenames 2>/dev/null\n"
        }
        text += "      mapfile -t COMPREPLY < <(compgen \(words) -- \"$cur\")\n"
      }
      text += "      ;;\n"
    }
    let all = command.visibleOptions.flatMap(\.spellings).joined(separator: " ")
    text += """
          *)
            if [[ $cur == -* ]]; then
              mapfile -t COMPREPLY < <(compgen -W '\(all)' -- "$cur")

      """
    switch operands {
    case .file:
      text += "      else\n"
      text += bashFiles
    case .output(let producer):
      text += "      else\n"
      text +=
        "        mapfile -t COMPREPLY < <(compgen -W \"$(\(producer) 2>/dev/null)\" -- \"$cur\")\n"
    case .fileUnless(let id, let beginnings, let producer):
      let spellings = option(id)?.spellings ?? []
      let test = spellings.map { name in
        name.hasPrefix("--") ? #"" \#(name) "*"# : #"" \#(name)"*"#
      }.map { "\" ${words[*]:1} \" == *\($0)" }.joined(separator: " || ")
      text += #"""
              elif [[ \#(test) ]]; then
                cur=${cur#[\"\']}
                compopt -o nospace 2>/dev/null
                if [[ $cur == *:* ]]; then
                  mapfile -t COMPREPLY < <(\#(producer) "$cur*" 2>/dev/null)
                else
                  mapfile -t COMPREPLY < <(compgen -W '\#(beginnings.joined(separator: " "))' -- "$cur")
                fi
              else

        """#
      text += bashFiles
    }
    text += #"""
            fi
            ;;
        esac
        for i in "${!COMPREPLY[@]}"; do
          word=$before${COMPREPLY[i]}
          COMPREPLY[i]=${word#"$kept"}
        done
      }
      complete -F \#(function) \#(command.name)

      """#
    return text
  }

  private var bashFiles: String {
    """
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")

    """
  }

  private func bashWords(_ completion: OptionSpec.Completion) -> String? {
    switch completion {
    case .nothing: nil
    case .file: "-f"
    case .directory: "-d"
    case .process: "-W \"$(cd /proc && printf '%s ' [0-9]*)\""
    case .command: "-c"
    case .words(let words), .list(let words): "-W '\(words.joined(separator: " "))'"
    }
  }

  // MARK: zsh

  var zsh: String {
    var text = "local curcontext=$curcontext state line\n"
    text += "typeset -A opt_args\n"
    text += "_arguments -C -s -S \\\n"
    for option in command.visibleOptions {
      let names = option.spellings
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
        let action =
          vocabulary[option.id] != nil ? "->\(option.id)" : zshAction(option.completion)
        let value = option.valueName.map { ":\(zshQuoted($0)):\(action)" } ?? ""
        text += "  '\(others)\(repeats)\(name)\(joint)\(explanation)\(value)' \\\n"
      }
    }
    switch operands {
    case .file: text += "  '*:file:_files'\n"
    case .output(let producer): text += "  '*:name:{compadd -- $(\(producer) 2>/dev/null)}'\n"
    case .fileUnless: text += "  '*:file:->operand'\n"
    }
    text += "case $state in\n"
    for id in vocabulary.keys.sorted() {
      text += """
          \(id))
            compset -P '*[^a-zA-Z0-9_]'
            compadd -S '' -- \((vocabulary[id] ?? []).joined(separator: " "))
            ;;

        """
    }
    if case .fileUnless(let id, let beginnings, let producer) = operands {
      let given = (option(id)?.spellings ?? []).map { "$+opt_args[\($0)]" }
        .joined(separator: " || ")
      text += """
          operand)
            if (( ! (\(given)) )); then
              _files
            elif [[ $PREFIX == *:* ]]; then
              compadd -S '' -- ${(f)"$(\(producer) "$PREFIX*" 2>/dev/null)"}
            else
              compadd -S '' -- \(beginnings.joined(separator: " "))
            fi
            ;;

        """
    }
    return text + "esac\n"
  }

  private func zshAction(_ completion: OptionSpec.Completion) -> String {
    switch completion {
    case .nothing: ""
    case .file: "_files"
    case .directory: "_files -/"
    case .process: "_pids"
    case .command: "_command_names"
    case .words(let words), .list(let words): "(\(words.joined(separator: " ")))"
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

  var fish: String {
    var text = ""
    switch operands {
    case .file: break
    case .output(let producer):
      text += "complete -c \(command.name) -f -a '(\(producer) 2>/dev/null)'\n"
    case .fileUnless(let id, let beginnings, let producer):
      let option = option(id)
      let short = option?.short.map { " -s \($0)" } ?? ""
      let long = option?.long.map { " \($0)" } ?? ""
      text += #"""
        function _\#(function)_\#(id)
          set -l start (commandline -ct | string trim -l -c '"\'')
          if string match -q '*:*' -- "$start"
            \#(producer) "$start*" 2>/dev/null
          else
            printf '%s\n' \#(beginnings.joined(separator: " "))
          end
        end
        complete -c \#(command.name) -n '__fish_contains_opt\#(short)\#(long)' -f -a '(_\#(function)_\#(id))'

        """#
    }
    for id in vocabulary.keys.sorted() {
      text += #"""
        function _\#(function)_\#(id)
          set -l start (commandline -ct | string collect | string trim -l -c '"\'' | string replace -r '[a-zA-Z0-9_]*$' '' | string collect)
          printf '%s\n' "$start"\#((vocabulary[id] ?? []).isEmpty ? "" : "{\((vocabulary[id] ?? []).joined(separator: ","))}")
        end

        """#
    }
    for option in command.visibleOptions {
      text += "complete -c \(command.name)"
      if let short = option.short { text += " -s \(short)" }
      if let long = option.long { text += " -l \(long)" }
      if case .required = option.argument {
        if vocabulary[option.id] != nil {
          text += " -x -a '(_\(function)_\(option.id))'"
        } else {
          text += fishAction(option.completion)
        }
      }
      let quoted = option.summary.reduce(into: "") { result, character in
        result += character == "'" || character == "\\" ? "\\\(character)" : "\(character)"
      }
      text += " -d '\(quoted)'\n"
    }
    return text
  }

  private func fishAction(_ completion: OptionSpec.Completion) -> String {
    switch completion {
    case .file: " -r -F"
    case .directory: " -x -a '(__fish_complete_directories)'"
    case .process: " -x -a '(__fish_complete_pids)'"
    case .command: " -x -a '(__fish_complete_command)'"
    case .words(let words), .list(let words): " -x -a '\(words.joined(separator: " "))'"
    case .nothing: " -x"
    }
  }
}
