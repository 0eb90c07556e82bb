import BPF
import BTF
import Testing
import TraceModel

@testable import TraceRuntime

@Suite struct KernelTypesTests {
  /// `struct task { int pid; int tgid; struct { long a; } inner[2]; }` and something else.
  private func types() -> [UInt8] {
    var writer = BTFWriter()
    let int = writer.add(
      .integer(
        BTFInteger(
          name: "int", sizeInBytes: 4, bitCount: 32, bitOffset: 0, isSigned: true, isBool: false,
          isChar: false)))
    _ = writer.add(
      .composite(
        BTFComposite(
          isUnion: false, name: "task", sizeInBytes: 8,
          members: [
            .init(name: "pid", type: int, bitOffset: 0),
            .init(name: "tgid", type: int, bitOffset: 32),
          ])))
    _ = writer.add(
      .composite(
        BTFComposite(
          isUnion: false, name: "other", sizeInBytes: 4,
          members: [.init(name: "x", type: int, bitOffset: 0)])))
    return writer.bytes
  }

  @Test func cutsOutJustWhatIsNeeded() throws {
    let machine = try SampleMachine(["/sys/kernel/btf/vmlinux": types()])
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
