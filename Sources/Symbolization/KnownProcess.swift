internal import LinuxSystem
internal import ObjectFiles

/// What is remembered of a process.
final class KnownProcess {
  /// One program that ran in it, and what that had mapped.
  final class Image {
    var map: MemoryMap {
      didSet {
        frames.removeAll()
        sources.removeAll()
        rules.removeAll()
      }
    }
    var frames: [UInt64: Frame] = [:]
    var sources: [UInt64: [SourceFrame]] = [:]
    /// How to leave functions at addresses that stacks had, as `StackUnwinder.rules` has it.
    var rules: [UInt64: (row: CallFrames.Row, bias: UInt64)] = [:]

    init(_ map: MemoryMap) { self.map = map }
  }

  /// Tells a process from a later one with the same id, and a program from what exec made of it.
  struct Identity: Equatable {
    let startTime: Substring
    let executable: FileInfo.ID?
  }

  let id: Int32
  /// Nil until it is first asked for.
  var identity: Identity?
  /// Who started it; nil if that is not known.
  var parent: Int32?
  var hasEnded = false
  /// How often it, or one before it of its number, stands in the list of those that have ended.
  var endings = 0
  /// What runs in it last: stacks may be older.
  private(set) var image: Image
  /// What ran in it before, or in another process of that number, the newest first.
  private(set) var earlier: [Image] = []
  var perfMap: PerfMap?
  /// When identity, map and perf map were last compared with the process, on the monotonic clock.
  var checked: UInt64 = 0
  var mapRead: UInt64 = 0
  var perfMapChecked: UInt64 = 0

  private static let mostEarlier = 7

  init(id: Int32, identity: Identity? = nil, map: MemoryMap) {
    self.id = id
    self.identity = identity
    image = Image(map)
  }

  /// Another program begins, or another process with the same number.
  func begin(_ map: MemoryMap) {
    earlier.insert(image, at: 0)
    if earlier.count > Self.mostEarlier { earlier.removeLast() }
    image = Image(map)
    identity = nil
    (checked, mapRead, perfMapChecked) = (0, 0, 0)
    perfMap = nil
  }

  /// The newest image in which most of the addresses of a stack mean something.
  func image(of addresses: [UInt64]) -> Image {
    guard !earlier.isEmpty else { return image }
    var best = (image: image, count: image.count(of: addresses))
    for other in earlier where best.count < addresses.count {
      let count = other.count(of: addresses)
      if count > best.count { best = (other, count) }
    }
    return best.image
  }
}

extension KnownProcess.Image {
  fileprivate func count(of addresses: [UInt64]) -> Int {
    addresses.reduce(0) { $0 + (map.region(at: $1) == nil ? 0 : 1) }
  }
}
