internal import CLibBPF
internal import CLinux
internal import Glibc
internal import LinuxSystem

/// Something that keeps a program attached while it lives, or until it is disarmed.
protocol Attachment: AnyObject {
  /// Stops the program from being run.
  ///
  /// - Returns: A descriptor that no longer does anything but stays open while the attachment lives,
  ///   because closing it takes long; nil if there is none.
  func disarm() -> CInt?

  /// How often the kernel could not call the program from here; nil if that cannot happen here, or the program
  /// itself is told of it.
  var misses: Misses? { get }
}

extension Attachment {
  var misses: Misses? { nil }
}

/// An attachment that is one BPF link.
final class LinkAttachment: Attachment {
  private var link: FileDescriptor?
  /// What it is a link to, if that counts what it misses.
  private let counter: LinkInformation.Counter?

  init(_ link: consuming FileDescriptor, counter: LinkInformation.Counter? = nil) {
    self.link = consume link
    self.counter = counter
  }

  var misses: Misses? {
    guard let counter, let link = link?.rawValue else { return nil }
    return LinkInformation.misses(of: link, counter)
  }

  func disarm() -> CInt? {
    link = nil
    return nil
  }
}

/// An attachment that libbpf made.
@safe
final class LibraryAttachment: Attachment {
  private var link: OpaquePointer?

  init(taking link: OpaquePointer) { unsafe self.link = unsafe link }

  deinit { _ = disarm() }

  func disarm() -> CInt? {
    if let link = unsafe link { _ = unsafe bpf_link__destroy(link) }
    unsafe link = nil
    return nil
  }
}

/// A perf event with a program on it.
final class PerfAttachment: Attachment {
  private var event: FileDescriptor?
  /// Nil where the event itself holds the program.
  private var link: FileDescriptor?
  /// Whether the kernel copies the event, with the program on it, to what its thread starts.
  private let isCopied: Bool
  /// Whether the event is a probe in the kernel, which counts what it misses.
  private let isKprobe: Bool

  /// Puts `program` on `event`: by a link, or by ioctl(2) where the kernel has none for perf events
  /// (before 5.15).
  ///
  /// - Parameters:
  ///   - isEnabled: Whether the event is enabled by itself, now or later.
  ///   - isCopied: Whether what the event's thread starts has the event too.
  ///   - isKprobe: Whether the event is a probe in the kernel.
  ///   - cookie: What the program finds out by `get_attach_cookie`; only links have that.
  init(
    _ event: consuming FileDescriptor, _ program: Program, isEnabled: Bool = false,
    isCopied: Bool = false, isKprobe: Bool = false, cookie: UInt64 = 0
  ) throws(SystemError) {
    self.isCopied = isCopied
    self.isKprobe = isKprobe
    var options = unsafe bpf_link_create_opts()
    unsafe options.sz = MemoryLayout<bpf_link_create_opts>.size
    unsafe options.perf_event.bpf_cookie = cookie
    let answer = unsafe bpf_link_create(
      program.descriptor, event.rawValue, BPF_PERF_EVENT, &options)
    if answer >= 0 {
      link = FileDescriptor(owning: answer)
    } else if answer == -EINVAL, cookie == 0 {
      guard clinux_perf_event_set_bpf(event.rawValue, program.descriptor) == 0 else {
        throw .current("PERF_EVENT_IOC_SET_BPF", program.name)
      }
      link = nil
    } else {
      throw SystemError(operation: "BPF_LINK_CREATE", subject: program.name, errno: -answer)
    }
    guard isEnabled || clinux_perf_event_enable(event.rawValue) == 0 else {
      throw .current("PERF_EVENT_IOC_ENABLE", program.name)
    }
    self.event = consume event
  }

  var misses: Misses? {
    guard isKprobe else { return nil }
    guard let link = link?.rawValue else { return Misses(count: 0, isComplete: false) }
    return LinkInformation.misses(of: link, .kprobe)
  }

  /// The link lets go of the program at once. Closing the event waits until no CPU can be in the probe
  /// any more, some 80 ms for each tracepoint. Copies keep the program until their event is closed, which
  /// is quick for events that are copied.
  func disarm() -> CInt? {
    guard link != nil, !isCopied else {
      link = nil
      event = nil
      return nil
    }
    link = nil
    return event?.rawValue
  }
}
