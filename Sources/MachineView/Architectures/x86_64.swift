extension Architecture {
  /// AMD and Intel, 64 bits. Offsets: `struct pt_regs` in arch/x86/include/asm/ptrace.h.
  package static let amd64 = Architecture(
    name: "x86_64",
    registers: [
      Register("r15", 0), Register("r14", 8), Register("r13", 16), Register("r12", 24),
      Register("bp", 32), Register("bx", 40), Register("r11", 48), Register("r10", 56),
      Register("r9", 64), Register("r8", 72), Register("ax", 80), Register("cx", 88),
      Register("dx", 96), Register("si", 104), Register("di", 112), Register("orig_rax", 120),
      Register("ip", 128), Register("pc", 128), Register("cs", 136), Register("flags", 144),
      Register("sp", 152), Register("ss", 160),
    ],
    assemblerRegisters: assemblerRegistersOfIntel,
    argumentRegisters: ["di", "si", "dx", "cx", "r8", "r9"],
    returnRegister: "ax",
    instructionPointer: "ip",
    systemCallNumber: "orig_ax",
    stackPointer: "sp",
    // The return address lies at the stack pointer.
    stackArgumentsOffset: 8,
    userMode: UserMode(register: "cs", mask: 3, value: 3),
    registersSize: 168,
    syscallPrefix: "__x64_sys_",
    // orig_ax; TS_COMPAT.
    systemCalls: SystemCalls(
      numberOffset: 120, flagsMember: "status", flagsSize: 4, foreignFlags: 2),
    targetMacro: "x86",
    callFrameRegisters: ["ax", "dx", "cx", "bx", "si", "di", "bp", "sp"]
      + (8...15).map { "r\($0)" },
    watchpointModes: ["x", "w", "rw"],
    storesInOrder: true,
    otherNames: ["amd64"])
}

private let assemblerRegistersOfIntel: [String: Int] = {
  var offsets = ["rip": 128, "eip": 128]
  for (letter, offset) in [("a", 80), ("b", 40), ("c", 88), ("d", 96)] {
    for name in ["r\(letter)x", "e\(letter)x", "\(letter)x", "\(letter)l"] {
      offsets[name] = offset
    }
    // Bits 8 to 15.
    offsets["\(letter)h"] = offset + 1
  }
  for (name, offset) in [("si", 104), ("di", 112), ("bp", 32), ("sp", 152)] {
    for name in ["r\(name)", "e\(name)", name, "\(name)l"] { offsets[name] = offset }
  }
  let numbered = [(8, 72), (9, 64), (10, 56), (11, 48), (12, 24), (13, 16), (14, 8), (15, 0)]
  for (number, offset) in numbered {
    for width in ["", "d", "w", "b"] { offsets["r\(number)\(width)"] = offset }
  }
  return offsets
}()
