internal import CLinux
internal import Glibc
package import LinuxSystem

/// What tells of processes while they live.
package protocol ProcessRecordSource: AnyObject {
  /// Is readable while there are records.
  var descriptor: CInt { get }

  /// What has happened since the last call, in order.
  func take() -> [ProcessRecord]
}

/// What all processes of the machine start, execute and map, from the kernel's perf events: one on each
/// CPU that counts nothing and only carries such records.
package final class ProcessWatch: ProcessRecordSource {
  private struct Ring: ~Copyable {
    let event: FileDescriptor
    let pages: MappedPages
  }

  /// The rings of all CPUs, the first of which leads to the next.
  private final class Link {
    let ring: Ring
    let next: Link?
    init(_ ring: consuming Ring, _ next: Link?) {
      self.ring = ring
      self.next = next
    }
  }

  private let rings: Link?
  private let poll: EventPoll
  private let dataSize: Int
  private var buffer: [UInt8]
  /// What was taken, but may be preceded by what another CPU is writing.
  private var held: [TimedProcessRecord] = []

  /// All that the rings of a machine may take up, and the least that one needs.
  private static let memory = 4 << 20
  private static let sizes = (64 << 10)...(256 << 10)

  package init() throws(SystemError) {
    let cpus = try Machine.onlineCPUs
    let share = Self.memory / max(1, cpus.count)
    var size = Self.sizes.upperBound
    while size > Self.sizes.lowerBound, size > share { size /= 2 }
    dataSize = size
    buffer = [UInt8](repeating: 0, count: size)
    poll = try EventPoll()
    var rings: Link?
    for cpu in cpus {
      guard let ring = try Self.ring(cpu, size) else { continue }
      try poll.add(ring.event, token: UInt64(cpu), for: .changes)
      rings = Link(ring, rings)
    }
    self.rings = rings
  }

  /// - Returns: Nil if the CPU was switched off meanwhile.
  private static func ring(_ cpu: Int, _ size: Int) throws(SystemError) -> Ring? {
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
    let event = FileDescriptor(owning: number)
    let pages = try MappedPages(
      of: number, 0..<(Machine.pageSize + size), isWritable: true, name: "processes")
    return Ring(event: event, pages: pages)
  }

  package var descriptor: CInt { poll.descriptor.rawValue }

  package func take() -> [ProcessRecord] {
    let now = Clock.monotonic.now
    var taken = held
    var link = rings
    while let current = link {
      let count = unsafe buffer.withUnsafeMutableBytes {
        unsafe clinux_perf_ring_take(current.ring.pages.address, $0.baseAddress, dataSize)
      }
      if count > 0 { taken += TimedProcessRecord.all(in: Array(buffer[..<count])) }
      link = current.next
    }
    guard !taken.isEmpty else { return [] }
    // The sort is stable: what one CPU wrote stays in order.
    taken.sort { $0.time < $1.time }
    let end = taken.firstIndex { $0.time > now } ?? taken.count
    held = Array(taken[end...])
    return taken[..<end].map(\.record)
  }
}
