internal import CLibBPF
internal import CLinux
internal import Glibc
internal import LinuxSystem

/// Something that keeps a program attached while it lives.
protocol Attachment: AnyObject {
  /// What is open because of it.
  var descriptors: AttachmentDescriptors { get }
  /// The places that it does without, because the kernel refused them.
  var refusals: [AttachRefusal] { get set }
  /// How often the kernel could not call the program from here; nil if that cannot happen here, or the program
  /// itself is told of it.
  var misses: Misses? { get }
}

extension Attachment {
  var misses: Misses? { nil }
}

/// The descriptors of an attachment. To close one of them may take long.
struct AttachmentDescriptors {
  /// Once these are closed the program is no longer run.
  var attaching: [CInt] = []
  /// What does nothing any more then.
  var others: [CInt] = []
}

/// An attachment that is one BPF link.
final class LinkAttachment: Attachment {
  private let link: FileDescriptor
  var refusals: [AttachRefusal] = []
  /// What it is a link to, if that counts what it misses.
  private let counter: LinkInformation.Counter?

  init(_ link: consuming FileDescriptor, counter: LinkInformation.Counter? = nil) {
    self.link = consume link
    self.counter = counter
  }

  var misses: Misses? {
    counter.map { LinkInformation.misses(of: link.rawValue, $0) }
  }

  var descriptors: AttachmentDescriptors { AttachmentDescriptors(attaching: [link.rawValue]) }
}

/// An attachment that libbpf made.
@safe
final class LibraryAttachment: Attachment {
  var refusals: [AttachRefusal] = []
  private let link: OpaquePointer

  init(taking link: OpaquePointer) { unsafe self.link = unsafe link }

  deinit { _ = unsafe bpf_link__destroy(link) }

  /// Only the library knows what is to be undone, and in which order.
  var descriptors: AttachmentDescriptors { AttachmentDescriptors() }
}

/// A perf event with a program on it.
final class PerfAttachment: Attachment {
  var refusals: [AttachRefusal] = []
  private let event: FileDescriptor
  /// Nil where the event itself holds the program.
  private let link: FileDescriptor?
  private let linkNumber: CInt
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
    linkNumber = answer
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
    guard linkNumber >= 0 else { return Misses(count: 0, isComplete: false) }
    return LinkInformation.misses(of: linkNumber, .kprobe)
  }

  /// The link lets go of the program. Closing the event waits until no CPU can be in the probe any more,
  /// some 80 ms for each tracepoint. Copies keep the program until their event is closed.
  var descriptors: AttachmentDescriptors {
    let event = event.rawValue
    guard linkNumber >= 0 else { return AttachmentDescriptors(attaching: [event]) }
    return isCopied
      ? AttachmentDescriptors(attaching: [linkNumber, event])
      : AttachmentDescriptors(attaching: [linkNumber], others: [event])
  }
}
