import BTF
import Foundation
import Testing

/// What the running kernel's BTF says, against what bpftool reads in it.
@Suite(.enabled(if: liveTypes != nil, "this kernel has no BTF")) struct LiveKernelTests {
  let types: BTFTypes

  init() throws { types = try #require(liveTypes) }

  @Test func knowsTaskStruct() throws {
    let task = try #require(try types.find("task_struct", .structure))
    #expect(try types.size(of: task) > 1024)
    let comm = try #require(try types.field(named: "comm", in: task))
    #expect(try types.declaration(of: comm.type, named: "comm") == "char comm[16]")
    let parent = try #require(try types.field(named: "real_parent", in: task))
    #expect(
      try types.declaration(of: parent.type, named: "real_parent")
        == "struct task_struct * real_parent")
  }

  /// Members of structures near the beginning, far behind, and with bit-fields, by both ways.
  @Test(arguments: [
    ("task_struct", "comm"), ("task_struct", "pid"), ("task_struct", "sched_reset_on_fork"),
    ("sock", "sk_protocol"), ("trace_event_raw_sched_switch", "next_pid"),
  ])
  func glimpsesTheSameOffsets(_ structure: String, _ member: String) throws {
    let id = try #require(try types.find(structure, .structure))
    let field = try #require(try types.field(named: member, in: id))
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "/sys/kernel/btf/vmlinux")))
    #expect(try BTFGlimpse.offset(of: member, in: structure, bytes) == field.bitOffset / 8)
    #expect(try BTFGlimpse.offset(of: "no_such_member", in: structure, bytes) == nil)
    #expect(try BTFGlimpse.offset(of: member, in: "no_such_structure", bytes) == nil)
  }

  @Test func findsOneFunctionWithoutAnIndex() throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "/sys/kernel/btf/vmlinux")))
    let id = try #require(try types.find("vfs_read", .function))
    #expect(try BTFGlimpse.id(of: "vfs_read", .function, bytes.span) == id)
    #expect(try BTFGlimpse.id(of: "vfs_read", .structure, bytes.span) == nil)
    #expect(try BTFGlimpse.id(of: "no_such_function", .function, bytes.span) == nil)
  }

  @Test func derivesRawTracepoints() throws {
    #expect(try types.rawTracepointNames().contains("sched_switch"))
    let arguments = try #require(try types.rawTracepointArguments("sched_switch"))
    #expect(arguments.map(\.name).prefix(3) == ["preempt", "prev", "next"])
    #expect(
      try types.declaration(of: arguments[1].type, named: "prev") == "struct task_struct * prev")
    #expect(try types.rawTracepointArguments("no_such_tracepoint") == nil)
  }

  @Test func listsIterators() throws {
    let names = try types.iteratorNames()
    #expect(names.contains("task"))
    #expect(names.contains("bpf_map"))
    let task = try #require(try types.iterator("task"))
    #expect(try types.name(of: task.context) == "bpf_iter__task")
  }

  /// `bpftool` prints every member's offset; a pseudorandom choice of structs is compared.
  @Test(.enabled(if: Bpftool.path != nil, "bpftool is not installed"))
  func agreesWithBpftoolOnMembers() throws {
    let dump = try #require(Bpftool.run(["btf", "dump", "file", "/sys/kernel/btf/vmlinux"]))
    let lines = dump.split(separator: UInt8(ascii: "\n"))
    var compared = 0
    for (number, line) in lines.enumerated() where line.first == UInt8(ascii: "[") {
      guard number % 16 == 0 || line.count % 31 == 0 else { continue }
      let text = String(decoding: line, as: UTF8.self)
      guard text.contains("] STRUCT ") || text.contains("] UNION "),
        let id = UInt32(text.dropFirst().prefix { $0 != "]" })
      else { continue }
      guard case .composite(let composite) = try types.type(BTFTypeID(id)) else {
        Issue.record("type \(id) is no struct")
        continue
      }
      let name = composite.name.isEmpty ? "(anon)" : composite.name
      #expect(
        text
          == "[\(id)] \(composite.isUnion ? "UNION" : "STRUCT") '\(name)' "
          + "size=\(composite.sizeInBytes) vlen=\(composite.members.count)")
      for (index, member) in composite.members.enumerated() {
        var expected =
          "\t'\(member.name.isEmpty ? "(anon)" : member.name)' type_id=\(member.type.rawValue) "
          + "bits_offset=\(member.bitOffset)"
        if let width = member.bitWidth { expected += " bitfield_size=\(width)" }
        #expect(String(decoding: lines[number + 1 + index], as: UTF8.self) == expected)
      }
      compared += 1
    }
    #expect(compared > 300)
  }

  /// Structs without padding, of which `bpftool` would write a member.
  @Test(.enabled(if: Bpftool.path != nil, "bpftool is not installed"))
  func definesTypesAsBpftoolDoes() throws {
    let dump = try #require(
      Bpftool.run(["btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c"]))
    let text = Data(dump)
    for name in [
      "timespec64", "list_head", "path", "file_operations", "qstr", "pt_regs",
      "seq_operations", "trace_event_raw_sched_switch", "bpf_iter__task", "vm_operations_struct",
    ] {
      let id = try #require(try types.find(name, .structure), "\(name)")
      let definition = try types.definition(of: id)
      #expect(text.range(of: Data("\n\(definition)\n".utf8)) != nil, "\(definition)")
    }
  }

  /// `bpftool` reads what we write.
  @Test(.enabled(if: Bpftool.path != nil, "bpftool is not installed"))
  func writesSubsetsThatBpftoolReads() throws {
    var subset = BTFSubset(of: types, pointers: .named)
    let task = try #require(try types.find("task_struct", .structure))
    subset.keep(task)
    let bytes = try subset.bytes()
    #expect(bytes.count < 200_000)
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).btf").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(bytes).write(to: URL(filePath: path))
    let dump = try #require(Bpftool.run(["btf", "dump", "file", path, "format", "c"]))
    let text = String(decoding: dump, as: UTF8.self)
    #expect(text.contains("struct task_struct {"))
    #expect(text.contains("\tchar comm[16];"))
  }
}

/// The kernel developers' own reader.
enum Bpftool {
  static let path = ["/usr/sbin/bpftool", "/usr/bin/bpftool"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  static func run(_ arguments: [String]) -> [UInt8]? {
    guard let path else { return nil }
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    guard (try? process.run()) != nil else { return nil }
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? Array(data) : nil
  }
}
