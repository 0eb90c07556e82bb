import CommandTestKit
import Foundation
import Testing

/// What the shells themselves offer, with the completions of the repository and the commands that
/// were built.
@Suite struct CompletionTests {
  private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// A command line that ends where the user presses the key, and what has to be offered, or not.
  struct Line: Sendable, CustomStringConvertible {
    let text: String
    var offers: [String] = []
    var lacks: [String] = []

    var description: String { text }

    init(_ text: String, offers: [String] = [], lacks: [String] = []) {
      self.text = text
      self.offers = offers
      self.lacks = lacks
    }
  }

  /// `mine` is a tool in the user's folder with the option `--greeting`; `notes.txt` and the folder
  /// `papers` lie in the current one.
  static let lines = [
    // bt-tool: its own words and the tools
    Line("bt-tool ", offers: ["list", "help", "opensnoop", "runqlat", "mine"]),
    Line("bt-tool ope", offers: ["opensnoop"], lacks: ["list", "execsnoop"]),
    Line("bt-tool help ", offers: ["capable", "mine", "list"]),
    Line("bt-tool help li", offers: ["list"], lacks: ["help"]),
    Line("bt-tool check ", offers: ["capable", "mine"], lacks: ["list"]),
    Line("bt-tool list --", offers: ["--verbose"]),
    Line("bt-tool --", offers: ["--help", "--version"]),
    Line("bt-tool run n", offers: ["notes.txt"]),
    // a tool's options and their values
    Line("bt-tool opensnoop --fa", offers: ["--failed"], lacks: ["--format"]),
    Line("bt-tool opensnoop --failed --fa", lacks: ["--failed"]),
    Line("bt-tool execsnoop -f ", offers: ["text", "json"]),
    Line("bt-tool opensnoop --format j", offers: ["json"], lacks: ["text"]),
    Line("bt-tool opensnoop -p ", offers: ["1"]),
    Line("bt-tool opensnoop -o n", offers: ["notes.txt"]),
    Line("bt-tool syscount -e ENOE", offers: ["ENOENT"]),
    Line("bt-tool syscount --syscall openat", offers: ["openat", "openat2"]),
    Line("bt-tool opensnoop -f O_CREAT,O_T", offers: ["O_CREAT,O_TRUNC"], lacks: ["O_TRUNC"]),
    Line("bt-tool sigsnoop -s SIGTERM,SIGK", offers: ["SIGTERM,SIGKILL"], lacks: ["SIGKILL"]),
    Line("bt-tool opensnoop -u ro", offers: ["root"], lacks: ["daemon"]),
    Line("bt-tool tcptop -s ", offers: ["PID", "RX_KB", "TX_KB"]),
    Line("bt-tool tcptop -s T", offers: ["TX_KB"], lacks: ["RX_KB"]),
    Line("bt-tool mine --gr", offers: ["--greeting"]),
    Line("bt-tool run ./tools/mine.bt --gr", offers: ["--greeting"]),
    // a tool as a command
    Line("opensnoop.bt --", offers: ["--pid", "--failed", "--duration"]),
    Line("runqlat.bt --milli", offers: ["--milliseconds"]),
    // bpftrace
    Line("bpftrace --emit-", offers: ["--emit-artifact", "--emit-llvm"]),
    Line("bpftrace -f ", offers: ["text", "json"]),
    Line("bpftrace -B ", offers: ["line", "full", "none"]),
    Line("bpftrace -d codegen", offers: ["codegen", "codegen-opt"], lacks: ["ast"]),
    Line("bpftrace n", offers: ["notes.txt"]),
    Line("bpftrace --reference p", offers: ["papers/"], lacks: ["notes.txt"]),
    Line("bpftrace -l rawtrace", offers: ["rawtracepoint:"]),
    Line(
      "bpftrace -l software:page", offers: ["software:page-faults:"], lacks: ["software:cpu:"]),
    Line("bpftrace -e 'config = { max_map", offers: ["max_map_keys"], lacks: ["max_strlen"]),
    Line("bpftrace -e 'tracep", offers: ["tracepoint"]),
    Line("bpftrace -e 'begin { @a = lhi", offers: ["lhist"]),
  ]

  /// Only where the shell replaces a whole word does what is offered contain the option.
  static let joined = [
    Line("bt-tool opensnoop --format=j", offers: ["json"]),
    Line("bt-tool opensnoop --flag-filter=O_CREAT,O_T", offers: ["O_CREAT,O_TRUNC"]),
    Line("bt-tool opensnoop --output=n", offers: ["notes.txt"]),
    Line("bpftrace --debug=typ", offers: ["types"]),
    Line("bpftrace --emit-artifact=n", offers: ["notes.txt"]),
  ]

  /// Completes all lines in one shell and returns what it offered for each.
  ///
  /// - Parameter script: What prints `== LINE`, then one offer on each line, for each line of the file
  ///   `lines`; it runs in the folder with the files, `$COMPLETIONS` being that of the completions.
  private func offers(
    for lines: [Line], by shell: String, _ script: String
  ) throws -> [String: [String]] {
    let completions = Self.repository.appendingPathComponent("completions").path
    let outcome = try Machine.host.run(
      """
      folder=$(mktemp -d) && cd "$folder" || exit 125
      trap 'rm -rf "$folder"' EXIT
      mkdir papers tools
      : >notes.txt
      cat >tools/mine.bt <<'SCRIPT'
      // Greets.
      begin { printf("%s\\n", getopt("greeting", "hello", "-g TEXT: what to say")); }
      SCRIPT
      printf '%s\\n' \(lines.map { shellQuoted($0.text) }.joined(separator: " ")) >lines
      cat >script <<'SCRIPT'
      \(script)
      SCRIPT
      HOME=$folder XDG_DATA_HOME=$folder XDG_CONFIG_HOME=$folder XDG_CACHE_HOME=$folder
      BT_TOOL_PATH=$folder/tools COMPLETIONS=\(shellQuoted(completions))
      PATH=\(shellQuoted(commandsUnderTest.path)):/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
      LC_ALL=C.UTF-8 TERM=dumb
      export HOME XDG_DATA_HOME XDG_CONFIG_HOME XDG_CACHE_HOME BT_TOOL_PATH COMPLETIONS PATH LC_ALL TERM
      \(shell) script
      """, timeout: 120)
    let text = String(decoding: outcome.output, as: UTF8.self)
    #expect(outcome.status == 0, "\(text)\n\(String(decoding: outcome.errors, as: UTF8.self))")
    var found: [String: [String]] = [:]
    var current = ""
    for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
      if line.hasPrefix("== ") {
        current = String(line.dropFirst(3))
        found[current] = []
      } else {
        found[current]?.append(String(line))
      }
    }
    return found
  }

  private func check(_ lines: [Line], in found: [String: [String]]) {
    for line in lines {
      guard let offered = found[line.text] else {
        Issue.record("\(line.text): the shell did not answer")
        continue
      }
      // What is typed already may be part of an offer: of a script, or of an option with its value;
      // and bash leaves alone what is typed up to a colon.
      let last = line.text.split(separator: " ").last ?? ""
      let kept = last[..<(last.lastIndex(of: ":").map { last.index(after: $0) } ?? last.startIndex)]
      let words = offered.flatMap { offer in
        [String(offer.split { $0 == " " || $0 == "=" }.last ?? ""), kept + offer]
      }
      for word in line.offers where !words.contains(word) && !offered.contains(word) {
        Issue.record("\(line.text): \(word) is not offered but \(offered.prefix(20))")
      }
      for word in line.lacks where words.contains(word) {
        Issue.record("\(line.text): \(word) is offered: \(offered.prefix(20))")
      }
    }
  }

  /// bash finds the function as it does for a user, by `complete -p`, and calls it with the words as
  /// it takes them apart.
  @Test func bashCompletes() throws {
    let lines = Self.lines + Self.joined
    let found = try offers(
      for: lines, by: "bash",
      #"""
      . "$COMPLETIONS/bash/bpftrace"
      . "$COMPLETIONS/bash/bt-tool"
      while IFS= read -r line; do
        printf '== %s\n' "$line"
        COMP_LINE=$line COMP_POINT=${#line} COMP_WORDS=() word= quote=
        # As readline does: at spaces, and at = and : as words of their own, quotes kept together.
        for ((i = 0; i < ${#line}; i++)); do
          c=${line:i:1}
          if [[ $quote ]]; then
            word+=$c
          elif [[ $c == "'" ]]; then
            quote=1 word+=$c
          elif [[ $c == ' ' ]]; then
            [[ $word ]] && COMP_WORDS+=("$word")
            word=
          elif [[ $c == [=:] ]]; then
            [[ $word ]] && COMP_WORDS+=("$word")
            word=
            COMP_WORDS+=("$c")
          else
            word+=$c
          fi
        done
        if [[ $word || $line == *' ' ]]; then COMP_WORDS+=("$word"); fi
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()
        set -- $(complete -p "${COMP_WORDS[0]}")
        while [[ $1 != -F ]]; do shift; done
        "$2" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        for word in "${COMPREPLY[@]}"; do
          [[ -d $word ]] && word+=/
          printf '%s\n' "$word"
        done
      done <lines
      exit 0
      """#)
    check(lines, in: found)
  }

  /// zsh with its completion system in a terminal of its own; what it would offer is taken from
  /// `compadd`, which every completion ends with.
  @Test func zshCompletes() throws {
    let lines = Self.lines + Self.joined
    let found = try offers(
      for: lines, by: "zsh -f",
      #"""
      zmodload zsh/zpty
      cat >setup <<'SETUP'
      fpath=($COMPLETIONS/zsh $fpath)
      autoload -U compinit && compinit -u -D
      PS1= PS2= RPS1=
      unsetopt zle_bracketed_paste prompt_cr prompt_sp
      zstyle ':completion:*' list-grouped false
      compadd() {
        # What is only asked for is no offer.
        if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)* ]]; then builtin compadd "$@"; return; fi
        typeset -a __hits __dirs
        builtin compadd -A __hits -D __dirs "$@"
        for hit in $__hits; do
          [[ -d $hit ]] && hit+=/
          print -r -- "OFFER:$hit"
        done
        builtin compadd "$@"
      }
      complete-and-end() {
        print -r -- "BEGIN"
        zle complete-word
        print -r -- "END"
        BUFFER=
      }
      zle -C complete-word .complete-word _main_complete
      zle -N complete-and-end
      bindkey '^I' complete-and-end
      print -r -- READY
      SETUP
      zpty shell zsh -f -i
      zpty -w shell 'stty -echo cols 500; source ./setup'
      until [[ $chunk == *READY* ]]; do zpty -r shell chunk; done
      while IFS= read -r line; do
        print -r -- "== $line"
        zpty -n -w shell "$line"$'\t'
        chunk=
        until [[ $chunk == *END* ]]; do
          zpty -r shell part || break
          chunk+=$part
        done
        for part in "${(@f)${chunk//$'\r'/}}"; do
          [[ $part == *OFFER:* ]] && print -r -- "${part##*OFFER:}"
        done
        zpty -n -w shell $'\x15'
      done <lines
      zpty -d shell
      """#)
    check(lines, in: found)
  }

  @Test func fishCompletes() throws {
    let lines = Self.lines + Self.joined
    let found = try offers(
      for: lines, by: "fish --no-config",
      #"""
      set -p fish_complete_path $COMPLETIONS/fish
      source $COMPLETIONS/fish/bt-tool.fish
      source $COMPLETIONS/fish/bpftrace.fish
      while read -l line
        printf '== %s\n' $line
        complete -C "$line" | string replace -r '\t.*' ''
      end <lines
      exit 0
      """#)
    check(lines, in: found)
  }
}
