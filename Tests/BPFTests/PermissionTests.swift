import BPF
import LinuxSystem
import Testing

@Suite struct PermissionTests {
  private let enough: CapabilitySet = [.bpf, .performanceMonitoring]

  @Test func theTwoCapabilitiesAreEnough() {
    #expect(Permissions(capabilities: enough).obstacle == nil)
    #expect(Permissions(capabilities: .systemAdmin).obstacle == nil)
  }

  @Test func eachMissingCapabilityIsNamed() {
    #expect(
      Permissions(capabilities: []).obstacle
        == .missingCapabilities(["CAP_BPF", "CAP_PERFMON"]))
    #expect(
      Permissions(capabilities: [.bpf, .ptrace]).obstacle == .missingCapabilities(["CAP_PERFMON"]))
    #expect(
      Permissions(capabilities: .performanceMonitoring).obstacle
        == .missingCapabilities(["CAP_BPF"]))
  }

  /// Where /proc is not to be seen, loading tells.
  @Test func capabilitiesThatCannotBeReadAreNoObstacle() {
    #expect(Permissions(capabilities: nil).obstacle == nil)
    #expect(Permissions(capabilities: nil).cause() == .unknown)
  }

  @Test func aFilterOfProgramsIsAnObstacle() {
    let permissions = Permissions(
      capabilities: enough, filteredCalls: ["bpf", "perf_event_open"])
    #expect(permissions.obstacle == .filtered(["bpf", "perf_event_open"]))
  }

  /// Raw tracepoints need none.
  @Test func aFilterOfPerfEventsIsOnlyTheCauseOfAFailure() {
    let permissions = Permissions(capabilities: enough, filteredCalls: ["perf_event_open"])
    #expect(permissions.obstacle == nil)
    #expect(permissions.cause() == .filtered(["perf_event_open"]))
  }

  @Test func theFirstCauseThatExplainsARefusalIsNamed() {
    var permissions = Permissions(
      capabilities: [], isInInitialUserNamespace: false, filteredCalls: ["perf_event_open"],
      lockdown: "integrity")
    #expect(permissions.cause() == .missingCapabilities(["CAP_BPF", "CAP_PERFMON"]))
    permissions.capabilities = enough
    #expect(permissions.obstacle == nil)
    #expect(permissions.cause() == .userNamespace)
    permissions.isInInitialUserNamespace = true
    #expect(permissions.cause() == .filtered(["perf_event_open"]))
    permissions.filteredCalls = []
    #expect(permissions.cause() == .lockdown("integrity"))
    permissions.lockdown = nil
    #expect(permissions.cause() == .unknown)
    #expect(
      permissions.cause(ofRefusing: "perf_event_open")
        == .missingCapabilityForThis("CAP_SYS_ADMIN"))
    permissions.capabilities?.insert(.systemAdmin)
    #expect(permissions.cause(ofRefusing: "perf_event_open") == .unknown)
  }

  @Test(.enabled(if: Ability.canLoad, "needs the right to load BPF programs"))
  func nothingHindersAProcessThatMayLoad() {
    #expect(Permissions.current.obstacle == nil)
  }
}
