import BTF
import CDeclarations
import Testing

@Suite struct LayoutTests {
  /// Every `struct s` here, as gcc lays it out and as we do.
  private static let samples = [
    "struct s { char a; short b; int c; long d; char e; };",
    "struct s { char a; long long int b; unsigned long int unsigned_c; signed char d; };",
    "struct s { char a; double b; float c; long double d; _Bool e; __int128 f; };",
    "struct s { int a : 3; unsigned b : 5; char c : 2; };",
    "struct s { int a : 31; int b : 2; long c : 40; long d : 30; };",
    "struct s { char a; int b : 9; int : 0; int c : 1; };",
    "struct s { char a; int : 4; int b : 28; unsigned long long c : 33; };",
    "struct s { char a; int : 20; };",
    "struct s { short a : 9; char b; int c : 17; char d : 7; };",
    "struct s { char a; int b : 9; long c : 57; char d; } __attribute__((packed));",
    "struct __attribute__((packed)) s { char a; int b; struct { char c; long d; } e; };",
    "struct s { char a; int b __attribute__((packed)); short c; };",
    "struct s { char a; int b : 7 __attribute__((packed)); int c : 30 __attribute__((packed)); };",
    "struct s { char a; char b __attribute__((aligned(16))); } __attribute__((aligned(64)));",
    "struct s { char a; int b; } __attribute__((packed, aligned(4)));",
    "struct s { char a; int b : 3 __attribute__((aligned(8))); int c : 3; };",
    "typedef int wide __attribute__((aligned(32))); struct s { char a; wide b; };",
    "typedef unsigned long low __attribute__((aligned(4))); struct s { char a; low b; };",
    "union u { char a; int b : 20; long c; char d[13]; }; struct s { char x; union u y; };",
    "struct s { char a; union { struct { short b, c; }; long d; }; char e; };",
    "struct s { int a[2][3][4]; char b[0]; char c[]; };",
    "struct s { void (*f)(int, struct s *); int *(*g[3])(void); char (*h)[5]; char *i[5]; };",
    "struct s { const volatile char *const *a; struct s *next, **end; char b, *c, d[2], (e); };",
    "enum e { A = -1, B }; enum w { C = 0x100000000 }; struct s { enum e a : 3; enum w b; };",
    "enum __attribute__((packed)) e { A, B = 255 }; struct s { enum e a; enum e b : 4; };",
    "struct s { char a; struct {} b; int c; };",
    "#pragma pack(push, 2)\nstruct s { char a; int b; long c : 3; };\n#pragma pack(pop)",
    "#pragma pack(1)\nstruct s { char a; long b; int c : 5; int d : 30; };\n#pragma pack()",
    "enum { N = 3, M = N * 2 + sizeof(int) }; struct s { char a[N], b[M - 1], c[1 << N | 1]; };",
    "struct t { char a; long b; }; struct s { char a[sizeof(struct t)], b[sizeof(int *)]; "
      + "char c[__builtin_offsetof(struct t, b)]; char d[sizeof(long[3])]; };",
    "#define CAT(a, b) a##b\n#define N(x) (x + 1)\nstruct s { char CAT(one, two)[N(3) * 2]; };",
    "struct s { char a['\\n' + 'a' - '\\x10'], b[-1 > 0U], c[(~0u >> 31) + (7 ? 2 : 3)]; "
      + "char d[(unsigned char)300], e[010 + 0x10 + 0b11], f[!0 + !!5]; };",
    "typedef int w __attribute__((mode(word))); typedef unsigned b __attribute__((__mode__(__QI__)));"
      + "struct s { char a; w b; b c; };",
    "typedef struct { char a; long b; }\nT;\nstruct s { char a; T b; };",
    "typedef struct s s_t, *s_p; struct s { s_p a; s_t *b; int c; }; struct t { s_t a[2]; };",
    "struct s { unsigned long long a : 1, b : 63, c : 64; unsigned char d : 8, e : 1, f : 8; };",
    "struct s { _Bool a : 1, b : 1; int c : 1; _Bool d : 1; short e : 15; short f : 2; };",
    "extern int thing[3]; static inline int f(int x) { return x; } struct s { int a; char b; };",
  ]

  @Test(.enabled(if: Compiler.path != nil, "gcc is not installed"), arguments: samples)
  func isThatOfTheCompiler(text: String) throws {
    let read = try ReadC(text)
    #expect(read.messages == [])
    let theirs = try #require(try Compiler.types(of: text + "\nstruct s *variable;"))
    let ours = try #require(try read.types.find("s", .structure))
    let other = try #require(try theirs.find("s", .structure))
    let expected = try layout(of: other, in: theirs)
    #expect(try layout(of: ours, in: read.types) == expected)
  }

  /// Size and alignment on both architectures, as clang has them.
  @Test(arguments: [
    ("struct s { char a; int : 4; char b; };", (3, 1), (4, 4)),
    ("struct s { char a; int : 0; char b; };", (5, 1), (8, 4)),
    ("struct s { char a; int : 4; char b; } __attribute__((packed));", (3, 1), (3, 1)),
    ("struct s { char a; long : 0; char b; } __attribute__((packed));", (9, 1), (16, 8)),
    ("struct s { char a : 3; short : 9; char b; };", (3, 1), (4, 2)),
    ("struct s { char a; long : 40; };", (6, 1), (8, 8)),
    ("struct s { char a; int b : 4; };", (4, 4), (4, 4)),
  ])
  func bitFieldsWithoutANameAlignOnARM(
    text: String, x86: (Int, Int), arm: (Int, Int)
  ) throws {
    for (target, expected) in [("x86", x86), ("arm64", arm)] {
      let read = try ReadC(
        text + "struct after { char a; struct s b; };", in: CEnvironment(target: target))
      #expect(try read.size("s") == expected.0, "\(target)")
      let after = try #require(try read.composite("after"))
      #expect(after.members[1].bitOffset == 8 * expected.1, "\(target)")
    }
  }

  @Test func theSemicolonMayBeLeftOut() throws {
    let read = try ReadC("struct a { int x } union b { char c[3] } enum c { D }")
    #expect(read.messages == [])
    #expect(try read.size("a") == 4)
    #expect(try read.size("b") == 3)
    #expect(try read.types.enumValue(named: "D")?.value.value == 0)
  }

  @Test func marksPointersToUserSpace() throws {
    let read = try ReadC("struct a { const char __user *x; struct a *y; };")
    #expect(read.messages == [])
    let members = try #require(try read.composite("a")).members
    #expect(try read.types.tags(of: read.types.target(of: members[0].type)) == ["user"])
    #expect(try read.types.tags(of: read.types.target(of: members[1].type)) == [])
  }
}
