import BPF
import BTF
import Testing
import TraceModel

@testable import TraceRuntime

@Suite struct KernelTypesTests {
  @Test func cutsOutJustWhatIsNeeded() throws {
    let machine = try SampleMachine(["/sys/kernel/btf/vmlinux": SampleTypes.bytes])
    let plan = try machine.kernel.types(for: [
      FieldPath(root: "task", steps: [.member("tgid", .integer(bytes: 4, signed: true))])
    ])
    guard case .bytes(let bytes) = plan else {
      Issue.record("no types of our own")
      return
    }
    let cut = try BTFTypes(bytes)
    let task = try #require(try cut.find("task", .structure))
    #expect(try cut.members(of: task).map(\.name) == ["tgid"])
    #expect(try cut.members(of: task).map(\.bitOffset) == [32])
    #expect(try cut.find("other", .structure) == nil)
  }

  @Test func readsNothingForAnObjectWithoutFields() throws {
    let machine = try SampleMachine(["/sys/kernel/btf/vmlinux": [1, 2, 3]])
    #expect(try machine.kernel.types(for: []) == .running)
    #expect(throws: SessionError.self) {
      try machine.kernel.types(for: [FieldPath(root: "task", steps: [])])
    }
  }

  @Test func failsForAKernelThatDoesNotTellItsTypes() throws {
    let machine = try SampleMachine([:])
    #expect(try machine.kernel.types(for: []) == .running)
    #expect(throws: SessionError.noKernelTypes) {
      try machine.kernel.types(for: [FieldPath(root: "task", steps: [])])
    }
  }
}
