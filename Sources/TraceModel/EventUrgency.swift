/// How much depends on an event: which part of the ring buffer is kept for it, and whether the runtime
/// is woken up for it at once.
///
/// In a flood of data the more urgent events still find room, since each urgency leaves some of the
/// buffer to those above it. The order in the buffer is that of sending, whatever the urgency.
package enum EventUrgency: Int, Hashable, Sendable, CaseIterable {
  /// What a script shows. It leaves in batches.
  case data = 0
  /// A failure, or a message about one.
  case failure = 1
  /// Something for the runtime to do, now: show, clear or zero a map, run a command, detach something.
  case action = 2
  /// The end of the run.
  case end = 3

  /// The word that the IR's text has.
  package var name: String { "\(self)" }

  /// Whether the runtime is woken up for each such event.
  package var wakesRuntime: Bool { self == .action || self == .end }

  /// Whether such events leave some room to more urgent ones.
  package var leavesRoom: Bool { self != .end }

  /// Returns how many of a buffer's bytes may be in use once such an event is in it.
  package func room(inBuffer size: Int) -> Int {
    switch self {
    case .data: size - size / 8
    case .failure: size - size / 16
    case .action: size - size / 32
    case .end: size
    }
  }
}

extension EventKind {
  /// How much depends on events of this kind.
  package var urgency: EventUrgency {
    switch self {
    case .printf, .row, .printValue, .cat, .time, .join, .packet, .changeElement: .data
    case .errorf, .warnf, .runtimeError: .failure
    case .system, .printMap, .clearMap, .zeroMap, .unwatch: .action
    case .exit: .end
    }
  }
}

extension EventUrgency: WireNumbered {
  package static let wireName = "urgency of events"
}
