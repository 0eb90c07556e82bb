/// What differs between processor architectures as far as tracing can see it.
package struct Architecture: Hashable, Sendable {
  /// A register of `struct pt_regs`.
  package struct Register: Hashable, Sendable {
    /// As `reg("...")` takes it.
    package let name: String
    /// In `struct pt_regs`, in bytes.
    package let offset: Int

    package init(_ name: String, _ offset: Int) {
      self.name = name
      self.offset = offset
    }
  }

  /// Bits of a register that have a value in user mode only.
  package struct UserMode: Hashable, Sendable {
    package let register: String
    package let mask: Int64
    package let value: Int64
  }

  /// How a program that is run for every system call knows which one it is.
  package struct SystemCalls: Hashable, Sendable {
    /// Where the number, of 32 bits, is in the registers that the kernel saved, in bytes.
    package let numberOffset: Int
    /// The member of `thread_info` that tells calls of 32-bit programs, which have other numbers.
    package let flagsMember: String
    /// Bytes of that member.
    package let flagsSize: Int
    /// Its bits that are set in such calls.
    package let foreignFlags: Int64
  }

  /// As `uname -m` says it.
  package let name: String
  /// All names that `reg()` knows, aliases included.
  package let registers: [Register]
  /// Where registers lie in `struct pt_regs`, in bytes, by the names by which assemblers know them and their
  /// low parts: `eax`, `w0`.
  package let assemblerRegisters: [String: Int]
  /// The names of the registers that carry a function's arguments, first to last.
  package let argumentRegisters: [String]
  /// The name of the register with a function's return value.
  package let returnRegister: String
  package let instructionPointer: String
  /// The member of the kernel's `struct pt_regs` that keeps the number of a system call.
  package let systemCallNumber: String
  package let stackPointer: String
  /// Where the first argument on the stack lies at the entry of a function, from the stack pointer.
  package let stackArgumentsOffset: Int
  /// How the saved registers tell that a program in user space was interrupted.
  package let userMode: UserMode
  /// The size of `struct pt_regs` in bytes.
  package let registersSize: Int
  /// What the functions that implement system calls start with: `__x64_sys_`.
  package let syscallPrefix: String
  /// What tells system calls apart.
  package let systemCalls: SystemCalls
  /// What the kernel's sources call it, as in `__TARGET_ARCH_x86`.
  package let targetMacro: String
  /// The names of the registers that call frames and debug information speak of, by their numbers in
  /// DWARF.
  package let callFrameRegisters: [String]
  /// What `watchpoint` can wait for.
  package let watchpointModes: [String]
  /// Whether processors see the stores of another one in the order in which it made them.
  package let storesInOrder: Bool

  /// Returns where register `name` lies in `struct pt_regs`.
  package func offset(ofRegister name: String) -> Int? {
    registers.first { $0.name == name }?.offset
  }

  /// Returns where argument `number`, counted from 0, lies in `struct pt_regs`; nil if it is passed on
  /// the stack.
  package func offset(ofArgument number: Int) -> Int? {
    guard argumentRegisters.indices.contains(number) else { return nil }
    return offset(ofRegister: argumentRegisters[number])
  }

  /// All architectures, the first being the one that is tested most.
  package static let all: [Architecture] = [.amd64, .arm64]

  /// Returns the architecture that `uname -m` calls `machine`.
  package static func named(_ machine: String) -> Architecture? {
    all.first { $0.name == machine || $0.otherNames.contains(machine) }
  }

  /// Other spellings of `name`.
  package let otherNames: [String]
}
