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
  /// The number of frames (64 bits), the process id (64 bits), then `limit` addresses; with the mode
  /// `buildID` as many `struct bpf_stack_build_id`, of 32 bytes.
  case userStack(StackMode, limit: Int)
  /// The number of bytes of stack (64 bits), the process id (64 bits), `registerBytes` of `struct pt_regs`,
  /// then `capacity` bytes of stack.
  case unwoundStack(StackMode, limit: Int, capacity: Int)
  /// The address family (64 bits), then 16 bytes of address in network order.
  case inet
  /// What `inet` is, then a port (64 bits).
  case endpoint
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
  /// An error number, positive or negative, 8 bytes.
  case errorText
  /// The number of a signal, 8 bytes.
  case signalText
  /// The index of a field of /proc/meminfo among the manifest's strings (64 bits), then what its bytes are
  /// divided by (64 bits).
  case memoryInformation
  /// Over how many minutes, 8 bytes.
  case loadAverage
  /// A number that has a name in a set of them, 8 bytes.
  case numberName(NamedNumbers)
  /// How a process ended, as wait(2) has it, 8 bytes.
  case exitStatus
  /// The number of bytes that follow, at most `capacity` (64 bits); then a name and the directories that it is
  /// in, innermost first, each ended by a NUL; `capacity` bytes, a multiple of 8.
  case absolutePath(capacity: Int)
  /// Texts, each ended by a NUL: the number of bytes they take up (64 bits; more than `capacity` if
  /// they were cut), the most texts to show (32 bits; 0 for all), whether to quote each (32 bits),
  /// then `capacity` bytes, a multiple of 8.
  case textList(capacity: Int)
}

extension Presentation {
  /// What compiler and decoder have to know of a kind of presented value.
  package struct Facts: Sendable {
    /// Bytes of a value.
    package var size: Int
    package var alignment = 8
    /// The kind of type in messages: `kstack`.
    package var kindName: String
    /// What scripts declare a variable of the type with, if they can.
    package var declaredName: String?
  }

  /// The row of this kind.
  package var facts: Facts {
    switch self {
    case .kernelSymbol: Facts(size: 8, kindName: "ksym_t")
    case .userSymbol: Facts(size: 16, kindName: "usym_t")
    case .kernelStack(_, let limit): Facts(size: 8 + 8 * limit, kindName: "kstack")
    case .userStack(let mode, let limit):
      Facts(size: 16 + (mode == .buildID ? 32 : 8) * limit, kindName: "ustack")
    case .unwoundStack(_, _, let capacity):
      Facts(size: 16 + Self.registerBytes + capacity, kindName: "dw_ustack")
    case .inet: Facts(size: 24, kindName: "inet", declaredName: "inet")
    case .endpoint: Facts(size: Presentation.inet.size + 8, kindName: "endpoint_t")
    case .macAddress:
      Facts(size: 6, alignment: 1, kindName: "mac_address", declaredName: "macaddr_t")
    case .cgroupPath: Facts(size: 16, kindName: "cgroup_path_t", declaredName: "cgroup_path_t")
    case .timestamp: Facts(size: 16, kindName: "timestamp", declaredName: "timestamp")
    case .userName: Facts(size: 8, kindName: "username_t", declaredName: "username_t")
    case .systemCallName: Facts(size: 8, kindName: "syscall_name_t")
    case .errorText: Facts(size: 8, kindName: "error_text_t")
    case .signalText: Facts(size: 8, kindName: "signal_name_t")
    case .memoryInformation: Facts(size: 16, kindName: "meminfo_t")
    case .loadAverage: Facts(size: 8, kindName: "load_average_t")
    case .numberName: Facts(size: 8, kindName: "number_name_t")
    case .exitStatus: Facts(size: 8, kindName: "exit_status_t")
    case .absolutePath(let capacity): Facts(size: 8 + capacity, kindName: "absolute_path_t")
    case .textList(let capacity): Facts(size: 16 + capacity, kindName: "text_list")
    }
  }

  /// The name of the type in messages, with what tells two of one kind apart: `kstack_raw_5`.
  package var typeName: String {
    switch self {
    case .kernelStack(let mode, let limit), .userStack(let mode, let limit):
      "\(kindName)_\(mode.name)_\(limit)"
    case .unwoundStack(let mode, let limit, _): "\(kindName)_\(mode.name)_\(limit)"
    case .inet: "inet[\(size)]"
    case .numberName(let numbers): "\(kindName)[\(numbers)]"
    case .textList(let capacity): "text_list[\(capacity)]"
    default: kindName
    }
  }

  /// Bytes of registers in a stack that is still to be unwound: those of the architecture that has most.
  package static let registerBytes = 272

  /// The kinds that scripts may declare variables of.
  package static let declarable: [Presentation] = [
    .inet, .macAddress, .cgroupPath, .timestamp(.boot), .userName,
  ]

  package var size: Int { facts.size }
  package var alignment: Int { facts.alignment }
  /// The kind of type in messages: `kstack`.
  package var kindName: String { facts.kindName }

  /// Has a reader read a value of this kind, all of whose bytes exist.
  package func read<Reader: PresentationReader>(
    _ bytes: Span<UInt8>, at offset: Int, by reader: Reader
  ) throws(Reader.Failure) -> Reader.Shown {
    switch self {
    case .kernelSymbol: try reader.kernelSymbol(bytes, offset)
    case .userSymbol: try reader.userSymbol(bytes, offset)
    case .kernelStack(let mode, let limit): try reader.kernelStack(bytes, offset, mode, limit)
    case .userStack(let mode, let limit): try reader.userStack(bytes, offset, mode, limit)
    case .unwoundStack(let mode, let limit, let capacity):
      try reader.unwoundStack(bytes, offset, mode, limit, capacity)
    case .inet: try reader.internetAddress(bytes, offset)
    case .endpoint: try reader.endpoint(bytes, offset)
    case .macAddress: try reader.macAddress(bytes, offset)
    case .cgroupPath: try reader.cgroupPath(bytes, offset)
    case .timestamp(let clock): try reader.timestamp(bytes, offset, clock)
    case .userName: try reader.userName(bytes, offset)
    case .systemCallName: try reader.systemCallName(bytes, offset)
    case .errorText: try reader.errorText(bytes, offset)
    case .signalText: try reader.signalText(bytes, offset)
    case .memoryInformation: try reader.memoryInformation(bytes, offset)
    case .loadAverage: try reader.loadAverage(bytes, offset)
    case .numberName(let numbers): try reader.numberName(bytes, offset, numbers)
    case .exitStatus: try reader.exitStatus(bytes, offset)
    case .absolutePath(let capacity): try reader.absolutePath(bytes, offset, capacity)
    case .textList(let capacity): try reader.textList(bytes, offset, capacity)
    }
  }
}

/// What can show every kind of presented value: a kind without its function does not compile.
package protocol PresentationReader {
  associatedtype Shown
  associatedtype Failure: Error

  func kernelSymbol(_ bytes: Span<UInt8>, _ offset: Int) throws(Failure) -> Shown
  func userSymbol(_ bytes: Span<UInt8>, _ offset: Int) throws(Failure) -> Shown
  func kernelStack(
    _ bytes: Span<UInt8>, _ offset: Int, _ mode: StackMode, _ limit: Int
  ) throws(Failure) -> Shown
  func userStack(
    _ bytes: Span<UInt8>, _ offset: Int, _ mode: StackMode, _ limit: Int
  ) throws(Failure) -> Shown
  func unwoundStack(
    _ bytes: Span<UInt8>, _ offset: Int, _ mode: StackMode, _ limit: Int, _ capacity: Int
  ) throws(Failure) -> Shown
  func internetAddress(_ bytes: Span<UInt8>, _ offset: Int) throws(Failure) -> Shown
  func endpoint(_ bytes: Span<UInt8>, _ offset: Int) throws(Failure) -> Shown
  func macAddress(_ bytes: Span<UInt8>, _ offset: Int) throws(Failure) -> Shown
  func cgroupPath(_ bytes: Span<UInt8>, _ offset: Int) throws(Failure) -> Shown
  func timestamp(
    _ bytes: Span<UInt8>, _ offset: Int, _ clock: TimestampClock
  ) throws(Failure) -> Shown
  func userName(_ bytes: Span<UInt8>, _ offset: Int) throws(Failure) -> Shown
  func systemCallName(_ bytes: Span<UInt8>, _ offset: Int) throws(Failure) -> Shown
  func errorText(_ bytes: Span<UInt8>, _ offset: Int) throws(Failure) -> Shown
  func signalText(_ bytes: Span<UInt8>, _ offset: Int) throws(Failure) -> Shown
  func memoryInformation(_ bytes: Span<UInt8>, _ offset: Int) throws(Failure) -> Shown
  func loadAverage(_ bytes: Span<UInt8>, _ offset: Int) throws(Failure) -> Shown
  func numberName(
    _ bytes: Span<UInt8>, _ offset: Int, _ numbers: NamedNumbers
  ) throws(Failure) -> Shown
  func exitStatus(_ bytes: Span<UInt8>, _ offset: Int) throws(Failure) -> Shown
  func absolutePath(_ bytes: Span<UInt8>, _ offset: Int, _ capacity: Int) throws(Failure) -> Shown
  func textList(_ bytes: Span<UInt8>, _ offset: Int, _ capacity: Int) throws(Failure) -> Shown
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
    WireCase(
      19, "unwoundStack", WirePart<StackMode>(1, "mode"), WirePart<Int>(2, "limit"),
      WirePart<Int>(3, "capacity")
    ) {
      .unwoundStack($0, limit: $1, capacity: $2)
    } take: {
      if case .unwoundStack(let mode, let limit, let capacity) = $0 {
        (mode, limit, capacity)
      } else {
        nil
      }
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
    WireCase(11, "errorText", .errorText),
    WireCase(12, "signalText", .signalText),
    WireCase(13, "numberName", WirePart<NamedNumbers>(1, "numbers")) {
      .numberName($0)
    } take: {
      if case .numberName(let numbers) = $0 { numbers } else { nil }
    },
    WireCase(14, "memoryInformation", .memoryInformation),
    WireCase(15, "loadAverage", .loadAverage),
    WireCase(17, "endpoint", .endpoint),
    WireCase(16, "exitStatus", .exitStatus),
    WireCase(18, "absolutePath", WirePart<Int>(1, "capacity")) {
      .absolutePath(capacity: $0)
    } take: {
      if case .absolutePath(let capacity) = $0 { capacity } else { nil }
    },
  ]
}
