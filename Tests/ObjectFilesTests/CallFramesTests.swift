import LinuxSystem
import ObjectFiles
import Testing

@Suite(.enabled(if: ExecutableSearch.first("gcc") != nil, "gcc is not installed"))
struct CallFramesTests {
  /// A function whose rules change every four bytes.
  private static let source = """
    .text
    .globl f
    .type f, %function
    f:
    .cfi_startproc
    .cfi_def_cfa 7, 8
    .zero 4
    .cfi_def_cfa_offset 16
    .cfi_offset 3, -16
    .zero 4
    .cfi_remember_state
    .cfi_def_cfa 6, 24
    .cfi_register 12, 13
    .cfi_same_value 3
    .zero 4
    .cfi_restore_state
    .zero 4
    .cfi_escape 0x0f, 0x02, 0x77, 0x30
    .cfi_undefined 3
    .cfi_val_offset 14, -8
    .zero 4
    .cfi_endproc
    .size f, .-f
    .zero 64

    """

  private static func library(_ options: [String] = []) throws -> ELFFile {
    let folder = try FileSystem.makeTemporaryDirectory(prefix: "frames-")
    defer { try? FileSystem.removeTree(folder) }
    let outcome = try HelperProgram.run(
      "gcc",
      ["-shared", "-nostdlib", "-o", "\(folder)/f.so"] + options + ["-x", "assembler", "-"],
      input: Array(source.utf8))
    try #require(outcome.succeeded, "\(outcome.errorText)")
    return try ELFFile(bytes: try FileSystem.read("\(folder)/f.so"), name: "f.so")
  }

  @Test func readsTheRulesAtEachAddress() throws {
    let file = try Self.library()
    let frames = try #require(CallFrames(of: file))
    let start = try #require(try file.symbols().symbol(named: "f")).address
    func row(_ offset: UInt64) throws -> CallFrames.Row {
      try #require(frames.row(at: start + offset))
    }
    #expect(try row(0).frameAddress == .register(7, offset: 8))
    #expect(try row(3).registers[3] == nil)
    #expect(try row(4).frameAddress == .register(7, offset: 16))
    #expect(try row(7).registers[3] == .atOffset(-16))
    #expect(try row(8).frameAddress == .register(6, offset: 24))
    #expect(try row(8).registers[12] == .register(13))
    #expect(try row(8).registers[3] == .same)
    #expect(try row(12) == row(4))
    #expect(try row(16).frameAddress == .expression([0x77, 0x30]))
    #expect(try row(16).registers[3] == .undefined)
    #expect(try row(16).registers[14] == .offset(-8))
    #expect(frames.row(at: start + 20) == nil)
    #expect(frames.row(at: start &- 1) == nil)
    #expect(frames.starts == [start])
  }

  @Test func readsAllOfTheLibraryOfC() throws {
    let path = try #require(
      try FileSystem.readText("/proc/self/maps").split(separator: "\n")
        .first { $0.contains("/libc.so.6") }?.split(separator: " ").last)
    let file = try ELFFile(String(path))
    let frames = try #require(CallFrames(of: file))
    #expect(frames.starts.count > 1000)
    let wrong = frames.starts.filter { frames.row(at: $0) == nil }
    #expect(wrong.isEmpty)
  }

  @Test func hasNoneWhereThereAreNone() throws {
    let folder = try FileSystem.makeTemporaryDirectory(prefix: "frames-")
    defer { try? FileSystem.removeTree(folder) }
    let outcome = try HelperProgram.run(
      "gcc",
      [
        "-shared", "-nostdlib", "-fno-asynchronous-unwind-tables", "-o", "\(folder)/f.so", "-x",
        "c", "-",
      ],
      input: Array("int x;".utf8))
    try #require(outcome.succeeded)
    #expect(CallFrames(of: try ELFFile("\(folder)/f.so")) == nil)
  }
}
