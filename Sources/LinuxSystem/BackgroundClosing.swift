internal import CLinux
internal import Glibc

/// Another process that closes descriptors, so that this one need not wait for what the kernel does then.
///
/// It has no other files, is nobody's child, and ends by itself. Where closing means waiting, it waits for
/// hundreds of them at a time.
package struct BackgroundClosing: ~Copyable {
  private var go: FileDescriptor?
  private let done: FileDescriptor

  /// Starts the process, which holds copies of the descriptors from here on; nil where it cannot be made.
  ///
  /// - Parameter others: What is closed once nothing of `first` waits for its turn.
  package init?(_ first: [CInt], then others: [CInt] = []) {
    var (go, done): (CInt, CInt) = (-1, -1)
    let all = first + others
    guard
      unsafe clinux_close_in_background(all, CInt(all.count), CInt(first.count), &go, &done) == 0
    else { return nil }
    self.go = FileDescriptor(owning: go)
    self.done = FileDescriptor(owning: done)
  }

  /// Has it close them. What this process has not closed before stays open.
  ///
  /// - Parameter patience: How long to wait for those that are closed first.
  /// - Returns: Whether all of these are closed.
  @discardableResult
  package mutating func begin(patience: Duration) -> Bool {
    go = nil
    return done.waitUntilReadable(timeout: patience)
  }
}
