/// A completion script that asks a command each time, for a command whose words are known only then.
///
/// The command gets all words of the command line, the last one as far as it is typed, and prints one
/// candidate on each line, its explanation behind a tab; `:file`, `:directory` and `:command` ask the
/// shell to add its own.
///
/// - Parameters:
///   - question: The command and its first words: `bt-tool complete`.
///   - commands: The commands that are completed so.
///   - pattern: For zsh, further commands that are: `*.bt`.
package func completionScript(
  asking question: String, for shell: Shell, commands: [String], pattern: String? = nil
) -> String {
  let name = question.prefix { $0 != " " }
  let function = "_" + name.map { $0.isLetter || $0.isNumber ? $0 : "_" }
  let header = "# Generated; asks \(question). Do not edit.\n"
  switch shell {
  case .bash:
    return header + bashFunction(function, question)
      + "complete -F \(function) \(commands.joined(separator: " "))\n"
  case .zsh:
    let patterns = pattern.map { " -P \($0)" } ?? ""
    return "#compdef \(commands.joined(separator: " "))\(patterns)\n" + header + zshBody(question)
  case .fish:
    return header + fishFunction("_\(function)", question)
      + commands.map { "complete -c \($0) -f -a '(_\(function))'\n" }.joined()
  }
}

/// The shell splits `--name=VALUE` at the equals sign and replaces only what is behind it.
private func bashFunction(_ function: String, _ question: String) -> String {
  #"""
  \#(function)() {
    local words=() word joins= current=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=()
    for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
      if [[ $word == = && ${#words[@]} -gt 1 ]]; then
        words[-1]+==
        joins=1
      elif [[ $joins ]]; then
        words[-1]+=$word
        joins=
      else
        words+=("$word")
      fi
    done
    [[ $current == = ]] && current=
    local prefix=${words[-1]%"$current"} value=$current before=
    if [[ -z $prefix && $current == --*=* ]]; then
      before=${current%%=*}=
      value=${current#*=}
    fi
    while IFS=$'\t' read -r word _; do
      case $word in
        :file) compopt -o filenames 2>/dev/null; word=-f ;;
        :directory) compopt -o filenames 2>/dev/null; word=-d ;;
        :command) word=-c ;;
        *)
          word=${word#"$prefix"}
          [[ $word == "$current"* ]] && COMPREPLY+=("$word")
          continue
          ;;
      esac
      while IFS= read -r word; do COMPREPLY+=("$word"); done < \
        <(compgen "$word" ${before:+-P "$before"} -- "$value")
    done < <(\#(question) "${words[@]}" 2>/dev/null)
  }

  """#
}

private func zshBody(_ question: String) -> String {
  #"""
  local -a lines candidates
  local line text others
  lines=("${(@f)$(\#(question) "${(@Q)words[1,CURRENT]}" 2>/dev/null)}")
  for line in $lines; do
    text=${line%%$'\t'*}
    case $text in
      :*) others=$text ;;
      ?*) candidates+=("${${text//\\/\\\\}//:/\\:}${${line#$text}/$'\t'/:}") ;;
    esac
  done
  (( $#candidates )) && _describe -V 'argument' candidates
  [[ -n $others ]] && compset -P '--[^=]#='
  case $others in
    :file) _files ;;
    :directory) _files -/ ;;
    :command) _command_names -e ;;
  esac

  """#
}

private func fishFunction(_ function: String, _ question: String) -> String {
  #"""
  function \#(function)
    set -l current (commandline -ct)
    set -l words (commandline -opc) "$current"
    set -l value (string replace -r -- '^--[^=]*=' '' "$current")
    set -l prefix (string replace -r -- '^(--[^=]*=)?.*' '$1' "$current")
    \#(question) $words 2>/dev/null | while read -l line
      switch $line
        case :file
          printf '%s\n' $prefix(__fish_complete_path $value)
        case :directory
          printf '%s\n' $prefix(__fish_complete_directories $value)
        case :command
          printf '%s\n' $prefix(complete -C "$value")
        case '*'
          printf '%s\n' $line
      end
    end
  end

  """#
}
