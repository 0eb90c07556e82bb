import BTF
import CDeclarations
import Diagnostics
import Testing

@Suite struct HeaderTests {
  private static let headers = Headers(
    files: [
      "mine.h": """
      #ifndef MINE
      #define MINE
      #include <stdint.h>
      #include "sub/other.h"
      #define SIZE (OTHER + 1)
      struct mine { uint32_t a; struct other b[SIZE]; };
      #endif
      """,
      "sub/other.h":
        "#pragma once\n#define OTHER 3\n#include \"near.h\"\nstruct other { near_t c; };",
      "sub/near.h": "#pragma once\ntypedef short near_t;",
      "self.h": "#include \"self.h\"\n",
      "twice.h": "#include \"twice.h\"\n#include \"twice.h\"\n",
      "open.h": "#if 1\nstruct open { int a; };\n",
      "wrong.h": "struct wrong {\n  nosuch_t a;\n};",
    ],
    system: [
      "lib.h": """
      # 1 "<built-in>"
      #define __SIZE__ 8
      # 1 "<stdin>"
      # 1 "/usr/include/lib.h" 1 3
      #define LIB (__SIZE__ * 2)
      #define expanded wrong
      struct lib { char expanded[16]; int __init; };

      extern int strange (nosuch_t);
      extern int stranger (another_t, ...) __attribute__ ((nothrow));
      nosuch_t broken;
      # 9 "/usr/include/lib.h"
      nosuch_t again;
      struct behind { struct lib a; };
      """
    ])

  @Test func readsHeadersInsideHeaders() throws {
    let read = try ReadC(
      "#include \"mine.h\"\n#include \"mine.h\"\n#include \"sub/other.h\"\nstruct s { char a[SIZE]; };",
      in: CEnvironment(headers: Self.headers))
    #expect(read.messages == [])
    #expect(try read.size("mine") == 12)
    #expect(try read.size("s") == 4)
    // The script, and each header as often as it was opened.
    #expect(
      read.definitions.sources.files.map(\.name) == [
        "", "mine.h", "sub/other.h", "sub/near.h", "mine.h",
      ])
  }

  @Test func endsWhereHeadersIncludeThemselves() throws {
    let read = try ReadC("#include \"self.h\"", in: CEnvironment(headers: Self.headers))
    #expect(read.messages == ["this is nested too deeply"])
    // Without an end in breadth too.
    let twice = try ReadC("#include \"twice.h\"", in: CEnvironment(headers: Self.headers))
    #expect(twice.messages == ["this is nested too deeply"])
  }

  @Test func saysWhereInAHeaderSomethingIsWrong() throws {
    let read = try ReadC(
      "#include \"wrong.h\"\n#include \"open.h\"\nint x;", in: CEnvironment(headers: Self.headers))
    let renderer = DiagnosticRenderer(read.definitions.sources)
    let texts = read.definitions.diagnostics.map { renderer.text($0).split(separator: "\n")[0] }
    #expect(
      texts == [
        "open.h:1:1-6: ERROR: unterminated conditional directive: there is no #endif",
        "wrong.h:2:3-11: ERROR: unknown type name 'nosuch_t'",
      ])
    #expect(try read.size("open") == 4)
  }

  @Test func readsWhatThePreprocessorWrites() throws {
    var read = try ReadC(
      "#include <lib.h>\n#define TWICE (LIB * 2)", in: CEnvironment(headers: Self.headers))
    let renderer = DiagnosticRenderer(read.definitions.sources)
    #expect(
      read.definitions.diagnostics.map { renderer.text($0) } == [
        """
        /usr/include/lib.h:7:1-9: WARNING: a part of 'lib.h' is not understood and left out: unknown type name 'nosuch_t'
        nosuch_t broken;
        ~~~~~~~~

        """
      ])
    #expect(try read.size("behind") == 20)
    #expect(try read.composite("lib")?.members.map(\.name) == ["expanded", "__init"])
    let macro = read.macro("TWICE")
    let value = macro.flatMap { read.value(of: $0) }
    #expect(value?.signed == 32)
  }

  /// What the script has defined before counts in the header.
  @Test func tellsThePreprocessorWhatIsDefined() throws {
    let headers = Headers(files: [:], system: ["lib.h": ""])
    let read = try ReadC(
      "#define A 1\n#define F(x, ...) x ## __VA_ARGS__ #x\n#define B\n#undef A\n#include <lib.h>",
      in: CEnvironment(headers: headers))
    #expect(read.messages == [])
    #expect(
      headers.asked.texts == [
        "#define B \n#define F(x, ...) x ## __VA_ARGS__ #x\n#include <lib.h>\n"
      ])
  }

  @Test func includesHeadersOfTheCommandLine() throws {
    let definitions = CDefinitions(
      [], in: CEnvironment(headers: Self.headers), including: ["mine.h", "nothing.h"])
    #expect(definitions.diagnostics.map(\.message) == ["'nothing.h' file not found"])
    #expect(definitions.diagnostics.map(\.range) == [nil])
    #expect(definitions.types != nil)
  }

  @Test func asksWhetherThereIsAHeader() throws {
    let read = try ReadC(
      """
      #if __has_include("mine.h") && __has_include(<lib.h>) && !__has_include("nothing.h")
      struct yes { int a; };
      #endif
      """, in: CEnvironment(headers: Self.headers))
    #expect(read.messages == [])
    #expect(try read.size("yes") == 4)
  }
}

/// Headers by name.
private struct Headers: CHeaderSource {
  final class Asked: @unchecked Sendable {
    var texts: [String] = []
  }

  let files: [String: String]
  let system: [String: String]
  let asked = Asked()

  func find(_ name: String, isQuoted: Bool, from includer: String?) -> CHeaderFile? {
    let folder = includer?.split(separator: "/").dropLast().map { $0 + "/" }.joined() ?? ""
    let path = folder + name
    return files[path].map { CHeaderFile(path: path, bytes: Array($0.utf8)) }
  }

  func preprocess(_ text: [UInt8], for name: String) throws(CHeaderProblem) -> [UInt8] {
    asked.texts.append(String(decoding: text, as: UTF8.self))
    guard let found = system[name] else { throw .notFound(searched: ["here"]) }
    return Array(found.utf8)
  }
}
