import Diagnostics
import Foundation
import Syntax
import Testing

/// Scripts with their formatted text beside them, and every script that there is.
@Suite struct FormatTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../..").standardizedFileURL

  /// Every script of the tools and the fixtures, by its path.
  static let scripts: [String] = {
    ["tools", "Tests/Fixtures"].flatMap { folder in
      let files = FileManager.default.enumerator(
        at: root.appending(path: folder), includingPropertiesForKeys: nil)
      var found: [String] = []
      while let file = files?.nextObject() as? URL {
        if file.pathExtension == "bt" { found.append(file.path) }
      }
      return found
    }.sorted()
  }()

  private func read(_ path: String) throws -> ParsedScript {
    let bytes = Array(try Data(contentsOf: URL(filePath: path)))
    return parse(SourceFile(name: path, bytes: bytes), parameters: ["one", "2"])
  }

  /// Formats a text; nil if it cannot be parsed.
  private func formatted(_ text: String) -> String? {
    let script = parsed(text)
    guard !script.diagnostics.hasErrors else { return nil }
    return String(decoding: format(script), as: UTF8.self)
  }

  @Test(arguments: scripts)
  func keepsTreeAndCommentsAndChangesNothingTheSecondTime(_ path: String) throws {
    let script = try read(path)
    guard !script.diagnostics.hasErrors else { return }
    let once = format(script)
    let again = parse(SourceFile(name: path, bytes: once), parameters: ["one", "2"])
    #expect(again.diagnostics.isEmpty, "\(messages(again))")
    #expect(again.tree.dump() == script.tree.dump())
    #expect(words(of: again) == words(of: script))
    guard !again.diagnostics.hasErrors else { return }
    #expect(String(decoding: format(again), as: UTF8.self) == String(decoding: once, as: UTF8.self))
  }

  /// The comments, each without the white space in it.
  private func words(of script: ParsedScript) -> [[UInt8]] {
    script.comments.map { comment in
      script.file.bytes(in: comment).filter { !" \t\r\n".utf8.contains($0) }
    }
  }

  @Test func thereAreManyScripts() { #expect(Self.scripts.count > 100) }

  @Test(arguments: GoldenTests.scripts)
  func looksAsExpected(_ name: String) throws {
    let url = GoldenTests.folder.appending(path: name)
    let golden = url.deletingPathExtension().appendingPathExtension("fmt")
    let script = try read(url.path)
    try #require(!script.diagnostics.hasErrors)
    let text = format(script)
    if ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] != nil {
      try Data(text).write(to: golden)
    }
    #expect(Array(try Data(contentsOf: golden)) == text)
  }

  @Test(arguments: [
    ("begin{print(((1)));}", "begin\n{\n  print(1);\n}\n"),
    ("begin{@x=1 // a\n}", "begin\n{\n  @x = 1; // a\n}\n"),
    ("begin{ // a\n\n\n@x=1;\n\n// b\n@y=2}", "begin\n{ // a\n  @x = 1;\n\n  // b\n  @y = 2;\n}\n"),
    ("begin{/* a */ @x=1;}", "begin\n{ /* a */\n  @x = 1;\n}\n"),
    ("begin{@x=1;/* a */ @y=1;}", "begin\n{\n  @x = 1; /* a */\n  @y = 1;\n}\n"),
    ("begin{@x=1;\n/* a */ @y=1;}", "begin\n{\n  @x = 1;\n  /* a */ @y = 1;\n}\n"),
    ("begin{if((pid>1)){}else{1}}", "begin\n{\n  if (pid > 1) {} else {\n    1\n  }\n}\n"),
    ("begin{if(pid){};}", "begin\n{\n  if pid {};\n}\n"),
    ("begin{({1}+2);}", "begin\n{\n  ({ 1 } + 2);\n}\n"),
    (
      "begin{@x=- -1; @y=-(-1); @z=a- -1;}",
      "begin\n{\n  @x = - -1;\n  @y = -(-1);\n  @z = a - -1;\n}\n"
    ),
    ("begin{@x=(@m)[1];@y=($p)->q;}", "begin\n{\n  @x = (@m)[1];\n  @y = $p.q;\n}\n"),
    (
      "begin{@x=sizeof((x));@y=sizeof(x);}", "begin\n{\n  @x = sizeof((x));\n  @y = sizeof(x);\n}\n"
    ),
    ("begin{@x=a?(b?1:2):c?:d;}", "begin\n{\n  @x = a ? (b ? 1 : 2) : c ?: d;\n}\n"),
    ("begin{print(1, // why\n2);}", "begin\n{\n  print(1, // why\n2);\n}\n"),
    ("t:a:b,t:c:d/pid==1/{}", "t:a:b,\nt:c:d/pid==1/\n{}\n"),
    ("t:a:b , t:c:d /pid==1&&(tid)/{}", "t:a:b,\nt:c:d\n/pid == 1 && tid/\n{}\n"),
    ("#!/x -f\n\n\n// a\nbegin{}", "#!/x -f\n\n\n// a\nbegin\n{}\n"),
    ("", ""),
    ("begin{}\n#if 1 /* b\n c", "begin\n{}\n#if 1 /* b\n c"),
    ("#define A 1 /* b\n  ", "#define A 1 /* b\n  "),
    ("#define A 1 /* b\n\t ", "#define A 1 /* b\n\t "),
    ("struct a {\n\tint b;\n  };begin{}", "struct a {\n\tint b;\n  };\nbegin\n{}\n"),
    ("// a", "// a\n"),
    ("/* a\n   b */", "/* a\n   b */\n"),
    ("begin{\n      /* a\n       * b\n */\n@x=1;}", "begin\n{\n  /* a\n   * b\n*/\n  @x = 1;\n}\n"),
  ])
  func lays(_ text: String, outAs expected: String) { #expect(formatted(text) == expected) }

  @Test func breaksWhatDoesNotFitOnALine() {
    let names = (1...12).map { "argument_\($0)" }.joined(separator: ",")
    let expected = """
      begin
      {
        printf("x", argument_1, argument_2, argument_3, argument_4, argument_5, argument_6, argument_7,
               argument_8, argument_9, argument_10, argument_11, argument_12);
        @x = argument_1_is_long + argument_2_is_long + argument_3_is_long + argument_4_is_long;
        @y = argument_1_is_long +
             argument_2_is_long +
             argument_3_is_long +
             argument_4_is_long +
             argument_5_is_long;
      }

      """
    let sum = (1...4).map { "argument_\($0)_is_long" }.joined(separator: "+")
    #expect(
      formatted("begin{printf(\"x\",\(names));@x=\(sum);@y=\(sum)+argument_5_is_long}") == expected)
  }
}
