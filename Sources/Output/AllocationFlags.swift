/// The kernel's flags for memory allocations, by name.
///
/// As `include/linux/gfp_types.h` of recent kernels numbers them and the tracepoints of the slab
/// allocators spell them.
enum AllocationFlags {
  /// The names of the flags that are set, joined with `|`; what has no name as a hexadecimal number.
  static func text(_ flags: UInt64) -> String {
    if flags == 0 { return "0" }
    var rest = flags
    var names: [String] = []
    for (bits, name) in flagNames {
      let mask = bits.reduce(UInt64(0)) { $0 | 1 << UInt64($1) }
      guard rest & mask == mask else { continue }
      rest &= ~mask
      names.append(name)
    }
    if rest != 0 { names.append("0x" + String(rest, radix: 16)) }
    return names.joined(separator: "|")
  }

  /// Combinations before the single flags they consist of.
  private static let flagNames: [(bits: [Int], name: String)] = [
    ([1, 3, 6, 7, 10, 13, 18, 19, 20], "GFP_TRANSHUGE"),
    ([1, 3, 6, 7, 13, 18, 19, 20], "GFP_TRANSHUGE_LIGHT"),
    ([1, 3, 6, 7, 10, 11, 20], "GFP_HIGHUSER_MOVABLE"),
    ([1, 6, 7, 10, 11, 20], "GFP_HIGHUSER"),
    ([6, 7, 10, 11, 20], "GFP_USER"),
    ([6, 7, 10, 11, 22], "GFP_KERNEL_ACCOUNT"),
    ([6, 7, 10, 11], "GFP_KERNEL"),
    ([6, 10, 11], "GFP_NOFS"),
    ([5, 11], "GFP_ATOMIC"),
    ([10, 11], "GFP_NOIO"),
    ([11, 13], "GFP_NOWAIT"),
    ([0], "GFP_DMA"), ([2], "GFP_DMA32"), ([1], "__GFP_HIGHMEM"), ([3], "__GFP_MOVABLE"),
    ([4], "__GFP_RECLAIMABLE"), ([5], "__GFP_HIGH"), ([6], "__GFP_IO"), ([7], "__GFP_FS"),
    ([8], "__GFP_ZERO"), ([10], "__GFP_DIRECT_RECLAIM"), ([11], "__GFP_KSWAPD_RECLAIM"),
    ([12], "__GFP_WRITE"), ([13], "__GFP_NOWARN"), ([14], "__GFP_RETRY_MAYFAIL"),
    ([15], "__GFP_NOFAIL"), ([16], "__GFP_NORETRY"), ([17], "__GFP_MEMALLOC"),
    ([18], "__GFP_COMP"), ([19], "__GFP_NOMEMALLOC"), ([20], "__GFP_HARDWALL"),
    ([21], "__GFP_THISNODE"), ([22], "__GFP_ACCOUNT"), ([23], "__GFP_ZEROTAGS"),
    ([24], "__GFP_SKIP_ZERO"), ([25], "__GFP_SKIP_KASAN"), ([26], "__GFP_NO_OBJ_EXT"),
  ]
}
