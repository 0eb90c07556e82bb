import Glibc
import LinuxSystem
import Testing

@Suite struct ValueAheadTests {
  @Test func isThereForTheFirstWhoAsks() {
    let ahead = ValueAhead<Int>()
    #expect(ahead.take() == nil)
    ahead.begin { 7 }
    #expect(ahead.take() == 7)
    #expect(ahead.take() == nil)
  }

  @Test func isWaitedFor() throws {
    let pipe = try Pipe()
    let reader = dup(pipe.readEnd.rawValue)
    let ahead = ValueAhead<UInt8>()
    ahead.begin {
      let end = FileDescriptor(owning: reader)
      do { return try end.read(upTo: 1).first } catch { return nil }
    }
    try pipe.writeEnd.write([3])
    #expect(ahead.take() == 3)
  }
}
