extension Architecture {
  /// ARM, 64 bits. Offsets: `struct user_pt_regs` in arch/arm64/include/uapi/asm/ptrace.h, which is what
  /// `struct pt_regs` starts with.
  package static let arm64 = Architecture(
    name: "aarch64",
    registers: (0...30).map { Register("r\($0)", $0 * 8) } + [
      Register("sp", 248), Register("pc", 256), Register("pstate", 264),
    ],
    assemblerRegisters: assemblerRegistersOfARM,
    argumentRegisters: (0...7).map { "r\($0)" },
    returnRegister: "r0",
    instructionPointer: "pc",
    systemCallNumber: "syscallno",
    stackPointer: "sp",
    stackArgumentsOffset: 0,
    userMode: UserMode(register: "pstate", mask: 15, value: 0),
    registersSize: 272,
    syscallPrefix: "__arm64_sys_",
    // syscallno, behind orig_x0; TIF_32BIT.
    systemCalls: SystemCalls(
      numberOffset: 280, flagsMember: "flags", flagsSize: 8, foreignFlags: 1 << 22),
    targetMacro: "arm64",
    callFrameRegisters: (0...30).map { "r\($0)" } + ["sp"],
    watchpointModes: ["r", "w", "x", "rw"],
    storesInOrder: false,
    otherNames: ["arm64"])
}

private let assemblerRegistersOfARM: [String: Int] = {
  var offsets = ["fp": 29 * 8, "lr": 30 * 8, "sp": 248, "wsp": 248, "pc": 256]
  for number in 0...30 {
    offsets["x\(number)"] = number * 8
    offsets["w\(number)"] = number * 8
  }
  return offsets
}()
