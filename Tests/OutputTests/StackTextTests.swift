import Output
import Testing
import TraceModel

@Suite struct StackTextTests {
  let frames: [Stack.Frame] = [
    .init(address: 0xffff_ffff_8110_0001, symbol: "vfs_read", offset: 1),
    .init(address: 0xffff_ffff_8110_0067, symbol: "ksys_read", offset: 103),
    .init(address: 0xdead_beef),
  ]

  @Test func showsAStackAsAKey() {
    let known = Array(frames.prefix(2)) + [.init(address: 1, symbol: "do_syscall_64", offset: 93)]
    let snapshot = MapSnapshot.values(
      "@", [(.stack(Stack(mode: .bpftrace, frames: known)), .integer(5))])
    #expect(
      Rendered([.map(snapshot)]).output == """
        @[
                vfs_read+1
                ksys_read+103
                do_syscall_64+93
        ]: 5

        """)
  }

  @Test func putsEmptyLinesAroundAPrintedStack() {
    let stack = Value.stack(Stack(mode: .bpftrace, frames: frames))
    #expect(
      Rendered([.value(stack)]).output
        == "\n        vfs_read+1\n        ksys_read+103\n        0xdeadbeef\n\n")
    #expect(Rendered([.value(.stack(Stack(mode: .perf, frames: [])))]).output == "\n\n")
  }

  @Test func showsInlinedFunctionsAndSources() {
    let frame = Stack.Frame(
      address: 0x401, symbol: "main", offset: 4, object: "/bin/x", source: "x.c:9",
      inlined: [.init(symbol: "helper", source: "x.c:3")])
    #expect(
      Value.stack(Stack(mode: .bpftrace, frames: [frame])).string
        == "\n        [inlined] helper@x.c:3\n        main+4@x.c:9\n")
    #expect(
      Value.stack(Stack(mode: .perf, frames: [frame])).string
        == "\n\t401 helper (inlined)\n\t401 main+4 (/bin/x)\n")
  }

  @Test func showsAddressesInPerfAndRawMode() {
    #expect(
      Value.stack(Stack(mode: .perf, frames: frames)).string == """

        \tffffffff81100001 vfs_read+1
        \tffffffff81100067 ksys_read+103
        \tdeadbeef 0xdeadbeef ([unknown])

        """)
    #expect(
      Value.stack(Stack(mode: .raw, frames: frames)).string
        == "\nffffffff81100001\nffffffff81100067\ndeadbeef\n")
  }

  @Test func showsBuildIDs() {
    let id = (0..<20).map { UInt8($0) }
    let located = Stack.Frame(
      address: 1, location: .init(buildID: id, offset: 0x1f0))
    let short = Stack.Frame(address: 1, location: .init(buildID: [0xab], offset: 1))
    #expect(
      Value.stack(Stack(mode: .buildID, frames: [located, short, frames[2]])).string
        == "\n000102030405060708090a0b0c0d0e0f10111213 0x1f0\n"
        + "ab00000000000000000000000000000000000000 0x1\ndeadbeef\n")
  }
}

extension Value {
  fileprivate var string: String { String(decoding: text, as: UTF8.self) }
}
