import LinuxSystem
import ObjectFiles

/// A program or library that a C compiler makes for a test, in a folder that goes with it.
final class Compiled {
  let path: String
  private let folder: String

  /// The C compiler, which tests that need one are conditioned on.
  static let compiler = ExecutableSearch.first("gcc")
  static let readelf = ExecutableSearch.first("readelf")

  init(_ source: String, _ options: [String] = [], language: String = "c") throws {
    folder = try FileSystem.makeTemporaryDirectory(prefix: "object-files-")
    path = "\(folder)/program"
    let arguments = ["-g0", "-O1", "-o", path] + options + ["-x", language, "-"]
    let outcome = try HelperProgram.run("gcc", arguments, input: Array(source.utf8))
    guard outcome.succeeded else { throw CompileError(text: outcome.errorText) }
  }

  deinit { try? FileSystem.removeTree(folder) }

  /// The opened binary, whose file is gone already.
  static func open(_ source: String, _ options: [String] = []) throws -> ELFFile {
    let program = try Compiled(source, options)
    return try withExtendedLifetime(program) { try ELFFile(program.path) }
  }

  /// The bytes of the binary.
  static func bytes(_ source: String, _ options: [String] = []) throws -> [UInt8] {
    let program = try Compiled(source, options)
    return try withExtendedLifetime(program) { try FileSystem.read(program.path) }
  }

  struct CompileError: Error { let text: String }

  static let functions = """
    int counter = 3;
    static int __attribute__((noinline, noclone)) hidden(int x) { return x * counter; }
    int __attribute__((noinline)) shown(int x) { return hidden(x) + 1; }
    int alias(int x) __attribute__((alias("shown")));
    int main(int argc, char **argv) { return shown(argc); }
    """

  /// A program with static tracepoints, made without the header that usually writes them.
  static let tracepoints = #"""
    unsigned short semaphore __attribute__((section(".probes"))) = 0;
    #define NOTE(PROVIDER, NAME, SEMAPHORE, ARGUMENTS) \
      "990: nop\n" \
      ".pushsection .note.stapsdt,\"\",\"note\"\n" \
      ".balign 4\n.4byte 992f-991f, 994f-993f, 3\n" \
      "991: .asciz \"stapsdt\"\n992: .balign 4\n" \
      "993: .8byte 990b\n.8byte _.stapsdt.base\n.8byte " SEMAPHORE "\n" \
      ".asciz \"" PROVIDER "\"\n.asciz \"" NAME "\"\n.asciz \"" ARGUMENTS "\"\n" \
      "994: .balign 4\n.popsection\n"
    __asm__(
      ".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"
      ".weak _.stapsdt.base\n.hidden _.stapsdt.base\n_.stapsdt.base: .space 1\n"
      ".size _.stapsdt.base,1\n.popsection\n");
    int main(int argc, char **argv) {
      __asm__ volatile(NOTE("shop", "open", "0", "-4@%edi 8@$5"));
      __asm__ volatile(NOTE("shop", "sale", "semaphore", "8@-16(%rbp) 1@8(%rax,%rbx,4)"));
      __asm__ volatile(NOTE("shop", "open", "0", ""));
      return argc + semaphore;
    }
    """#
}
