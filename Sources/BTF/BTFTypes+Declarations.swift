/// How C text is laid out.
package enum CDeclarationStyle: Hashable, Sendable {
  /// `struct file * file`, as listings of arguments show it.
  case spaced
  /// `struct file *file`, as definitions show it.
  case attached
  /// `struct file* file`, as listings of functions in user space show it.
  case stars
}

extension BTFTypes {
  /// Returns how C would declare `name` with type `id`: `char prev_comm[16]`, `const char * filename`,
  /// `void (*func)(struct callback_head *)`.
  ///
  /// - Parameter name: May be empty, for the type alone.
  package func declaration(
    of id: BTFTypeID, named name: String = "", style: CDeclarationStyle = .spaced
  ) throws(BTFError) -> String {
    var printer = CPrinter(types: self, style: style)
    return try printer.declare(id, name, depth: 0)
  }

  /// Returns the definition of type `id` in C, with tabs and without a newline at its end.
  ///
  /// Anonymous members are written out. Holes that no compiler would leave by itself are filled with
  /// unnamed bit-fields, so that the definition gives the same layout.
  package func definition(of id: BTFTypeID) throws(BTFError) -> String {
    var printer = CPrinter(types: self, style: .attached)
    switch try type(id) {
    case .composite(let composite):
      return try printer.define(composite, indentation: 0, depth: 0) + ";"
    case .enumeration(let enumeration):
      return printer.define(enumeration, indentation: 0) + ";"
    case .typedef(let name, let target):
      return try "typedef " + printer.declare(target, name, depth: 0) + ";"
    case .forward(let name, let isUnion):
      return "\(isUnion ? "union" : "struct") \(name);"
    case .function(let name, let prototype, _):
      return try printer.declare(prototype, name, depth: 0) + ";"
    default:
      return try printer.declare(id, "", depth: 0) + ";"
    }
  }
}

/// Writes C from the inside of a declarator to its outside.
private struct CPrinter {
  let types: BTFTypes
  let style: CDeclarationStyle
  /// Where anonymous types are written out: the indentation they stand at.
  private var indentation = 0
  private var written = 0
  private var alignments: TypeAlignments

  init(types: BTFTypes, style: CDeclarationStyle) {
    alignments = TypeAlignments(of: types)
    self.types = types
    self.style = style
  }

  /// Returns type `id` around `inner`, the declarator so far.
  mutating func declare(
    _ id: BTFTypeID, _ inner: String, depth: Int
  ) throws(BTFError) -> String {
    written += inner.utf8.count + 1
    guard depth < BTFTypes.maximumDepth, written < 1 << 22 else { throw .tooDeep(id) }
    switch try types.type(id) {
    case .void: return join("void", inner)
    case .integer(let integer): return join(integer.name, inner)
    case .float(let name, _): return join(name, inner)
    case .typedef(let name, _): return join(name, inner)
    case .forward(let name, let isUnion):
      return join("\(isUnion ? "union" : "struct") \(name)", inner)
    case .composite(let composite):
      guard composite.name.isEmpty else {
        return join("\(composite.isUnion ? "union" : "struct") \(composite.name)", inner)
      }
      return join(try define(composite, indentation: indentation, depth: depth + 1), inner)
    case .enumeration(let enumeration):
      guard enumeration.name.isEmpty else { return join("enum \(enumeration.name)", inner) }
      return join(define(enumeration, indentation: indentation), inner)
    case .pointer(let target): return try declarePointer(target, inner, depth: depth)
    case .array(let array):
      return try declare(array.element, "\(inner)[\(array.count)]", depth: depth + 1)
    case .functionPrototype(let prototype):
      let parameters = try list(prototype, depth: depth)
      return try declare(prototype.returns, "\(inner)(\(parameters))", depth: depth + 1)
    case .const(let target): return try qualify("const", target, inner, depth: depth)
    case .volatile(let target): return try qualify("volatile", target, inner, depth: depth)
    case .restrict(let target): return try qualify("restrict", target, inner, depth: depth)
    case .typeTag(_, let target): return try declare(target, inner, depth: depth + 1)
    case .function(let name, let prototype, _):
      return try declare(prototype, inner.isEmpty ? name : inner, depth: depth + 1)
    case .variable(let name, let type, _):
      return try declare(type, inner.isEmpty ? name : inner, depth: depth + 1)
    case .dataSection(let section): return join(section.name, inner)
    case .declarationTag(_, let target, _): return try declare(target, inner, depth: depth + 1)
    }
  }

  private mutating func declarePointer(
    _ target: BTFTypeID, _ inner: String, depth: Int
  ) throws(BTFError) -> String {
    switch try types.kind(of: types.withoutQualifiers(target)) {
    case .array, .functionPrototype:
      return try declare(target, "(*\(inner))", depth: depth + 1)
    default:
      let isSpaced = inner.hasPrefix("(") || style != .attached
      let gap = isSpaced && !inner.isEmpty && !inner.hasPrefix("*") ? " " : ""
      return try declare(target, "*\(gap)\(inner)", depth: depth + 1)
    }
  }

  /// A qualifier of a pointer stands behind the star, all others stand in front.
  private mutating func qualify(
    _ qualifier: String, _ target: BTFTypeID, _ inner: String, depth: Int
  ) throws(BTFError) -> String {
    if case .pointer = try types.type(types.withoutQualifiers(target)) {
      let gap = style == .attached ? " " : ""
      return try declare(
        target, inner.isEmpty ? "\(gap)\(qualifier)" : "\(gap)\(qualifier) \(inner)",
        depth: depth + 1)
    }
    // Compilers qualify an array and its elements; C has a place for one of them.
    if case .array(let array) = try types.type(target), try isQualified(array.element) {
      return try declare(target, inner, depth: depth + 1)
    }
    return try "\(qualifier) " + declare(target, inner, depth: depth + 1)
  }

  private func isQualified(_ id: BTFTypeID) throws(BTFError) -> Bool {
    switch try types.kind(of: id) {
    case .const, .volatile: true
    default: false
    }
  }

  private mutating func list(
    _ prototype: BTFPrototype, depth: Int
  ) throws(BTFError) -> String {
    var parameters: [String] = []
    for parameter in prototype.parameters {
      parameters.append(try declare(parameter.type, parameter.name, depth: depth + 1))
    }
    if prototype.isVariadic { parameters.append("...") }
    return parameters.isEmpty ? "void" : parameters.joined(separator: ", ")
  }

  private func join(_ base: String, _ inner: String) -> String {
    let isAttached = inner.hasPrefix("[") || style == .stars && inner.hasPrefix("*")
    return inner.isEmpty || isAttached ? base + inner : "\(base) \(inner)"
  }

  /// Returns `struct name { ... }`, whose first line stands at `indentation`.
  mutating func define(
    _ composite: BTFComposite, indentation: Int, depth: Int
  ) throws(BTFError) -> String {
    let head = [composite.isUnion ? "union" : "struct", composite.name].filter { !$0.isEmpty }
    var text = head.joined(separator: " ") + " {"
    let outer = self.indentation
    self.indentation = indentation + 1
    defer { self.indentation = outer }
    let natural = try alignments.naturalAlignment(of: composite)
    let isPacked = !composite.isUnion && natural == nil
    var end = 0
    var isBitField = false
    for member in composite.members {
      if !composite.isUnion {
        let alignment = isPacked ? 1 : try max(1, alignments.alignment(of: member.type))
        let hole = Hole(
          start: end, end: member.bitOffset, alignment: alignment,
          isInsideBitFields: isBitField && member.bitWidth != nil)
        text += try fill(hole, indentation: indentation + 1, at: member.type)
      }
      let declaration = try declare(member.type, member.name, depth: depth + 1)
      let width = member.bitWidth.map { ": \($0)" } ?? ""
      text += "\n\(tabs(indentation + 1))\(declaration)\(width);"
      isBitField = member.bitWidth != nil
      if let width = member.bitWidth {
        end = member.bitOffset + width
      } else {
        end = try member.bitOffset &+ 8 &* sizeOrNothing(of: member.type)
      }
    }
    if !composite.isUnion {
      let hole = Hole(
        start: end, end: 8 * composite.sizeInBytes, alignment: natural ?? 1,
        isInsideBitFields: false)
      let last = composite.members.last?.type ?? .void
      text += try fill(hole, indentation: indentation + 1, at: last)
    }
    let isEmpty = text.hasSuffix("{")
    text += isEmpty ? "}" : "\n\(tabs(indentation))}"
    return text + (isPacked ? " __attribute__((packed))" : "")
  }

  /// Returns lines that fill `hole`, beside a member of type `id`.
  private mutating func fill(
    _ hole: Hole, indentation: Int, at id: BTFTypeID
  ) throws(BTFError) -> String {
    // Damaged types have holes of any size.
    written += max(0, hole.end - hole.start) / 8
    guard written < 1 << 22 else { throw .tooDeep(id) }
    return hole.padding.map { "\n\(tabs(indentation))\($0);" }.joined()
  }

  /// A flexible array of something incomplete takes no room.
  private func sizeOrNothing(of id: BTFTypeID) throws(BTFError) -> Int {
    do throws(BTFError) { return try types.size(of: id) } catch {
      if case .sizeless = error { return 0 }
      throw error
    }
  }

  func define(_ enumeration: BTFEnumeration, indentation: Int) -> String {
    var text = enumeration.name.isEmpty ? "enum {" : "enum \(enumeration.name) {"
    for value in enumeration.values {
      let number = enumeration.isSigned ? "\(value.value)" : "\(UInt64(bitPattern: value.value))"
      let suffix = enumeration.sizeInBytes == 8 ? (enumeration.isSigned ? "LL" : "ULL") : ""
      text += "\n\(tabs(indentation + 1))\(value.name) = \(number)\(suffix),"
    }
    return text + "\n\(tabs(indentation))}"
  }

  private func tabs(_ count: Int) -> String { String(repeating: "\t", count: count) }
}

/// Room between members of a struct, in bits from its start.
private struct Hole {
  var start: Int
  var end: Int
  /// What the member behind it is aligned to by itself, in bytes.
  var alignment: Int
  /// Whether the members before and behind it are bit-fields, which compilers put side by side.
  var isInsideBitFields: Bool

  private static let units = [("long", 64), ("int", 32), ("short", 16), ("char", 8)]

  /// The unnamed bit-fields that make a compiler leave this room, without `;`.
  var padding: [String] {
    guard start < end else { return [] }
    var result: [String] = []
    var place = start
    // The largest unit that starts inside the hole, or at its end.
    let unit =
      Self.units.first { Self.roundUp(start, to: $0.1) <= end } ?? Self.units[Self.units.count - 1]
    let first = Self.roundUp(start, to: unit.1)
    if first > start, first <= end {
      let isLast = first == end
      // Members are aligned by themselves; a width of 0 aligns where they would not be.
      let isNatural =
        isLast
        ? Self.roundUp(start, to: 8 * alignment) == first : end - first > first - start
      if isInsideBitFields {
        result.append("\(unit.0): \(first - start)")
      } else if !isNatural {
        result.append("\(unit.0): 0")
      }
      place = first
    }
    while place < end {
      let bits = min(end - place, unit.1)
      let smallest = bits == unit.1 ? unit : Self.units.last { $0.1 >= bits } ?? unit
      result.append("\(smallest.0): \(bits)")
      place += bits
    }
    return result
  }

  private static func roundUp(_ value: Int, to unit: Int) -> Int {
    (value + unit - 1) / unit * unit
  }
}
