internal import Synchronization

/// A value that another thread makes while this one goes on, for the first who asks for it.
package final class ValueAhead<Value: ~Copyable & Sendable>: Sendable {
  private let thread = Mutex<BackgroundThread?>(nil)
  /// Who makes it holds the lock meanwhile.
  private let value = Mutex<Value?>(nil)

  package init() {}

  /// Begins with it. Where there can be no other thread there is no value.
  ///
  /// - Parameter make: Returns nil if it cannot be made now; who asks for it does it again then, and is told why.
  package func begin(_ make: @escaping @Sendable () -> Value?) {
    let maker = BackgroundThread { [self] in value.withLock { $0 = make() } }
    thread.withLock { $0 = maker }
  }

  /// The value, once it is there; nil if nobody has begun with one, or somebody has taken it.
  package func take() -> Value? {
    thread.withLock { $0.take() }?.wait()
    return value.withLock { $0.take() }
  }
}
