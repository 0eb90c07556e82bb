internal import CLinux
internal import Glibc
package import LinuxSystem

/// What this process may do, as far as tracing needs it.
package struct Permissions: Hashable, Sendable {
  /// The effective capabilities; nil where the kernel does not show them.
  package var capabilities: CapabilitySet?
  package var isInInitialUserNamespace: Bool
  /// Those system calls of tracing that a seccomp filter refuses, of `bpf` and `perf_event_open`.
  package var filteredCalls: [String]
  /// What the kernel's lockdown is set to; nil if it is off or not to be seen.
  package var lockdown: String?

  package init(
    capabilities: CapabilitySet? = nil, isInInitialUserNamespace: Bool = true,
    filteredCalls: [String] = [], lockdown: String? = nil
  ) {
    self.capabilities = capabilities
    self.isInInitialUserNamespace = isInInitialUserNamespace
    self.filteredCalls = filteredCalls
    self.lockdown = lockdown
  }

  /// Why programs cannot be loaded and attached, known before it is tried; nil if that may work.
  ///
  /// Capabilities that cannot be read are no obstacle: loading will tell.
  package var obstacle: Refusal.Cause? {
    let missing = missingCapabilities
    if !missing.isEmpty { return .missingCapabilities(missing) }
    // Not every script opens perf events, but each one makes maps and programs.
    return filteredCalls.contains(Self.bpf) ? .filtered(filteredCalls) : nil
  }

  /// The most likely reason for a refusal of BPF or perf events.
  ///
  /// - Parameter call: The system call that was refused, where that is known.
  package func cause(ofRefusing call: String = "") -> Refusal.Cause {
    if let obstacle { return obstacle }
    if !isInInitialUserNamespace { return .userNamespace }
    if !filteredCalls.isEmpty { return .filtered(filteredCalls) }
    if let lockdown { return .lockdown(lockdown) }
    // Of perf events only kprobes and uprobes want more than CAP_PERFMON.
    if call == Self.perfEventOpen, let capabilities, !capabilities.contains(.systemAdmin) {
      return .missingCapabilityForThis("CAP_SYS_ADMIN")
    }
    return .unknown
  }

  private var missingCapabilities: [String] {
    guard let capabilities, !capabilities.contains(.systemAdmin) else { return [] }
    let needed: [(CapabilitySet, String)] = [
      (.bpf, "CAP_BPF"), (.performanceMonitoring, "CAP_PERFMON"),
    ]
    return needed.filter { !capabilities.contains($0.0) }.map(\.1)
  }
}

extension Permissions {
  fileprivate static let bpf = "bpf"
  fileprivate static let perfEventOpen = "perf_event_open"

  /// Those of this process.
  package static var current: Permissions {
    var permissions = Permissions(
      capabilities: try? CurrentProcess.capabilities,
      isInInitialUserNamespace: CurrentProcess.isInInitialUserNamespace, lockdown: lockdownMode)
    // To a process without the capabilities the kernel answers as a filter would.
    if permissions.missingCapabilities.isEmpty, permissions.isInInitialUserNamespace {
      permissions.filteredCalls = callsThatAFilterRefuses
    }
    return permissions
  }

  /// Makes calls that fail, and sees whether it is the kernel that says why.
  private static var callsThatAFilterRefuses: [String] {
    guard (try? CurrentProcess.hasSystemCallFilter) == true else { return [] }
    var calls: [String] = []
    // No such command: EINVAL from a kernel that was reached.
    var words: [UInt64] = [0]
    if unsafe clinux_bpf(-1, &words, 8) < 0, SystemError.current(bpf, "").isRefusal {
      calls.append(bpf)
    }
    // No such flags: EINVAL before anybody looks at rights.
    var attributes = perf_event_attr()
    if unsafe clinux_perf_event_open(&attributes, 0, -1, -1, UInt.max) < 0,
      SystemError.current(perfEventOpen, "").isRefusal
    {
      calls.append(perfEventOpen)
    }
    return calls
  }

  private static var lockdownMode: String? {
    // As "none [integrity] confidentiality".
    guard let text = try? FileSystem.readText("/sys/kernel/security/lockdown"),
      let open = text.firstIndex(of: "["), let close = text[open...].firstIndex(of: "]")
    else { return nil }
    let mode = String(text[text.index(after: open)..<close])
    return mode == "none" ? nil : mode
  }
}

extension Refusal {
  /// Looks for the reason why the kernel said `error` to BPF or perf events.
  package init(diagnosing error: SystemError) {
    self.init(error: error, cause: Permissions.current.cause(ofRefusing: error.operation))
  }
}

extension AttachError {
  /// The error for a system call that failed for a reason that is not special to what it was for.
  static func because(_ error: SystemError) -> AttachError {
    error.isRefusal ? .refused(Refusal(diagnosing: error)) : .system(error)
  }
}
