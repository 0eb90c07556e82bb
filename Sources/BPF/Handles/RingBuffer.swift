internal import CLibBPF
internal import Glibc
internal import LinuxSystem

/// The reading end of a ring buffer map.
///
/// The map's memory is one page with the reader's position, one with the writers', and the data
/// twice in a row, so that a record that wraps around is still in one piece. Of the data only a
/// window around the next record is mapped: whatever is mapped counts as memory of the command, twice.
@safe
struct RingBuffer: ~Copyable {
  /// Of the map, which outlives this.
  private let descriptor: CInt
  private let name: String
  private let consumer: MappedPages
  private let producer: MappedPages
  private var window: MappedPages?
  private let pageSize: Int
  private let size: Int
  /// Where the next record begins.
  private var position: UInt64
  /// The reader's position as the kernel knows it; the room before it can be written to.
  private var released: UInt64

  private static let headerSize = 8
  private static let busy: UInt32 = 1 << 31
  private static let discarded: UInt32 = 1 << 30
  /// Mapping costs for each page of this, and a call for each window.
  private static let windowSize = 512 << 10
  /// Room is given back in portions: writers look at the position for each record.
  private static let portion: UInt64 = 64 << 10

  /// Maps the positions of `map`.
  init(_ map: BPFMap) throws(SystemError) {
    guard map.type == BPF_MAP_TYPE_RINGBUF.rawValue else { throw .invalid("mmap", map.name) }
    let pageSize = Machine.pageSize
    self.init(
      map,
      consumer: try MappedPages(of: map.descriptor, 0..<pageSize, isWritable: true, name: map.name),
      producer: try MappedPages(
        of: map.descriptor, pageSize..<(2 * pageSize), name: map.name), pageSize: pageSize)
  }

  private init(
    _ map: BPFMap, consumer: consuming MappedPages, producer: consuming MappedPages, pageSize: Int
  ) {
    descriptor = map.descriptor
    name = map.name
    size = map.maxEntries
    self.pageSize = pageSize
    position = unsafe clibbpf_load_acquire_64(consumer.address)
    released = position
    self.consumer = consumer
    self.producer = producer
    window = nil
  }

  /// The end of the last record that was begun.
  private var written: UInt64 { unsafe clibbpf_load_acquire_64(producer.address) }

  /// Hands out at most `limit` records and returns how many.
  ///
  /// The kernel wakes a reader for a record that begins where the reader's position is. So when the
  /// next records are to wake nobody, the last one taken stays the reader's position.
  mutating func consume(
    limit: Int, wakesForNext: Bool, _ handler: (RawSpan) -> AfterEvent
  ) throws(SystemError) -> Int {
    var taken = 0
    var last = released
    var goesOn = true
    while true {
      var end = written
      while goesOn, taken < limit {
        if position == end {
          end = written
          if position == end { break }
        }
        let start = Int(position & UInt64(size - 1))
        let header = unsafe clibbpf_load_acquire_32(
          try address(of: start..<(start + Self.headerSize)))
        // Reserved and not submitted yet: what comes after it has to wait too.
        if header & Self.busy != 0 { break }
        let length = Int(header & ~(Self.busy | Self.discarded))
        last = position
        position += UInt64((Self.headerSize + length + 7) / 8 * 8)
        if header & Self.discarded == 0 {
          let first = start + Self.headerSize
          let bytes = unsafe UnsafeRawBufferPointer(
            start: try address(of: first..<(first + length)), count: length)
          taken += 1
          goesOn = unsafe handler(bytes.bytes) == .next
        }
        if position - released >= Self.portion { release(until: last) }
      }
      release(until: wakesForNext ? position : last)
      // Whoever wrote a record before it could see the new position has woken nobody.
      guard wakesForNext, goesOn, taken < limit, try hasRecord() else { return taken }
    }
  }

  /// Whether a record is there to be read; one that is still being written will wake the reader.
  private mutating func hasRecord() throws(SystemError) -> Bool {
    guard position != written else { return false }
    let start = Int(position & UInt64(size - 1))
    let header = unsafe clibbpf_load_acquire_32(
      try address(of: start..<(start + Self.headerSize)))
    return header & Self.busy == 0
  }

  private mutating func release(until position: UInt64) {
    guard position != released else { return }
    released = position
    unsafe clibbpf_store_fence_64(consumer.address, position)
  }

  /// The address of part of the data, mapped if it was not.
  private mutating func address(of range: Range<Int>) throws(SystemError) -> UnsafeRawPointer {
    let wanted = (range.lowerBound + 2 * pageSize)..<(range.upperBound + 2 * pageSize)
    if let address = unsafe window?.address(of: wanted) { return unsafe address }
    // The old window goes first: two would count twice.
    window = nil
    let start = wanted.lowerBound / pageSize * pageSize
    let needed = (wanted.upperBound + pageSize - 1) / pageSize * pageSize
    // A record may begin on the last page and reach into the data's second mapping.
    let end = min(max(needed, start + Self.windowSize), 2 * pageSize + 2 * size)
    window = try MappedPages(of: descriptor, start..<end, name: name)
    guard let address = unsafe window?.address(of: wanted) else {
      throw .invalid("mmap", name)
    }
    return unsafe address
  }
}

extension MappedPages {
  /// The address of what lies at `wanted` of the map's memory; nil if it is not mapped here.
  fileprivate func address(of wanted: Range<Int>) -> UnsafeRawPointer? {
    guard range.lowerBound <= wanted.lowerBound, wanted.upperBound <= range.upperBound else {
      return nil
    }
    return unsafe UnsafeRawPointer(address.advanced(by: wanted.lowerBound - range.lowerBound))
  }
}
