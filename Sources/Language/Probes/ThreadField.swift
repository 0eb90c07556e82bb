package import TraceIR

/// A field of an event that names a thread, of whose events the kernel tells one after the other.
package struct ThreadField: Hashable, Sendable {
  private var role: ThreadKey
  /// The member of what the field points to that is the thread's id; nil if the field is that itself.
  private var member: String?

  /// By what a program knows the thread, if its id is in this member of what the field points to, or in the field
  /// itself.
  package func key(member: String?) -> ThreadKey? { member == self.member ? role : nil }

  private static func id(_ role: ThreadKey) -> ThreadField { ThreadField(role: role) }
  private static func task(_ role: ThreadKey) -> ThreadField {
    ThreadField(role: role, member: "pid")
  }

  /// Such fields of an event, in the tracepoint's record and among the arguments of its prototype.
  ///
  /// `sched_waking` is not here: it comes before the kernel has the lock of the thread's queue.
  static func of(_ event: String) -> [String: ThreadField] { all[event] ?? [:] }

  private static let all: [String: [String: ThreadField]] = [
    "sched_switch": [
      "prev_pid": id(.switched), "next_pid": id(.switched),
      "prev": task(.switched), "next": task(.switched),
    ],
    "sched_wakeup": wakeup,
    "sched_wakeup_new": wakeup,
  ]

  private static let wakeup = ["pid": id(.woken), "p": task(.woken)]
}
