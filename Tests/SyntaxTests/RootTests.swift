import Diagnostics
import Syntax
import Testing

@Suite struct RootTests {
  @Test func readsAllSectionsInOrder() {
    #expect(
      dump(
        """
        #include <linux/fs.h>
        struct a { int x; };
        config = { stack_mode = perf; BPFTRACE_MAX_STRLEN=0x40; license="Dual BSD/GPL"; cpp_demangle=false }
        import "lib";
        import "types.h";
        let @m = lruhash(100);
        fn f($a: int8, $b: struct a*): void { return; }
        macro m($v, @m, e) { e }
        begin { }
        let @n = hash(2)
        end { }
        """) == """
          preprocessor "#include <linux/fs.h>"
          c definition "struct a { int x; };"
          config
            stack_mode = perf
            BPFTRACE_MAX_STRLEN = 64
            license = "Dual BSD/GPL"
            cpp_demangle = false
          import "lib"
          import "types.h"
          map @m = lruhash(100)
          fn f($a: int8, $b: struct a*): void
            block
              return
          macro m($v, @m, e)
            block
              result
                identifier e
          probe
            attach point "begin"
            block
          map @n = hash(2)
          probe
            attach point "end"
            block

          """)
  }

  @Test func importsAndConfigMayStandInAnyOrder() {
    #expect(messages("import \"a\"; config = { } import \"b\"; begin { }") == [])
  }

  @Test(arguments: [
    "struct a { int x; }", "struct a { struct { int x; } b[3]; int (*f)(int); } ;",
    "struct __attribute__((packed, aligned(8))) a { int x; };",
    "struct a { int x; } __attribute__((packed)) __attribute__ ((aligned(4)));",
    "union a { char c[4]; /* } */ int i; // }\n };", "enum e { A = '}', B = 3 };",
    "enum { A, B };", "struct\na\n{\n}", "#define A(x) (x + \\\n 1)", "#define A /* one\n two */ 1",
    "#define A 1 // not /* a comment", "#define A \"/*\"", "# define A", "#pragma pack(1)",
  ])
  func keepsCDefinitionsAsTheyAre(text: String) throws {
    let script = parsed("\(text)\nbegin { }")
    #expect(messages(script) == [])
    let definition = try #require(script.tree.cDefinitions.first)
    #expect(script.tree.cDefinitions.count == 1)
    #expect(String(decoding: definition.text, as: UTF8.self) == text)
    #expect(script.file.text(in: definition.range) == text)
    #expect(script.tree.probes.count == 1)
  }

  @Test func definitionsFollowEachOther() {
    let tree = parsed("struct a { int x; } union b { int y; } enum c { D } begin { }").tree
    #expect(tree.cDefinitions.count == 3)
    #expect(tree.probes.count == 1)
  }

  @Test(arguments: [
    ("begin { } struct a { int x; }", "C definitions must appear before probes and functions"),
    ("begin { }\n#define A 1", "C definitions must appear before probes and functions"),
    ("config = { } enum a { B }", "C definitions must appear before probes and functions"),
    ("let @a = hash(2); config = { }", "config must appear before probes and functions"),
    ("macro m() { 1 } import \"a\";", "root imports must appear before probes and functions"),
    ("fn f(): void { } import \"a\";", "root imports must appear before probes and functions"),
    ("config = { } config = { }", "duplicate config block"),
    (
      "let $x = 1;",
      "root-level let statements need to be map declarations, e.g. let @a = hash(2);"
    ),
  ])
  func enforcesTheOrderOfSections(text: String, message: String) {
    let found = parsed(text).diagnostics.map(\.message)
    #expect(found == ["syntax: \(message)"])
  }

  @Test func whatComesTooLateIsStillParsed() {
    let tree = parsed("begin { } import \"a\"; config = { a = 1 } struct a { int x; }").tree
    #expect(tree.imports.map(\.path) == ["a"])
    #expect(tree.config?.entries.map(\.key) == ["a"])
    #expect(tree.cDefinitions.count == 1)
  }

  @Test func anEmptyConfigIsOne() {
    #expect(parsed("config = { }").tree.config?.entries == [])
    #expect(parsed("config = {;;}").tree.config?.entries == [])
  }

  @Test func configIsABuiltinInsideBlocks() {
    #expect(messages("begin { print(config); print(config.max_strlen); }") == [])
  }

  @Test func aMapDeclarationNeedsNoSemicolonBeforeAnAttachPoint() {
    #expect(
      dump("let @m = hash(1) uprobe:\"a;b\":c { }") == """
        map @m = hash(1)
        probe
          attach point "uprobe" "a;b" "c"
          block

        """)
  }
}
