/// How the frames of a stack are written.
package enum StackMode: UInt8, Hashable, Sendable, CaseIterable {
  case bpftrace = 0
  case perf = 1
  case raw = 2
  case buildID = 3

  /// The word that scripts and the configuration use.
  package var name: String {
    switch self {
    case .bpftrace: "bpftrace"
    case .perf: "perf"
    case .raw: "raw"
    case .buildID: "build_id"
    }
  }
}

/// The clock in which a timestamp counts nanoseconds.
package enum TimestampClock: UInt8, CaseIterable, Hashable, Sendable {
  /// Since boot, time asleep included.
  case boot = 0
  /// International atomic time.
  case tai = 1
}

/// A kind of bytes that the runtime turns into text when it shows them.
package enum Presentation: Hashable, Sendable {
  /// An address in the kernel, 8 bytes.
  case kernelSymbol
  /// An address, then the process id (32 bits) and 32 bits of padding.
  case userSymbol
  /// The number of frames (64 bits), then `limit` addresses.
  case kernelStack(StackMode, limit: Int)
  /// The number of frames (64 bits), the process id (64 bits), then `limit` addresses.
  case userStack(StackMode, limit: Int)
  /// The address family (64 bits), then 16 bytes of address in network order.
  case inet
  /// 6 bytes.
  case macAddress
  /// A cgroup id (64 bits), then the index of a filter among the manifest's strings (64 bits).
  case cgroupPath
  /// Nanoseconds (64 bits), then the index of an strftime format among the manifest's strings (64).
  case timestamp(TimestampClock)
  /// A user id, 8 bytes.
  case userName
  /// The number of a system call, 8 bytes.
  case systemCallName
  /// Texts, each ended by a NUL: the number of bytes they take up (64 bits; more than `capacity` if
  /// they were cut), the most texts to show (32 bits; 0 for all), whether to quote each (32 bits),
  /// then `capacity` bytes, a multiple of 8.
  case textList(capacity: Int)

  package var size: Int {
    switch self {
    case .kernelSymbol, .userName, .systemCallName: 8
    case .userSymbol, .cgroupPath, .timestamp: 16
    case .kernelStack(_, let limit): 8 + 8 * limit
    case .userStack(_, let limit): 16 + 8 * limit
    case .inet: 24
    case .macAddress: 6
    case .textList(let capacity): 16 + capacity
    }
  }

  package var alignment: Int { self == .macAddress ? 1 : 8 }
}

// MARK: Encoding

extension StackMode: WireNumbered {
  package static let wireName = "mode of a stack"
}

extension TimestampClock: WireNumbered {
  package static let wireName = "clock"
}

extension Presentation: WireEnum {
  package static let wireName = "presentation"

  package static let wireCases: [WireCase<Presentation>] = [
    WireCase(0, "kernelSymbol", .kernelSymbol),
    WireCase(1, "userSymbol", .userSymbol),
    WireCase(2, "kernelStack", WirePart<StackMode>(1, "mode"), WirePart<Int>(2, "limit")) {
      .kernelStack($0, limit: $1)
    } take: {
      if case .kernelStack(let mode, let limit) = $0 { (mode, limit) } else { nil }
    },
    WireCase(3, "userStack", WirePart<StackMode>(1, "mode"), WirePart<Int>(2, "limit")) {
      .userStack($0, limit: $1)
    } take: {
      if case .userStack(let mode, let limit) = $0 { (mode, limit) } else { nil }
    },
    WireCase(4, "inet", .inet),
    WireCase(5, "macAddress", .macAddress),
    WireCase(6, "cgroupPath", .cgroupPath),
    WireCase(7, "timestamp", WirePart<TimestampClock>(1, "clock")) {
      .timestamp($0)
    } take: {
      if case .timestamp(let clock) = $0 { clock } else { nil }
    },
    WireCase(8, "userName", .userName),
    WireCase(9, "systemCallName", .systemCallName),
    WireCase(10, "textList", WirePart<Int>(1, "capacity")) {
      .textList(capacity: $0)
    } take: {
      if case .textList(let capacity) = $0 { capacity } else { nil }
    },
  ]
}
