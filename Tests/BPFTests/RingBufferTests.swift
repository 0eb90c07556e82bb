import BPF
import Foundation
import LinuxSystem
import Testing
import TraceModel

@Suite(.enabled(if: Ability.canLoad, "needs the right to load BPF programs"))
struct RingBufferTests {
  /// Records of 8 to 320 bytes that begin with their number, and others of no hurry or great hurry.
  private static let source = """
    struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } bt_events SEC(".maps");
    MAP(PERCPU_ARRAY, bt_lost, 1, __u32, __u64);

    SEC("raw_tp/plain") int plain(struct bpf_raw_tracepoint_args *ctx) {
      __u64 record[40] = {ctx->args[0]};
      __u64 words = ctx->args[1];
      if (words < 1 || words > 40) return 1;
      return bpf_ringbuf_output(&bt_events, record, words * 8, 0) < 0;
    }
    SEC("raw_tp/urgent") int urgent(struct bpf_raw_tracepoint_args *ctx) {
      __u64 record = ctx->args[0];
      return bpf_ringbuf_output(&bt_events, &record, 8, BPF_RB_FORCE_WAKEUP) < 0;
    }

    """

  private func load(pages: Int) throws -> any HostedObject {
    try TestObject.load(
      Self.source, as: LoadPlan(name: "test", ringBufferSize: pages * Machine.pageSize))
  }

  @Test func recordsThatAreInNoHurryWakeNobodyWhenToldNotTo() throws {
    let object = try load(pages: 16)
    let poll = try EventPoll()
    guard let descriptor = try object.eventsDescriptor() else {
      Issue.record("there is no descriptor")
      return
    }
    try poll.add(descriptor, token: 1, for: .changes)
    func isWoken(by program: String) throws -> Bool {
      try object.run(program, context: [5, 1])
      return try !poll.wait(timeout: .milliseconds(100)).isEmpty
    }
    #expect(try isWoken(by: "plain"))
    #expect(try object.records(next: .urgentRecord).count == 1)
    #expect(try !isWoken(by: "plain"))
    #expect(try isWoken(by: "urgent"))
    #expect(try object.records(next: .urgentRecord).count == 2)
    #expect(try !isWoken(by: "plain"))
    #expect(try object.records(next: .anyRecord).count == 1)
    #expect(try object.records(next: .anyRecord).isEmpty)
    #expect(try isWoken(by: "plain"))
  }

  @Test func oneRecordThatWasTakenStaysInTheBufferMeanwhile() throws {
    let object = try load(pages: 2)
    // 16 bytes each with the header; the kernel leaves a byte free.
    let room = 2 * Machine.pageSize / 16 - 1
    func fill() throws -> Int {
      var count = 0
      while try object.run("plain", context: [0, 1]) == 0 { count += 1 }
      return count
    }
    #expect(try fill() == room)
    #expect(try object.records(next: .urgentRecord).count == room)
    #expect(try fill() == room - 1)
    #expect(try object.records(next: .anyRecord).count == room - 1)
    #expect(try fill() == room)
  }

  /// The buffer is larger than what is mapped of it at a time, and is gone through several times.
  @Test func recordsComeInOrderWhereverTheyLie() throws {
    let size = 4 << 20
    let object = try load(pages: size / Machine.pageSize)
    var generator = SystemRandomNumberGenerator()
    var (sent, taken, bytes) = (UInt64(0), UInt64(0), 0)
    var mistakes = 0
    while bytes < 3 * size {
      let portion = Int.random(in: 1...8000, using: &generator)
      for _ in 0..<portion {
        let words = UInt64.random(in: 1...40, using: &generator)
        guard try object.run("plain", context: [sent, words]) == 0 else { break }
        sent += 1
        bytes += Int(words) * 8 + 8
      }
      let limit = Int.random(in: 1...8000, using: &generator)
      let next: NextWakeup = Bool.random(using: &generator) ? .anyRecord : .urgentRecord
      try object.consumeEvents(limit: limit, next: next) { record in
        if record.copy.prefix(8).number != taken { mistakes += 1 }
        taken += 1
        return .next
      }
    }
    #expect(mistakes == 0)
    #expect(UInt64(try object.records().count) == sent - taken)
  }

  @Test func objectsThatSendNothingHaveNoDescriptor() throws {
    let object = try TestObject.load("SEC(\"raw_tp/x\") int x(void *ctx) { return 0; }\n")
    let isSilent = if case nil = try object.eventsDescriptor() { true } else { false }
    #expect(isSilent)
    #expect(try object.records().isEmpty)
    #expect(try object.lostEvents() == 0)
  }
}
