/// How C text is laid out.
package enum CDeclarationStyle: Hashable, Sendable {
  /// `struct file * file`, as listings of arguments show it.
  case spaced
  /// `struct file *file`, as definitions show it.
  case attached
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
  /// Anonymous members are written out; padding is not shown.
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

  init(types: BTFTypes, style: CDeclarationStyle) {
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
      let isSpaced = inner.hasPrefix("(") || style == .spaced
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
    inner.isEmpty || inner.hasPrefix("[") ? base + inner : "\(base) \(inner)"
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
    for member in composite.members {
      let declaration = try declare(member.type, member.name, depth: depth + 1)
      let width = member.bitWidth.map { ": \($0)" } ?? ""
      text += "\n\(tabs(indentation + 1))\(declaration)\(width);"
    }
    return text + (composite.members.isEmpty ? "}" : "\n\(tabs(indentation))}")
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
