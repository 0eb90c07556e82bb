/// When an event was sent, as its header has it: the boot clock in units of 1024 ns, 32 bits of it.
///
/// These go round in 73 minutes, and whoever reads an event knows the time to much less than that.
package enum EventTime {
  /// The bits by which nanoseconds are shifted.
  package static let shift: UInt64 = 10

  /// The boot clock in nanoseconds when the event with this header was sent, exact to 1024 ns.
  ///
  /// - Parameter now: The boot clock, not earlier than that and less than an hour later.
  package static func nanoseconds(ofHeader header: UInt64, now: UInt64) -> UInt64 {
    let units = header >> 32
    let current = now >> shift
    var time = current & ~0xffff_ffff | units
    if time > current, time >= 1 << 32 { time -= 1 << 32 }
    return time << shift
  }

  /// The index of an event in the manifest, by its header.
  package static func index(ofHeader header: UInt64) -> UInt64 { header & 0xffff_ffff }
}
