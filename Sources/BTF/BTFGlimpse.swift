/// One answer out of BTF that nobody indexes for it.
///
/// Compilers write the types that everything uses first: `task_struct` is the hundredth of a kernel's
/// hundred thousand.
package enum BTFGlimpse {
  /// Returns the offset in bytes of a member that stands in a structure itself; nil if there is no such
  /// structure, or no such member, or only inside another without a name.
  package static func offset(
    of member: String, in structure: String, _ bytes: any BTFBytes
  ) throws(BTFError) -> Int? {
    try bytes.withBytes { span throws(BTFError) in
      let layout = try BTFLayout(span)
      let types = span.extracting(layout.types)
      let strings = span.extracting(layout.strings)
      guard let found = try first(.structure, named: structure, in: types, strings) else {
        return nil
      }
      for place in stride(from: found.place.lowerBound + 12, to: found.place.upperBound, by: 12)
      where isEqual(member, try types.readUInt32(at: place), strings) {
        let bits = try types.readUInt32(at: place + 8)
        // With the flag, the upper 8 bits are the width of a bit-field.
        let hasWidths = types[found.place.lowerBound + 7] & 0x80 != 0
        return Int(hasWidths ? bits & 0xff_ffff : bits) / 8
      }
      return nil
    }
  }

  /// Returns the id of the first type of a kind that has a name; nil if there is none.
  ///
  /// - Parameter bytes: Types that are based on no others.
  package static func id(
    of name: String, _ kind: BTFKind, _ bytes: Span<UInt8>
  ) throws(BTFError) -> BTFTypeID? {
    let layout = try BTFLayout(bytes)
    return try first(
      kind, named: name, in: bytes.extracting(layout.types), bytes.extracting(layout.strings))?.id
  }

  /// The first type of a kind that has a name, and where it is among the types.
  private static func first(
    _ kind: BTFKind, named name: String, in types: Span<UInt8>, _ strings: Span<UInt8>
  ) throws(BTFError) -> (id: BTFTypeID, place: Range<Int>)? {
    var id: UInt32 = 1
    var offset = 0
    while offset <= types.count - 12 {
      guard let extra = BTFLayout.extraLength(ofTypeAt: offset, in: types) else { return nil }
      let end = offset + 12 + extra
      guard end <= types.count else { return nil }
      if types[offset + 7] & 31 == kind.rawValue,
        isEqual(name, try types.readUInt32(at: offset), strings)
      {
        return (BTFTypeID(id), offset..<end)
      }
      offset = end
      id += 1
    }
    return nil
  }

  private static func isEqual(_ name: String, _ start: UInt32, _ strings: Span<UInt8>) -> Bool {
    let start = Int(start)
    guard start + name.utf8.count < strings.count else { return false }
    var place = start
    for byte in name.utf8 {
      if strings[place] != byte { return false }
      place += 1
    }
    return strings[place] == 0
  }
}
