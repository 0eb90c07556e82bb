internal import CLinux
internal import Glibc
package import LinuxSystem

/// What tells of processes while they live.
package protocol ProcessRecordSource: AnyObject {
  /// Is readable while there are records.
  var descriptor: CInt { get }

  /// Hands out what has happened between the last call and this one, in order.
  func take(_ handle: (ProcessRecord) -> Void)
}

/// What all processes of the machine start, execute and map, from the kernel's perf events: one on each
/// CPU that counts nothing and only carries such records.
package final class ProcessWatch: ProcessRecordSource {
  private final class Ring {
    private let event: FileDescriptor
    let pages: MappedPages
    var queue = ProcessRecordQueue()

    init(_ event: consuming FileDescriptor, _ pages: consuming MappedPages) {
      self.event = event
      self.pages = pages
    }
  }

  private let rings: [Ring]
  private let poll: EventPoll
  private let dataSize: Int
  private var buffer: [UInt8]

  /// All that the rings of a machine may take up, and the least that one needs.
  private static let memory = 16 << 20
  private static let sizes = (64 << 10)...(256 << 10)
  /// How much of what was taken from one ring may wait; what comes then finds no room in the ring.
  private static let mostWaiting = 16 << 20
  /// While records are handed out, the rings are emptied again after so many nanoseconds.
  private static let pause: UInt64 = 1_000_000

  package init() throws(SystemError) {
    let cpus = try Machine.onlineCPUs
    let share = Self.memory / max(1, cpus.count)
    var size = Self.sizes.upperBound
    while size > Self.sizes.lowerBound, size > share { size /= 2 }
    dataSize = size
    buffer = [UInt8](repeating: 0, count: size)
    poll = try EventPoll()
    var rings: [Ring] = []
    for cpu in cpus {
      guard let event = try Self.event(cpu) else { continue }
      let pages = try MappedPages(
        of: event.rawValue, 0..<(Machine.pageSize + size), isWritable: true, name: "processes")
      try poll.add(event, token: UInt64(cpu), for: .changes)
      rings.append(Ring(event, pages))
    }
    self.rings = rings
  }

  /// - Returns: Nil if the CPU was switched off meanwhile.
  private static func event(_ cpu: Int) throws(SystemError) -> FileDescriptor? {
    var attributes = perf_event_attr()
    attributes.size = UInt32(MemoryLayout<perf_event_attr>.size)
    attributes.type = UInt32(PERF_TYPE_SOFTWARE.rawValue)
    attributes.config = UInt64(PERF_COUNT_SW_DUMMY.rawValue)
    attributes.sample_type = UInt64(PERF_SAMPLE_TIME.rawValue)
    attributes.sample_id_all = 1
    attributes.use_clockid = 1
    attributes.clockid = CLOCK_MONOTONIC
    attributes.mmap = 1
    attributes.mmap2 = 1
    attributes.comm = 1
    attributes.comm_exec = 1
    attributes.task = 1
    attributes.watermark = 1
    attributes.wakeup_watermark = 1
    let number = unsafe clinux_perf_event_open(
      &attributes, -1, CInt(cpu), -1, UInt(PERF_FLAG_FD_CLOEXEC))
    if number < 0 {
      if errno == ENODEV { return nil }
      throw .current("perf_event_open", "processes")
    }
    return FileDescriptor(owning: number)
  }

  package var descriptor: CInt { poll.descriptor.rawValue }

  package func take(_ handle: (ProcessRecord) -> Void) {
    // What is newer may be preceded by what another CPU is writing.
    let end = Clock.monotonic.now
    var emptied = end
    emptyRings()
    while let record = next(until: end) {
      handle(record)
      // Handling records may take longer than it takes processes to fill a ring.
      let now = Clock.monotonic.now
      guard now - emptied > Self.pause else { continue }
      emptied = now
      emptyRings()
    }
  }

  /// Moves what the rings hold to where there is more room.
  private func emptyRings() {
    for ring in rings where ring.queue.byteCount < Self.mostWaiting {
      let count = unsafe buffer.withUnsafeMutableBytes {
        unsafe clinux_perf_ring_take(ring.pages.address, $0.baseAddress, dataSize)
      }
      if count > 0 { ring.queue.append(buffer[..<count]) }
    }
  }

  /// Takes the oldest record that waits; nil if there is none that is as old as `end`.
  private func next(until end: UInt64) -> ProcessRecord? {
    var oldest: (time: UInt64, ring: Ring)?
    for ring in rings {
      guard let time = ring.queue.first?.time, time <= end else { continue }
      if time < oldest?.time ?? .max { oldest = (time, ring) }
    }
    return oldest?.ring.queue.removeFirst()?.record
  }
}
