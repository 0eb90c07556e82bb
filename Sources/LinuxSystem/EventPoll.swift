internal import CLinux
internal import Glibc

/// Waits for several descriptors at once (epoll).
package struct EventPoll: ~Copyable {
  /// One descriptor that is ready.
  package struct Event: Hashable, Sendable {
    /// What was given when the descriptor was added.
    package let token: UInt64
    package let isReadable: Bool
    package let isWritable: Bool
    /// The other end has gone, or the descriptor failed.
    package let isHangup: Bool
  }

  package enum Interest: Sendable {
    case reading, writing
    /// Something new to read: reported once, not for as long as it is there.
    case changes

    fileprivate var mask: UInt32 {
      switch self {
      case .reading: CLINUX_EVENT_IN
      case .writing: CLINUX_EVENT_OUT
      case .changes: CLINUX_EVENT_IN | CLINUX_EVENT_EDGE
      }
    }
  }

  /// The epoll descriptor itself, which can be waited for in turn.
  package let descriptor: FileDescriptor

  package init() throws(SystemError) {
    let number = clinux_epoll_create()
    guard number >= 0 else { throw .current("epoll_create", "") }
    descriptor = FileDescriptor(owning: number)
  }

  /// Watches `watched`, which has to stay open as long as it is watched.
  package borrowing func add(
    _ watched: borrowing FileDescriptor, token: UInt64, for interest: Interest = .reading
  ) throws(SystemError) {
    try add(rawValue: watched.rawValue, token: token, for: interest)
  }

  /// Watches a descriptor that a C library owns.
  package borrowing func add(
    rawValue: CInt, token: UInt64, for interest: Interest = .reading
  ) throws(SystemError) {
    guard clinux_epoll_add(descriptor.rawValue, rawValue, token, interest.mask) == 0 else {
      throw .current("epoll_ctl", "descriptor \(rawValue)")
    }
  }

  /// Ends the watch; a descriptor that is closed leaves by itself.
  package borrowing func remove(_ watched: borrowing FileDescriptor) throws(SystemError) {
    try remove(rawValue: watched.rawValue)
  }

  /// Ends the watch of a descriptor that a C library owns.
  package borrowing func remove(rawValue: CInt) throws(SystemError) {
    guard clinux_epoll_remove(descriptor.rawValue, rawValue) == 0 else {
      throw .current("epoll_ctl", "descriptor \(rawValue)")
    }
  }

  /// Waits until something is ready or `timeout` has passed (nil: for ever).
  ///
  /// - Returns: What is ready; nothing after the timeout.
  package borrowing func wait(timeout: Duration? = nil) throws(SystemError) -> [Event] {
    let start = Clock.boot.now
    var ready = [clinux_event](repeating: clinux_event(), count: 32)
    while true {
      let left = timeout.map { max(.zero, $0 - .nanoseconds(Clock.boot.now - start)) }
      let count = unsafe clinux_epoll_wait(
        descriptor.rawValue, &ready, CInt(ready.count), left?.pollMilliseconds ?? -1)
      if count >= 0 { return ready[..<Int(count)].map(Event.init) }
      guard errno == EINTR else { throw .current("epoll_wait", "") }
    }
  }
}

extension EventPoll.Event {
  fileprivate init(_ event: clinux_event) {
    token = event.token
    isReadable = event.events & CLINUX_EVENT_IN != 0
    isWritable = event.events & CLINUX_EVENT_OUT != 0
    isHangup = event.events & (CLINUX_EVENT_HANGUP | CLINUX_EVENT_ERROR) != 0
  }
}

/// A timer as a descriptor that is readable once it has fired.
package struct TimerDescriptor: ~Copyable {
  package let descriptor: FileDescriptor

  /// A timer that is not armed yet, on the monotonic clock unless said otherwise.
  package init(_ clock: Clock = .monotonic) throws(SystemError) {
    let number = clinux_timerfd(clock.number)
    guard number >= 0 else { throw .current("timerfd_create", "") }
    descriptor = FileDescriptor(owning: number)
  }

  /// Fires after `first` and from then on each `interval`; just once without an interval.
  ///
  /// A `first` of zero means at once.
  package borrowing func arm(
    after first: Duration, every interval: Duration? = nil
  ) throws(SystemError) {
    let first = UInt64(max(1, first.nanosecondCount))
    let every = UInt64(max(0, interval?.nanosecondCount ?? 0))
    guard clinux_timerfd_set(descriptor.rawValue, first, every) == 0 else {
      throw .current("timerfd_settime", "")
    }
  }

  /// Stops the timer.
  package borrowing func disarm() throws(SystemError) {
    guard clinux_timerfd_set(descriptor.rawValue, 0, 0) == 0 else {
      throw .current("timerfd_settime", "")
    }
  }

  /// How often it has fired since the last call; zero if it has not.
  package borrowing func expirations() throws(SystemError) -> UInt64 {
    var count: UInt64 = 0
    let answer = unsafe withUnsafeMutableBytes(of: &count) { buffer in
      unsafe Glibc.read(descriptor.rawValue, buffer.baseAddress, buffer.count)
    }
    if answer == 8 { return count }
    if errno == EAGAIN || errno == EINTR { return 0 }
    throw .current("read", "timerfd")
  }
}
