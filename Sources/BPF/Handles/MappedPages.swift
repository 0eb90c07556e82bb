internal import Glibc
internal import LinuxSystem

/// Pages of a map's memory in ours, until the value goes away.
@safe
struct MappedPages: ~Copyable {
  let address: UnsafeMutableRawPointer
  let range: Range<Int>

  /// Maps what lies at `range` of the map's memory, which begins and ends with pages.
  init(
    of map: CInt, _ range: Range<Int>, isWritable: Bool = false, name: String
  ) throws(SystemError) {
    let mapped = unsafe mmap(
      nil, range.count, isWritable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, map,
      range.lowerBound)
    guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else {
      throw .current("mmap", name)
    }
    unsafe address = unsafe mapped
    self.range = range
  }

  deinit { unsafe munmap(address, range.count) }
}
