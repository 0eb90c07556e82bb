import BTF
import Foundation
import Testing

/// The relocations of `Fixtures/BTF/relocations.bpf.c`, which a C compiler wrote.
@Suite struct RelocationTests {
  static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures")

  let relocations: [CORERelocation]
  let kernel: BTFTypes

  init() throws {
    let folder = Self.fixtures.appending(path: "BTF")
    let types = try BTFTypes(Array(Data(contentsOf: folder.appending(path: "relocations.btf"))))
    let records = try Data(contentsOf: folder.appending(path: "relocations.btf.ext"))
    relocations = try CORERelocation.all(in: Array(records), types: types)
    let recorded = Self.fixtures.appending(path: "Kernels/x86_64-6.18/sys/kernel/btf/vmlinux")
    kernel = try BTFTypes(Array(Data(contentsOf: recorded)))
  }

  private func text(_ relocation: CORERelocation) -> String {
    relocation.steps.reduce(into: "\(relocation.kind) \(relocation.rootName)") { text, step in
      switch step {
      case .member(let name): text += ".\(name)"
      case .element(let index): text += "[\(index)]"
      }
    }
  }

  @Test func namesWhatTheObjectNeeds() {
    func needs(of section: String) -> Set<String> {
      Set(relocations.filter { $0.section == section }.map(text))
    }
    #expect(
      needs(of: "tracepoint/fields") == [
        "fieldByteOffset task_struct.tgid", "fieldByteOffset task_struct.comm[3]",
        "fieldByteOffset task_struct.rcu_users.refs",
        "fieldByteOffset task_struct.elements[2].second",
      ])
    #expect(
      needs(of: "tracepoint/pointers") == [
        "fieldByteOffset task_struct.real_parent", "fieldByteOffset task_struct.tgid",
        "fieldByteOffset task_struct.mm", "fieldByteOffset mm_struct___old.arg_start",
      ])
    #expect(
      needs(of: "tracepoint/questions") == [
        "fieldByteOffset task_struct.in_execve", "fieldByteSize task_struct.in_execve",
        "fieldExists task_struct.tgid", "fieldSigned task_struct.tgid",
        "fieldLeftShift task_struct.in_execve", "fieldRightShift task_struct.in_execve",
        "typeIDTarget task_struct", "typeExists task_struct", "typeSize element",
        "enumValueExists pid_type.PIDTYPE_TGID", "enumValue pid_type.PIDTYPE_TGID",
      ])
    #expect(relocations.filter(\.needsKernelIDs).map(\.kind) == [.typeIDTarget])
    #expect(relocations.allSatisfy { $0.instructionOffset % 8 == 0 })
  }

  @Test func cutsOutJustWhatIsNeeded() throws {
    var subset = BTFSubset(of: kernel, pointers: .opaque)
    for relocation in relocations { try subset.keep(relocation) }
    let bytes = try subset.bytes()
    #expect(bytes.count < 2000)
    let small = try BTFTypes(bytes)
    for (root, names) in [
      ("task_struct", ["tgid", "real_parent", "comm", "rcu_users", "mm", "in_execve"]),
      ("mm_struct", ["arg_start"]),
    ] {
      let cut = try #require(try small.find(root, .structure))
      let whole = try #require(try kernel.find(root, .structure))
      #expect(try small.size(of: cut) == kernel.size(of: whole))
      #expect(Set(try small.fields(of: cut).map(\.name)) == Set(names))
      for name in names {
        let found = try #require(try small.field(named: name, in: cut))
        let expected = try #require(try kernel.field(named: name, in: whole))
        #expect(found.bitOffset == expected.bitOffset)
        #expect(found.bitWidth == expected.bitWidth)
        #expect(try small.size(of: found.type) == kernel.size(of: expected.type))
      }
    }
    #expect(try small.enumValue(named: "PIDTYPE_TGID")?.value.value == 1)
    #expect(try small.find("element", .structure) == nil)
  }

  @Test func refusesDamagedRecords() throws {
    let folder = Self.fixtures.appending(path: "BTF")
    let types = try BTFTypes(Array(Data(contentsOf: folder.appending(path: "relocations.btf"))))
    let records = Array(try Data(contentsOf: folder.appending(path: "relocations.btf.ext")))
    for length in 0..<records.count {
      // Whatever is cut off, the relocations come last.
      #expect(throws: BTFError.self) {
        try CORERelocation.all(in: Array(records.prefix(length)), types: types)
      }
    }
    var random = SplitMix(state: 1)
    for _ in 0..<2000 {
      var damaged = records
      damaged[Int.random(in: 0..<records.count, using: &random)] = UInt8.random(
        in: 0...255, using: &random)
      // An answer or an error; a trap would end the test.
      _ = try? CORERelocation.all(in: damaged, types: types)
    }
  }
}
