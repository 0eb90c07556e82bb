internal import CLibBPF
internal import CLinux

/// What the kernel tells of a link: `struct bpf_link_info` as 64-bit words, of which older headers know less.
enum LinkInformation {
  /// What of a link counts the calls that it misses, by the word that says how many.
  enum Counter: Int, Sendable {
    /// A probe in the kernel: `perf_event.kprobe.missed`.
    case kprobe = 6
    /// Several at once: `kprobe_multi.missed`.
    case kprobeMulti = 4
  }

  /// Words up to `perf_event.kprobe.cookie`.
  private static let wordCount = 8
  /// The least that kernels tell which count what links miss (6.7).
  private static let leastSize = 56

  /// How often the kernel could not call the program of a link.
  static func misses(of link: CInt, _ counter: Counter) -> Misses {
    var words = [UInt64](repeating: 0, count: wordCount)
    var size = UInt32(wordCount * 8)
    let answer = unsafe bpf_obj_get_info_by_fd(link, &words, &size)
    guard answer == 0, size >= leastSize else { return Misses(count: 0, isComplete: false) }
    return Misses(count: words[counter.rawValue], isComplete: true)
  }
}
