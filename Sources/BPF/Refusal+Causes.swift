package import LinuxSystem

extension Refusal {
  /// Looks for the reason why the kernel said `error` to BPF or perf events.
  package init(diagnosing error: SystemError) {
    self.init(error: error, cause: Self.cause())
  }

  private static func cause() -> Cause {
    if let held = try? CurrentProcess.capabilities, !held.contains(.systemAdmin) {
      let needed: [(CapabilitySet, String)] = [
        (.bpf, "CAP_BPF"), (.performanceMonitoring, "CAP_PERFMON"),
      ]
      let missing = needed.filter { !held.contains($0.0) }.map(\.1)
      if !missing.isEmpty { return .missingCapabilities(missing) }
    }
    if let mode = lockdownMode { return .lockdown(mode) }
    return .unknown
  }

  /// What the kernel's lockdown is set to, or nil if it is off or not to be seen.
  private static var lockdownMode: String? {
    // As "none [integrity] confidentiality".
    guard let text = try? FileSystem.readText("/sys/kernel/security/lockdown"),
      let open = text.firstIndex(of: "["), let close = text[open...].firstIndex(of: "]")
    else { return nil }
    let mode = String(text[text.index(after: open)..<close])
    return mode == "none" ? nil : mode
  }
}

extension AttachError {
  /// The error for a system call that failed for a reason that is not special to what it was for.
  static func because(_ error: SystemError) -> AttachError {
    error.isPermission ? .refused(Refusal(diagnosing: error)) : .system(error)
  }
}
