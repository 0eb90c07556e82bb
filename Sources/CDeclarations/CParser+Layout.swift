import BTF
import Diagnostics

/// A member as it is declared.
private struct CMember {
  var name: String
  var range: SourceRange
  var type: BTFTypeID
  /// The bits of a bit-field.
  var width: Int?
  var attributes: CAttributes
  /// What `#pragma pack` allows here.
  var packing: Int?
}

extension CParser {
  /// The members of a structure or union, and what comes of them.
  mutating func parseComposite(
    _ id: BTFTypeID, _ name: String, isUnion: Bool, _ before: CAttributes, at range: SourceRange
  ) throws(CFailure) {
    try expect("{")
    var members: [CMember] = []
    while !isAt("}") {
      guard token != nil else { throw fail(.cExpected("'}'", at: place)) }
      if case .packing(let limit)? = token?.kind {
        packing = limit
        position += 1
        continue
      }
      if take(";") { continue }
      if takeWord("_Static_assert", "static_assert") {
        if isAt("(") { skipBrackets() }
        continue
      }
      try parseMembers(&members)
    }
    try expect("}")
    let attributes = before.joined(try parseAttributes())
    guard members.count <= Int(UInt16.max) else { throw fail(.cTooLong(at: range)) }
    try checkNames(members)
    try lay(members, id, name, isUnion: isUnion, attributes, at: range)
  }

  private mutating func parseMembers(_ members: inout [CMember]) throws(CFailure) {
    let start = place
    let specifiers = try parseSpecifiers()
    if isAt(";") || isAt("}") {
      // An anonymous structure or union; the name of a tag alone declares no member.
      if specifiers.isTag, try isAnonymousComposite(specifiers.type) {
        members.append(
          CMember(
            name: "", range: start, type: specifiers.type, width: nil,
            attributes: specifiers.attributes, packing: packing))
      } else if !specifiers.isTag {
        throw fail(.cExpected("the name of a member", at: place))
      }
      _ = take(";")
      return
    }
    while true {
      var declarator = CDeclarator(
        name: nil, range: place, type: specifiers.type, attributes: specifiers.attributes)
      if !isAt(":") {
        declarator = try parseDeclarator(specifiers)
        guard declarator.name != nil else {
          throw fail(.cExpected("the name of a member", at: place))
        }
      }
      var width: Int?
      if take(":") { width = try parseWidth(declarator) }
      let attributes = declarator.attributes.joined(try parseAttributes())
      members.append(
        CMember(
          name: declarator.name ?? "", range: declarator.range,
          type: try checked(declarator.type, at: declarator.range), width: width,
          attributes: attributes, packing: packing))
      if take(",") { continue }
      if take(";") || isAt("}") { return }
      throw fail(.cExpected("';'", at: place))
    }
  }

  private mutating func isAnonymousComposite(_ id: BTFTypeID) throws(CFailure) -> Bool {
    try asking { parser throws(BTFError) in
      guard case .composite(let composite) = try parser.types[id] else { return false }
      return composite.name.isEmpty
    }
  }

  private mutating func parseWidth(_ declarator: CDeclarator) throws(CFailure) -> Int {
    let range = place
    let value = try parseConstant()
    let bits = try asking { parser throws(BTFError) -> Int? in
      switch try parser.types[parser.types.resolve(declarator.type)] {
      case .integer(let integer): integer.isBool ? 1 : integer.sizeInBytes * 8
      case .enumeration(let enumeration): enumeration.sizeInBytes * 8
      default: nil
      }
    }
    guard let bits, bits <= 64 else { throw fail(.cBitFieldType(at: declarator.range)) }
    guard value.signed >= 0, value.signed <= Int64(bits), value.signed > 0 || declarator.name == nil
    else { throw fail(.cBitFieldWidth(value.signed, most: bits, at: range)) }
    return Int(value.signed)
  }

  private mutating func checkNames(_ members: [CMember]) throws(CFailure) {
    var seen: [String: SourceRange] = [:]
    for member in members where !member.name.isEmpty {
      if let first = seen[member.name] {
        report(.cRedefinition("member '\(member.name)'", at: member.range, first: first))
      }
      seen[member.name] = member.range
    }
  }

  // MARK: Layout

  /// Places the members as the C ABI does: that of x86-64 and that of AArch64, which differ in one thing.
  private mutating func lay(
    _ members: [CMember], _ id: BTFTypeID, _ name: String, isUnion: Bool,
    _ attributes: CAttributes, at range: SourceRange
  ) throws(CFailure) {
    var placed: [BTFMember] = []
    var bit = 0
    var end = 0
    var alignment = 1
    var hasBitFields = false
    for (number, member) in members.enumerated() {
      let isPacked = attributes.isPacked || member.attributes.isPacked
      var layout: CTypeArena.Layout
      if let own = try asking({ parser throws(BTFError) in
        try parser.types.layout(of: member.type)
      }) {
        layout = own
      } else if number == members.count - 1 || isUnion, try isFlexibleArray(member.type) {
        layout = CTypeArena.Layout(size: 0, alignment: 1)
      } else {
        throw fail(
          .cIncompleteMember(member.name, describe(member.type), at: member.range))
      }
      let natural = layout.alignment
      if isPacked { layout.alignment = 1 }
      if let limit = member.packing { layout.alignment = min(layout.alignment, limit) }
      if let wanted = member.attributes.alignment {
        layout.alignment = max(layout.alignment, wanted)
      }
      if isUnion { bit = 0 }
      if let width = member.width {
        hasBitFields = true
        let unit = 8 * layout.size
        if width == 0 {
          bit = roundUp(bit, to: 8 * (member.packing.map { min($0, natural) } ?? natural))
        } else if let wanted = member.attributes.alignment {
          bit = roundUp(bit, to: 8 * wanted)
        } else if !isPacked, member.packing == nil, bit % (8 * natural) + width > unit {
          bit = roundUp(bit, to: 8 * natural)
        }
        // A bit-field without a name aligns the whole on ARM alone, and one without bits even if packed.
        if !member.name.isEmpty || isARM {
          alignment = max(alignment, width == 0 ? natural : layout.alignment)
        }
      } else {
        bit = roundUp(bit, to: 8 * layout.alignment)
        alignment = max(alignment, layout.alignment)
      }
      let isKept = !member.name.isEmpty || member.width == nil
      if isKept {
        placed.append(
          BTFMember(
            name: member.name, type: member.type, bitOffset: bit, bitWidth: member.width))
      }
      bit += member.width ?? 8 * layout.size
      end = max(end, bit)
      guard end <= 8 * CTypeArena.maximumSize, !hasBitFields || end < 1 << 24 else {
        throw fail(.cTooBig(at: member.range))
      }
    }
    if let wanted = attributes.alignment { alignment = max(alignment, wanted) }
    let size = roundUp((end + 7) / 8, to: alignment)
    guard size <= CTypeArena.maximumSize else { throw fail(.cTooBig(at: range)) }
    types.complete(
      id,
      .composite(
        BTFComposite(isUnion: isUnion, name: name, sizeInBytes: size, members: placed)),
      alignment: alignment)
    guard types.depth(of: id) < CTypeArena.maximumDepth else { throw fail(.cTooDeep(at: range)) }
  }

  private mutating func isFlexibleArray(_ id: BTFTypeID) throws(CFailure) -> Bool {
    try asking { parser throws(BTFError) in
      guard case .array(let array) = try parser.types[parser.types.resolve(id)] else {
        return false
      }
      return array.count == 0
    }
  }

  private func roundUp(_ value: Int, to unit: Int) -> Int { (value + unit - 1) / unit * unit }
}
