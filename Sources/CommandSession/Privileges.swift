package import LinuxSystem

extension CapabilitySet {
  /// Whether programs may be loaded and attached with these.
  package var allowsTracing: Bool {
    contains(.systemAdmin) || isSuperset(of: [.bpf, .performanceMonitoring])
  }
}
