import Testing

@testable import BPF

@Suite struct ProbedCodeTests {
  @Test(
    arguments: [
      [0x62, 0xe2, 0x7d, 0x48, 0x7a, 0xc6],  // vpbroadcastb %esi,%zmm16, as memset begins: a jump
      [0xc5, 0xf8, 0x57, 0xc0],  // vxorps %xmm0,%xmm0,%xmm0: push %rdi
      [0xc5, 0xf8, 0x77],  // vzeroupper: a jump
      [0xc4, 0xe1, 0xf8, 0x90, 0xc8],  // kmovq %k0,%k1: nop
      [0xc5, 0xf8, 0xc2, 0xc1, 0x00],  // vcmpeqps %xmm1,%xmm0,%xmm0: a return
    ] as [[UInt8]])
  func aVectorInstructionThatLooksLikeAnotherIsMisread(_ code: [UInt8]) {
    #expect(ProbedCode.isMisread(code))
  }

  @Test(
    arguments: [
      [0xc5, 0xf9, 0xef, 0xc0],  // vpxor %xmm0,%xmm0,%xmm0
      [0x62, 0xa1, 0xfd, 0x00, 0xef, 0xc0],  // vpxorq %xmm16,%xmm16,%xmm16
      [0x55],  // push %rbp, which the kernel does right
      [0x7a, 0x02],  // jp
      [0xf3, 0x0f, 0x1e, 0xfa],  // endbr64
      [0xc5], [],
    ] as [[UInt8]])
  func everyOtherInstructionIsWhatItIs(_ code: [UInt8]) {
    #expect(!ProbedCode.isMisread(code))
  }

  /// There these bytes are no prefixes, unless what would be the operand is a register.
  @Test func programsOf32BitsHaveOtherInstructions() {
    let les: [UInt8] = [0xc4, 0x44, 0x24, 0x50]  // les 0x50(%esp),%eax
    let bound: [UInt8] = [0x62, 0x44, 0x24, 0x08, 0x55]  // bound %eax,0x8(%esp); push %ebp
    for code in [les, bound] {
      #expect(ProbedCode.isMisread(code))
      #expect(!ProbedCode.isMisread(code, .bits32))
    }
    #expect(ProbedCode.isMisread([0xc5, 0xf8, 0x77], .bits32))
  }

  @Test func theFileSaysWhichInstructionsItHas() {
    let ident: [UInt8] = [0x7f, 0x45, 0x4c, 0x46] + [UInt8](repeating: 0, count: 12)
    #expect(ProbedCode.instructions(ofFileBeginning: ident + [3, 0, 3, 0]) == .bits32)
    // Those of x32 are of 32 bits by name only.
    #expect(ProbedCode.instructions(ofFileBeginning: ident + [3, 0, 62, 0]) == .bits64)
    #expect(ProbedCode.instructions(ofFileBeginning: []) == .bits64)
  }
}
