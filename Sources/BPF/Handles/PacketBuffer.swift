internal import CLibBPF
internal import Glibc
internal import LinuxSystem

/// The reading end of a map of perf events through which programs send packets: a buffer for each CPU.
@safe
final class PacketBuffer {
  /// What libbpf calls back.
  private final class Receiver {
    /// Set while packets are handed out.
    var handler: ((RawSpan) -> Void)?
  }

  private let buffer: OpaquePointer
  private let receiver: Receiver
  private let name: String

  /// Makes a buffer of `pages` pages, a power of two, for each CPU.
  init(_ map: BPFMap, pages: Int) throws(SystemError) {
    let receiver = Receiver()
    let capture = MessageCapture(isVerbose: false)
    let buffer = unsafe perf_buffer__new(
      map.descriptor, pages,
      { context, _, data, size in
        guard let context = unsafe context, let data = unsafe data else { return }
        let receiver = unsafe Unmanaged<Receiver>.fromOpaque(context).takeUnretainedValue()
        unsafe receiver.handler?(UnsafeRawBufferPointer(start: data, count: Int(size)).bytes)
      },
      // What is lost the programs count, which know of it at once.
      nil, Unmanaged.passUnretained(receiver).toOpaque(), nil)
    let failure = errno
    _ = capture.end()
    guard let buffer = unsafe buffer else {
      throw SystemError(operation: "perf_event_open", subject: map.name, errno: failure)
    }
    unsafe self.buffer = unsafe buffer
    self.receiver = receiver
    name = map.name
  }

  deinit { unsafe perf_buffer__free(buffer) }

  /// Is readable while there are packets; belongs to the buffer.
  var descriptor: CInt { unsafe perf_buffer__epoll_fd(buffer) }

  /// Hands out all packets that are there.
  func consume(_ handler: (RawSpan) -> Void) throws(SystemError) {
    let answer = withoutActuallyEscaping(handler) { handler in
      receiver.handler = handler
      defer { receiver.handler = nil }
      return unsafe perf_buffer__consume(buffer)
    }
    guard answer >= 0 else {
      throw SystemError(operation: "perf_buffer__consume", subject: name, errno: -answer)
    }
  }
}
