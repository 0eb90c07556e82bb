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

  @Test func keepsEnumerationsAndSizesThatAreAskedFor() throws {
    let machine = try SampleMachine(["/sys/kernel/btf/vmlinux": SampleTypes.bytes])
    let red = FieldPath.Step.member("RED", .integer(bytes: 4, signed: false))
    let plan = try machine.kernel.types(for: [
      FieldPath(root: "other", steps: []),
      FieldPath(rootKind: .enumeration, root: "colour", steps: [red]),
    ])
    guard case .bytes(let bytes) = plan else {
      Issue.record("no types of our own")
      return
    }
    let cut = try BTFTypes(bytes)
    let other = try #require(try cut.find("other", .structure))
    #expect(try cut.size(of: other) == 8)
    #expect(try cut.members(of: other).isEmpty)
    #expect(try cut.enumValue(named: "RED")?.value.value == 7)
    #expect(try cut.find("task", .structure) == nil)
  }

  @Test func saysWhichModuleIsMissing() throws {
    let machine = try SampleMachine(["/sys/kernel/btf/vmlinux": SampleTypes.bytes])
    #expect(throws: SessionError.noModuleTypes("more")) {
      try machine.kernel.types(for: [FieldPath(root: "extra", steps: [], module: "more")])
    }
    #expect(
      SessionError.noModuleTypes("more").message(verbose: false).text.contains("modprobe more"))
  }

  // MARK: Names of values

  private func enumeration(_ name: String, _ values: [String] = []) -> ValueLayout {
    .enumeration(
      .init(
        name: name, bytes: 4, signed: false, values: values.map { .init(name: $0, value: 0) },
        names: .kernel(module: nil)))
  }

  @Test func namesValuesAsTheRunningKernelDoes() throws {
    let machine = try SampleMachine(["/sys/kernel/btf/vmlinux": SampleTypes.bytes])
    var manifest = Manifest(script: "x", producer: "x", architecture: "x")
    manifest.maps = [
      MapSpec(
        name: "@", kind: .hash, key: enumeration("colour"),
        value: .value(.tuple([.init(offset: 0, layout: enumeration("", ["BLUE"]))], size: 4)),
        maxEntries: 1)
    ]
    manifest.events = [
      EventSpec(
        kind: .printValue, fields: [.init(offset: 8, layout: enumeration("gone"))], size: 16)
    ]
    let named = try machine.kernel.naming(manifest)
    func values(_ layout: ValueLayout) -> [String: Int64]? {
      guard case .enumeration(let found) = layout else { return nil }
      return Dictionary(uniqueKeysWithValues: found.values.map { ($0.name, $0.value) })
    }
    #expect(values(named.maps[0].key) == ["RED": 7])
    guard case .value(.tuple(let fields, _)) = named.maps[0].value else {
      Issue.record("\(named.maps[0].value)")
      return
    }
    #expect(values(fields[0].layout) == ["BLUE": 8])
    #expect(values(named.events[0].fields[0].layout) == [:])
  }

  // MARK: Arguments of raw tracepoints

  @Test func refusesARawTracepointWithOtherArguments() throws {
    let machine = try SampleMachine(["/sys/kernel/btf/vmlinux": SampleTypes.bytes])
    func argument(_ name: String, _ index: Int, event: String = "tick") -> RawArgument {
      RawArgument(event: event, module: nil, name: name, index: index)
    }
    try machine.kernel.check([argument("task", 0), argument("count", 1)])
    try machine.kernel.check([argument("task", 0, event: "gone")])
    let moved = argument("count", 0)
    #expect(throws: SessionError.otherArgument(moved, found: "task")) {
      try machine.kernel.check([moved])
    }
    let gone = argument("more", 2)
    #expect(throws: SessionError.otherArgument(gone, found: nil)) {
      try machine.kernel.check([gone])
    }
    #expect(
      SessionError.otherArgument(moved, found: "task").message(verbose: false).text
        .contains("argument 0 of the raw tracepoint tick is not count in this kernel but task"))
  }
}
