internal import CBFD
internal import Glibc

/// Where instructions start, by libopcodes.
package struct Disassembler: Sendable {
  private let machine: CInt

  /// - Returns: nil for a processor whose instructions we cannot tell apart.
  package init?(_ machine: ELFFile.Machine) {
    switch machine {
    case .amd64: self.machine = CInt(CBFD_X86_64.rawValue)
    case .i386: self.machine = CInt(CBFD_I386.rawValue)
    case .aarch64: self.machine = CInt(CBFD_AARCH64.rawValue)
    default: return nil
    }
  }

  /// The offsets at which the instructions of `code` start; the walk ends at the first bytes that
  /// are not an instruction.
  package func instructionOffsets(of code: [UInt8], at address: UInt64) -> [Int]? {
    var offsets = [UInt32](repeating: 0, count: code.count)
    let count = unsafe cbfd_instruction_offsets(
      machine, code, code.count, address, &offsets, offsets.count)
    return count < 0 ? nil : offsets[..<count].map(Int.init)
  }

  /// The text and the length in bytes of the first instruction; nil if there is none.
  package func instruction(
    of code: [UInt8], at address: UInt64
  ) -> (text: String, length: Int)? {
    var text = [CChar](repeating: 0, count: 256)
    let length = unsafe cbfd_disassemble(
      machine, code, code.count, address, &text, text.count)
    guard length > 0 else { return nil }
    let bytes = text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
    return (String(decoding: bytes, as: UTF8.self), Int(length))
  }
}
