internal import CLibBPF
internal import Glibc
internal import LinuxSystem

/// The reading end of a ring buffer map.
///
/// The map's memory is one page with the reader's position, one with the writers', and the data
/// twice in a row, so that a record that wraps around is still in one piece.
@safe
struct RingBuffer: ~Copyable {
  private let consumerPage: UnsafeMutableRawPointer
  private let producerPage: UnsafeRawPointer
  private let pageSize: Int
  private let size: Int

  private static let headerSize = 8
  private static let busy: UInt32 = 1 << 31
  private static let discarded: UInt32 = 1 << 30

  /// Maps the memory of `map`.
  init(_ map: BPFMap) throws(SystemError) {
    guard map.type == BPF_MAP_TYPE_RINGBUF.rawValue else { throw .invalid("mmap", map.name) }
    let pageSize = Machine.pageSize
    let size = map.maxEntries
    let failed = unsafe UnsafeMutableRawPointer(bitPattern: -1)
    let consumer = unsafe mmap(
      nil, pageSize, PROT_READ | PROT_WRITE, MAP_SHARED, map.descriptor, 0)
    guard let consumer = unsafe consumer, unsafe consumer != failed else {
      throw .current("mmap", map.name)
    }
    let producer = unsafe mmap(
      nil, pageSize + 2 * size, PROT_READ, MAP_SHARED, map.descriptor, pageSize)
    guard let producer = unsafe producer, unsafe producer != failed else {
      let error = SystemError.current("mmap", map.name)
      unsafe munmap(consumer, pageSize)
      throw error
    }
    self.pageSize = pageSize
    self.size = size
    unsafe consumerPage = unsafe consumer
    unsafe producerPage = UnsafeRawPointer(producer)
  }

  deinit {
    unsafe munmap(consumerPage, pageSize)
    unsafe munmap(UnsafeMutableRawPointer(mutating: producerPage), pageSize + 2 * size)
  }

  /// Hands out at most `limit` records and returns how many.
  borrowing func consume(limit: Int, _ handler: (RawSpan) -> AfterEvent) -> Int {
    var position = unsafe clibbpf_load_acquire_64(consumerPage)
    var taken = 0
    while taken < limit {
      guard unsafe position < clibbpf_load_acquire_64(producerPage) else { break }
      let start = pageSize + Int(position & UInt64(size - 1))
      let record = unsafe producerPage.advanced(by: start)
      let header = unsafe clibbpf_load_acquire_32(record)
      // Reserved and not submitted yet: what comes after it has to wait too.
      if header & Self.busy != 0 { break }
      let length = Int(header & ~(Self.busy | Self.discarded))
      let advance = (Self.headerSize + length + 7) / 8 * 8
      var after = AfterEvent.next
      if header & Self.discarded == 0 {
        let bytes = unsafe UnsafeRawBufferPointer(
          start: record.advanced(by: Self.headerSize), count: length)
        after = unsafe handler(bytes.bytes)
        taken += 1
      }
      position += UInt64(advance)
      unsafe clibbpf_store_release_64(consumerPage, position)
      if after == .stop { break }
    }
    return taken
  }
}
