import BPF
import Glibc
import Testing

@Suite struct VerifierRejectionTests {
  @Test(.enabled(if: Ability.canLoad, "needs the right to load BPF programs"))
  func aRejectedProgramIsNamedWithReasonAndSourceLine() throws {
    let source = """
      MAP(HASH, AT_m, 1, __u32, __u64);
      SEC("raw_tp/fine") int fine(void *ctx) { return 0; }
      SEC("raw_tp/careless") int careless(void *ctx) {
        __u32 key = 0;
        __u64 *value = bpf_map_lookup_elem(&AT_m, &key);
        return *value + 12;
      }

      """
    do {
      _ = try TestObject.load(source)
      Issue.record("accepted")
    } catch let error as LoadError {
      guard case .rejected(let rejection) = error else { throw error }
      #expect(rejection.program == "careless")
      #expect(rejection.errno == EACCES)
      #expect(rejection.summary.contains { $0.contains("invalid mem access") })
      #expect(rejection.scriptLine?.text.contains("return *value + 12;") == true)
      #expect(rejection.log.contains("bpf_map_lookup_elem"))
      #expect(!rejection.isLogTruncated)
    }
  }

  @Test func fileAndLineAreReadWhereTheLogHasThem() {
    let log = """
      0: R1=ctx() R10=fp0
      ; $x = @m[1]; @ script.bt:3
      0: (b7) r1 = 0                        ; R1_w=0
      ; printf("%d", $x @ y) @ script.bt:12
      5: (79) r0 = *(u64 *)(r0 +0)
      R0 invalid mem access 'map_value_or_null'
      processed 6 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0
      verification time 60 usec

      """
    let rejection = VerifierRejection(program: "p", errno: EACCES, log: log)
    #expect(rejection.summary == ["R0 invalid mem access 'map_value_or_null'"])
    #expect(
      rejection.scriptLine
        == VerifierRejection.ScriptLine(
          file: "script.bt", line: 12, text: #"printf("%d", $x @ y)"#))
  }

  @Test func severalRemarksAtTheEndAreAllTold() {
    let log = """
      from 3 to 5: R0=map_value(off=0,ks=4,vs=8,imm=0) R10=fp0
      ; return a[i];
      9: (71) r0 = *(u8 *)(r1 +0)
       R1=map_value(id=0,off=0,ks=4,vs=8,imm=0) R10=fp0
      R1 unbounded memory access, make sure to bounds check any such access
      processed 9 insns (limit 1000000) max_states_per_insn 0 total_states 0

      """
    let rejection = VerifierRejection(program: "p", errno: EACCES, log: log)
    #expect(
      rejection.summary.last
        == "R1 unbounded memory access, make sure to bounds check any such access")
    #expect(rejection.scriptLine == .init(file: nil, line: nil, text: "return a[i];"))
  }

  @Test func aFieldThatTheKernelLacksIsNamed() {
    let log = """
      reg type unsupported for arg#0 function p#8
      0: R1=ctx(off=0,imm=0) R10=fp0
      ; return task->nope;
      2: <invalid CO-RE relocation>
      failed to resolve CO-RE relocation <byte_off> [7] struct task_struct.nope (0:1 @ offset 4)
      processed 3 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0

      """
    let rejection = VerifierRejection(program: "p", errno: EINVAL, log: log)
    #expect(
      rejection.summary == [
        "failed to resolve CO-RE relocation <byte_off> [7] struct task_struct.nope "
          + "(0:1 @ offset 4)"
      ])
  }

  @Test func aLogThatDidNotFitIsSaidToBeTruncated() {
    let log = "0: (b7) r0 = 0\n1: (05) goto pc-1\n"
    let rejection = VerifierRejection(program: "p", errno: ENOSPC, log: log)
    #expect(rejection.isLogTruncated)
    #expect(rejection.summary == ["1: (05) goto pc-1"])
    #expect(rejection.scriptLine == nil)
  }

  @Test func anEmptyLogHasNoSummary() {
    #expect(VerifierRejection(program: "p", errno: E2BIG, log: "").summary.isEmpty)
  }
}
