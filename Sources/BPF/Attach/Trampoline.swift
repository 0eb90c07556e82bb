internal import CLibBPF
internal import Glibc
internal import LinuxSystem
internal import TraceModel

/// The entry or the end of a function of the kernel, or of a BPF program, by a call that the kernel writes there. The program
/// was loaded for that function and attaches to no other.
struct TrampolineMechanism: AttachMechanism {
  let point: AttachPoint
  let target: ProgramTarget

  func exists(_ resolver: some AttachResolver) throws(AttachError) -> Bool {
    do {
      _ = try resolver.typeID(of: target)
      return true
    } catch {
      if case .noSuchTarget = error { return false }
      throw error
    }
  }

  func targets(process: Int32?, _ resolver: some AttachResolver) -> [AttachTarget] {
    [AttachTarget(point)]
  }

  func attach(
    _ program: Program, to target: AttachTarget, probe: String
  ) throws(AttachError) -> [any Attachment] {
    [try program.attachToOwnTarget(probe: probe)]
  }
}

extension Program {
  /// Attaches to what the program was loaded for.
  func attachToOwnTarget(probe: String) throws(AttachError) -> any Attachment {
    let answer = bpf_raw_tracepoint_open(nil, descriptor)
    guard answer >= 0 else {
      throw .because(
        SystemError(operation: "BPF_RAW_TRACEPOINT_OPEN", subject: probe, errno: -answer))
    }
    return LinkAttachment(FileDescriptor(owning: answer))
  }
}
