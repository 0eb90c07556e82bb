internal import Glibc

/// A program that the kernel's verifier does not accept.
package struct VerifierRejection: Error, Hashable, Sendable {
  /// A line of the script, as the object's line info knows it.
  package struct ScriptLine: Hashable, Sendable {
    /// The file as the line info names it; nil when the log does not say (kernels before 6.9).
    package var file: String?
    /// Counted from 1; nil when the log does not say.
    package var line: Int?
    package var text: String

    package init(file: String?, line: Int?, text: String) {
      self.file = file
      self.line = line
      self.text = text
    }
  }

  /// The program's symbol in the object.
  package let program: String
  /// The kernel's answer: EACCES or EINVAL for a program it finds wrong, E2BIG for one too complex,
  /// ENOSPC if the log did not fit.
  package let errno: CInt
  /// The whole log.
  package let log: String
  /// Its last telling lines.
  package let summary: [String]
  /// The script line of the instruction at which the verifier gave up.
  package let scriptLine: ScriptLine?
  /// Whether the log did not fit.
  package var isLogTruncated: Bool { errno == ENOSPC }

  /// Reads the verifier's log.
  package init(program: String, errno: CInt, log: String) {
    self.program = program
    self.errno = errno
    self.log = log
    let lines = log.split(separator: "\n").map(VerifierLogLine.init)
    summary = Self.summary(of: lines)
    scriptLine = lines.reversed().lazy.compactMap(\.scriptLine).first
  }

  /// What is wrong, as far as it is known what its words mean for a script; nil for all else.
  package var problem: Problem? {
    Problem.all.first { problem in
      summary.contains { line in
        problem.remarks.contains { line[...].lastRange(of: $0) != nil }
      }
    }
  }

  /// Something that the verifier finds wrong with programs that are right as such.
  package struct Problem: Hashable, Sendable {
    /// Parts of lines in which the verifier says so.
    let remarks: [String]
    /// What that means for a script, one sentence.
    package let sentence: String
    /// What to do about it, one sentence.
    package let advice: String

    static let all = [
      Problem(
        remarks: ["infinite loop detected"],
        sentence: "A loop has no end that the kernel can see.",
        advice: "Count the rounds of the loop, as in for ($i : 0..100) { ... if (...) { break; } }."
      ),
      Problem(
        remarks: ["BPF program is too large. Processed", "too many states"],
        sentence:
          "The kernel follows each way through a program, and has given up after a million steps.",
        advice:
          "Write a loop with many rounds as for ($i : 0..N), which is followed once, and put less "
          + "into a while or unroll."),
      Problem(
        remarks: ["jumps is too complex", "The sequence of "],
        sentence: "There are more branches behind each other than the kernel follows.",
        advice: "Split the probe in several, or make a loop of what is repeated."),
      Problem(
        remarks: ["combined stack size", "stack depth "],
        sentence: "The program needs more stack than the kernel gives it.",
        advice:
          "Keep less in variables at a time, or let more go to other memory: "
          + "config = { on_stack_limit=0 }."),
      Problem(
        remarks: ["the call stack of ", "call stack of"],
        sentence: "Functions and loops are inside each other more deeply than the kernel allows.",
        advice: "Take a level out: eight calls and bodies of loops may be inside each other."),
      Problem(
        remarks: [
          "unbounded memory access", "min value is negative", "unbounded min value",
          "outside of the allowed memory range", "invalid access to map value",
          "makes pointer be out of bounds", "unbounded max value",
        ],
        sentence: "The kernel cannot see that an index or a length stays within bounds.",
        advice: "Compare it with a constant before: if ($i < 16) { ... }."),
      Problem(
        remarks: ["program of this type cannot use helper", "unknown func ", "invalid func "],
        sentence: "A function of the script is not allowed in a probe of this type by this kernel.",
        advice:
          "--info tells what the running kernel has; move the call to a probe of another type."),
      Problem(
        remarks: ["cannot call GPL-restricted function"],
        sentence: "A function of the script is for programs under the GPL only.",
        advice: "Leave the licence as it is: config = { license=\"GPL\" }."),
    ]
  }

  private static let longestSummary = 4

  /// The remarks at the end of the log, or the last instruction when there are none.
  private static func summary(of lines: [VerifierLogLine]) -> [String] {
    let telling = lines.filter { $0.kind != .statistics }
    let remarks = telling.reversed().prefix { $0.kind == .remark }.prefix(longestSummary)
    if !remarks.isEmpty { return remarks.reversed().map(\.text) }
    return telling.last { $0.kind == .instruction || $0.kind == .remark }.map { [$0.text] } ?? []
  }
}

/// One line of the verifier's log.
private struct VerifierLogLine {
  enum Kind {
    /// `12: (85) call bpf_map_lookup_elem#1`, or the state of registers behind a number.
    case instruction
    /// `; source text`.
    case source
    /// `processed 12 insns ...` and other counts.
    case statistics
    /// What the verifier does on its way: `from 5 to 9: R0=...`, `mark_precise: ...`.
    case progress
    case remark
  }

  let text: String
  let kind: Kind

  private static let statistics = [
    "processed ", "verification time", "stack depth", "peak_states", "-- ",
  ]
  private static let progress = [
    "from ", "mark_precise", "parent ", "last_idx", "regs=", "propagating", "func#", "frame",
    "caller:", "callee:", "returning from callee", "to caller at", "reg type unsupported",
  ]

  init(_ line: Substring) {
    text = String(line)
    let rest = line.drop { $0.isNumber }
    if line.hasPrefix("; ") {
      kind = .source
    } else if rest.startIndex != line.startIndex, rest.hasPrefix(":") {
      kind = .instruction
    } else if Self.statistics.contains(where: { line.hasPrefix($0) }) {
      kind = .statistics
    } else if Self.progress.contains(where: { line.hasPrefix($0) }) {
      kind = .progress
    } else if line.hasPrefix("R"), line.dropFirst().first?.isNumber == true, line.contains("="),
      !line.contains("!")
    {
      // The registers alone, as older kernels print them on a line of their own.
      kind = .progress
    } else {
      kind = .remark
    }
  }

  /// `; text` or `; text @ file:line`.
  var scriptLine: VerifierRejection.ScriptLine? {
    guard kind == .source else { return nil }
    let body = text.dropFirst(2)
    guard let mark = body.lastRange(of: " @ "),
      let colon = body[mark.upperBound...].lastIndex(of: ":"),
      let line = Int(body[body.index(after: colon)...])
    else { return VerifierRejection.ScriptLine(file: nil, line: nil, text: String(body)) }
    return VerifierRejection.ScriptLine(
      file: String(body[mark.upperBound..<colon]), line: line,
      text: String(body[..<mark.lowerBound]))
  }
}

extension Substring {
  /// The last place where `part` occurs.
  fileprivate func lastRange(of part: String) -> Range<Index>? {
    var end = endIndex
    while end > startIndex {
      end = index(before: end)
      if self[end...].hasPrefix(part) { return end..<index(end, offsetBy: part.count) }
    }
    return nil
  }
}
