internal import CLinux
internal import Glibc
internal import LinuxSystem

/// perf_event_open(2) with the few attributes that attaching needs.
struct PerfEventAttributes {
  var type: UInt32
  var config: UInt64 = 0
  /// The function or file of a dynamic probe.
  var name: String?
  /// Unless there is a name.
  var config1: UInt64 = 0
  /// Its offset, or an address without a name.
  var config2: UInt64 = 0
  /// What a breakpoint waits for.
  var breakpoint: Breakpoint?
  var sampling: PerfEventMechanism.Sampling?
  /// What is sampled too of all that a thread starts later.
  var inheritance: Inheritance?
  /// Whether it begins when the thread executes a program, rather than when it is enabled.
  var startsAtExec = false

  struct Breakpoint {
    /// `HW_BREAKPOINT_R` and the like.
    var type: UInt32
    var address: UInt64
    /// Bytes.
    var length: UInt64
  }

  enum Inheritance {
    case threads
    case processes
  }

  /// Opens the event, disabled.
  ///
  /// - Parameters:
  ///   - pid: A thread, or -1 for all.
  ///   - cpu: A CPU, or -1 for all.
  func open(pid: Int32, cpu: Int32, subject: String) throws(SystemError) -> FileDescriptor {
    var attributes = perf_event_attr()
    attributes.size = UInt32(MemoryLayout<perf_event_attr>.size)
    attributes.type = type
    attributes.config = config
    attributes.config1 = config1
    attributes.config2 = config2
    attributes.disabled = 1
    if let breakpoint {
      attributes.bp_type = breakpoint.type
      attributes.bp_addr = breakpoint.address
      attributes.bp_len = breakpoint.length
    }
    switch sampling {
    case .period(let period): attributes.sample_period = period
    case .frequency(let frequency):
      attributes.freq = 1
      attributes.sample_freq = frequency
    case nil: break
    }
    if let inheritance {
      attributes.inherit = 1
      if inheritance == .threads { attributes.inherit_thread = 1 }
    }
    if startsAtExec { attributes.enable_on_exec = 1 }
    let descriptor: CInt
    if let name {
      descriptor = unsafe name.withSystemCString { text in
        attributes.config1 = UInt64(UInt(bitPattern: text))
        return unsafe clinux_perf_event_open(
          &attributes, pid, cpu, -1, UInt(PERF_FLAG_FD_CLOEXEC))
      }
    } else {
      descriptor = unsafe clinux_perf_event_open(
        &attributes, pid, cpu, -1, UInt(PERF_FLAG_FD_CLOEXEC))
    }
    guard descriptor >= 0 else { throw .current("perf_event_open", subject) }
    return FileDescriptor(owning: descriptor)
  }
}

/// A kind of perf event that the kernel numbers when it starts: `kprobe`, `uprobe`.
struct DynamicPerfUnit {
  let type: UInt32
  /// The bit of `config` that asks for the function's return.
  let returnBit: UInt64

  /// The first of the bits of `config` that have the offset of a counter.
  private let counterShift: UInt64

  private static let folder = "/sys/bus/event_source/devices"

  /// Whether such probes can be made through tracefs at least.
  static func isInTracefs(_ name: String) -> Bool {
    ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"]
      .contains { FileSystem.exists("\($0)/\(name)_events") }
  }

  /// Nil if the kernel has no such unit.
  init?(_ name: String) {
    guard let text = try? FileSystem.readText("\(Self.folder)/\(name)/type"),
      let type = UInt32(text.filter { !$0.isWhitespace })
    else { return nil }
    self.type = type
    returnBit = 1 << (Self.firstBit(of: "retprobe", of: name) ?? 0)
    counterShift = Self.firstBit(of: "ref_ctr_offset", of: name) ?? 32
  }

  /// What `config` has for a counter at an offset of the file.
  func counter(at offset: UInt64) -> UInt64 { offset << counterShift }

  /// Where a part of `config` begins, from a text as "config:0" or "config:32-63".
  private static func firstBit(of part: String, of unit: String) -> UInt64? {
    let format = try? FileSystem.readText("\(folder)/\(unit)/format/\(part)")
    let bits = format?.split(separator: ":").last?.prefix { $0.isNumber }
    return bits.flatMap { UInt64($0) }.map { min($0, 63) }
  }
}
