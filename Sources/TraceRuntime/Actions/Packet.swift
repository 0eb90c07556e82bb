internal import LinuxSystem
internal import Output
internal import TraceModel

extension EventHandler {
  /// `skboutput`: writes the packet behind a record to its file.
  func savePacket(
    _ bytes: Span<UInt8>, _ event: EventSpec, _ values: [Value], in name: String
  ) {
    guard let file = packetFiles[name], values.count == 3,
      case .unsigned(let time) = values[0], case .unsigned(let length) = values[1],
      case .unsigned(let offset) = values[2]
    else { return }
    // Perf events round records up, so there may be more bytes than that.
    let end = event.size + Int(clamping: min(length, UInt64(max(0, bytes.count - event.size))))
    let start = min(event.size + Int(clamping: min(offset, UInt64(bytes.count))), end)
    guard start < end else { return }
    do { try file.append(bytes, start..<end, bootTime: time) } catch {
      outlet.emit(.message(.error, "failed to write to file '\(name)' (\(error.reason))"))
    }
  }

  /// Delivers the packets that wait to be written.
  func flushPackets() {
    for (name, file) in packetFiles {
      do { try file.flush() } catch {
        outlet.emit(.message(.error, "failed to write to file '\(name)' (\(error.reason))"))
      }
    }
  }
}

/// A file of packets that begin with the header of the Internet protocol (pcap, LINKTYPE_RAW).
///
/// After a failure nothing more is written to it.
final class PacketFile {
  /// Nil after a failure.
  private var file: OutputFile?
  /// From the boot clock to the time of day, in nanoseconds.
  private let offset: Int64

  private static let magic: UInt32 = 0xa1b2_c3d4
  private static let version: [UInt16] = [2, 4]
  /// The most bytes of a packet; the kernel hands out up to a megabyte.
  private static let longest: UInt32 = 1 << 20
  /// Packets begin with the header of IPv4 or IPv6.
  private static let rawLinkType: UInt32 = 101

  /// Creates or truncates a file.
  init(creating path: String) throws(SystemError) {
    offset = Clock.boot.offset(to: .realtime)
    let file = try OutputFile.create(path)
    var header: [UInt8] = []
    Self.append(Self.magic, to: &header)
    for number in Self.version { header += [UInt8(number & 0xff), UInt8(number >> 8)] }
    for number in [0, 0, Self.longest, Self.rawLinkType] { Self.append(number, to: &header) }
    try file.write(header)
    try file.flush()
    self.file = file
  }

  /// Writes the bytes of a packet that was sent at that time of the boot clock, in nanoseconds.
  func append(
    _ bytes: Span<UInt8>, _ range: Range<Int>, bootTime: UInt64
  ) throws(SystemError) {
    guard let file else { return }
    let time = bootTime &+ UInt64(bitPattern: offset)
    var record: [UInt8] = []
    record.reserveCapacity(16 + range.count)
    Self.append(UInt32(truncatingIfNeeded: time / 1_000_000_000), to: &record)
    Self.append(UInt32(time % 1_000_000_000 / 1000), to: &record)
    // How much of it is here, and how much there was: the kernel tells nobody what was left out.
    for _ in 0..<2 { Self.append(UInt32(range.count), to: &record) }
    for index in range { record.append(bytes[index]) }
    do { try file.write(record) } catch {
      self.file = nil
      throw error
    }
  }

  func flush() throws(SystemError) {
    do { try file?.flush() } catch {
      file = nil
      throw error
    }
  }

  /// Readers find out the order of bytes by the magic number; it is always the same.
  private static func append(_ number: UInt32, to bytes: inout [UInt8]) {
    for shift in stride(from: 0, to: 32, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: number >> UInt32(shift)))
    }
  }
}
