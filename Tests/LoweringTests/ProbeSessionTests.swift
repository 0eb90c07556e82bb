import BTF
import LinuxSystem
import Lowering
import MachineView
import Semantics
import TestKit
import Testing
import TraceIR
import TraceModel

/// The types of a kernel whose `bpf_session_is_return` takes so many arguments.
private func types(arguments count: Int) -> [UInt8] {
  var writer = BTFWriter()
  let bool = writer.add(
    .integer(
      BTFInteger(
        name: "_Bool", sizeInBytes: 1, bitCount: 8, bitOffset: 0, isSigned: false, isBool: true,
        isChar: false)))
  let pointer = writer.add(.pointer(to: .void))
  let prototype = writer.add(
    .functionPrototype(
      BTFPrototype(
        returns: bool,
        parameters: (0..<count).map { _ in BTFParameter(name: "ctx", type: pointer) },
        isVariadic: false)))
  _ = writer.add(
    .function(name: "bpf_session_is_return", prototype: prototype, linkage: .local))
  return writer.bytes
}

@Suite final class ProbeSessionTests {
  private let folder: String

  init() throws { folder = try FileSystem.makeTemporaryDirectory(prefix: "sessions-") }

  deinit { try? FileSystem.removeTree(folder) }

  private func lowered(
    _ text: String, arguments: Int = 0, isForThisKernel: Bool = true,
    without absent: Set<KernelFeature> = []
  ) throws -> LoweredScript {
    let path = "\(folder)/vmlinux"
    try FileSystem.write(types(arguments: arguments), to: path)
    var settings = DirectoryMachine.Settings(probe: { _ in .yes })
    settings.btfPath = path
    var target = AnalysisTarget.test(DirectoryMachine(root: Fixtures.kernel(), settings: settings))
    target.isForThisKernel = isForThisKernel
    target.absentFeatures = absent
    let script = ScriptUnderTest(text, on: target)
    return try #require(script.lowered(), "\(script.messages)")
  }

  private let pair =
    "kprobe:vfs_r* { @began[tid] = nsecs; } kretprobe:vfs_r* { @ = hist(nsecs - @began[tid]); }"

  @Test func aPatternsEntryAndReturnAreOneProgram() throws {
    let script = try lowered(pair)
    #expect(script.manifest.programs.map(\.kind.attachType) == [.kprobeSession])
    #expect(script.manifest.probes.map { $0.alternatives.map(\.program) } == [[0], [0]])
    #expect(script.manifest.probes.map { $0.alternatives.map(\.part) } == [[0], [1]])
    #expect(
      script.manifest.probes.map { $0.alternatives.map(\.points) } == [
        [[.kprobeMulti(module: nil, functions: "vfs_r*", isReturn: false)]],
        [[.kprobeMulti(module: nil, functions: "vfs_r*", isReturn: true)]],
      ])
  }

  /// Each part counts for itself: the counters behind that of the program.
  @Test func thePartsOfASessionCountForThemselves() throws {
    let script = try lowered(pair)
    let functions = script.module.functions
    let parts = functions.indices.filter { functions[$0].isPart }
    #expect(
      parts.map { script.module.counter(of: .run, in: $0) }
        == [.runs(program: 1), .runs(program: 2)])
    #expect(
      script.manifest.probes.map { script.manifest.counted($0.alternatives[0]) } == [1, 2])
    #expect(RunCounters(of: script.manifest) == script.module.counters)
  }

  /// It has had a parameter since 7.0.
  @Test(arguments: [0, 1]) func asksTheKernelAsItsTypesSay(arguments: Int) throws {
    var script = try lowered(pair, arguments: arguments)
    #expect(script.module.externals.map(\.owner) == [.kernel])
    #expect(script.module.externals.map(\.parameters.count) == [arguments])
    #expect(!script.module.isLinked)
    #expect(IRChecker.faults(in: script.module) == [])
    script.module.runPasses()
    #expect(IRChecker.faults(in: script.module) == [])
  }

  @Test(arguments: [
    // Of other functions, and of more than two probes.
    "kprobe:vfs_r* { @ = count(); } kretprobe:vfs_w* { @ = count(); }",
    "kprobe:vfs_r* { @ = count(); } kprobe:vfs_r* { @ = count(); } kretprobe:vfs_r* { @ = count(); }",
    "kprobe:vfs_r* { @ = count(); }",
    "kprobe:vfs_read { @ = count(); } kretprobe:vfs_read { @ = count(); }",
  ])
  func otherProbesHaveProgramsOfTheirOwn(_ text: String) throws {
    let script = try lowered(text)
    #expect(script.manifest.programs.allSatisfy { $0.kind.attachType != .kprobeSession })
    #expect(script.module.externals.isEmpty)
  }

  @Test func scriptsForOtherKernelsHaveNoSessions() throws {
    let portable = try lowered(pair, isForThisKernel: false)
    #expect(portable.manifest.programs.allSatisfy { $0.kind.attachType != .kprobeSession })
    let without = try lowered(pair, without: [.kprobeSession])
    #expect(without.manifest.programs.allSatisfy { $0.kind.attachType != .kprobeSession })
  }
}
