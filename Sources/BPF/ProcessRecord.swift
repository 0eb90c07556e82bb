/// Something that happened to a process and decides what its addresses mean.
package enum ProcessRecord: Hashable, Sendable {
  /// It mapped something that can be executed.
  case mapped(process: Int32, Mapping)
  /// It began another program: nothing of what it had mapped is there any more.
  case executed(process: Int32)
  /// It was started by another one, of whose memory it has a copy.
  case forked(process: Int32, parent: Int32)
  case ended(process: Int32)
  /// So many records found no room.
  case lost(UInt64)

  /// A part of a file, or memory without one, in a process's address space.
  package struct Mapping: Hashable, Sendable {
    package var start: UInt64
    package var size: UInt64
    /// Where in the file it begins.
    package var fileOffset: UInt64
    package var deviceMajor: UInt32
    package var deviceMinor: UInt32
    /// Zero where there is no file.
    package var inode: UInt64
    /// As the process sees it; `//anon` and the like without a file.
    package var path: [UInt8]

    package init(
      start: UInt64, size: UInt64, fileOffset: UInt64 = 0, deviceMajor: UInt32 = 0,
      deviceMinor: UInt32 = 0, inode: UInt64 = 0, path: [UInt8]
    ) {
      self.start = start
      self.size = size
      self.fileOffset = fileOffset
      self.deviceMajor = deviceMajor
      self.deviceMinor = deviceMinor
      self.inode = inode
      self.path = path
    }
  }
}

/// A record, and when it was made.
package struct TimedProcessRecord: Hashable, Sendable {
  /// On the monotonic clock, in nanoseconds.
  package var time: UInt64
  package var record: ProcessRecord

  package init(time: UInt64, record: ProcessRecord) {
    self.time = time
    self.record = record
  }

  /// The numbers of perf_event_open(2).
  private enum Kind {
    static let lost: UInt64 = 2
    static let command: UInt64 = 3
    static let exit: UInt64 = 4
    static let fork: UInt64 = 7
    static let mapped: UInt64 = 10
    static let byExec: UInt64 = 1 << 13
  }

  /// What the record in `range`, from its header to the time behind it, tells of a process.
  fileprivate init?(_ bytes: [UInt8], _ range: Range<Int>) {
    guard let record = Self.record(bytes, range) else { return nil }
    self.init(time: Self.integer(bytes, range.upperBound - 8, 8), record: record)
  }

  private static func record(_ bytes: [UInt8], _ range: Range<Int>) -> ProcessRecord? {
    let start = range.lowerBound
    let size = range.count - 8  // what is behind it is the time
    func field(_ at: Int, _ width: Int) -> UInt64 { integer(bytes, start + at, width) }
    func process(_ at: Int) -> Int32 { Int32(truncatingIfNeeded: field(at, 4)) }
    switch field(0, 4) {
    case Kind.lost where size >= 24: return .lost(field(16, 8))
    case Kind.command where size >= 16:
      return field(4, 2) & Kind.byExec != 0 ? .executed(process: process(8)) : nil
    case Kind.exit where size >= 24:
      // Of threads only the one that has the process's number is told.
      return process(8) == process(16) ? .ended(process: process(8)) : nil
    case Kind.fork where size >= 24:
      guard process(8) == process(16) else { return nil }
      return .forked(process: process(8), parent: process(12))
    case Kind.mapped where size >= 72:
      let path = bytes[(start + 72)..<(start + size)].prefix { $0 != 0 }
      return .mapped(
        process: process(8),
        ProcessRecord.Mapping(
          start: field(16, 8), size: field(24, 8), fileOffset: field(32, 8),
          deviceMajor: UInt32(truncatingIfNeeded: field(40, 4)),
          deviceMinor: UInt32(truncatingIfNeeded: field(44, 4)), inode: field(48, 8),
          path: Array(path)))
    default: return nil
    }
  }

  /// An integer in the machine's byte order, which is little-endian wherever we run.
  fileprivate static func integer(_ bytes: [UInt8], _ offset: Int, _ width: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in (0..<width).reversed() { value = value << 8 | UInt64(bytes[offset + index]) }
    return value
  }
}

/// The records of one CPU that were taken from its ring and wait for their turn.
package struct ProcessRecordQueue: Sendable {
  private var bytes: [UInt8] = []
  /// Where what follows `first` begins.
  private var offset = 0
  /// The oldest record that is about a process; nil if there is none.
  package private(set) var first: TimedProcessRecord?

  package init() {}

  /// The size of what waits.
  package var byteCount: Int { bytes.count - offset }

  /// Adds whole records, as a ring of perf events holds them one after the other.
  package mutating func append(_ records: ArraySlice<UInt8>) {
    if offset == bytes.count {
      bytes.removeAll(keepingCapacity: offset < 1 << 20)
      offset = 0
    } else if offset > bytes.count / 2 {
      bytes.removeSubrange(..<offset)
      offset = 0
    }
    bytes += records
    if first == nil { advance() }
  }

  /// Takes the oldest record.
  package mutating func removeFirst() -> TimedProcessRecord? {
    defer { advance() }
    return first
  }

  /// Goes on to the next record that is about a process. Nothing behind an odd one can be read.
  private mutating func advance() {
    first = nil
    while first == nil, offset + 8 <= bytes.count {
      let size = Int(TimedProcessRecord.integer(bytes, offset + 6, 2))
      guard size >= 16, offset + size <= bytes.count else {
        offset = bytes.count
        return
      }
      first = TimedProcessRecord(bytes, offset..<offset + size)
      offset += size
    }
    if first == nil { offset = bytes.count }
  }
}
