internal import CLinux
internal import Glibc
internal import Synchronization

/// A thread that does one thing while this one goes on.
package final class BackgroundThread: Sendable {
  private final class Work: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Nil once somebody has waited for it.
  private let thread: Mutex<pthread_t?>

  /// Starts it; nil where there can be no other thread.
  package init?(_ work: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let context = unsafe Unmanaged.passRetained(Work(work))
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    defer { unsafe pthread_attr_destroy(&attributes) }
    // On this CPU, where the scheduler mostly begins it, it would wait for us.
    _ = unsafe clinux_leave_this_cpu(&attributes)  // where there is no other CPU they take turns
    let code = unsafe pthread_create(
      &thread, &attributes,
      { context in
        guard let context = unsafe context else { return nil }
        unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, context.toOpaque())
    guard code == 0 else {
      unsafe context.release()
      return nil
    }
    self.thread = Mutex(thread)
  }

  deinit { wait() }

  /// Waits for its end.
  package func wait() {
    guard let thread = thread.withLock({ $0.take() }) else { return }
    _ = pthread_join(thread, nil)  // it is a thread of ours that nobody has waited for
  }
}
