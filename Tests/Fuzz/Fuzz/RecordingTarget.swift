import Output
import TraceModel
import WireTestKit

extension FuzzTarget {
  /// Frames whose checksums are right, whatever else is wrong: damage is told by the sums, but somebody who
  /// makes a recording can make them.
  static let recording = FuzzTarget(
    name: "recording", summary: "recordings, as far as they are shown", samples: samples,
    corpus: [], extract: { joined(Recording.frames(of: $0)) }, words: edges,
    check: { input in
      let frames = frames(in: input)
      guard var recording = try? Recording(Recording.bytes(of: frames)) else { return nil }
      var entries: [Recording.Entry] = []
      while let entry = try? recording.next() { entries.append(entry) }
      if entries.count > frames.count {
        return "\(entries.count) records in \(frames.count) frames"
      }
      for format in RendererSpec.all {
        var renderer = format.make(RendererOptions())
        var page = Page()
        renderer.begin(recording.header, into: &page)
        for entry in entries { renderer.render(entry.record, of: entry.event, into: &page) }
        renderer.finish(into: &page)
      }
      return nil
    })

  /// Records of every kind with made-up contents.
  private static let samples: [[UInt8]] = (UInt64(1)...8).map { seed in
    var sampler = WireSampler(seed: seed)
    var renderer = RendererSpec.record.make(RendererOptions())
    var page = Page()
    renderer.begin(sampler.value(), into: &page)
    for _ in 0..<6 { renderer.render(sampler.value(), of: nil, into: &page) }
    renderer.finish(into: &page)
    return joined(Recording.frames(of: page.output))
  }

  // MARK: Frames in an input: two bytes of length, and so many bytes

  private static func joined(_ frames: [[UInt8]]) -> [UInt8] {
    frames.flatMap { [UInt8($0.count & 0xff), UInt8(min($0.count, 0xffff) >> 8)] + $0 }
  }

  private static func frames(in input: [UInt8]) -> [[UInt8]] {
    var frames: [[UInt8]] = []
    var rest = input[...]
    while rest.count >= 2 {
      let length = Int(rest[rest.startIndex]) | Int(rest[rest.startIndex + 1]) << 8
      rest = rest.dropFirst(2)
      frames.append(Array(rest.prefix(length)))
      rest = rest.dropFirst(length)
    }
    return frames
  }
}
