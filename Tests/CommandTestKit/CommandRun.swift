package import Foundation

/// The folder of the commands that are tested: `$COMMANDS_UNDER_TEST`, or where the build put them,
/// which is beside the tests themselves.
package let commandsUnderTest: URL = {
  if let given = ProcessInfo.processInfo.environment["COMMANDS_UNDER_TEST"] {
    return URL(fileURLWithPath: given)
  }
  return Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }?
    .deletingLastPathComponent()
    ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
}()

/// The folder `Tests/Fixtures`.
private let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().appendingPathComponent("Fixtures")

extension CommandCase {
  /// Runs the case with the commands in `commands` and returns what came out.
  ///
  /// - Parameter slowness: How much longer than on this machine it may take.
  package func run(on machine: Machine, with commands: URL, slowness: Int = 1) throws -> Outcome {
    try machine.run(script(with: commands), timeout: timeout * slowness)
  }

  /// Runs the case, has the recording of each run in it shown again, and returns what is not as the run
  /// itself wrote it.
  package func mistakesOfReplays(on machine: Machine, with commands: URL) throws -> [String] {
    let folder = "${TMPDIR:-/tmp}/replays-\(UUID().uuidString)"
    let outcome = try machine.run(
      """
      records="\(folder)"; mkdir -p "$records" || exit 125
      trap 'rm -rf "$records"' EXIT
      BPFTRACE_RECORDINGS="$records"; export BPFTRACE_RECORDINGS
      (
      \(script(with: commands))
      ) >/dev/null 2>&1
      unset BPFTRACE_RECORDINGS
      \(environment.map { "export \(shellQuoted($0))\n" }.joined())
      for recording in "$records"/*.record; do
        # A command that was killed has recorded nothing.
        [ -s "$recording" ] || continue
        stem=${recording%.record}
        format=${stem##*.}
        \(shellQuoted(commands.appendingPathComponent("bt-tool").path)) render -f "$format" \\
          "$recording" >"$stem.shown" 2>"$stem.told" || echo "$format: status $?"
        diff -a "$stem.output" "$stem.shown" || echo "$format: the output differs"
        diff -a "$stem.messages" "$stem.told" || echo "$format: the messages differ"
        echo "shown" >&2
      done
      """, timeout: timeout * 2)
    var mistakes: [String] = []
    if !outcome.output.isEmpty { mistakes.append(String(decoding: outcome.output, as: UTF8.self)) }
    let lines = String(decoding: outcome.errors, as: UTF8.self).split(separator: "\n")
    mistakes += lines.filter { $0 != "shown" }.map(String.init)
    if mustLeaveARecording, !lines.contains("shown") { mistakes.append("no run was recorded") }
    return mistakes
  }

  /// Whether the case surely runs programs: it is a script that writes something.
  private var mustLeaveARecording: Bool {
    guard case .script(let options, _, _) = invocation, status == 0, output.exact?.isEmpty == false
    else { return false }
    let words = options.split(separator: " ")
    return !words.contains { $0.hasPrefix("-l") || $0.hasPrefix("-d") || $0.hasPrefix("--emit") }
  }

  /// Runs the case, and returns what is not as it expects.
  ///
  /// What happens in a kernel depends on time: a packet waits, a timer comes late, other tests take the
  /// processors. So a case that does not hold is run once more, which is printed; a fault shows both times.
  package func mistakes(on machine: Machine, with commands: URL) throws -> [String] {
    let first = mistakes(in: try run(on: machine, with: commands))
    guard !first.isEmpty else { return [] }
    print("\(location): run again, because \(first.joined(separator: "\n"))")
    return mistakes(in: try run(on: machine, with: commands))
  }

  /// What differs between `outcome` and what the case expects; nothing when it holds.
  package func mistakes(in outcome: Outcome) -> [String] {
    var mistakes: [String] = []
    if outcome.status != status {
      mistakes.append("status is \(outcome.status), not \(status)")
    }
    let (written, notes) = outcome.withoutNotes
    mistakes += output.mistakes(in: outcome.output, of: "standard output", notes)
    mistakes += errors.mistakes(in: written, of: "standard error", notes)
    if let firstMessage, firstMessage != outcome.firstMessage {
      mistakes.append("the first message is not \(firstMessage.debugDescription)")
    }
    if !mistakes.isEmpty, !outcome.errors.isEmpty, errors.exact == nil {
      mistakes.append("standard error was:\n" + String(decoding: outcome.errors, as: UTF8.self))
    }
    return mistakes
  }

  /// Whether the case asks for something that a tracer saw, not only for help or a refusal.
  package var expectsEvents: Bool {
    status == 0 && !(output.rows.isEmpty && output.matches.isEmpty && output.has.isEmpty)
  }

  /// What is wrong with `outcome` while the case waits for something that is not there yet: it has to
  /// be refused, and once the case holds the mark has to go.
  package func mistakesOfWaiting(in outcome: Outcome) -> [String] {
    if mistakes(in: outcome).isEmpty { return ["holds now: take LATER away"] }
    let errors = String(decoding: outcome.errors, as: UTF8.self)
    if outcome.status == 1, errors.contains("ERROR:") { return [] }
    return ["is not refused: status \(outcome.status), \(errors)"]
  }

  /// The whole case as one shell script, so that it can be handed to another machine.
  func script(with commands: URL) -> String {
    var lines = [
      "COMMANDS=\(shellQuoted(commands.path)); export COMMANDS",
      "FIXTURES=\(shellQuoted(fixtures.path)); export FIXTURES",
      "PATH=\"$COMMANDS:$PATH:/usr/local/sbin:/usr/sbin:/sbin\"; export PATH",
      "folder=$(mktemp -d) && cd \"$folder\" || exit 125",
      "NOTES=\"$folder/.notes\"; export NOTES; : >\"$NOTES\"",
      "note() { echo \"$1=$2\" >>\"$NOTES\"; }",
      """
      finish() {
        jobs -p >"$folder/.jobs"
        kill $(cat "$folder/.jobs") 2>/dev/null
        if [ -s "$NOTES" ]; then sed 's/^/\(Outcome.noteMark)/' "$NOTES" >&2; fi
        rm -rf "$folder"
      }
      """,
      "trap finish EXIT",
    ]
    for variable in environment {
      let name = variable.prefix { $0 != "=" }
      lines.append(
        "\(name)=\(shellQuoted(String(variable.dropFirst(name.count + 1)))); export \(name)")
    }
    for file in files {
      let folder = (file.name as NSString).deletingLastPathComponent
      if !folder.isEmpty { lines.append("mkdir -p \(shellQuoted(folder))") }
      lines.append("printf %s \(shellQuoted(file.contents)) > \(shellQuoted(file.name))")
    }
    if let input {
      lines.append("printf %s \(shellQuoted(input)) > .stdin; exec < .stdin")
    }
    if let before { lines.append(before) }
    let command =
      switch invocation {
      case .script(let options, let text, let arguments):
        "bpftrace \(options) -e \(shellQuoted(text)) \(arguments)"
      case .shell(let command):
        workload.map { running(command, beside: $0) } ?? command
      }
    lines.append(
      hasTerminal
        ? "python3 -c \(shellQuoted(Self.terminal)) sh -c \(shellQuoted(command))" : command)
    return lines.joined(separator: "\n")
  }

  /// A shell script that starts `command`, waits until its probes are attached, runs `workload` and then
  /// interrupts the command. That may be several, in a list or a pipe: a shell of its own runs them, which
  /// is deaf to the signal, as are commands that do not ask for it; `tracers` prints their numbers. How they
  /// ended is in a file, since the workload may have waited for them.
  private func running(_ command: String, beside workload: String) -> String {
    """
    {
    trap '' INT
    trap 'echo $? >.status' EXIT
    \(command)
    } >.output 2>.errors &
    traced=$!
    tracers() {
      grep -lE "^PPid:[[:space:]]+$traced$" /proc/[0-9]*/status 2>/dev/null | tr -dc '0-9\\n'
    }
    until grep -q '^Attached ' .errors || ! kill -0 $traced; do sleep 0.05; done 2>/dev/null
    \(workload)
    kill -INT $traced $(tracers) 2>/dev/null
    wait $traced
    read -r status <.status
    cat .output
    cat .errors >&2
    exit $status
    """
  }

  /// Runs a command with a terminal as its standard output, and shows what is sent to that.
  private static let terminal = """
    import os, subprocess, sys, termios
    master, terminal = os.openpty()
    modes = termios.tcgetattr(terminal)
    modes[1] &= ~termios.OPOST
    termios.tcsetattr(terminal, termios.TCSANOW, modes)
    child = subprocess.Popen(sys.argv[1:], stdout=terminal)
    os.close(terminal)
    while True:
      try:
        piece = os.read(master, 65536)
      except OSError:
        break
      if not piece:
        break
      os.write(1, piece)
    sys.exit(child.wait())
    """
}

extension CommandCase.Expectation {
  /// What is wrong with `bytes`.
  ///
  /// - Parameter notes: The values that rows may name.
  func mistakes(in bytes: [UInt8], of stream: String, _ notes: [String: String]) -> [String] {
    var mistakes: [String] = []
    let text = String(decoding: bytes, as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if let first, first != lines[0] {
      mistakes.append("\(stream) does not begin with \(first.debugDescription):\n\(text)")
    }
    for word in Set((rows + noRows).flatMap { $0.unknownWords(notes) }) {
      mistakes.append("the case notes no \(word)")
    }
    let missing = RowPattern.missing(rows, in: lines, notes).map(\.text)
    if !missing.isEmpty {
      mistakes.append("\(stream) lacks\n\(missing.joined(separator: "\n"))\nin\n\(text)")
    }
    for row in noRows {
      guard let place = row.places(in: lines, notes).first else { continue }
      mistakes.append("\(stream) has \(lines[place].debugDescription), as \(row.text):\n\(text)")
    }
    if let exact, Array(exact.utf8) != bytes {
      mistakes.append("\(stream) differs:\n" + difference(from: exact, to: text))
    }
    for part in has where !text.contains(part) {
      mistakes.append("\(stream) lacks \(part.debugDescription):\n\(text)")
    }
    for part in lacks where text.contains(part) {
      mistakes.append("\(stream) has \(part.debugDescription):\n\(text)")
    }
    for pattern in matches where text.range(of: pattern, options: .regularExpression) == nil {
      mistakes.append("\(stream) does not match \(pattern):\n\(text)")
    }
    return mistakes
  }
}

extension Outcome {
  /// What stands before a note where it leaves the case.
  static let noteMark = "note: "

  /// Standard error without the notes of the case, and these.
  fileprivate var withoutNotes: (errors: [UInt8], notes: [String: String]) {
    var notes: [String: String] = [:]
    var errors: [UInt8] = []
    for line in self.errors.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      guard line.starts(with: Self.noteMark.utf8) else {
        errors += line + [UInt8(ascii: "\n")]
        continue
      }
      let note = String(decoding: line.dropFirst(Self.noteMark.utf8.count), as: UTF8.self)
      let name = note.prefix { $0 != "=" }
      notes[String(name)] = String(note.dropFirst(name.count + 1))
    }
    return (errors.dropLast(), notes)
  }

  /// The first line of standard error that is not about the run as a whole, without spaces at its end;
  /// empty if there is none.
  package var firstMessage: String {
    let lines = String(decoding: errors, as: UTF8.self).split(separator: "\n")
    let first = lines.first { !$0.hasPrefix("Attached ") } ?? ""
    return String(first.reversed().drop { $0 == " " }.reversed())
  }
}

/// The lines of both texts, those only in `old` marked by `-`, those only in `new` by `+`.
package func difference(from old: String, to new: String) -> String {
  let before = old.split(separator: "\n", omittingEmptySubsequences: false)
  let after = new.split(separator: "\n", omittingEmptySubsequences: false)
  let changes = after.difference(from: before)
  var removed: Set<Int> = []
  var inserted: Set<Int> = []
  for change in changes {
    switch change {
    case .remove(let offset, _, _): removed.insert(offset)
    case .insert(let offset, _, _): inserted.insert(offset)
    }
  }
  var lines: [String] = []
  var position = 0
  for (index, line) in after.enumerated() {
    while position < before.count, removed.contains(position) {
      lines.append("- \(before[position])")
      position += 1
    }
    if inserted.contains(index) {
      lines.append("+ \(line)")
    } else {
      lines.append("  \(line)")
      position += 1
    }
  }
  for line in before[min(position, before.count)...] { lines.append("- \(line)") }
  return lines.joined(separator: "\n")
}

/// `text` as one word of a shell command line.
package func shellQuoted(_ text: String) -> String {
  "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'"
}
