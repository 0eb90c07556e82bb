internal import CLibBPF
internal import CLinux
internal import Glibc
internal import LinuxSystem

/// Something that keeps a program attached while it lives.
protocol Attachment: AnyObject {}

/// An attachment that is one BPF link.
final class LinkAttachment: Attachment {
  private let link: FileDescriptor

  init(_ link: consuming FileDescriptor) { self.link = link }
}

/// An attachment that libbpf made.
@safe
final class LibraryAttachment: Attachment {
  private let link: OpaquePointer

  init(taking link: OpaquePointer) { unsafe self.link = unsafe link }

  deinit { _ = unsafe bpf_link__destroy(link) }
}

/// A perf event with a program on it.
final class PerfAttachment: Attachment {
  private let event: FileDescriptor
  /// Nil where the event itself holds the program.
  private let link: FileDescriptor?

  /// Puts `program` on `event`: by a link, or by ioctl(2) where the kernel has none for perf events
  /// (before 5.15).
  init(_ event: consuming FileDescriptor, _ program: Program) throws(SystemError) {
    let answer = bpf_link_create(
      program.descriptor, event.rawValue, BPF_PERF_EVENT, nil)
    if answer >= 0 {
      link = FileDescriptor(owning: answer)
    } else if answer == -EINVAL {
      guard clinux_perf_event_set_bpf(event.rawValue, program.descriptor) == 0 else {
        throw .current("PERF_EVENT_IOC_SET_BPF", program.name)
      }
      link = nil
    } else {
      throw SystemError(operation: "BPF_LINK_CREATE", subject: program.name, errno: -answer)
    }
    guard clinux_perf_event_enable(event.rawValue) == 0 else {
      throw .current("PERF_EVENT_IOC_ENABLE", program.name)
    }
    self.event = event
  }
}
