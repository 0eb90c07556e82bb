internal import LinuxSystem

/// The code of a file that breakpoints are put into.
///
/// The kernel does by itself what some instructions do that have a breakpoint: jumps, calls, pushes, returns. It
/// knows them by their first byte behind the prefixes, also where the prefix is that of a vector instruction, for
/// which the byte means something else: `vpbroadcastb`, with which `memset` begins, has that of a jump (Linux
/// 6.18). Each process that runs such a place goes on with wrong values, without a word.
final class ProbedCode {
  private let file: FileDescriptor?

  init(_ path: String) {
    // Whether there is such a file, the kernel says.
    do { file = try FileDescriptor(opening: path) } catch { file = nil }
  }

  /// Why there must be no breakpoint at a place; nil if there may be.
  func objection(to place: AttachTarget.Place) -> AttachError? {
    #if arch(x86_64)
      // What cannot be read, the kernel cannot put a breakpoint into.
      var code: [UInt8] = []
      do { code = try file?.read(upTo: Self.longestPrefix + 1, at: place.number) ?? [] } catch {}
      return Self.isMisread(code) ? .misreadInstruction(place.name) : nil
    #else
      return nil
    #endif
  }

  /// That of EVEX.
  private static let longestPrefix = 4

  /// Whether the kernel takes the instruction of x86-64 that begins here for one that it does by itself, or that moves
  /// the program counter.
  static func isMisread(_ code: [UInt8]) -> Bool {
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
