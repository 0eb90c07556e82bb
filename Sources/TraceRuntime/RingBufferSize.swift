internal import LinuxSystem
internal import MachineView
internal import TraceModel

/// How large the ring buffer for events is made.
package enum RingBufferSize {
  /// More make the buffer no larger: 64 GiB with pages of 4 KiB.
  package static let mostPages: UInt64 = 1 << 24

  fileprivate static let smallest: UInt64 = 256 << 10
  /// Holds a burst of 120,000 lines of some numbers and a name. The kernel clears it all when it makes
  /// it, which takes a quarter of a millisecond for each MiB.
  private static let largest: UInt64 = 8192 << 10
  /// The part of the available memory that may become a buffer.
  private static let share: UInt64 = 64

  /// Bytes: a power of two, at least a page for each CPU.
  ///
  /// - Parameters:
  ///   - pages: What somebody wants, or 0.
  ///   - carriesData: Whether programs send much of what scripts show. Failures and requests are few.
  ///   - availableMemory: Bytes that could be used without swapping.
  static func bytes(
    pages: UInt64, carriesData: Bool, availableMemory: UInt64, pageSize: Int, cpuCount: Int
  ) -> Int {
    let pageSize = UInt64(max(1, pageSize))
    let most = carriesData ? largest : smallest
    let wanted = min(max(availableMemory / share, smallest), most) / pageSize
    let count = pages == 0 ? nearestPowerOfTwo(wanted) : powerOfTwo(from: min(pages, mostPages))
    return Int(max(count, powerOfTwo(from: UInt64(max(1, cpuCount)))) * pageSize)
  }

  /// What the kernel called available memory when it was first asked, in bytes; the smallest buffer's size if
  /// it does not say.
  static let availableMemory: UInt64 = {
    let text: String
    do { text = try FileSystem.readText("/proc/meminfo") } catch { return smallest }
    for line in text.split(separator: "\n") where line.hasPrefix("MemAvailable:") {
      let number = line.split(separator: " ").dropFirst().first.flatMap { UInt64($0) }
      return (number ?? 0) << 10
    }
    return smallest
  }()

  /// The smallest power of two that is not less than `value`.
  private static func powerOfTwo(from value: UInt64) -> UInt64 {
    value <= 1 ? 1 : 1 << UInt64(64 - (value - 1).leadingZeroBitCount)
  }

  private static func nearestPowerOfTwo(_ value: UInt64) -> UInt64 {
    let above = powerOfTwo(from: value)
    let below = above / 2
    return value - below < above - value ? max(1, below) : above
  }
}

extension Manifest {
  /// Whether programs send what scripts show, and more than a few lines of it at the beginning and at the end.
  var sendsMuchData: Bool {
    let data = events.filter { $0.kind.urgency == .data }
    return data.contains { !$0.isSentOnce }
      || data.reduce(0) { $0 + $1.size } > RingBufferSize.smallest / 2
  }
}
