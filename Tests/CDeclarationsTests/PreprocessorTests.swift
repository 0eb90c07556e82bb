import BTF
import CDeclarations
import Diagnostics
import Testing

@Suite struct PreprocessorTests {
  private static let kernel = CEnvironment(
    kernelVersion: CEnvironment.versionCode(of: "6.1.0-18-amd64"),
    configuration: { ["CONFIG_A": "y", "CONFIG_B": "m", "CONFIG_HZ": "250"][$0] })

  @Test(arguments: [
    ("defined(A)", false), ("!defined A", true), ("1 + 1 == 2 && 0x10 == 16", true),
    ("__KERNEL__", true), ("NOTHING", false), ("NOTHING(1, 2) || 0", false),
    ("LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0)", true),
    ("LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)", false),
    ("defined(CONFIG_A) && !defined(CONFIG_B) && CONFIG_HZ == 250", true),
    ("IS_ENABLED(CONFIG_B) && IS_MODULE(CONFIG_B) && !IS_BUILTIN(CONFIG_B)", true),
    ("defined(__TARGET_ARCH_x86) && !defined(__TARGET_ARCH_arm64)", true),
    ("defined BPFTRACE_HAVE_BTF", false), ("__has_include(<linux/bpf.h>)", true),
    ("__has_include(\"mine.h\")", false), ("-1 > 0u", true), ("'a' == 97", true),
    ("1 ? 0 : 1", false), ("(2 || 1 / 0)", true), ("~0 == -1", true), ("1 << 40", true),
  ])
  func decidesConditions(text: String, holds: Bool) throws {
    let read = try ReadC("#if \(text)\nstruct yes {int a;};\n#endif", in: Self.kernel)
    #expect(read.messages == [])
    #expect(try (read.size("yes") != nil) == holds)
  }

  @Test func takesOneBranchOfMany() throws {
    let read = try ReadC(
      """
      #if 0
      #if 1
      struct a {int x;};
      #endif
      #elif 1
      # ifdef NOTHING
      struct b {int x;};
      # else
      struct c {int x;};
      # endif
      #elif 1
      struct d {int x;};
      #else
      struct e {int x;};
      #endif
      """)
    #expect(read.messages == [])
    let found = try ["a", "b", "c", "d", "e"].filter { try read.size($0) != nil }
    #expect(found == ["c"])
  }

  @Test func decidesInsideDefinitions() throws {
    let read = try ReadC(
      "struct a {\n#ifdef CONFIG_A\n int x;\n#else\n long x;\n#endif\n char y; };",
      in: Self.kernel)
    #expect(try read.size("a") == 8)
    #expect(
      read.definitions.bindings.map(\.reason)
        == ["the kernel's configuration decides what is compiled"])
  }

  @Test func tellsWhatDoesNotCount() throws {
    let text = "#if 0\nno\n#else\nstruct a {int x;};\n#endif\n"
    let read = try ReadC(text)
    func isActive(_ offset: Int, in file: FileID = .script) -> Bool {
      read.definitions.isActive(SourceRange(file: file, offset..<offset + 1))
    }
    #expect(!isActive(6))
    #expect(isActive(20))
    #expect(isActive(6, in: FileID(1)))
  }

  @Test(arguments: [
    ("#define N 3", 3), ("#define M 4\n#define N (M * M)", 16), ("#define N sizeof(struct t)", 8),
    ("#define F(a, b) a * b\n#define N F(2, 3 + 1)", 7), ("#define N 'A'", 65),
    ("#define F(...) 1 __VA_ARGS__\n#define N F(+ 4)", 5), ("enum { E = 9 };\n#define N E", 9),
    ("#define A B\n#define B 5\n#define N A\n", 5), ("#define N 1\n#undef N\n#define N 2", 2),
    ("#define N (u8)257", 1), ("#define N \\\n 7 /* of\n them */", 7),
  ])
  func knowsTheValuesOfMacros(text: String, value: Int) throws {
    var definitions = try ReadC("struct t { long a; };\n" + text).definitions
    #expect(definitions.diagnostics.isEmpty)
    let macro = definitions.macro("N")
    let found = try definitions.value(of: #require(macro))
    #expect(found?.signed == Int64(value))
  }

  @Test(arguments: ["#define N N", "#define N do {", "#define N", "#define N M\n#define M N"])
  func knowsThatAMacroHasNoValue(text: String) throws {
    var definitions = try ReadC(text).definitions
    let macro = definitions.macro("N")
    let found = try definitions.value(of: #require(macro))
    #expect(found == nil)
  }

  @Test func knowsConstantsOfHeadersOnceOneIsIncluded() throws {
    var without = try ReadC("struct a {int x;};").definitions
    let unknown = without.macro("AF_INET6")
    #expect(unknown == nil)
    var with = try ReadC("#include <linux/socket.h>").definitions
    for (name, value) in [
      ("AF_INET6", 10), ("AT_FDCWD", -100), ("EAGAIN", 11), ("O_CREAT", 64), ("S_IFMT", 0xF000),
      ("CLONE_VM", 256), ("SIGKILL", 9), ("PROT_EXEC", 4), ("MAP_ANONYMOUS", 32),
      ("TASK_COMM_LEN", 16), ("UINT_MAX", 4_294_967_295), ("PATH_MAX", 4096),
    ] {
      let macro = with.macro(name)
      let found = try with.value(of: #require(macro, "\(name)"))
      #expect(found?.signed == Int64(value), "\(name)")
    }
    for name in ["AAAA", "zzzz", "AF_INET66"] {
      let macro = with.macro(name)
      #expect(macro == nil)
    }
  }

  @Test func whatTheScriptDefinesWins() throws {
    var definitions = try ReadC("#include <linux/in.h>\n#define AF_INET6 3\n#undef AF_INET")
      .definitions
    let macro = definitions.macro("AF_INET6")
    let found = try definitions.value(of: #require(macro))
    #expect(found?.signed == 3)
    let other = definitions.macro("AF_INET")
    #expect(other == nil)
  }

  @Test(arguments: [
    String(repeating: "struct { ", count: 5000), String(repeating: "(", count: 5000),
    "struct a { int x\(String(repeating: "[1]", count: 5000)); };",
    "struct a { int \(String(repeating: "*", count: 5000))x; };",
    "struct a { int \(String(repeating: "(", count: 5000))x; };",
    "enum { A = \(String(repeating: "(", count: 5000))1 };",
    "enum { A = \(String(repeating: "-", count: 5000))1 };",
    "enum { A = 1\(String(repeating: "?1:1", count: 5000)) };",
    "#if \(String(repeating: "!", count: 5000))1\n#endif",
    "struct a { char x[0xFFFFFFFFFFFFFFFF]; };", "struct a { char x[1 << 28][1 << 28]; };",
    "struct a { int x __attribute__((aligned(1 << 30))); };",
    "#define A A A A A A A A\n#define B(x) x(x)\nstruct A B(B)",
    (0..<40).map { "#define M\($0) M\($0 + 1) M\($0 + 1)" }.joined(separator: "\n") + "\nM0",
    (0..<80).map { "typedef \($0 == 0 ? "int" : "t\($0 - 1)") t\($0);" }.joined(),
    "struct a { struct a b; };", "union { int x : 0; };", "struct", "enum a {", "#define", "#", "'",
    "\"", "typedef", "struct a { int : 3 };", "struct a { void x; int f(int); };",
    "#define F(a) #a ## a\nF(", "#define F(...)\nF((((", "#pragma pack(push\n#pragma pack(pop",
  ])
  func badCIsNoTrap(text: String) throws {
    let read = try ReadC(text, in: CEnvironment(kernel: kernelTypes))
    for id in read.types.ownIDs { _ = try read.types.type(id) }
  }

  @Test(arguments: [
    ("O_DIRECTORY", 0o200000, 0o40000), ("O_NOFOLLOW", 0o400000, 0o100000),
    ("O_DIRECT", 0o40000, 0o200000), ("O_LARGEFILE", 0o100000, 0o400000),
    ("O_TMPFILE", 0o20200000, 0o20040000), ("O_CLOEXEC", 0o2000000, 0o2000000),
    ("AF_INET6", 10, 10),
  ])
  func knowsTheConstantsOfBothArchitectures(name: String, x86: Int64, arm: Int64) throws {
    for (target, expected) in [("x86", x86), ("arm64", arm)] {
      var read = try ReadC("#include <fcntl.h>", in: CEnvironment(target: target))
      let macro = read.macro(name)
      let value = macro.flatMap { read.value(of: $0) }
      #expect(value?.signed == expected, "\(target)")
    }
  }
}
