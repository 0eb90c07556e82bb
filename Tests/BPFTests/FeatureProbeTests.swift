import BPF
import LinuxSystem
import Testing
import TraceModel

@Suite struct FeatureProbeTests {
  /// A kernel as new as a feature's release has it, unless its configuration decides.
  @Test(
    .enabled(if: Ability.canLoad, "needs the right to load BPF programs"),
    arguments: [
      KernelFeature.ringBuffer, .testRun, .loop, .forEachMapElement, .lookupPerCPU, .bootClock,
      .taiClock, .perfLink,
    ])
  func answersAgreeWithTheKernelsRelease(_ feature: KernelFeature) throws {
    let since = try #require(feature.since.flatMap(Release.init))
    let running = try #require(Release(KernelIdentity.current().release))
    #expect(LibBPFHost().probe(feature).isYes == (running >= since))
  }

  @Test(arguments: KernelFeature.all)
  func everyFeatureCanBeTriedOut(_ feature: KernelFeature) {
    if case .no(let reason) = LibBPFHost().probe(feature) {
      #expect(!reason.isEmpty)
      #expect(!reason.hasPrefix("there is no way"))
    }
  }

  private struct Release: Comparable {
    let major: Int
    let minor: Int

    init?(_ text: String) {
      let numbers = text.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
      guard numbers.count == 2 else { return nil }
      (major, minor) = (numbers[0], numbers[1])
    }

    static func < (a: Self, b: Self) -> Bool { (a.major, a.minor) < (b.major, b.minor) }
  }
}

@Suite(.enabled(if: !Ability.canLoad, "is about processes without privileges"))
struct RefusalTests {
  @Test func missingCapabilitiesAreNamed() throws {
    do {
      _ = try TestObject.load("SEC(\"raw_tp/p\") int p(void *ctx) { return 0; }\n")
      Issue.record("loaded")
    } catch let error as LoadError {
      guard case .refused(let refusal) = error else { throw error }
      #expect(refusal.cause == .missingCapabilities(["CAP_BPF", "CAP_PERFMON"]))
    }
  }
}
