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
      let types = span.extracting(
        layout.typesStart..<layout.typesStart + layout.typesLength)
      let strings = span.extracting(
        layout.stringsStart..<layout.stringsStart + layout.stringsLength)
      var offset = 0
      while offset <= types.count - 12 {
        guard let extra = BTFLayout.extraLength(ofTypeAt: offset, in: types) else { return nil }
        let end = offset + 12 + extra
        guard end <= types.count else { return nil }
        let flags = types[offset + 7]
        if flags & 31 == BTFKind.structure.rawValue,
          isEqual(structure, try types.readUInt32(at: offset), strings)
        {
          for place in stride(from: offset + 12, to: end, by: 12)
          where isEqual(member, try types.readUInt32(at: place), strings) {
            let bits = try types.readUInt32(at: place + 8)
            // With the flag, the upper 8 bits are the width of a bit-field.
            return Int(flags & 0x80 == 0 ? bits : bits & 0xff_ffff) / 8
          }
          return nil
        }
        offset = end
      }
      return nil
    }
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
