import BPF
import LinuxSystem
import Testing

@Suite struct ProcessRecordTests {
  private static func bytes(_ value: UInt64, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
  }

  /// A record as the kernel writes it, with the time behind it.
  private static func record(
    _ type: UInt64, misc: UInt64 = 0, _ content: [UInt8], time: UInt64
  ) -> [UInt8] {
    bytes(type, 4) + bytes(misc, 2) + bytes(UInt64(8 + content.count + 8), 2) + content
      + bytes(time, 8)
  }

  private func records(in bytes: [UInt8]) -> [TimedProcessRecord] {
    var queue = ProcessRecordQueue()
    queue.append(bytes[...])
    return Array(sequence(state: queue) { $0.removeFirst() })
  }

  private static let mapped: [UInt8] = {
    var content = bytes(7, 4) + bytes(8, 4) + bytes(0x40_0000, 8) + bytes(0x2000, 8)
    content += bytes(0x1000, 8) + bytes(8, 4) + bytes(1, 4) + bytes(99, 8) + bytes(0, 8)
    content += bytes(5, 4) + bytes(2, 4) + Array("/bin/x\0\0".utf8)
    return record(10, content, time: 5)
  }()

  @Test func readsWhatTheKernelTellsOfProcesses() {
    let threads = bytes([7, 7, 7, 6]) + Self.bytes(3, 8)
    let bytes =
      Self.mapped
      + Self.record(7, bytes([9, 7, 9, 7]) + Self.bytes(1, 8), time: 6)
      + Self.record(7, bytes([7, 7, 8, 7]) + Self.bytes(1, 8), time: 7)  // a thread
      + Self.record(3, misc: 1 << 13, bytes([9, 9]) + Array("x\0\0\0\0\0\0\0".utf8), time: 8)
      + Self.record(3, bytes([9, 9]) + Array("y\0\0\0\0\0\0\0".utf8), time: 9)  // a new name
      + Self.record(4, bytes([9, 7, 9, 7]) + Self.bytes(1, 8), time: 10)
      + Self.record(4, threads, time: 11)
      + Self.record(2, Self.bytes(1, 8) + Self.bytes(12, 8), time: 12)
    let mapping = ProcessRecord.Mapping(
      start: 0x40_0000, size: 0x2000, fileOffset: 0x1000, deviceMajor: 8, deviceMinor: 1,
      inode: 99, path: Array("/bin/x".utf8))
    #expect(
      records(in: bytes) == [
        TimedProcessRecord(time: 5, record: .mapped(process: 7, mapping)),
        TimedProcessRecord(time: 6, record: .forked(process: 9, parent: 7)),
        TimedProcessRecord(time: 8, record: .executed(process: 9)),
        TimedProcessRecord(time: 10, record: .ended(process: 9)),
        TimedProcessRecord(time: 11, record: .ended(process: 7)),
        TimedProcessRecord(time: 12, record: .lost(12)),
      ])
  }

  private func bytes(_ numbers: [UInt64]) -> [UInt8] { numbers.flatMap { Self.bytes($0, 4) } }

  @Test func endsAtARecordThatIsCutOff() {
    for count in 0..<Self.mapped.count {
      #expect(records(in: Array(Self.mapped[..<count])).isEmpty)
    }
    // One that says it is shorter than its fields is left out.
    for size in 0..<72 {
      var record = Self.mapped
      record[6] = UInt8(size)
      #expect(
        records(in: record).allSatisfy {
          if case .mapped = $0.record { false } else { true }
        })
    }
  }

  @Test func keepsRecordsInOrderThatComeWhileOthersWait() {
    var queue = ProcessRecordQueue()
    var times: [UInt64] = []
    for round in 0..<1000 as Range<UInt64> {
      for time in [3 * round, 3 * round + 1, 3 * round + 2] {
        queue.append(Self.record(4, bytes([9, 7, 9, 7]) + Self.bytes(1, 8), time: time)[...])
      }
      // One of a thread is about no process.
      queue.append(Self.record(4, bytes([9, 7, 8, 7]) + Self.bytes(1, 8), time: 0)[...])
      for _ in 0..<2 { times += queue.removeFirst().map { [$0.time] } ?? [] }
    }
    while let record = queue.removeFirst() { times.append(record.time) }
    #expect(times == Array(0..<3000))
    #expect(queue.byteCount == 0)
    #expect(queue.removeFirst() == nil)
  }

  @Test(.enabled(if: CurrentProcess.isRoot, "not root"))
  func tellsOfAProcessThatHasEnded() throws {
    let watch = try ProcessWatch()
    let path = try #require(ExecutableSearch.first("true"))
    let real = try FileSystem.realPath(path)
    var child = try ChildProcess(holding: path, arguments: [])
    let id = child.id
    try child.release()
    _ = try child.wait()
    var records: [ProcessRecord] = []
    watch.take { records.append($0) }
    #expect(records.contains(.executed(process: id)))
    #expect(records.contains(.ended(process: id)))
    let paths = records.compactMap { record -> String? in
      guard case .mapped(id, let mapping) = record else { return nil }
      return String(decoding: mapping.path, as: UTF8.self)
    }
    #expect(paths.contains(real))
    watch.take { #expect($0 != .ended(process: id)) }
  }
}
