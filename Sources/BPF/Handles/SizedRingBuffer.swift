internal import CLibBPF
internal import LinuxSystem
internal import TraceModel

/// A ring buffer without an object. The kernel clears all of it, which takes milliseconds.
struct SizedRingBuffer: ~Copyable, Sendable {
  let size: Int
  let map: FileDescriptor

  /// - Parameter size: In bytes.
  /// - Returns: nil if the kernel refuses it.
  init?(_ size: Int) {
    let descriptor = unsafe bpf_map_create(
      BPF_MAP_TYPE_RINGBUF, ObjectSymbol.events, 0, 0, UInt32(clamping: size), nil)
    guard descriptor >= 0 else { return nil }
    self.size = size
    map = FileDescriptor(owning: descriptor)
  }
}
