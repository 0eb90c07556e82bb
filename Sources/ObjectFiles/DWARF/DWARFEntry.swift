/// One entry of debug information, with the values of its attributes.
struct DWARFEntry {
  let unit: DWARFUnit
  let offset: Int
  let tag: DWARFTag
  let hasChildren: Bool
  /// Where its attributes end: its first child, if it has children.
  let next: Int
  private let values: [(attribute: DWARFAttribute, value: DWARFValue)]

  init(
    unit: DWARFUnit, offset: Int, tag: DWARFTag, hasChildren: Bool, next: Int,
    values: [(attribute: DWARFAttribute, value: DWARFValue)]
  ) {
    self.unit = unit
    self.offset = offset
    self.tag = tag
    self.hasChildren = hasChildren
    self.next = next
    self.values = values
  }

  subscript(attribute: DWARFAttribute) -> DWARFValue? {
    for (known, value) in values where known == attribute { return value }
    return nil
  }

  func text(_ attribute: DWARFAttribute) -> String? {
    if case .text(let text)? = self[attribute] { return unit.text(text) }
    return nil
  }

  /// The entry that an attribute refers to.
  func entry(_ attribute: DWARFAttribute) -> DWARFEntry? {
    switch self[attribute] {
    case .reference(let offset)?:
      if offset >= unit.header.firstEntry, offset < unit.header.end {
        return unit.entry(at: offset)
      }
      return unit.image.unit(containing: offset, in: unit.header.section)?.entry(at: offset)
    case .sharedReference(let offset)?:
      return unit.image.shared?.unit(containing: offset, in: .info)?.entry(at: offset)
    case .signature(let signature)?:
      guard let other = unit.image.typeUnit(signature), let place = other.header.typeOffset
      else { return nil }
      let (offset, overflow) = other.header.offset.addingReportingOverflow(place)
      return overflow ? nil : other.entry(at: offset)
    default: return nil
    }
  }

  /// The entry that this one completes: the declaration, or what was inlined.
  var origin: DWARFEntry? { entry(.abstractOrigin) ?? entry(.specification) }

  /// The first answer of this entry and those that it completes.
  func first<Answer>(_ question: (DWARFEntry) -> Answer?) -> Answer? {
    var current: DWARFEntry? = self
    for _ in 0..<8 {
      guard let entry = current else { return nil }
      if let answer = question(entry) { return answer }
      current = entry.origin
    }
    return nil
  }

  var name: String? { first { $0.text(.name) } }

  /// The name that the linker knows, where it is another one.
  var linkageName: String? { first { $0.text(.linkageName) ?? $0.text(.oldLinkageName) } }

  // MARK: Addresses

  var lowPC: UInt64? { self[.lowPC].flatMap { unit.address($0) } }

  /// The addresses of its code.
  func ranges(_ budget: inout DWARFBudget) -> [Range<UInt64>] {
    if let list = self[.ranges] { return unit.ranges(list, &budget) }
    guard let low = lowPC, let value = self[.highPC],
      let high = unit.address(value) ?? value.number.map({ low &+ $0 }), low < high
    else { return [] }
    return [low..<high]
  }

  /// Where it is entered.
  func entryAddress(_ budget: inout DWARFBudget) -> UInt64? {
    let low = lowPC ?? ranges(&budget).first?.lowerBound
    if let entry = self[.entryPC] {
      if let address = unit.address(entry) { return address }
      if let distance = entry.number, let low { return low &+ distance }
    }
    return low
  }

  // MARK: Children

  /// Its children, without theirs.
  var children: [DWARFEntry] {
    guard hasChildren else { return [] }
    var walk = DWARFWalk(unit, at: next)
    var children: [DWARFEntry] = []
    while let step = walk.next() {
      if step.depth == 0 { children.append(walk.entry) }
    }
    return children
  }
}

/// A walk over entries, in the order of the file.
///
/// It ends behind the last entry of the row that it started in.
struct DWARFWalk {
  struct Step {
    let offset: Int
    let tag: DWARFTag
    let hasChildren: Bool
    /// How far below the row that the walk started in.
    let depth: Int
  }

  private let unit: DWARFUnit
  private var cursor: DWARFCursor
  private var depth = 0
  private var step: Step?
  private var abbreviation: DWARFAbbreviation?
  /// Where the next entry of the row starts, as the last entry says it.
  private var sibling: Int?
  /// Whether the attributes of the entry are still to be read.
  private var isBeforeAttributes = false

  init(_ unit: DWARFUnit, at offset: Int) {
    self.unit = unit
    cursor = unit.image.cursor(unit.header.section.name, at: offset, end: unit.header.end)
  }

  /// The next entry; nil at the end.
  mutating func next() -> Step? {
    finishEntry()
    while !cursor.isAtEnd {
      let offset = cursor.offset
      let code = cursor.unsigned()
      if code == 0 {
        depth -= 1
        if depth < 0 { return nil }
        continue
      }
      guard code <= UInt64(unit.abbreviations.count),
        let abbreviation = unit.abbreviations[Int(code) - 1]
      else {
        unit.image.complain(
          "\(unit.image.file.path): the entry at 0x\(String(offset, radix: 16)) makes no sense")
        return nil
      }
      self.abbreviation = abbreviation
      isBeforeAttributes = true
      let step = Step(
        offset: offset, tag: abbreviation.tag, hasChildren: abbreviation.hasChildren, depth: depth)
      self.step = step
      return step
    }
    return nil
  }

  /// The entry of the last step, with its attributes.
  ///
  /// - Precondition: `next()` returned a step, and this was not asked since.
  var entry: DWARFEntry {
    mutating get {
      guard let abbreviation, let step, isBeforeAttributes else {
        preconditionFailure("an entry is read once, after a step of the walk")
      }
      isBeforeAttributes = false
      var values: [(attribute: DWARFAttribute, value: DWARFValue)] = []
      values.reserveCapacity(abbreviation.specifications.count)
      for specification in abbreviation.specifications {
        if let value = read(specification.form, specification.constant) {
          values.append((specification.attribute, value))
        }
      }
      if step.hasChildren { depth += 1 }
      sibling = nil
      for case (.sibling, .reference(let offset)) in values { sibling = offset }
      return DWARFEntry(
        unit: unit, offset: step.offset, tag: step.tag, hasChildren: step.hasChildren,
        next: cursor.offset, values: values)
    }
  }

  private mutating func finishEntry() {
    guard isBeforeAttributes, let abbreviation, let step else { return }
    isBeforeAttributes = false
    for specification in abbreviation.specifications { skip(specification.form) }
    if step.hasChildren { depth += 1 }
  }

  /// Leaves the children of the last entry out.
  mutating func skipChildren() {
    guard let step, step.hasChildren else { return }
    if isBeforeAttributes { _ = entry }
    if let sibling, sibling > cursor.offset, sibling <= unit.header.end {
      depth -= 1
      cursor.move(to: sibling)
      return
    }
    let outside = step.depth
    // One child after the other, until the row of the entry goes on.
    while depth > outside, !cursor.isAtEnd {
      let code = cursor.unsigned()
      if code == 0 {
        depth -= 1
        continue
      }
      guard code <= UInt64(unit.abbreviations.count),
        let abbreviation = unit.abbreviations[Int(code) - 1]
      else {
        unit.image.complain("\(unit.image.file.path): an entry makes no sense")
        cursor.move(to: unit.header.end)
        return
      }
      for specification in abbreviation.specifications { skip(specification.form) }
      if abbreviation.hasChildren { depth += 1 }
    }
  }

  // MARK: Forms

  private mutating func skip(_ form: UInt64) {
    let header = unit.header
    switch form {
    case 0x0b, 0x0c, 0x11, 0x25, 0x29: cursor.skip(1)
    case 0x05, 0x12, 0x26, 0x2a: cursor.skip(2)
    case 0x27, 0x2b: cursor.skip(3)
    case 0x06, 0x13, 0x1c, 0x28, 0x2c: cursor.skip(4)
    case 0x07, 0x14, 0x20, 0x24: cursor.skip(8)
    case 0x1e: cursor.skip(16)
    case 0x01: cursor.skip(UInt64(header.addressSize))
    case 0x0e, 0x17, 0x1d, 0x1f, 0x1f20, 0x1f21: cursor.skip(UInt64(header.offsetSize))
    case 0x19, 0x21: break
    default: _ = read(form, 0)
    }
  }

  private mutating func read(_ form: UInt64, _ constant: Int64) -> DWARFValue? {
    let header = unit.header
    func reference(_ distance: UInt64) -> DWARFValue? {
      Int(exactly: distance).map { .reference(header.offset &+ $0) }
    }
    switch form {
    case 0x01: return .address(cursor.unsigned(size: header.addressSize))
    case 0x03: return .block(cursor.skip(cursor.unsigned(size: 2)))
    case 0x04: return .block(cursor.skip(cursor.unsigned(size: 4)))
    case 0x05: return .unsigned(cursor.unsigned(size: 2))
    case 0x06: return .unsigned(cursor.unsigned(size: 4))
    case 0x07: return .unsigned(cursor.unsigned(size: 8))
    case 0x08: return .text(.inside(cursor.skipText()))
    case 0x09, 0x18: return .block(cursor.skip(cursor.unsigned()))
    case 0x0a: return .block(cursor.skip(UInt64(cursor.byte())))
    case 0x0b: return .unsigned(UInt64(cursor.byte()))
    case 0x0c: return .flag(cursor.byte() != 0)
    case 0x0d: return .signed(cursor.signed())
    case 0x0e: return .text(.texts(cursor.unsigned(size: header.offsetSize)))
    case 0x0f: return .unsigned(cursor.unsigned())
    case 0x10:
      let size = header.version == 2 ? header.addressSize : header.offsetSize
      return Int(exactly: cursor.unsigned(size: size)).map { .reference($0) }
    case 0x11: return reference(UInt64(cursor.byte()))
    case 0x12: return reference(cursor.unsigned(size: 2))
    case 0x13: return reference(cursor.unsigned(size: 4))
    case 0x14: return reference(cursor.unsigned(size: 8))
    case 0x15: return reference(cursor.unsigned())
    case 0x16:
      let actual = cursor.unsigned()
      // A form that says that the form follows would do so for ever.
      return actual == 0x16 || actual == 0x21 ? nil : read(actual, 0)
    case 0x17: return .offset(cursor.unsigned(size: header.offsetSize))
    case 0x19: return .flag(true)
    case 0x1a, 0x1f02: return .text(.index(cursor.unsigned()))
    case 0x1b, 0x1f01: return .addressIndex(cursor.unsigned())
    case 0x1c: return Int(exactly: cursor.unsigned(size: 4)).map { .sharedReference($0) }
    case 0x24: return Int(exactly: cursor.unsigned(size: 8)).map { .sharedReference($0) }
    case 0x1f20:
      return Int(exactly: cursor.unsigned(size: header.offsetSize)).map { .sharedReference($0) }
    case 0x1d, 0x1f21: return .text(.shared(cursor.unsigned(size: header.offsetSize)))
    case 0x1e: return .block(cursor.skip(16))
    case 0x1f: return .text(.lineTexts(cursor.unsigned(size: header.offsetSize)))
    case 0x20: return .signature(cursor.unsigned(size: 8))
    case 0x21: return .signed(constant)
    case 0x22, 0x23: return .listIndex(cursor.unsigned())
    case 0x25: return .text(.index(UInt64(cursor.byte())))
    case 0x26: return .text(.index(cursor.unsigned(size: 2)))
    case 0x27: return .text(.index(cursor.unsigned(size: 3)))
    case 0x28: return .text(.index(cursor.unsigned(size: 4)))
    case 0x29: return .addressIndex(UInt64(cursor.byte()))
    case 0x2a: return .addressIndex(cursor.unsigned(size: 2))
    case 0x2b: return .addressIndex(cursor.unsigned(size: 3))
    case 0x2c: return .addressIndex(cursor.unsigned(size: 4))
    default:
      // How long it is cannot be told, so neither can where the next entry starts.
      cursor.move(to: header.end)
      unit.image.complain(
        "\(unit.image.file.path): form 0x\(String(form, radix: 16)) of an attribute is unknown")
      return nil
    }
  }
}
