import BTF
import CDeclarations
import Diagnostics
import Foundation

extension FuzzTarget {
  static let c = FuzzTarget(
    name: "c", summary: "the C at the top of scripts, by preprocessor and parser",
    samples: [
      Array("struct a { int b : 3; char c[4]; };\n#define N 1\n".utf8),
      Array(
        "#ifndef G\n#define G\n#include \"self.h\"\n#include <system.h>\n#else\nstruct in { int a; };\n#endif\n"
          .utf8),
    ],
    corpus: ["Tests/Fuzz/Corpus/C"], words: cWords
  ) { input in
    let file = SourceFile(name: "fuzz", bytes: input)
    var environment = fuzzedEnvironment
    environment.headers = FuzzedHeaders(text: input)
    var definitions = CDefinitions(
      [CText(input, at: file.range)], in: environment, sources: SourceMap(file))
    let renderer = DiagnosticRenderer(definitions.sources)
    for diagnostic in definitions.diagnostics {
      guard let range = diagnostic.range else { return "unlocated: \(diagnostic.message)" }
      guard let source = definitions.sources[range.file], range.end <= source.bytes.count else {
        return "range outside: \(diagnostic.message)"
      }
      _ = renderer.render(diagnostic)
    }
    if let macro = definitions.macro("N") { _ = definitions.value(of: macro) }
    guard let bytes = definitions.types else { return nil }
    do {
      let types = try BTFTypes(bytes, base: fuzzedEnvironment.kernel)
      for id in types.ownIDs {
        switch try types.type(id) {
        case .composite(let composite):
          let end = composite.sizeInBytes * 8
          for member in composite.members where member.bitOffset > end {
            return "a member of \(composite.name) at \(member.bitOffset), behind \(end)"
          }
          _ = try types.fields(of: id)
        case .typedef, .array: _ = try types.resolve(id)
        default: break
        }
      }
    } catch { return "types that cannot be read: \(error)" }
    return nil
  }
}

/// Headers that are what is fuzzed, as it is and as if it came from a preprocessor.
private struct FuzzedHeaders: CHeaderSource {
  let text: [UInt8]

  func find(
    _ name: String, isQuoted: Bool, from includer: String?
  ) throws(CHeaderProblem) -> CHeaderFile? {
    switch name {
    case "self.h": return CHeaderFile(path: "self.h", bytes: text)
    case "short.h":
      return CHeaderFile(path: "short.h", bytes: Array("#pragma once\nstruct s { int a; };".utf8))
    case "bad.h": throw .failed("it is bad")
    default: return nil
    }
  }

  func preprocess(_ input: [UInt8], for name: String) throws(CHeaderProblem) -> [UInt8] {
    switch name {
    case "system.h": return Array("# 1 \"/usr/include/system.h\" 1\n".utf8) + text
    // What would be handed to the preprocessor must be C too.
    case "echo.h": return Array("# 1 \"<built-in>\"\n".utf8) + input
    case "needs.h": throw .needs("other.h")
    default: throw .notFound(searched: ["."])
    }
  }
}

/// A kernel with a few types.
private let fuzzedEnvironment: CEnvironment = {
  var writer = BTFWriter()
  let long = writer.add(
    .integer(
      BTFInteger(
        name: "long unsigned int", sizeInBytes: 8, bitCount: 64, bitOffset: 0, isSigned: false,
        isBool: false, isChar: false)))
  writer.add(.typedef(name: "u64", target: long))
  writer.add(
    .composite(
      BTFComposite(
        isUnion: false, name: "file", sizeInBytes: 16,
        members: [
          BTFMember(name: "f_mode", type: long, bitOffset: 0),
          BTFMember(name: "f_pos", type: long, bitOffset: 64),
        ])))
  return CEnvironment(
    kernel: try? BTFTypes(writer.bytes), kernelVersion: 0x060100,
    configuration: { $0 == "CONFIG_A" ? "y" : nil })
}()

/// Pieces of C, to be put anywhere.
private let cWords: [[UInt8]] =
  [
    "struct ", "union ", "enum ", "typedef ", "{", "}", "(", ")", "[", "]", "[2]", "[]", ";", ",",
    ":", " : 3", ": 0", "*", "=", "?", "<<", ">>", "&&", "||", "!", "~", "-", "+", "/", "%", "##",
    "#", "\n#if ", "\n#ifdef A\n", "\n#else\n", "\n#elif 1\n", "\n#endif\n", "\n#define A ",
    "\n#define F(a, b) a ## b #a\n", "\n#define G(...) __VA_ARGS__\n", "\n#undef A\n",
    "\n#include <linux/in.h>\n", "\n#include \"self.h\"\n", "\n#include <system.h>\n",
    "\n#include \"short.h\"\n", "\n#include <echo.h>\n", "\n#include <needs.h>\n",
    "\n#include <bad.h>\n", "\n#pragma once\n", "\n# 12 \"a.h\" 1 3\n", "__has_include(<system.h>)",
    "__attribute__((mode(QI)))", "\n#pragma pack(push, 1)\n", "\n#pragma pack(pop)\n", "F(1, 2)",
    "G(", "defined(A)", "int ", "unsigned ", "long ", "char ", "_Bool ", "void ", "double ",
    "__int128 ", "u64 ", "struct file ", "a", "b", "A", "N", "0", "1", "0xffffffffffffffff", "1u",
    "'a'", "'\\x", "\"", "'", "\\\n", "/*", "*/", "//", "sizeof(", "__builtin_offsetof(",
    "typeof(", "__attribute__((packed))", "__attribute__((aligned(8)))", "#pragma pack(1)",
    "__user ", "const ", "(*f)(int)", "...", "\0", "\u{e9}",
  ].map { Array($0.utf8) } + [[0xff], [0x80]]
