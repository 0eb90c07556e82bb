/// By what a program knows the thread whose id is the key of an element.
package enum ThreadKey: Hashable, Sendable {
  /// It runs the program.
  case current
  /// The program is told that it leaves the CPU, or gets it.
  case switched
  /// The program is told that it has been woken up.
  case woken
}

extension Set<ThreadKey> {
  /// Whether no two programs touch the element of a thread at the same time on different CPUs, nor one without
  /// seeing what the other did.
  ///
  /// The kernel tells of switches to and from a thread, and of its waking up, under the lock of the queue that the
  /// thread is in. A thread that still runs, but is about to wait, can be woken up by another CPU.
  package var takeTurns: Bool { !contains(.current) || !contains(.woken) }
}
