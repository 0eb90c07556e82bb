internal import CLibBPF
internal import Glibc
internal import TraceModel

/// Maps without an object.
struct MapsMadeAhead: ~Copyable, Sendable {
  /// Those that the kernel has made, with their descriptors, which stay this value's.
  private(set) var made: [(map: MapAhead, descriptor: CInt)] = []

  /// Leaves out what the kernel refuses; whoever needs it makes it again, and is told why.
  init(_ maps: [MapAhead]) {
    for map in maps {
      let descriptor = unsafe bpf_map_create(
        bpf_map_type(rawValue: UInt32(map.kind.rawValue)), map.symbol, UInt32(map.keySize),
        UInt32(map.valueSize), UInt32(clamping: map.maxEntries), nil)
      if descriptor >= 0 { made.append((map, descriptor)) }
    }
  }

  deinit {
    for (_, descriptor) in made { _ = close(descriptor) }
  }
}
