internal import BPF
package import LinuxSystem
internal import TraceRuntime

/// The right to trace, as both commands ask for it before they begin.
package enum Privileges {
  /// Why `program` cannot trace, as one sentence that says what to do; nil if it may work.
  package static func obstacle(to program: String, in surroundings: Surroundings) -> String? {
    Permissions.current.obstacle?.sentence(of: program, in: surroundings)
  }

  /// What may keep some programs from being loaded, as one sentence; nil if nothing is known.
  package static var caution: String? {
    Permissions.current.lockdown.map { Refusal.Cause.lockdown($0).sentence(in: .host) }
  }
}
