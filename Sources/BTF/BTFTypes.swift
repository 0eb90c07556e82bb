import Synchronization

/// The types of one BTF blob, read on demand.
///
/// Opening it makes one pass over the type headers and notes where each type lies (four bytes per
/// type, about a millisecond for a whole kernel); a type is decoded when it is asked for, and names
/// are hashed when the first one is looked up. All answers come from the bytes with bounds checks:
/// bytes that make no sense are an error, never a trap.
///
/// Layout: `Documentation/bpf/btf.rst` of the kernel.
package final class BTFTypes: Sendable {
  /// The BTF that this one extends, for the BTF of a kernel module.
  package let base: BTFTypes?
  /// How many types there are, `void` and the base's included; ids run below it.
  package let typeCount: Int
  /// The id of the first type that is in these bytes and not in the base.
  package let firstOwnID: BTFTypeID

  let storage: any BTFBytes
  /// Where the type section starts in the bytes.
  let typesStart: Int
  let stringsStart: Int
  let stringsLength: Int
  /// What the string offsets of the base take up.
  let firstOwnString: Int
  /// For each own type its offset in the type section (divided by 4, shifted left by 5) and kind.
  let index: [UInt32]
  let nameTables = Mutex(BTFNameTables())

  /// Indexes `bytes`, the content of a `.BTF` section or of a file in `/sys/kernel/btf`.
  ///
  /// - Parameter base: The kernel's own BTF, if `bytes` are those of a module.
  package init(_ bytes: any BTFBytes, base: BTFTypes? = nil) throws(BTFError) {
    let layout = try bytes.withBytes(BTFLayout.init)
    storage = bytes
    self.base = base
    typesStart = layout.typesStart
    stringsStart = layout.stringsStart
    stringsLength = layout.stringsLength
    firstOwnString = base?.stringsEnd ?? 0
    let first = base?.typeCount ?? 1
    firstOwnID = BTFTypeID(UInt32(first))
    index = try bytes.withBytes { span throws(BTFError) in
      try layout.indexTypes(in: span, firstID: first)
    }
    typeCount = first + index.count
  }

  /// The end of the string offsets, the base's included.
  var stringsEnd: Int { firstOwnString + stringsLength }

  /// All ids of types in these bytes, without the base's and `void`.
  package var ownIDs: some RandomAccessCollection<BTFTypeID> {
    (Int(firstOwnID.rawValue)..<typeCount).lazy.map { BTFTypeID(UInt32($0)) }
  }

  /// Returns the kind of type `id` without decoding it.
  package func kind(of id: BTFTypeID) throws(BTFError) -> BTFKind {
    guard id != .void else { return .void }
    guard let own = ownIndex(of: id) else { return try parent(for: id).kind(of: id) }
    guard let kind = BTFKind(rawValue: UInt8(index[own] & 31)) else { throw .noSuchType(id) }
    return kind
  }

  /// Returns the name of type `id`, empty for what has none.
  package func name(of id: BTFTypeID) throws(BTFError) -> String {
    guard id != .void else { return "" }
    guard let own = ownIndex(of: id) else { return try parent(for: id).name(of: id) }
    return try storage.withBytes { span throws(BTFError) in
      try string(at: span.readUInt32(at: offset(own)), in: span)
    }
  }

  /// Returns type `id`, decoded.
  package func type(_ id: BTFTypeID) throws(BTFError) -> BTFType {
    guard id != .void else { return .void }
    guard let own = ownIndex(of: id) else { return try parent(for: id).type(id) }
    let kind = try kind(of: id)
    return try storage.withBytes { span throws(BTFError) in
      try decode(id, kind, at: offset(own), in: span)
    }
  }

  /// The index of `id` among the own types; nil if it can only be one of the base.
  func ownIndex(of id: BTFTypeID) -> Int? {
    let own = Int(id.rawValue) - Int(firstOwnID.rawValue)
    return own >= 0 && own < index.count ? own : nil
  }

  private func parent(for id: BTFTypeID) throws(BTFError) -> BTFTypes {
    guard let base, id < firstOwnID else { throw .noSuchType(id) }
    return base
  }

  /// Where the header of own type number `own` lies in the bytes.
  func offset(_ own: Int) -> Int { typesStart + Int(index[own] >> 5) * 4 }

  /// Where in the bytes the string at `offset` of the string section starts; nil if in the base.
  func stringPosition(_ offset: UInt32) throws(BTFError) -> Int? {
    let own = Int(offset) - firstOwnString
    if own < 0 { return nil }
    guard own < stringsLength else { throw .badString(offset: offset) }
    return stringsStart + own
  }

  /// Reads the string at `offset` of the string section, which may be the base's.
  func string(at offset: UInt32, in span: Span<UInt8>) throws(BTFError) -> String {
    if offset == 0 { return "" }
    guard let start = try stringPosition(offset) else {
      guard let base else { throw .badString(offset: offset) }
      return try base.storage.withBytes { span throws(BTFError) in
        try base.string(at: offset, in: span)
      }
    }
    let limit = stringsStart + stringsLength
    var end = start
    while end < limit, span[end] != 0 { end += 1 }
    guard end < limit else { throw .badString(offset: offset) }
    let text = span.extracting(start..<end)
    guard let valid = try? UTF8Span(validating: text) else {
      return String(decoding: (start..<end).map { span[$0] }, as: UTF8.self)
    }
    return String(copying: valid)
  }
}

/// Where the sections of a BTF blob lie.
struct BTFLayout {
  let typesStart: Int
  let typesLength: Int
  let stringsStart: Int
  let stringsLength: Int

  var types: Range<Int> { typesStart..<typesStart + typesLength }
  var strings: Range<Int> { stringsStart..<stringsStart + stringsLength }

  static let headerLength = 24
  static let magic: UInt16 = 0xEB9F

  init(_ span: Span<UInt8>) throws(BTFError) {
    guard span.count >= 8 else { throw .notBTF }
    let magic = try span.readUInt16(at: 0)
    guard magic == Self.magic else {
      throw magic == Self.magic.byteSwapped ? .foreignByteOrder : .notBTF
    }
    let version = try span.readUInt8(at: 2)
    guard version == 1 else { throw .unsupportedVersion(version) }
    let header = Int(try span.readUInt32(at: 4))
    guard header >= Self.headerLength, header <= span.count else { throw .badSection("header") }
    let typesOffset = Int(try span.readUInt32(at: 8))
    typesLength = Int(try span.readUInt32(at: 12))
    let stringsOffset = Int(try span.readUInt32(at: 16))
    stringsLength = Int(try span.readUInt32(at: 20))
    typesStart = header + typesOffset
    stringsStart = header + stringsOffset
    guard typesOffset % 4 == 0, typesStart + typesLength <= span.count else {
      throw .badSection("types")
    }
    guard stringsStart + stringsLength <= span.count else { throw .badSection("strings") }
  }

  /// Returns for each type its place and kind; see `BTFTypes.index`.
  func indexTypes(in span: Span<UInt8>, firstID: Int) throws(BTFError) -> [UInt32] {
    var index: [UInt32] = []
    index.reserveCapacity(typesLength / 24)
    // A local view of just the section keeps the checks of the loop to one comparison each.
    let types = span.extracting(self.types)
    var offset = 0
    while offset < typesLength {
      guard offset <= typesLength - 12 else { throw .truncated(offset: typesStart + offset) }
      let kind = types[offset + 7] & 31
      guard let extra = Self.extraLength(ofTypeAt: offset, in: types) else {
        throw .unknownKind(kind, id: BTFTypeID(UInt32(firstID + index.count)))
      }
      // 27 bits are left for a quarter of the offset: 512 MiB of types.
      guard offset >> 2 < 1 << 27 else { throw .badSection("types") }
      index.append(UInt32(offset >> 2) << 5 | UInt32(kind))
      offset += 12 + extra
    }
    guard offset == typesLength else { throw .truncated(offset: typesStart + offset) }
    return index
  }

  /// The length of what follows the header of the type at `offset`; nil for a kind that we do not know.
  @inline(__always)
  static func extraLength(ofTypeAt offset: Int, in types: Span<UInt8>) -> Int? {
    let count = Int(types[offset + 4]) | Int(types[offset + 5]) << 8
    return switch types[offset + 7] & 31 {
    case 2, 7, 8, 9, 10, 11, 12, 16, 18: 0
    case 1, 14, 17: 4
    case 3: 12
    case 4, 5, 15, 19: count * 12
    case 6, 13: count * 8
    default: nil
    }
  }
}
