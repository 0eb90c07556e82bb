package import MachineView

/// How other tracers write an attach point, and how it is written here.
///
/// It is looked at only where what stands there is no attach point of ours. `$1`, `$2`, ... stand for any
/// text, as short as the rest allows.
package struct ForeignSpelling: Sendable {
  /// Whose it is.
  package let origin: String
  package let theirs: String
  package let ours: String
  /// What has to be there for it to be meant.
  let condition: Condition

  enum Condition: Sendable {
    case none
    /// `$1` is a library without its `lib`.
    case library
    /// `$1` is a function of the kernel.
    case kernelFunction
    /// `$1` and `$2` are a tracepoint.
    case tracepoint
  }

  private init(_ origin: String, _ theirs: String, _ ours: String, if condition: Condition = .none)
  {
    self.origin = origin
    self.theirs = theirs
    self.ours = ours
    self.condition = condition
  }

  /// The first that fits is meant, so what is longer comes before.
  package static let all: [ForeignSpelling] = systemTap + bcc + dtrace + others

  private static let systemTap: [ForeignSpelling] = [
    ("kernel.function(\"$1@$2\").return", "kretprobe:$1"),
    ("kernel.function(\"$1@$2\")$3", "kprobe:$1"),
    ("kernel.function(\"$1\").return$2", "kretprobe:$1"),
    ("kernel.function(\"$1\").inline", "kprobe:$1"),
    ("kernel.function(\"$1\")$2", "kprobe:$1"),
    ("kernel.statement(\"$1@$2\")", "kprobe:$1+OFFSET"),
    ("kernel.statement(\"$1\")", "kprobe:$1"),
    ("kernel.statement($1).absolute", "kprobe:$1"),
    ("kernel.trace(\"$1:$2\")", "tracepoint:$1:$2"),
    ("kernel.trace(\"$1\")", "rawtracepoint:$1"),
    ("kernel.data($1).rw", "watchpoint:$1:8:rw"),
    ("kernel.data($1).write", "watchpoint:$1:8:w"),
    ("module(\"$1\").function(\"$2\").return$3", "kretprobe:$1:$2"),
    ("module(\"$1\").function(\"$2\")$3", "kprobe:$1:$2"),
    ("module(\"$1\").statement(\"$2@$3\")", "kprobe:$1:$2+OFFSET"),
    ("kprobe.module(\"$1\").function(\"$2\").return", "kretprobe:$1:$2"),
    ("kprobe.module(\"$1\").function(\"$2\")", "kprobe:$1:$2"),
    ("kprobe.function(\"$1\").return", "kretprobe:$1"),
    ("kprobe.function(\"$1\")", "kprobe:$1"),
    ("kprobe.statement($1).absolute", "kprobe:$1"),
    ("process(\"$1\").library(\"$2\").function(\"$3\").return", "uretprobe:$2:$3"),
    ("process(\"$1\").library(\"$2\").function(\"$3\")", "uprobe:$2:$3"),
    ("process(\"$1\").library(\"$2\").mark(\"$3\")", "usdt:$2:$3"),
    ("process(\"$1\").provider(\"$2\").mark(\"$3\")", "usdt:$1:$2:$3"),
    ("process(\"$1\").mark(\"$2\")", "usdt:$1:$2"),
    ("process(\"$1\").plt(\"$2\")", "uprobe:LIBRARY:$2"),
    ("process(\"$1\").function(\"$2@$3:$4\")", "uprobe:$1@$3:$4"),
    ("process(\"$1\").statement(\"$2@$3:$4\")", "uprobe:$1@$3:$4"),
    ("process(\"$1\").statement($2).absolute", "uprobe:$1:$2"),
    ("process(\"$1\").function(\"$2\").return$3", "uretprobe:$1:$2"),
    ("process(\"$1\").function(\"$2\")$3", "uprobe:$1:$2"),
    ("process(\"$1\").begin", "tracepoint:sched:sched_process_exec"),
    ("process(\"$1\").end", "tracepoint:sched:sched_process_exit"),
    ("process(\"$1\").thread.begin", "tracepoint:task:task_newtask"),
    ("process(\"$1\").thread.end", "tracepoint:sched:sched_process_exit"),
    ("process(\"$1\").syscall.return", "tracepoint:raw_syscalls:sys_exit"),
    ("process(\"$1\").syscall", "tracepoint:raw_syscalls:sys_enter"),
    ("process($1).function(\"$2\").return", "uretprobe:$2 with -p $1"),
    ("process($1).function(\"$2\")", "uprobe:$2 with -p $1"),
    ("process.begin", "tracepoint:sched:sched_process_exec"),
    ("process.end", "tracepoint:sched:sched_process_exit"),
    ("syscall.$1.return", "tracepoint:syscalls:sys_exit_$1"),
    ("syscall.$1", "tracepoint:syscalls:sys_enter_$1"),
    ("nd_syscall.$1.return", "tracepoint:syscalls:sys_exit_$1"),
    ("nd_syscall.$1", "tracepoint:syscalls:sys_enter_$1"),
    ("timer.profile$1", "profile:hz:99"),
    ("timer.ms($1)$2", "interval:ms:$1"), ("timer.msec($1)$2", "interval:ms:$1"),
    ("timer.us($1)$2", "interval:us:$1"), ("timer.usec($1)$2", "interval:us:$1"),
    ("timer.ns($1)$2", "interval:$1"), ("timer.nsec($1)$2", "interval:$1"),
    ("timer.hz($1)", "interval:hz:$1"), ("timer.jiffies($1)$2", "interval:hz:RATE"),
    ("timer.sec($1)$2", "interval:s:$1"), ("timer.s($1)$2", "interval:s:$1"),
    ("perf.hw.$1", "hardware:$1"), ("perf.sw.$1", "software:$1"),
    ("perf.type($1).config($2)$3", "hardware:EVENT:COUNT"),
    ("perf.type($1)$2", "hardware:EVENT:COUNT"),
    ("scheduler.ctxswitch", "tracepoint:sched:sched_switch"),
    ("scheduler.process_fork", "tracepoint:sched:sched_process_fork"),
    ("scheduler.wakeup", "tracepoint:sched:sched_wakeup"),
    ("signal.send", "tracepoint:signal:signal_generate"),
    ("vfs.$1.return", "kretprobe:vfs_$1"), ("vfs.$1", "kprobe:vfs_$1"),
    ("netfilter.$1", "kprobe:nf_hook_slow"),
    ("never", "begin /false/"), ("error", "end"),
  ].map { ForeignSpelling("SystemTap", $0.0, $0.1) }

  private static let bcc: [ForeignSpelling] =
    [
      ("p::$1($2)$3", "kprobe:$1"), ("p::$1", "kprobe:$1"),
      ("r::$1($2)$3", "kretprobe:$1"), ("r::$1", "kretprobe:$1"),
      ("p:/$1:$2($3)$4", "uprobe:/$1:$2"), ("p:/$1:$2", "uprobe:/$1:$2"),
      ("r:/$1:$2($3)$4", "uretprobe:/$1:$2"), ("r:/$1:$2", "uretprobe:/$1:$2"),
      ("kprobe::$1", "kprobe:$1"), ("kretprobe::$1", "kretprobe:$1"),
    ].map { ForeignSpelling("bcc", $0.0, $0.1) }
    + [
      ForeignSpelling("bcc", "u:$1:$2", "uprobe:lib$1:$2", if: .library),
      ForeignSpelling("bcc", "p:$1:$2($3)$4", "uprobe:lib$1:$2", if: .library),
      ForeignSpelling("bcc", "p:$1:$2", "uprobe:lib$1:$2", if: .library),
      ForeignSpelling("bcc", "r:$1:$2($3)$4", "uretprobe:lib$1:$2", if: .library),
      ForeignSpelling("bcc", "r:$1:$2", "uretprobe:lib$1:$2", if: .library),
      ForeignSpelling("bcc", "$1:$2", "uprobe:lib$1:$2", if: .library),
    ]

  private static let dtrace: [ForeignSpelling] = [
    ("dtrace:::BEGIN", "begin"), ("dtrace:::END", "end"),
    ("syscall::$1:entry", "tracepoint:syscalls:sys_enter_$1"),
    ("syscall::$1:return", "tracepoint:syscalls:sys_exit_$1"),
    ("fbt::$1:entry", "kprobe:$1"), ("fbt::$1:return", "kretprobe:$1"),
    ("fbt:$1:$2:entry", "kprobe:$1:$2"), ("fbt:$1:$2:return", "kretprobe:$1:$2"),
    ("pid$1:$2:$3:entry", "uprobe:$2:$3"), ("pid$1:$2:$3:return", "uretprobe:$2:$3"),
    ("profile-$1", "profile:hz:$1"), ("tick-$1ms", "interval:ms:$1"),
    ("tick-$1sec", "interval:s:$1"), ("tick-$1s", "interval:s:$1"),
    ("proc:::exec-success", "tracepoint:sched:sched_process_exec"),
    ("proc:::exit", "tracepoint:sched:sched_process_exit"),
    ("sched:::on-cpu", "tracepoint:sched:sched_switch"),
    ("io:::start", "tracepoint:block:block_rq_issue"),
    ("io:::done", "tracepoint:block:block_rq_complete"),
  ].map { ForeignSpelling("DTrace", $0.0, $0.1) }

  private static let others: [ForeignSpelling] = [
    ForeignSpelling("perf", "$1:$2", "tracepoint:$1:$2", if: .tracepoint),
    ForeignSpelling("bcc", "$1", "kprobe:$1", if: .kernelFunction),
  ]

  /// What somebody means who writes `text`, and whose spelling that is; nil if nobody is known to write so.
  ///
  /// - Parameter isThere: Whether the condition holds for the texts behind `$1`, `$2`, ...
  private static func meaning(
    of text: String, _ isThere: (Condition, [String]) throws(MachineError) -> Bool
  ) throws(MachineError) -> (origin: String, ours: String)? {
    for spelling in all {
      guard let parts = spelling.parts(of: text), try isThere(spelling.condition, parts) else {
        continue
      }
      return (spelling.origin, spelling.filled(with: parts))
    }
    return nil
  }

  /// The same on a machine.
  package static func meaning(
    of text: String, on kernel: any KernelView, _ user: any UserView
  ) throws(MachineError) -> (origin: String, ours: String)? {
    try meaning(of: text) { condition, parts throws(MachineError) in
      // Nobody writes a path or a pattern there.
      let isWord = parts.allSatisfy { !$0.isEmpty && !$0.contains("/") && !$0.contains("*") }
      guard condition != .none else { return true }
      guard isWord else { return false }
      switch condition {
      case .none: return true
      case .library:
        return try !user.binaries(matching: "lib\(parts[0])", process: nil).isEmpty
      case .kernelFunction:
        let name = NamePattern(parts[0])
        return try !kernel.functions(module: .any, name: name).functions.isEmpty
      case .tracepoint:
        let name = TracepointName(category: parts[0], event: parts[1])
        return try kernel.tracepointFormat(name) != nil
      }
    }
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

  private func filled(with parts: [String]) -> String {
    var result: [UInt8] = []
    var isNumber = false
    for byte in ours.utf8 {
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
