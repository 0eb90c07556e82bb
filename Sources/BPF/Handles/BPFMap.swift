internal import CLibBPF
internal import Glibc
internal import LinuxSystem

/// One map in the kernel; its object owns it.
struct BPFMap {
  let name: String
  let descriptor: CInt
  /// `enum bpf_map_type`.
  let type: UInt32
  let keySize: Int
  /// As the map was made, not rounded.
  let valueSize: Int
  let maxEntries: Int

  private var isPerCPU: Bool {
    [BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_LRU_PERCPU_HASH]
      .contains { $0.rawValue == type }
  }

  private var isArray: Bool {
    [BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_PERCPU_ARRAY].contains { $0.rawValue == type }
  }

  private var isHash: Bool {
    [
      BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_LRU_HASH,
      BPF_MAP_TYPE_LRU_PERCPU_HASH,
    ].contains { $0.rawValue == type }
  }

  private func error(_ operation: String, _ answer: CInt) -> SystemError {
    SystemError(operation: operation, subject: name, errno: -answer)
  }

  /// An empty collection of this map's entries.
  private func makeEntries() throws(SystemError) -> MapEntries {
    guard isHash || isArray else { throw .invalid("BPF_MAP_LOOKUP_ELEM", name) }
    guard isPerCPU else {
      return MapEntries(keySize: keySize, valueStride: valueSize, valuesPerKey: 1)
    }
    let cpus = libbpf_num_possible_cpus()
    guard cpus > 0 else { throw error("read possible CPUs", cpus) }
    return MapEntries(
      keySize: keySize, valueStride: (valueSize + 7) / 8 * 8, valuesPerKey: Int(cpus))
  }

  /// Everything in the map.
  func entries() throws(SystemError) -> MapEntries {
    var entries = try makeEntries()
    try forEachPortion { entries.append($0) }
    return entries
  }

  /// Hands out everything in the map in portions, by batches where the kernel has them.
  func forEachPortion(_ body: (MapEntries) -> Void) throws(SystemError) {
    if isArray, maxEntries < Self.leastBatch { return body(try arrayEntries()) }
    let empty = try makeEntries()
    let isRead = try forEachBatch(.lookup) { count, keys, values in
      var portion = empty
      portion.append(count, keys: keys, values: values)
      body(portion)
    }
    if isRead { return }
    body(isArray ? try arrayEntries() : try entriesKeyByKey())
  }

  /// The bytes of keys and values that are asked for at once: few against the memory of a run, many for a call.
  private static let batchSize = 64 << 10

  /// So many elements of an array are worth the memory of a batch.
  private static let leastBatch = 16

  /// Everything in an array, whose keys are its indices.
  private func arrayEntries() throws(SystemError) -> MapEntries {
    var entries = try makeEntries()
    for index in 0..<UInt32(maxEntries) {
      let key = Self.bytes(of: index)
      if let value = try value(of: key) { entries.append(key: key, values: value) }
    }
    return entries
  }

  private static func bytes(of index: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: index >> (8 * $0)) }
  }

  /// What is done with the entries of a batch.
  private enum BatchCommand: String {
    case lookup = "BPF_MAP_LOOKUP_BATCH"
    case lookupAndDelete = "BPF_MAP_LOOKUP_AND_DELETE_BATCH"
  }

  /// Hands out everything in the map by batches.
  ///
  /// - Parameter body: Gets the number of entries in a batch, and runs of at least so many keys and values.
  /// - Returns: False where the kernel has none for this kind of map; nothing was handed out.
  private func forEachBatch(
    _ command: BatchCommand, _ body: (Int, [UInt8], [UInt8]) -> Void
  ) throws(SystemError) -> Bool {
    let empty = try makeEntries()
    let valueBytes = empty.valueStride * empty.valuesPerKey
    // A batch has to hold all keys of one bucket, and otherwise need not be large.
    var room = max(1, min(maxEntries, Self.batchSize / (keySize + valueBytes)))
    var keys = [UInt8](repeating: 0, count: room * keySize)
    var values = [UInt8](repeating: 0, count: room * valueBytes)
    var position: UInt32 = 0
    var isFirst = true
    while true {
      var count = UInt32(room)
      var next: UInt32 = 0
      let answer = read(
        command, after: isFirst ? nil : position, &next, &keys, &values, &count)
      if answer == -ENOSPC {
        guard room < maxEntries else {
          if isFirst { return false }
          throw error(command.rawValue, answer)
        }
        room = min(maxEntries, room * 2)
        keys = [UInt8](repeating: 0, count: room * keySize)
        values = [UInt8](repeating: 0, count: room * valueBytes)
        continue
      }
      // EINVAL: no such command. 524, ENOTSUPP: not for this kind of map.
      if isFirst, answer == -EINVAL || answer == -524 { return false }
      guard answer == 0 || answer == -ENOENT else { throw error(command.rawValue, answer) }
      body(Int(count), keys, values)
      if answer == -ENOENT { return true }
      position = next
      isFirst = false
    }
  }

  /// One system call of a batch, which begins after what another one has told to be its `next`.
  private func read(
    _ command: BatchCommand, after position: UInt32?, _ next: inout UInt32, _ keys: inout [UInt8],
    _ values: inout [UInt8], _ count: inout UInt32
  ) -> CInt {
    var start = position ?? 0
    let isFirst = position == nil
    return unsafe withUnsafeMutablePointer(to: &start) { start in
      let start: UnsafeMutableRawPointer? = unsafe isFirst ? nil : .init(start)
      return switch command {
      case .lookup:
        unsafe bpf_map_lookup_batch(descriptor, start, &next, &keys, &values, &count, nil)
      case .lookupAndDelete:
        unsafe bpf_map_lookup_and_delete_batch(
          descriptor, start, &next, &keys, &values, &count, nil)
      }
    }
  }

  /// Everything in a hash, with two system calls for each key.
  ///
  /// The kernel starts over when a key vanishes under way, so keys seen before are left out.
  func entriesKeyByKey() throws(SystemError) -> MapEntries {
    var entries = try makeEntries()
    var seen: Set<[UInt8]> = []
    var key = [UInt8](repeating: 0, count: keySize)
    var isFirst = true
    // Twice the room for keys bounds the walk however fast programs replace them.
    for _ in 0..<(2 * maxEntries) {
      var next = [UInt8](repeating: 0, count: keySize)
      let answer =
        unsafe isFirst
        ? bpf_map_get_next_key(descriptor, nil, &next)
        : bpf_map_get_next_key(descriptor, &key, &next)
      if answer == -ENOENT { break }
      guard answer == 0 else { throw error("BPF_MAP_GET_NEXT_KEY", answer) }
      if seen.insert(next).inserted, let value = try value(of: next) {
        entries.append(key: next, values: value)
      }
      key = next
      isFirst = false
    }
    return entries
  }

  /// The values of a key, one for each possible CPU or one in all; nil without that key.
  func value(of key: [UInt8]) throws(SystemError) -> [UInt8]? {
    let shape = try makeEntries()
    guard key.count == keySize else { throw .invalid("BPF_MAP_LOOKUP_ELEM", name) }
    var value = [UInt8](repeating: 0, count: shape.valueStride * shape.valuesPerKey)
    let answer = unsafe bpf_map_lookup_elem(descriptor, key, &value)
    if answer == -ENOENT { return nil }
    guard answer == 0 else { throw error("BPF_MAP_LOOKUP_ELEM", answer) }
    return value
  }

  /// Sets the values of a key, in the shape in which `value(of:)` returns them.
  func setValue(
    _ value: [UInt8], of key: [UInt8], onlyIfPresent: Bool = false
  ) throws(SystemError) {
    let shape = try makeEntries()
    guard key.count == keySize, value.count == shape.valueStride * shape.valuesPerKey else {
      throw .invalid("BPF_MAP_UPDATE_ELEM", name)
    }
    let flags = UInt64(onlyIfPresent ? BPF_EXIST : BPF_ANY)
    let answer = unsafe bpf_map_update_elem(descriptor, key, value, flags)
    if onlyIfPresent, answer == -ENOENT { return }
    guard answer == 0 else { throw error("BPF_MAP_UPDATE_ELEM", answer) }
  }

  /// Deletes a key and returns whether it was there.
  func delete(_ key: [UInt8]) throws(SystemError) -> Bool {
    guard key.count == keySize else { throw .invalid("BPF_MAP_DELETE_ELEM", name) }
    let answer = unsafe bpf_map_delete_elem(descriptor, key)
    if answer == -ENOENT { return false }
    guard answer == 0 else { throw error("BPF_MAP_DELETE_ELEM", answer) }
    return true
  }

  /// Deletes every key of a hash; sets all of an array to zeros.
  func clear() throws(SystemError) {
    guard isHash else { return try zero() }
    if try forEachBatch(.lookupAndDelete, { _, _, _ in }) { return }
    let entries = try entries()
    for index in 0..<entries.count { _ = try delete(Array(entries.key(index))) }
  }

  /// Sets every value to zeros.
  func zero() throws(SystemError) {
    let entries = try entries()
    let zeros = [UInt8](repeating: 0, count: entries.valueStride * entries.valuesPerKey)
    for index in 0..<entries.count {
      try setValue(zeros, of: Array(entries.key(index)), onlyIfPresent: isHash)
    }
  }
}
