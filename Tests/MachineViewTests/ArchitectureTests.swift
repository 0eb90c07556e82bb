import BTF
import MachineView
import Testing

@Suite struct ArchitectureTests {
  @Test(arguments: Architecture.all)
  func namesRegistersThatExist(_ architecture: Architecture) {
    for name in architecture.argumentRegisters + [
      architecture.returnRegister, architecture.instructionPointer, architecture.stackPointer,
    ] {
      #expect(architecture.offset(ofRegister: name) != nil, "\(name)")
    }
    #expect(architecture.registers.allSatisfy { $0.offset < architecture.registersSize })
  }

  @Test func agreesWithTheKernelsRegisters() throws {
    let types = try #require(try recordedMachine().btf(nil))
    let registers = try #require(try types.find("pt_regs", .structure))
    #expect(try types.size(of: registers) == Architecture.amd64.registersSize)
    for register in Architecture.amd64.registers {
      let name = ["orig_rax": "orig_ax", "pc": "ip"][register.name] ?? register.name
      let field = try #require(try types.field(named: name, in: registers), "\(name)")
      #expect(field.byteOffset == register.offset, "\(name)")
    }
  }

  @Test func countsArguments() {
    #expect(Architecture.amd64.offset(ofArgument: 0) == 112)
    #expect(Architecture.amd64.offset(ofArgument: 5) == 64)
    #expect(Architecture.amd64.offset(ofArgument: 6) == nil)
    #expect(Architecture.arm64.offset(ofArgument: 7) == 56)
    #expect(Architecture.named("aarch64") == .arm64)
    #expect(Architecture.named("pdp11") == nil)
  }
}
