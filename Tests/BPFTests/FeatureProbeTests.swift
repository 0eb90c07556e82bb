import BPF
import Foundation
import Testing
import TraceModel

@Suite struct FeatureProbeTests {
  /// The kernel's types name what it has, wherever a distribution has it from.
  @Test(
    .enabled(if: Ability.canLoad, "needs the right to load BPF programs"),
    arguments: [
      (KernelFeature.ringBuffer, "BPF_MAP_TYPE_RINGBUF"), (.testRun, "bpf_prog_test_run_raw_tp"),
      (.loop, "BPF_FUNC_loop"), (.forEachMapElement, "BPF_FUNC_for_each_map_elem"),
      (.lookupPerCPU, "BPF_FUNC_map_lookup_percpu_elem"),
      (.bootClock, "BPF_FUNC_ktime_get_boot_ns"), (.taiClock, "BPF_FUNC_ktime_get_tai_ns"),
      (.currentTaskPointer, "BPF_FUNC_get_current_task_btf"),
      (.perfLink, "BPF_LINK_TYPE_PERF_EVENT"), (.sleepableUprobe, "BPF_LSM_CGROUP"),
    ])
  func answersAgreeWithTheNamesInTheKernelsTypes(_ feature: KernelFeature, _ name: String) throws {
    let types = try Data(contentsOf: URL(fileURLWithPath: "/sys/kernel/btf/vmlinux"))
    let isNamed = types.range(of: Data([0] + name.utf8 + [0])) != nil
    #expect(LibBPFHost().probe(feature).isYes == isNamed)
  }

  @Test(arguments: KernelFeature.all)
  func everyFeatureCanBeTriedOut(_ feature: KernelFeature) {
    if case .no(let reason) = LibBPFHost().probe(feature) {
      #expect(!reason.isEmpty)
      #expect(!reason.hasPrefix("there is no way"))
    }
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
