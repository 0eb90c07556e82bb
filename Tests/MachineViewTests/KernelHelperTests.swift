import BTF
import MachineView
import Testing
import TraceModel

@Suite struct KernelHelperTests {
  /// The kernel's own list, `enum bpf_func_id`, knows every helper by the same number and name; a newer
  /// kernel than this one may be needed for some.
  @Test func agreeWithTheKernelsTypes() throws {
    guard let types = try DirectoryMachine().btf(nil) else {
      print("skipped: the kernel has no BTF")
      return
    }
    let id = try #require(try types.find("bpf_func_id", .enumeration))
    guard case .enumeration(let list) = try types.type(id) else {
      Issue.record("bpf_func_id is no enumeration")
      return
    }
    let numbers = Dictionary(
      list.values.map { ($0.name, Int(truncatingIfNeeded: $0.value)) },
      uniquingKeysWith: { first, _ in first })
    let newest = numbers["__BPF_FUNC_MAX_ID"] ?? 0
    for helper in KernelHelper.all where helper.number < newest {
      #expect(numbers["BPF_FUNC_\(helper.name)"] == helper.number, "\(helper)")
    }
    #expect(KernelHelper.all.contains { $0.number < newest })
  }

  @Test func areListedOnceInTheOrderOfTheirNumbers() {
    let numbers = KernelHelper.all.map(\.number)
    #expect(numbers == Set(numbers).sorted())
    #expect(Set(KernelHelper.all.map(\.name)).count == numbers.count)
  }
}
