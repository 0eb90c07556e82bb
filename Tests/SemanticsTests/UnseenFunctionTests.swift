import Foundation
import MachineView
import Semantics
import TestKit
import Testing

/// What is said of functions that the kernel has no code of its own for, or copies beside it.
@Suite(
  .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/gcc"), "gcc is not installed")
)
final class UnseenFunctionTests {
  /// A recorded kernel with a file of debug information beside it.
  private let folder: URL
  private let machine: DirectoryMachine

  private static let source = """
    #define INLINE static inline __attribute__((always_inline))
    #define CALL(name) __attribute__((noinline)) int name(int n) { return common(n) + n; }
    INLINE int common(int n) { __asm__ volatile("" : "+r"(n)); return 2 * n; }
    INLINE int once(int n) { __asm__ volatile("" : "+r"(n)); return 3 * n; }
    INLINE int vfs_read(int n) { __asm__ volatile("" : "+r"(n)); return 5 * n; }
    INLINE int vfs_write(int n) { __asm__ volatile("" : "+r"(n)); return 7 * n; }
    int (*volatile read_file)(int) = vfs_read, (*volatile write_file)(int) = vfs_write;
    __attribute__((noinline)) int reads(int n) { return vfs_read(n) + n; }
    CALL(a1) CALL(a2) CALL(a3) CALL(a4) CALL(a5)
    int _start(void) { return once(1) + reads(read_file(1)) + write_file(2) + a1(1) + a2(1) + a3(1) + a4(1) + a5(1); }
    """

  init() throws {
    let files = FileManager.default
    folder = files.temporaryDirectory.appending(path: "unseen-\(UUID().uuidString)")
    let recorded = Fixtures.kernel()
    let release = try DirectoryMachine(root: recorded).release
    let debug = folder.appending(path: "usr/lib/debug/boot")
    try files.createDirectory(at: debug, withIntermediateDirectories: true)
    for entry in try files.contentsOfDirectory(atPath: recorded) {
      try files.createSymbolicLink(
        atPath: folder.appending(path: entry).path, withDestinationPath: "\(recorded)/\(entry)")
    }
    let text = folder.appending(path: "kernel.c")
    try Self.source.write(to: text, atomically: true, encoding: .utf8)
    let compiler = Process()
    compiler.executableURL = URL(filePath: "/usr/bin/gcc")
    compiler.arguments = [
      "-O2", "-g", "-nostdlib", "-static", "-o", debug.appending(path: "vmlinux-\(release)").path,
      text.path,
    ]
    try compiler.run()
    compiler.waitUntilExit()
    #expect(compiler.terminationStatus == 0)
    machine = DirectoryMachine(root: folder.path)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func messages(_ script: String, isVerbose: Bool = false) -> String {
    var target = AnalysisTarget.test(machine)
    target.isVerbose = isVerbose
    return ScriptUnderTest(script, on: target).messages
  }

  @Test(arguments: ["kprobe", "kretprobe", "fentry", "fexit"])
  func namesWhatTheFunctionWasInlinedInto(_ type: String) {
    #expect(
      messages("\(type):once { }").contains("HINT: 'once' is inlined into _start"))
    #expect(
      messages("\(type):common { }").contains(
        "HINT: 'common' is inlined into a1, a2, a3 and 2 others"))
  }

  @Test(arguments: ["kprobe", "kretprobe", "fentry", "fexit"])
  func saysWhereTheFunctionWasInlinedBesideItsOwnCode(_ type: String) {
    let text = messages("\(type):vfs_read { }", isVerbose: true)
    #expect(text.contains("WARNING: vfs_read is also inlined into reads: the probe fires for"))
    #expect(!text.contains("ERROR"))
    // Most functions are inlined somewhere: who does not ask is not told.
    #expect(messages("\(type):vfs_read { }") == "")
    #expect(messages("\(type):vfs_write { }", isVerbose: true) == "")
    #expect(messages("\(type):vfs_rea* { }", isVerbose: true) == "")
  }

  @Test func knowsNothingOfOtherNames() {
    let text = messages("kprobe:commo { }")
    #expect(!text.contains("inlined"))
    #expect(text.contains("ERROR"))
  }
}
