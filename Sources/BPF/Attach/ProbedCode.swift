internal import LinuxSystem

/// The code of a file that breakpoints are put into.
///
/// The kernel does by itself what some instructions do that have a breakpoint: jumps, calls, pushes, returns. It
/// knows them by their first byte behind the prefixes, also where the prefix is that of a vector instruction, for
/// which the byte means something else: `vpbroadcastb`, with which `memset` begins, has that of a jump (Linux
/// 6.18). Each process that runs such a place goes on with wrong values, without a word.
final class ProbedCode {
  private let file: FileDescriptor?
  private let instructions: Instructions

  /// Whether the bytes of a file are instructions of 64-bit or of 32-bit code.
  enum Instructions {
    case bits64
    case bits32
  }

  init(_ path: String) {
    // Whether there is such a file, the kernel says.
    do { file = try FileDescriptor(opening: path) } catch { file = nil }
    var header: [UInt8] = []
    do { header = try file?.read(upTo: Self.headerBytes, at: 0) ?? [] } catch {}
    instructions = Self.instructions(ofFileBeginning: header)
  }

  /// Of `e_ident`, `e_type` and `e_machine`.
  private static let headerBytes = 20

  /// Those of 32-bit programs where the file says that it is one; what is no ELF file says nothing.
  static func instructions(ofFileBeginning header: [UInt8]) -> Instructions {
    let isOf386 =
      header.count >= headerBytes && header.starts(with: [0x7f, 0x45, 0x4c, 0x46])
      && header[18] == 3 && header[19] == 0  // EM_386
    return isOf386 ? .bits32 : .bits64
  }

  /// Why there must be no breakpoint at a place; nil if there may be.
  func objection(to place: AttachTarget.Place) -> AttachError? {
    #if arch(x86_64)
      // What cannot be read, the kernel cannot put a breakpoint into.
      var code: [UInt8] = []
      do { code = try file?.read(upTo: Self.longestPrefix + 1, at: place.number) ?? [] } catch {}
      return Self.isMisread(code, instructions) ? .misreadInstruction(place.name) : nil
    #else
      return nil
    #endif
  }

  /// That of EVEX.
  private static let longestPrefix = 4

  /// Whether the kernel takes the instruction that begins here for one that it does by itself, or that moves the
  /// program counter.
  static func isMisread(_ code: [UInt8], _ instructions: Instructions = .bits64) -> Bool {
    // In 32-bit programs these bytes are other instructions (LES, LDS, BOUND), unless what would be their operand is a
    // register.
    if instructions == .bits32, code.count < 2 || code[1] < 0xc0 { return false }
    let prefix =
      switch code.first {
      case 0xc5: 2  // VEX, short
      case 0xc4: 3  // VEX
      case 0x62: 4  // EVEX
      default: 0
      }
    guard prefix > 0, prefix < code.count else { return false }
    return switch code[prefix] {
    case 0x50...0x57: true  // push
    case 0x70...0x7f, 0xe9, 0xeb, 0xea: true  // jumps
    case 0x9a, 0xe8, 0xff: true  // calls
    case 0xc2, 0xc3, 0xca, 0xcb: true  // returns
    case 0x90, 0x9d: true  // nop, popf
    default: false
    }
  }
}
