internal import CLibBPF
internal import LinuxSystem
internal import Synchronization
internal import TraceModel

/// Makes the ring buffer of the next object while the object is still being prepared: the kernel clears it all,
/// which takes milliseconds.
final class RingBufferAhead: Sendable {
  private struct State: ~Copyable {
    var thread: BackgroundThread?
    var size = 0
    var buffer: FileDescriptor?
  }

  private let state = Mutex(State())

  /// Begins with one of so many bytes.
  func begin(_ size: Int) {
    let thread = BackgroundThread { [self] in
      let descriptor = unsafe bpf_map_create(
        BPF_MAP_TYPE_RINGBUF, ObjectSymbol.events, 0, 0, UInt32(clamping: size), nil)
      // What the kernel refuses now it refuses again when the object is loaded, and that is told.
      guard descriptor >= 0 else { return }
      state.withLock { state in
        state.size = size
        state.buffer = FileDescriptor(owning: descriptor)
      }
    }
    state.withLock { $0.thread = thread }
  }

  /// The buffer, for the first who asks; nil if there is none of that size.
  func take(_ size: Int) -> FileDescriptor? {
    state.withLock { $0.thread.take() }?.wait()
    return state.withLock { $0.size == size ? $0.buffer.take() : nil }
  }
}
