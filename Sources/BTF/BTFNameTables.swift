/// The hash tables of one `BTFTypes`, each made when it is first needed.
struct BTFNameTables: Sendable {
  /// Struct, union, enum, typedef, integer, float and forward types.
  var types: BTFNameTable?
  var functions: BTFNameTable?
  /// Enums by the names of their values.
  var enumerators: BTFNameTable?
  /// How many functions and enum values were looked up before there was a table.
  var functionLookups = 0
  var enumeratorLookups = 0

  /// So many lookups are cheaper without a table, which takes milliseconds to make.
  static let lookupsBeforeTable = 8
}

/// Type ids by the hash of a name; several names and types may share a slot's neighbourhood.
///
/// The names stay in the BTF: a hit is only a candidate, which the caller compares.
struct BTFNameTable: Sendable {
  private var slots: [UInt32]
  private let mask: Int

  /// Makes an empty table with space for `count` entries.
  init(count: Int) {
    var size = 16
    while size < count * 2 { size *= 2 }
    slots = [UInt32](repeating: 0, count: size)
    mask = size - 1
  }

  mutating func insert(_ id: BTFTypeID, hash: UInt32) {
    var slot = Int(hash) & mask
    while slots[slot] != 0 { slot = (slot + 1) & mask }
    slots[slot] = id.rawValue
  }

  /// Returns the ids whose names may have `hash`, in the order of their insertion.
  func candidates(hash: UInt32) -> [BTFTypeID] {
    var found: [BTFTypeID] = []
    var slot = Int(hash) & mask
    while slots[slot] != 0 {
      found.append(BTFTypeID(slots[slot]))
      slot = (slot + 1) & mask
    }
    return found
  }
}

/// The hash of a name without its flavour: `task_struct___old` hashes as `task_struct`.
struct BTFNameHash {
  private var value: UInt32 = 2_166_136_261
  private var underscores = 0
  private var beforeUnderscores: UInt32 = 2_166_136_261
  /// The hash in front of the last `___`, if there was one inside the name.
  private var essential: UInt32?

  @inline(__always)
  mutating func add(_ byte: UInt8) {
    if byte == 0x5F {
      if underscores == 0 { beforeUnderscores = value }
      underscores += 1
    } else {
      if underscores == 3, beforeUnderscores != 2_166_136_261 { essential = beforeUnderscores }
      underscores = 0
    }
    value = (value ^ UInt32(byte)) &* 16_777_619
  }

  /// The hash of what was added, flavour left out.
  var result: UInt32 {
    let hash = essential ?? value
    return hash ^ hash >> 15
  }
}

extension String {
  /// The name without its flavour, which CO-RE ignores: all before the last `___`.
  var withoutBTFFlavour: String {
    let bytes = Array(utf8)
    var index = bytes.count - 5
    while index >= 0 {
      if bytes[index] != 0x5F, bytes[index + 1] == 0x5F, bytes[index + 2] == 0x5F,
        bytes[index + 3] == 0x5F, bytes[index + 4] != 0x5F
      {
        return String(decoding: bytes[...index], as: UTF8.self)
      }
      index -= 1
    }
    return self
  }
}
