import LinuxSystem
import Symbolization
import Testing

/// Stacks of a program for arm64 without frame pointers, `Fixtures/CallFrames/arm64.c`: its registers
/// and its stack were captured on an emulated processor that signs return addresses.
@Suite struct UnwinderTests {
  /// The process, as it is told.
  private static let process: Int32 = 7
  /// Where the linker has put the program.
  private static let start: UInt64 = 0x40_0000

  private let folder: String
  private let symbolizer: UserSymbolizer
  /// x0 to x30, sp, and where it is.
  private var registers: [UInt64]
  private let memory: [UInt8]
  /// The address of the first byte of `memory`.
  private let lowest: UInt64

  init() throws {
    folder = try FileSystem.makeTemporaryDirectory(prefix: "unwinder-")
    let program = try Self.fixture("arm64")
    let path = "\(folder)/frames"
    try FileSystem.write(program, to: path)
    symbolizer = UserSymbolizer(proc: "\(folder)/proc")
    let file = try FileSystem.info(of: path)
    symbolizer.noteMapping(
      NotedMapping(
        start: Self.start, size: 4096, fileOffset: 0, device: (file.deviceMajor, file.deviceMinor),
        inode: file.inode, path: Array(path.utf8)), in: Self.process)
    let bytes = try Self.fixture("arm64-captured")
    registers = (0..<33).map { number in
      (0..<8).reduce(0) { $0 | UInt64(bytes[8 * number + $1]) << (8 * UInt64($1)) }
    }
    memory = Array(bytes[(33 * 8)...])
    lowest = registers[31]
  }

  private static func fixture(_ name: String) throws -> [UInt8] {
    let here = #filePath.split(separator: "/").dropLast(2).map { "/\($0)" }.joined()
    let outcome = try HelperProgram.run(
      "sh", ["-c", "base64 -d < \(here)/Fixtures/CallFrames/\(name).base64 | gunzip"])
    try #require(outcome.succeeded, "\(outcome.errorText)")
    return outcome.output
  }

  /// The functions of the frames.
  private func frames(limit: Int = 127) -> [String] {
    defer { try? FileSystem.removeTree(folder) }
    let numbers = (0...31).map { ($0, registers[$0]) }
    let above = Int(registers[31] - lowest)
    let addresses = symbolizer.unwind(
      CapturedStack(
        instructionPointer: registers[32], stackPointer: registers[31],
        registers: Dictionary(uniqueKeysWithValues: numbers), memory: Array(memory[above...])),
      in: Self.process, limit: limit)
    return symbolizer.resolve(addresses, in: Self.process).map { $0.name ?? "?" }
  }

  @Test func findsTheCallersOnArm64() {
    #expect(
      frames() == ["take", "leaf", "wide", "sealed", "variable", "outer", "begin", "_start"])
  }

  @Test func keepsToTheLimit() { #expect(frames(limit: 3) == ["take", "leaf", "wide"]) }

  /// Between the instruction that signs and the one that saves.
  @Test func readsTheSignedAddressOutOfItsRegister() throws {
    let sealed: UInt64 = 0x40_01f0
    var other = self
    // Above the frames of `leaf` and `wide`, and its own.
    other.registers[31] += 16 + 4832 + 16
    other.registers[32] = sealed + 4
    other.registers[30] = 0x25_0000_0040_0258
    #expect(other.frames() == ["sealed", "variable", "outer", "begin", "_start"])
  }
}
