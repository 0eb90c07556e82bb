import BTF
import CDeclarations
import Diagnostics
import Foundation

extension FuzzTarget {
  static let c = FuzzTarget(
    name: "c", summary: "the C at the top of scripts, by preprocessor and parser",
    samples: [Array("struct a { int b : 3; char c[4]; };\n#define N 1\n".utf8)],
    corpus: ["Tests/Fuzz/Corpus/C"], words: cWords
  ) { input in
    let file = SourceFile(name: "fuzz", bytes: input)
    var definitions = CDefinitions([CText(input, at: file.range)], in: fuzzedEnvironment)
    for diagnostic in definitions.diagnostics {
      guard let range = diagnostic.range else { return "unlocated: \(diagnostic.message)" }
      guard range.end <= input.count else { return "range outside: \(diagnostic.message)" }
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
    "\n#include <linux/in.h>\n", "\n#pragma pack(push, 1)\n", "\n#pragma pack(pop)\n", "F(1, 2)",
    "G(", "defined(A)", "int ", "unsigned ", "long ", "char ", "_Bool ", "void ", "double ",
    "__int128 ", "u64 ", "struct file ", "a", "b", "A", "N", "0", "1", "0xffffffffffffffff", "1u",
    "'a'", "'\\x", "\"", "'", "\\\n", "/*", "*/", "//", "sizeof(", "__builtin_offsetof(",
    "typeof(", "__attribute__((packed))", "__attribute__((aligned(8)))", "#pragma pack(1)",
    "__user ", "const ", "(*f)(int)", "...", "\0", "\u{e9}",
  ].map { Array($0.utf8) } + [[0xff], [0x80]]
