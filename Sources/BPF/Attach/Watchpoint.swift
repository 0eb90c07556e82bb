internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import TraceModel

/// Accesses to some bytes of memory, by a debug register of the processor.
struct WatchpointMechanism: AttachMechanism {
  let address: UInt64
  /// Bytes.
  let length: UInt64
  let access: AttachPoint.Access

  func exists(_ resolver: some AttachResolver) -> Bool { true }

  func targets(process: Int32?, _ resolver: some AttachResolver) -> [AttachTarget] {
    let point = AttachPoint.watchpoint(address: address, length: length, access)
    return [AttachTarget(point, process: process)]
  }

  /// Attaches: one attachment for each CPU or thread. What threads start later has the watchpoint too.
  func attach(
    _ program: Program, to target: AttachTarget, probe: String
  ) throws(AttachError) -> [any Attachment] {
    let attributes = PerfEventAttributes(
      type: PERF_TYPE_BREAKPOINT.rawValue,
      breakpoint: .init(type: access.number, address: address, length: watchedLength),
      sampling: .period(1))
    do throws(SystemError) {
      let attachments = try program.attach(attributes, to: target, probe: probe)
      if !attachments.isEmpty { return attachments }
    } catch {
      switch error.errno {
      case ENOSPC: throw .noWatchpointLeft
      case EINVAL: throw .unwatchable(address: address, length: length)
      case ENOENT, EOPNOTSUPP, ENODEV: throw .unsupported(.watchpoint)
      default: throw .because(error)
      }
    }
    throw .noSuchProcess(target.process ?? -1)
  }

  /// Execution of an instruction is of no length; the kernel wants that of a word.
  private var watchedLength: UInt64 { access == .execute ? 8 : length }
}

extension AttachPoint.Access {
  /// As `bp_type` of perf_event_open(2) has it.
  fileprivate var number: UInt32 {
    switch self {
    case .read: UInt32(HW_BREAKPOINT_R)
    case .write: UInt32(HW_BREAKPOINT_W)
    case .readWrite: UInt32(HW_BREAKPOINT_RW)
    case .execute: UInt32(HW_BREAKPOINT_X)
    }
  }
}
