package import MachineView
internal import ObjectFiles

/// How other tracers write an attach point, and how it is written here.
///
/// It is looked at only where what stands there is no attach point of ours. `$1`, `$2`, ... stand for any
/// text, as short as the rest allows.
package struct ForeignSpelling: Sendable {
  /// What an attach point of another tracer means here.
  package struct Meaning: Hashable, Sendable {
    /// Whose spelling it is.
    package let origin: String
    package let theirs: String
    /// An attach point of ours.
    package let ours: String
    /// What `ours` alone does not say; nil if it means the same.
    package let rest: String?

    /// Tells people how it is written here.
    package var sentence: String {
      "\(origin)'s '\(theirs)' is written here as \(ours)\(rest.map { ", \($0)" } ?? "")"
    }
  }

  /// Whose it is.
  package let origin: String
  package let theirs: String
  package let ours: String
  /// What `ours` alone does not say.
  let rest: String?
  /// What has to be there for it to be meant.
  let condition: Condition

  enum Condition: Sendable {
    case none
    /// `$1` is a library without its `lib`.
    case library
    /// `$1` is a library without its `lib`, and `$2` a static tracepoint in it.
    case staticTracepoint
    /// `$1` is a function of the kernel.
    case kernelFunction
    /// `$1` and `$2` are a tracepoint.
    case tracepoint
  }

  private init(
    _ origin: String, _ theirs: String, _ ours: String, _ rest: String? = nil,
    if condition: Condition = .none
  ) {
    self.origin = origin
    self.theirs = theirs
    self.ours = ours
    self.rest = rest
    self.condition = condition
  }

  /// The first that fits is meant, so what is longer comes before.
  package static let all: [ForeignSpelling] = systemTap + bcc + dtrace + others

  private static let systemTap: [ForeignSpelling] = {
    func same(_ theirs: String, _ ours: String) -> ForeignSpelling {
      ForeignSpelling("SystemTap", theirs, ours)
    }
    func near(_ theirs: String, _ ours: String, _ rest: String) -> ForeignSpelling {
      ForeignSpelling("SystemTap", theirs, ours, rest)
    }
    let all = "of all processes: compare comm or use -p"
    let file = "whatever file it is in"
    /// What may stand behind a function, which is `$number` there.
    func functions(
      of place: String, _ number: Int, _ prefix: String, _ ours: String, limitsReturns: Bool = true
    ) -> [ForeignSpelling] {
      let function = "\(place).function(\"$\(number)\")"
      let more = "$\(number + 1)"
      let (entry, end) = ("\(prefix)probe:\(ours)", "\(prefix)retprobe:\(ours)")
      return [same("\(function).return", end)]
        + (limitsReturns ? [same("\(function).return.maxactive(\(more))", end)] : [])
        + [
          near("\(function).return\(more)", end, "without the rest"),
          same("\(function).call", entry),
          same("\(function).exported", entry),
          near("\(function).inline", entry, "which the copies that were inlined do not reach"),
          near("\(function).label(\"\(more)\")", entry, "with the offset of the label"),
          near("\(function).calle\(more)", entry, "and the functions that it calls"),
          same(function, entry),
        ]
    }
    return [
      near("kernel.function(\"$1@$2\").return$3", "kretprobe:$1", file),
      near("kernel.function(\"$1@$2\")$3", "kprobe:$1", file),
    ]
      + functions(of: "kernel", 1, "k", "$1")
      + functions(of: "module(\"$1\")", 2, "k", "$1:$2")
      + functions(of: "process(\"$1\").library(\"$2\")", 3, "u", "$2:$3")
      + [
        near(
          "kernel.statement(\"$1@$2\")$3", "kprobe:$1", "with the offset of the line, as in f+16"),
        same("kernel.statement($1).absolute", "kprobe:$1"),
        same("kernel.statement(\"$1\")", "kprobe:$1"),
        same("kernel.trace(\"$1:$2\")", "tracepoint:$1:$2"),
        same("kernel.trace(\"$1\")", "rawtracepoint:$1"),
        near(
          "kernel.data(\"$1\").rw", "watchpoint:0x1:8:rw",
          "with the address of $1 from /proc/kallsyms"),
        near(
          "kernel.data(\"$1\").write", "watchpoint:0x1:8:w",
          "with the address of $1 from /proc/kallsyms"),
        same("kernel.data($1).length($2).rw", "watchpoint:$1:$2:rw"),
        same("kernel.data($1).length($2).write", "watchpoint:$1:$2:w"),
        same("kernel.data($1).rw", "watchpoint:$1:8:rw"),
        same("kernel.data($1).write", "watchpoint:$1:8:w"),
        near(
          "module(\"$1\").statement(\"$2@$3\")$4", "kprobe:$1:$2",
          "with the offset of the line, as in f+16"),
        same("module(\"$1\").statement(\"$2\")", "kprobe:$1:$2"),
        same("module(\"$1\").trace(\"$2\")", "rawtracepoint:$1:$2"),
        same("kprobe.module(\"$1\").function(\"$2\").return", "kretprobe:$1:$2"),
        same("kprobe.module(\"$1\").function(\"$2\")", "kprobe:$1:$2"),
        same("kprobe.function(\"$1\").return", "kretprobe:$1"),
        same("kprobe.function(\"$1\")", "kprobe:$1"),
        same("kprobe.statement($1).absolute", "kprobe:$1"),
        same("process(\"$1\").library(\"$2\").mark(\"$3\")", "usdt:$2:$3"),
        same("process(\"$1\").library(\"$2\").provider(\"$3\").mark(\"$4\")", "usdt:$2:$3:$4"),
        same("process(\"$1\").provider(\"$2\").mark(\"$3\")", "usdt:$1:$2:$3"),
        same("process(\"$1\").mark(\"$2\")", "usdt:$1:$2"),
        near("process(\"$1\").library(\"$2\").plt$3", "uprobe:$2:*", "at the functions themselves"),
        near(
          "process(\"$1\").plt(\"$2\").return", "uretprobe:libc:$2",
          "or in another library that has the function"),
        near(
          "process(\"$1\").plt(\"$2\")", "uprobe:libc:$2",
          "or in another library that has the function"),
        near("process(\"$1\").plt", "uprobe:libc:*", "and in other libraries that it calls"),
        same("process(\"$1\").function(\"$2@$3:$4\")", "uprobe:$1@$3:$4"),
        same("process(\"$1\").statement(\"$2@$3:$4\")", "uprobe:$1@$3:$4"),
        same("process(\"$1\").statement($2).absolute", "uprobe:$1:$2"),
        near("process(\"$1\").function(\"$2@$3\").return$4", "uretprobe:$1:$2", file),
        near("process(\"$1\").function(\"$2@$3\")$4", "uprobe:$1:$2", file),
      ]
      + functions(of: "process(\"$1\")", 2, "u", "$1:$2", limitsReturns: false)
      + [
        near("process(\"$1\").thread.begin", "tracepoint:task:task_newtask", all),
        near("process(\"$1\").thread.end", "tracepoint:sched:sched_process_exit", all),
        near("process(\"$1\").begin", "tracepoint:sched:sched_process_exec", all),
        near("process(\"$1\").end", "tracepoint:sched:sched_process_exit", all),
        near("process(\"$1\").syscall.return", "tracepoint:raw_syscalls:sys_exit", all),
        near("process(\"$1\").syscall", "tracepoint:raw_syscalls:sys_enter", all),
        near("process($1).function(\"$2\").return", "uretprobe:/proc/$1/exe:$2", "with -p $1"),
        near("process($1).function(\"$2\")", "uprobe:/proc/$1/exe:$2", "with -p $1"),
        near("process($1).statement($2).absolute", "uprobe:/proc/$1/exe:$2", "with -p $1"),
        near("process($1).mark(\"$2\")", "usdt:/proc/$1/exe:$2", "with -p $1"),
        near("process($1).syscall.return", "tracepoint:raw_syscalls:sys_exit", "with -p $1"),
        near("process($1).syscall", "tracepoint:raw_syscalls:sys_enter", "with -p $1"),
        near("process($1).thread.begin", "tracepoint:task:task_newtask", "with -p $1"),
        near("process($1).thread.end", "tracepoint:sched:sched_process_exit", "with -p $1"),
        near("process($1).begin", "tracepoint:sched:sched_process_exec", "with -p $1"),
        near("process($1).end", "tracepoint:sched:sched_process_exit", "with -p $1"),
        same("process.thread.begin", "tracepoint:task:task_newtask"),
        same("process.thread.end", "tracepoint:sched:sched_process_exit"),
        same("process.begin", "tracepoint:sched:sched_process_exec"),
        same("process.end", "tracepoint:sched:sched_process_exit"),
        same("process.syscall.return", "tracepoint:raw_syscalls:sys_exit"),
        same("process.syscall", "tracepoint:raw_syscalls:sys_enter"),
        same("syscall.$1.return", "tracepoint:syscalls:sys_exit_$1"),
        same("syscall.$1", "tracepoint:syscalls:sys_enter_$1"),
        same("nd_syscall.$1.return", "tracepoint:syscalls:sys_exit_$1"),
        same("nd_syscall.$1", "tracepoint:syscalls:sys_enter_$1"),
        same("timer.profile.freq.hz($1)", "profile:hz:$1"),
        near("timer.profile$1", "profile:hz:99", "at the rate that is wanted"),
      ]
      + [
        ("ms", "ms:"), ("msec", "ms:"), ("us", "us:"), ("usec", "us:"), ("ns", ""), ("nsec", ""),
        ("sec", "s:"), ("s", "s:"),
      ].flatMap { theirs, ours in
        [
          same("timer.\(theirs)($1)", "interval:\(ours)$1"),
          near(
            "timer.\(theirs)($1).randomize($2)", "interval:\(ours)$1", "without the randomness"),
        ]
      }
      + [
        same("timer.hz($1)", "interval:hz:$1"),
        near("timer.jiffies($1)$2", "interval:hz:99", "at the rate that is wanted"),
        same("perf.hw.cpu_cycles", "hardware:cpu-cycles"),
        same("perf.hw.instructions", "hardware:instructions"),
        same("perf.hw.cache_references", "hardware:cache-references"),
        same("perf.hw.cache_misses", "hardware:cache-misses"),
        same("perf.hw.branch_instructions", "hardware:branch-instructions"),
        same("perf.hw.branch_misses", "hardware:branch-misses"),
        same("perf.hw.bus_cycles", "hardware:bus-cycles"),
        same("perf.sw.cpu_clock", "software:cpu-clock"),
        same("perf.sw.task_clock", "software:task-clock"),
        same("perf.sw.page_faults_min", "software:minor-faults"),
        same("perf.sw.page_faults_maj", "software:major-faults"),
        same("perf.sw.page_faults", "software:page-faults"),
        same("perf.sw.context_switches", "software:context-switches"),
        same("perf.sw.cpu_migrations", "software:cpu-migrations"),
        same("perf.sw.alignment_faults", "software:alignment-faults"),
        same("perf.sw.emulation_faults", "software:emulation-faults"),
        near("perf.type(1).config($1)$2", "software:*", "with the name of the event"),
        near("perf.type($1).config($2)$3", "hardware:*", "with the name of the event"),
        same("scheduler.ctxswitch", "tracepoint:sched:sched_switch"),
        same("scheduler.process_fork", "tracepoint:sched:sched_process_fork"),
        same("scheduler.wakeup", "tracepoint:sched:sched_wakeup"),
        same("signal.send", "tracepoint:signal:signal_generate"),
        same("vfs.$1.return", "kretprobe:vfs_$1"),
        same("vfs.$1", "kprobe:vfs_$1"),
        near("netfilter.$1", "kprobe:nf_hook_slow", "which sees the hooks of all protocols"),
        same("oneshot", "begin"),
        near("begin($1)", "begin", "in the order of the script"),
        near("end($1)", "end", "in the order of the script"),
        near("never", "begin", "with the predicate /false/"),
        near("error", "end", "which comes after errors too"),
      ]
  }()

  private static let bcc: [ForeignSpelling] = {
    func same(
      _ theirs: String, _ ours: String, if condition: Condition = .none
    ) -> ForeignSpelling { ForeignSpelling("bcc", theirs, ours, if: condition) }
    func near(
      _ theirs: String, _ ours: String, if condition: Condition = .none
    ) -> ForeignSpelling {
      ForeignSpelling(
        "bcc", theirs, ours,
        "with what it compares as a predicate, and what it shows in the action",
        if: condition)
    }
    return [
      same("p::$1($2)", "kprobe:$1"), near("p::$1($2)$3", "kprobe:$1"),
      same("p::$1", "kprobe:$1"),
      same("r::$1($2)", "kretprobe:$1"), near("r::$1($2)$3", "kretprobe:$1"),
      same("r::$1", "kretprobe:$1"),
      same("p:/$1:$2($3)", "uprobe:/$1:$2"), near("p:/$1:$2($3)$4", "uprobe:/$1:$2"),
      same("p:/$1:$2", "uprobe:/$1:$2"),
      same("r:/$1:$2($3)", "uretprobe:/$1:$2"), near("r:/$1:$2($3)$4", "uretprobe:/$1:$2"),
      same("r:/$1:$2", "uretprobe:/$1:$2"),
      same("kprobe::$1", "kprobe:$1"), same("kretprobe::$1", "kretprobe:$1"),
      same("kprobe__$1", "kprobe:$1"), same("kretprobe__$1", "kretprobe:$1"),
      same("kfunc__$1", "fentry:$1"), same("kretfunc__$1", "fexit:$1"),
      same("tracepoint__$1__$2", "tracepoint:$1:$2"),
      same("raw_tracepoint__$1", "rawtracepoint:$1"),
      same("syscall__$1", "tracepoint:syscalls:sys_enter_$1"),
      same("u:$1:$2", "usdt:lib$1:$2", if: .staticTracepoint),
      same("u:$1:$2", "uprobe:lib$1:$2", if: .library),
      same("p:$1:$2($3)", "uprobe:lib$1:$2", if: .library),
      near("p:$1:$2($3)$4", "uprobe:lib$1:$2", if: .library),
      same("p:$1:$2", "uprobe:lib$1:$2", if: .library),
      same("r:$1:$2($3)", "uretprobe:lib$1:$2", if: .library),
      near("r:$1:$2($3)$4", "uretprobe:lib$1:$2", if: .library),
      same("r:$1:$2", "uretprobe:lib$1:$2", if: .library),
      same("$1:$2", "uprobe:lib$1:$2", if: .library),
    ]
  }()

  private static let dtrace: [ForeignSpelling] =
    [
      ("dtrace:::BEGIN", "begin"), ("dtrace:::END", "end"),
      ("syscall::$1:entry", "tracepoint:syscalls:sys_enter_$1"),
      ("syscall::$1:return", "tracepoint:syscalls:sys_exit_$1"),
      ("fbt::$1:entry", "kprobe:$1"), ("fbt::$1:return", "kretprobe:$1"),
      ("fbt:$1:$2:entry", "kprobe:$1:$2"), ("fbt:$1:$2:return", "kretprobe:$1:$2"),
      ("profile-$1", "profile:hz:$1"), ("tick-$1ms", "interval:ms:$1"),
      ("tick-$1sec", "interval:s:$1"), ("tick-$1s", "interval:s:$1"),
      ("proc:::exec-success", "tracepoint:sched:sched_process_exec"),
      ("proc:::exit", "tracepoint:sched:sched_process_exit"),
      ("sched:::on-cpu", "tracepoint:sched:sched_switch"),
      ("io:::start", "tracepoint:block:block_rq_issue"),
      ("io:::done", "tracepoint:block:block_rq_complete"),
    ].map { ForeignSpelling("DTrace", $0.0, $0.1) }
    + [
      ("pid$1:$2:$3:entry", "uprobe:$2:$3"), ("pid$1:$2:$3:return", "uretprobe:$2:$3"),
    ].map { ForeignSpelling("DTrace", $0.0, $0.1, "with -p $1") }

  private static let others: [ForeignSpelling] = [
    ForeignSpelling("perf", "$1:$2", "tracepoint:$1:$2", if: .tracepoint),
    ForeignSpelling("bcc", "$1", "kprobe:$1", if: .kernelFunction),
  ]

  /// What somebody means who writes `text`, and whose spelling that is; nil if nobody is known to write so.
  ///
  /// - Parameter isThere: Whether the condition holds for the texts behind `$1`, `$2`, ...
  private static func meaning(
    of text: String, _ isThere: (Condition, [String]) throws(MachineError) -> Bool
  ) throws(MachineError) -> Meaning? {
    for spelling in all {
      guard let parts = spelling.parts(of: text), try isThere(spelling.condition, parts) else {
        continue
      }
      return Meaning(
        origin: spelling.origin, theirs: text, ours: filled(spelling.ours, with: parts),
        rest: spelling.rest.map { filled($0, with: parts) })
    }
    return nil
  }

  /// The same on a machine.
  package static func meaning(
    of text: String, on kernel: any KernelView, _ user: any UserView
  ) throws(MachineError) -> Meaning? {
    try meaning(of: text) { condition, parts throws(MachineError) in
      // Nobody writes a path or a pattern there.
      let isWord = parts.allSatisfy { !$0.isEmpty && !$0.contains("/") && !$0.contains("*") }
      guard condition != .none else { return true }
      guard isWord else { return false }
      switch condition {
      case .none: return true
      case .library:
        return try !user.binaries(matching: "lib\(parts[0])", process: nil).isEmpty
      case .staticTracepoint:
        guard let file = try user.binaries(matching: "lib\(parts[0])", process: nil).first else {
          return false
        }
        return try user.usdtProbes(in: file).contains { $0.name == parts[1] }
      case .kernelFunction:
        let name = NamePattern(parts[0])
        return try !kernel.functions(module: .any, name: name).functions.isEmpty
      case .tracepoint:
        let name = TracepointName(category: parts[0], event: parts[1])
        return try kernel.tracepointFormat(name) != nil
      }
    }
  }

  /// Whether nothing of ours can have such a name, so that it need not be searched for.
  package static func isMeant(by text: String) -> Bool {
    // What we quote, as the functions of C++, may have parentheses.
    text.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
      .contains { $0.offset.isMultiple(of: 2) && $0.element.contains("(") }
  }

  /// The texts behind `$1`, `$2`, ...; nil if this is not how `text` is written.
  func parts(of text: String) -> [String]? {
    let text = Array(text.utf8)
    var pieces: [[UInt8]] = [[]]
    let theirs = Array(theirs.utf8)
    var index = 0
    while index < theirs.count {
      if theirs[index] == UInt8(ascii: "$") {
        pieces.append([])
        index += 2
      } else {
        pieces[pieces.count - 1].append(theirs[index])
        index += 1
      }
    }
    guard text.starts(with: pieces[0]) else { return nil }
    var parts: [String] = []
    var position = pieces[0].count
    for (number, piece) in pieces.enumerated().dropFirst() {
      let isLast = number == pieces.count - 1
      var end = isLast ? text.count - piece.count : position
      guard end >= position else { return nil }
      while end + piece.count <= text.count, !text[end...].starts(with: piece) { end += 1 }
      guard end + piece.count <= text.count else { return nil }
      parts.append(String(decoding: text[position..<end], as: UTF8.self))
      position = end + piece.count
    }
    return position == text.count ? parts : nil
  }

  private static func filled(_ text: String, with parts: [String]) -> String {
    var result: [UInt8] = []
    var isNumber = false
    for byte in text.utf8 {
      if isNumber {
        result += Array(parts[Int(byte - UInt8(ascii: "1"))].utf8)
        isNumber = false
      } else if byte == UInt8(ascii: "$") {
        isNumber = true
      } else {
        result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
