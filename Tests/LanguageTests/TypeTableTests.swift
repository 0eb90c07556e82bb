import BTF
import Foundation
import Language
import MachineView
import TestKit
import Testing
import TraceIR
import TraceModel

/// One table for all types of C: where they come from, and where what it says holds.
@Suite struct TypeTableTests {
  private let table = TypeTable(DirectoryMachine(root: Fixtures.kernel()))

  /// `struct task_struct { int mine; struct { long deep; }; }`, `enum colour { RED = 7 }` and an enum
  /// without a name that has `BLUE`.
  private static func scriptTypes() throws -> BTFTypes {
    var writer = BTFWriter()
    let int = writer.add(.int)
    let long = writer.add(.integer("long", bytes: 8))
    let inner = writer.add(
      .composite(
        BTFComposite(
          isUnion: false, name: "", sizeInBytes: 8,
          members: [.init(name: "deep", type: long, bitOffset: 0)])))
    writer.add(
      .composite(
        BTFComposite(
          isUnion: false, name: "task_struct", sizeInBytes: 16,
          members: [
            .init(name: "mine", type: int, bitOffset: 0),
            .init(name: "", type: inner, bitOffset: 64),
          ])))
    writer.add(
      .enumeration(
        BTFEnumeration(
          name: "colour", sizeInBytes: 4, isSigned: false, values: [.init(name: "RED", value: 7)])))
    writer.add(
      .enumeration(
        BTFEnumeration(
          name: "", sizeInBytes: 4, isSigned: false, values: [.init(name: "BLUE", value: 8)])))
    return try BTFTypes(writer.bytes)
  }

  private func structure(_ name: String, in table: TypeTable) throws -> StructureReference {
    let type = try #require(try table.named(name, keyword: "struct", space: .kernel))
    guard case .structure(let reference) = type else { throw WrongType(text: type.text) }
    return reference
  }

  private struct WrongType: Error { let text: String }

  // MARK: The kernel

  @Test func whatTheKernelSaysIsRelocated() throws {
    let task = try structure("task_struct", in: table)
    let size = try #require(try table.size(of: task))
    #expect(size.fixed == nil)
    #expect(
      size.provenance == .relocation(.typeSize, FieldPath(root: "task_struct", steps: [])))
    let comm = try #require(try table.field("comm", of: task, space: .kernel))
    #expect(comm.offset.fixed == nil)
    #expect(comm.type == .string(capacity: 16))
    let named = try #require(try table.enumerator("PIDTYPE_TGID"))
    guard case .relocation(.enumeratorValue, let path) = named.value.provenance else {
      Issue.record("\(named.value.provenance)")
      return
    }
    #expect(path.text == "pid_type.PIDTYPE_TGID")
    let unnamed = try #require(try table.enumerator("NET_TX_SOFTIRQ"))
    #expect(unnamed.value.provenance == .loadTime(.enumerator("NET_TX_SOFTIRQ", module: nil)))
  }

  @Test func whatEveryKernelPromisesIsFixed() throws {
    #expect(try table.enumerator("TCP_LISTEN")?.value.fixed == 10)
    #expect(try table.enumerator("IPPROTO_UDP")?.value.fixed == 17)
  }

  @Test func takingAnAnswerForGrantedGivesTheReason() throws {
    let task = try structure("task_struct", in: table)
    var reasons: [String] = []
    let size = try #require(try table.size(of: task)).assumed { reasons.append($0) }
    #expect(size > 1000)
    #expect(reasons == ["the size of task_struct is built in"])
    #expect(try table.size(of: .integer(bytes: 4, signed: true)).assumed { _ in reasons = [] } == 4)
    #expect(reasons.count == 1)
  }

  @Test func namesOfValuesAreTheRunningKernels() throws {
    for (name, values) in [("PIDTYPE_TGID", 0), ("TCP_LISTEN", 1)] {
      guard case .enumeration(let layout) = try #require(try table.enumerator(name)).type else {
        Issue.record("\(name) is of no enumeration")
        continue
      }
      #expect(layout.names == .kernel(module: nil))
      #expect(layout.values.count == values)
    }
  }

  // MARK: Other sources

  @Test func theScriptsOwnTypesComeFirstAndHoldEverywhere() throws {
    try table.add(try Self.scriptTypes(), from: .script)
    let own = try structure("task_struct", in: table)
    #expect(own.origin == .script)
    #expect(try table.size(of: own)?.fixed == 16)
    #expect(try table.field("mine", of: own, space: .kernel)?.offset.fixed == 0)
    #expect(try table.field("deep", of: own, space: .kernel)?.offset.fixed == 8)
    #expect(try table.field("comm", of: own, space: .kernel) == nil)
    #expect(try table.layout(of: .structure(own)).fixed?.size == 16)
    #expect(try table.enumerator("RED")?.value.fixed == 7)
    #expect(try table.enumerator("BLUE")?.value.fixed == 8)
    // What the script does not define is the kernel's.
    #expect(try structure("qstr", in: table).origin == .kernel)
  }

  @Test func namesAreLookedUpAgainWhenASourceIsAdded() throws {
    #expect(try structure("task_struct", in: table).origin == .kernel)
    #expect(try table.enumerator("RED") == nil)
    try table.add(try Self.scriptTypes(), from: .script)
    #expect(try structure("task_struct", in: table).origin == .script)
    #expect(try table.enumerator("RED") != nil)
  }

  @Test func aBinarysTypesComeLastAndBind() throws {
    try table.add(try Self.scriptTypes(), from: .binary("/bin/x"))
    #expect(try structure("task_struct", in: table).origin == .kernel)
    let red = try #require(try table.enumerator("RED"))
    var reasons: [String] = []
    #expect(red.value.assumed { reasons.append($0) } == 7)
    #expect(reasons == ["types are taken from /bin/x as it is on this machine"])
  }

  /// A machine whose module adds `struct extra { struct base *base; int own; }` to the kernel's
  /// `struct base { int x; }`.
  private static func machineWithModule(at root: URL) throws -> DirectoryMachine {
    var kernel = BTFWriter()
    let int = kernel.add(.int)
    let base = kernel.add(
      .composite(
        BTFComposite(
          isUnion: false, name: "base", sizeInBytes: 4,
          members: [.init(name: "x", type: int, bitOffset: 0)])))
    // A module counts on from the kernel's types and texts.
    let texts = Array("\0extra\0base\0own\0".utf8)
    let first = Int(kernel.nextID.rawValue)
    let textStart = Self.textLength(kernel.bytes)
    var types: [UInt8] = []
    func word(_ value: Int) {
      types += (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
    word(0)
    word(2 << 24)
    word(Int(base.rawValue))  // pointer to struct base
    word(textStart + 1)
    word(4 << 24 | 2)
    word(16)  // struct extra
    word(textStart + 7)
    word(first)
    word(0)
    word(textStart + 12)
    word(Int(int.rawValue))
    word(64)
    var module: [UInt8] = [0x9f, 0xeb, 1, 0]
    for number in [24, 0, types.count, types.count, texts.count] {
      module += (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
    module += types + texts
    let folder = root.appending(path: "sys/kernel/btf")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(kernel.bytes).write(to: folder.appending(path: "vmlinux"))
    try Data(module).write(to: folder.appending(path: "more"))
    return DirectoryMachine(root: root.path)
  }

  /// The length of the texts that a BTF ends with.
  private static func textLength(_ bytes: [UInt8]) -> Int {
    (0..<4).reduce(0) { $0 | Int(bytes[20 + $1]) << ($1 * 8) }
  }

  @Test func aModulesTypesAreFoundOnceAProbeIsInIt() throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "types-\(UUID())")
    defer { try? FileManager.default.removeItem(at: root) }
    let table = TypeTable(try Self.machineWithModule(at: root))
    #expect(try table.named("extra", keyword: "struct", space: .kernel) == nil)
    table.use(module: "more")
    let extra = try structure("extra", in: table)
    #expect(extra.origin == .module("more"))
    let own = try #require(try table.field("own", of: extra, space: .kernel))
    let step = FieldPath.Step.member("own", .integer(bytes: 4, signed: true))
    #expect(
      own.offset.provenance
        == .relocation(.offset, FieldPath(root: "extra", steps: [step], module: "more")))
    // What it points to is the kernel's own, by whatever way it is found.
    let base = try #require(try table.field("base", of: extra, space: .kernel))
    #expect(base.type == .pointer(to: .structure(try structure("base", in: table)), .kernel))
    #expect(try structure("base", in: table).origin == .kernel)
  }

  // MARK: Errors

  @Test func typesThatMakeNoSenseAreAnError() throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "types-\(UUID())")
    defer { try? FileManager.default.removeItem(at: root) }
    let folder = root.appending(path: "sys/kernel/btf")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data([1, 2, 3]).write(to: folder.appending(path: "vmlinux"))
    let table = TypeTable(DirectoryMachine(root: root.path))
    #expect(throws: MachineError.self) {
      try table.named("task_struct", keyword: "struct", space: .kernel)
    }
    #expect(throws: MachineError.self) { try table.enumerator("RED") }
  }

  @Test func aKernelWithoutTypesHasNone() throws {
    let table = TypeTable(DirectoryMachine(root: "/does/not/exist"))
    #expect(try table.named("task_struct", keyword: "struct", space: .kernel) == nil)
    #expect(try table.enumerator("PIDTYPE_TGID") == nil)
  }
}
