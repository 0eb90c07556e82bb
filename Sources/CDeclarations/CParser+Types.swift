import BTF
import Diagnostics

/// What `__attribute__` says, as far as it is about layout.
struct CAttributes {
  var isPacked = false
  var alignment: Int?
  var isUser = false
  /// The bytes that `mode` gives an integer in place of those of its name.
  var integerSize: Int?

  func joined(_ other: CAttributes) -> CAttributes {
    CAttributes(
      isPacked: isPacked || other.isPacked,
      alignment: [alignment, other.alignment].compactMap { $0 }.max(),
      isUser: isUser || other.isUser, integerSize: integerSize ?? other.integerSize)
  }
}

/// What stands before the declarators.
struct CSpecifiers {
  var type: BTFTypeID
  var isTypedef: Bool
  /// Whether a structure, union or enumeration is defined or declared here.
  var isDefinition: Bool
  var isTag: Bool
  var attributes: CAttributes
}

extension CParser {
  // MARK: Attributes

  mutating func parseAttributes() throws(CFailure) -> CAttributes {
    var result = CAttributes()
    while let found = try parseAttribute() { result = result.joined(found) }
    return result
  }

  private static let attributeWords: Set<String> = [
    "__attribute__", "__attribute", "_Alignas", "alignas",
  ]

  private mutating func parseAttribute() throws(CFailure) -> CAttributes? {
    guard let token, token.kind == .identifier else { return nil }
    var result = CAttributes()
    switch token.text {
    // What the kernel's headers call by a macro is a plain name where macros have been expanded.
    case _ where isOfSystem(token) && !Self.attributeWords.contains(token.text): return nil
    case "__attribute__", "__attribute":
      position += 1
      guard isAt("("), peek()?.is("(") ?? false else {
        throw fail(.cExpected("'(('", at: place))
      }
      let end = Self.closing(position, in: tokens)
      position += 2
      while position < end - 1 {
        if take(",") { continue }
        try parseOneAttribute(&result)
      }
      position = end + 1
    case "__packed":
      position += 1
      result.isPacked = true
    case "__aligned", "_Alignas", "alignas":
      position += 1
      try expect("(")
      result.alignment = try parseAlignment()
      try expect(")")
    case "__user":
      position += 1
      result.isUser = true
    case "__kernel", "__iomem", "__percpu", "__rcu", "__force", "__nocast", "__must_check",
      "__safe", "__private", "__bitwise", "__bitwise__", "__refdata", "__randomize_layout",
      "__no_randomize_layout", "__cacheline_aligned", "__designated_init", "__latent_entropy",
      "__ro_after_init", "__init", "__maybe_unused", "__deprecated", "__noreturn", "__pure",
      "noinline", "__always_inline", "__ksym", "__kptr", "__weak", "__cold", "__used",
      "randomized_struct_fields_start", "randomized_struct_fields_end", "__counted_by",
      "__counted_by_le", "__counted_by_be", "__nonstring", "__guarded_by":
      position += 1
      if isAt("("), token.text.hasPrefix("__counted") || token.text == "__guarded_by" {
        skipBrackets()
      }
    case "____cacheline_aligned", "____cacheline_aligned_in_smp",
      "____cacheline_internodealigned_in_smp":
      position += 1
      result.alignment = 64
    default: return nil
    }
    return result
  }

  private mutating func parseOneAttribute(_ result: inout CAttributes) throws(CFailure) {
    guard let name = advance() else { return }
    switch name.text {
    case "packed", "__packed__": result.isPacked = true
    case "aligned", "__aligned__":
      var alignment = 16
      if take("(") {
        alignment = try parseAlignment()
        try expect(")")
      }
      result.alignment = max(alignment, result.alignment ?? 0)
    case "mode", "__mode__":
      result.integerSize = peek().flatMap { Self.modes[$0.text.filter { $0 != "_" }] }
      if isAt("(") { skipBrackets() }
    case "btf_type_tag":
      if peek()?.text == "\"user\"" { result.isUser = true }
      if isAt("(") { skipBrackets() }
    default:
      if isAt("(") { skipBrackets() }
    }
  }

  /// gcc's names for sizes of integers.
  private static let modes = [
    "byte": 1, "QI": 1, "HI": 2, "SI": 4, "DI": 8, "word": 8, "pointer": 8, "TI": 16,
  ]

  /// The integer that `mode` makes of another; the type itself if it is about none.
  mutating func resized(
    _ id: BTFTypeID, _ attributes: CAttributes
  ) throws(CFailure) -> BTFTypeID {
    guard let size = attributes.integerSize else { return id }
    let known = try asking { parser throws(BTFError) in
      try parser.types[parser.types.resolve(id)]
    }
    guard case .integer(let integer) = known else { return id }
    let names = [1: "char", 2: "short", 4: "int", 8: "long", 16: "__int128"]
    let name = (integer.isSigned ? "" : "unsigned ") + (names[size] ?? "int")
    return integerType(name, size, isSigned: integer.isSigned)
  }

  private mutating func parseAlignment() throws(CFailure) -> Int {
    let start = place
    let value: Int64
    if let type = try parseTypeName(isCertain: false) {
      value = Int64(try layout(of: type, at: start).alignment)
    } else {
      value = try parseConstant().signed
    }
    guard value > 0, value <= 1 << 20, value & (value - 1) == 0 else {
      throw fail(.cAlignment(value, at: start))
    }
    return Int(value)
  }

  // MARK: Specifiers

  private static let skippedWords: Set<String> = [
    "extern", "static", "inline", "__inline", "__inline__", "register", "auto", "_Noreturn",
    "_Thread_local", "__thread", "__extension__", "const", "volatile", "restrict", "__const",
    "__const__", "__volatile", "__volatile__", "__restrict", "__restrict__", "_Atomic",
  ]
  private static let baseWords: Set<String> = [
    "void", "char", "short", "int", "long", "float", "double", "signed", "unsigned", "_Bool",
    "__signed__", "__signed", "__int128", "_Complex", "__complex__", "_Float128", "__float128",
  ]

  mutating func parseSpecifiers() throws(CFailure) -> CSpecifiers {
    var result = CSpecifiers(
      type: .void, isTypedef: false, isDefinition: false, isTag: false, attributes: CAttributes())
    var words: [String] = []
    var type: BTFTypeID?
    let start = place
    while let token {
      if case .packing = token.kind { break }
      let attributes = try parseAttributes()
      result.attributes = result.attributes.joined(attributes)
      guard let token = self.token, token.kind == .identifier else { break }
      if token.text == "typedef" {
        result.isTypedef = true
        position += 1
      } else if Self.skippedWords.contains(token.text) {
        position += 1
      } else if type == nil, Self.baseWords.contains(token.text) {
        words.append(token.text)
        position += 1
      } else if type != nil || !words.isEmpty {
        break
      } else if ["struct", "union", "enum"].contains(token.text) {
        let found = try nested { parser throws(CFailure) in try parser.parseTag() }
        type = found.type
        result.isDefinition = found.isDefinition || isAt(";")
        result.isTag = true
      } else if ["typeof", "__typeof__", "__typeof", "typeof_unqual"].contains(token.text) {
        position += 1
        try expect("(")
        guard let named = try parseTypeName(isCertain: false) else {
          throw fail(.cExpected("a type", at: place))
        }
        type = named
        try expect(")")
      } else if let named = try typedef(named: token.text) {
        type = named
        position += 1
      } else {
        break
      }
    }
    if let type {
      result.type = type
    } else if !words.isEmpty {
      result.type = try baseType(words, at: start)
    } else if let token, token.kind == .identifier {
      throw fail(.cUnknownType(token.text, at: token.range))
    } else {
      throw fail(.cExpected("a type", at: place))
    }
    if result.attributes.isUser {
      result.type = types.add(.typeTag(name: "user", target: result.type))
    }
    return result
  }

  /// Whether a type starts at `token`.
  mutating func startsType(_ token: CToken?) -> Bool {
    guard let token, token.kind == .identifier else { return false }
    if Self.skippedWords.contains(token.text) || Self.baseWords.contains(token.text)
      || ["struct", "union", "enum", "typeof", "__typeof__"].contains(token.text)
    {
      return true
    }
    guard enumerators[token.text] == nil else { return false }
    do throws(CFailure) { return try typedef(named: token.text) != nil } catch { return false }
  }

  private mutating func baseType(
    _ words: [String], at range: SourceRange
  ) throws(CFailure) -> BTFTypeID {
    var counts: [String: Int] = [:]
    for word in words {
      let plain = word.hasPrefix("__signed") ? "signed" : word
      counts[plain, default: 0] += 1
    }
    let long = counts["long"] ?? 0
    let isUnsigned = counts["unsigned"] != nil
    let isSigned = counts["signed"] != nil
    func only(_ allowed: String...) -> Bool { counts.keys.allSatisfy(allowed.contains) }
    func integer(_ name: String, _ bytes: Int) -> BTFTypeID {
      integerType(isUnsigned ? "unsigned \(name)" : name, bytes, isSigned: !isUnsigned)
    }
    guard !(isUnsigned && isSigned), long <= 2,
      counts.allSatisfy({ $0.key == "long" || $0.value == 1 })
    else { throw fail(.cBaseType(words.joined(separator: " "), at: range)) }
    switch true {
    case counts["void"] != nil && only("void"): return .void
    case counts["_Bool"] != nil && only("_Bool"): return boolean
    case counts["char"] != nil && only("char", "signed", "unsigned"):
      if isSigned { return integerType("signed char", 1, isSigned: true) }
      return integer("char", 1)
    case counts["short"] != nil && only("short", "int", "signed", "unsigned"):
      return integer("short", 2)
    case counts["__int128"] != nil && only("__int128", "signed", "unsigned"):
      return integer("__int128", 16)
    case counts["float"] != nil && only("float"): return float("float", 4)
    case counts["double"] != nil && only("double", "long"):
      return long > 0 ? float("long double", 16) : float("double", 8)
    case counts["_Float128"] != nil || counts["__float128"] != nil:
      return float("__float128", 16)
    case only("long", "int", "signed", "unsigned"):
      switch long {
      case 0: return integer("int", 4)
      case 1: return integer("long", 8)
      default: return integer("long long", 8)
      }
    default: throw fail(.cBaseType(words.joined(separator: " "), at: range))
    }
  }

  private mutating func integerType(_ name: String, _ bytes: Int, isSigned: Bool) -> BTFTypeID {
    types.add(
      .integer(
        BTFInteger(
          name: name, sizeInBytes: bytes, bitCount: bytes * 8, bitOffset: 0, isSigned: isSigned,
          isBool: false, isChar: name == "char")))
  }

  private var boolean: BTFTypeID {
    mutating get {
      types.add(
        .integer(
          BTFInteger(
            name: "_Bool", sizeInBytes: 1, bitCount: 8, bitOffset: 0, isSigned: false,
            isBool: true, isChar: false)))
    }
  }

  private mutating func float(_ name: String, _ bytes: Int) -> BTFTypeID {
    types.add(.float(name: name, sizeInBytes: bytes))
  }

  // MARK: Names

  /// The type that a name stands for: the script's, the kernel's, or one of the C library.
  private mutating func typedef(named name: String) throws(CFailure) -> BTFTypeID? {
    if isCondition { return nil }
    if let own = typedefs[name] { return own.type }
    let found = try asking { parser throws(BTFError) in
      try parser.types.kernel?.find(name, .typedef)
    }
    if let found { return found }
    switch name {
    case "bool": return boolean
    case _ where Self.libraryTypes[name] != nil:
      return try baseType(Self.libraryTypes[name] ?? [], at: place)
    default: return nil
    }
  }

  /// What the C library and the kernel's headers call the base types.
  private static let libraryTypes: [String: [String]] = {
    let table: [([String], String)] = [
      (["signed", "char"], "int8_t __s8 s8 int_least8_t"),
      (["unsigned", "char"], "uint8_t __u8 u8 u_char unchar uint_least8_t u_int8_t"),
      (["short"], "int16_t __s16 s16 int_least16_t"),
      (
        ["unsigned", "short"],
        "uint16_t __u16 u16 u_short ushort __be16 __le16 __sum16 umode_t in_port_t "
          + "sa_family_t u_int16_t uint_least16_t"
      ),
      (["int"], "int32_t __s32 s32 pid_t key_t clockid_t int_least32_t wchar_t"),
      (
        ["unsigned", "int"],
        "uint32_t __u32 u32 uint u_int uid_t gid_t mode_t dev_t __be32 __le32 __wsum "
          + "socklen_t in_addr_t gfp_t u_int32_t uint_least32_t id_t __poll_t"
      ),
      (
        ["long"],
        "int64_t __s64 s64 ssize_t off_t loff_t time_t intptr_t ptrdiff_t clock_t ktime_t "
          + "time64_t suseconds_t int_least64_t intmax_t int_fast64_t int_fast32_t "
          + "int_fast16_t"
      ),
      (
        ["unsigned", "long"],
        "uint64_t __u64 u64 u_long ulong size_t uintptr_t __be64 __le64 ino_t nlink_t "
          + "sector_t u_int64_t uint_least64_t uintmax_t uint_fast64_t uint_fast32_t "
          + "uint_fast16_t dma_addr_t phys_addr_t resource_size_t"
      ),
    ]
    var result: [String: [String]] = [:]
    for (words, names) in table {
      for name in names.split(separator: " ") { result[String(name)] = words }
    }
    return result
  }()

  // MARK: Structures, unions and enumerations

  private mutating func parseTag() throws(CFailure) -> (type: BTFTypeID, isDefinition: Bool) {
    let keyword = advance()?.text ?? ""
    let attributes = try parseAttributes()
    var name = ""
    var nameRange = place
    if let token, token.kind == .identifier {
      name = token.text
      nameRange = token.range
      position += 1
    }
    let late = try parseAttributes()
    if keyword == "enum", take(":") { _ = try parseSpecifiers() }
    guard isAt("{") else {
      guard !name.isEmpty else { throw fail(.cExpected("a name or '{'", at: place)) }
      return (try tag(keyword, name, isOwn: isAt(";")), false)
    }
    let key = "\(keyword) \(name)"
    if let known = tags[key]?.definition, !name.isEmpty {
      report(.cRedefinition("'\(key)'", at: nameRange, first: known))
      throw CFailure()
    }
    let id =
      try name.isEmpty
      ? types.add(.forward(name: "", isUnion: keyword == "union"))
      : tag(keyword, name, isOwn: true)
    if !name.isEmpty { tags[key] = Tag(type: id, definition: nameRange) }
    if keyword == "enum" {
      try parseEnumeration(id, name, attributes.joined(late))
    } else {
      try parseComposite(
        id, name, isUnion: keyword == "union", attributes.joined(late), at: nameRange)
    }
    return (id, true)
  }

  /// The structure, union or enumeration of that name, which may be defined later, or nowhere.
  private mutating func tag(
    _ keyword: String, _ name: String, isOwn: Bool
  ) throws(CFailure) -> BTFTypeID {
    let key = "\(keyword) \(name)"
    if let known = tags[key] { return known.type }
    if !isOwn, !ownTags.contains(key) {
      let kinds: [BTFKind] =
        switch keyword {
        case "struct": [.structure]
        case "union": [.union]
        default: [.enumeration, .enumeration64]
        }
      let found = try asking { parser throws(BTFError) in
        try parser.types.kernel?.findAll(name, kinds).first
      }
      if let found {
        tags[key] = Tag(type: found, definition: nil)
        return found
      }
    }
    let id = types.add(.forward(name: name, isUnion: keyword == "union"))
    tags[key] = Tag(type: id, definition: nil)
    return id
  }

  private mutating func parseEnumeration(
    _ id: BTFTypeID, _ name: String, _ before: CAttributes
  ) throws(CFailure) {
    try expect("{")
    var values: [BTFEnumerator] = []
    var next = CValue(0)
    var isUnsigned = true
    var isWide = false
    while !isAt("}") {
      guard let token = advance(), token.kind == .identifier else {
        position -= 1
        throw fail(.cExpected("the name of an enumerator", at: place))
      }
      _ = try parseAttributes()
      if take("=") { next = try parseConstant() }
      if let known = enumerators[token.text] {
        report(.cRedefinition("'\(token.text)'", at: token.range, first: known.range))
      }
      enumerators[token.text] = (next, token.range)
      values.append(BTFEnumerator(name: token.text, value: next.signed))
      if !next.isUnsigned, next.signed < 0 { isUnsigned = false }
      if next.isUnsigned || next.signed >= 0 {
        if next.bits > UInt64(UInt32.max) { isWide = true }
      } else if next.signed < Int64(Int32.min) {
        isWide = true
      }
      next = CValue(
        bits: next.bits &+ 1, isUnsigned: next.isUnsigned,
        isLong: next.isLong || next.bits == UInt64(Int32.max))
      if !take(",") { break }
    }
    try expect("}")
    guard values.count <= Int(UInt16.max) else { throw fail(.cTooLong(at: place)) }
    // With a negative value, those above the signed ones need more room.
    if !isUnsigned, values.contains(where: { $0.value > Int64(Int32.max) }) { isWide = true }
    let attributes = before.joined(try parseAttributes())
    var size = isWide ? 8 : 4
    if attributes.isPacked, !isWide {
      let (low, high) = (values.map(\.value).min() ?? 0, values.map(\.value).max() ?? 0)
      if isUnsigned {
        size = high <= 0xFF ? 1 : high <= 0xFFFF ? 2 : 4
      } else {
        size =
          low >= Int64(Int8.min) && high <= Int64(Int8.max)
          ? 1 : low >= Int64(Int16.min) && high <= Int64(Int16.max) ? 2 : 4
      }
    }
    types.complete(
      id,
      .enumeration(
        BTFEnumeration(name: name, sizeInBytes: size, isSigned: !isUnsigned, values: values)))
  }

  /// The size and alignment of a type that must have them.
  mutating func layout(
    of id: BTFTypeID, at range: SourceRange
  ) throws(CFailure) -> CTypeArena.Layout {
    let layout = try asking { parser throws(BTFError) in try parser.types.layout(of: id) }
    guard let layout else { throw fail(.cIncomplete(describe(id), at: range)) }
    return layout
  }

  /// What messages call a type.
  mutating func describe(_ id: BTFTypeID) -> String {
    do throws(BTFError) {
      switch try types[types.resolve(id)] {
      case .forward(let name, let isUnion): return "\(isUnion ? "union" : "struct") \(name)"
      case .void: return "void"
      case .functionPrototype: return "function"
      default: return "type"
      }
    } catch { return "type" }
  }

  // MARK: Names of types

  /// A type as in `sizeof(type)`; nil if there is none here, unless it is certain that there is one.
  mutating func parseTypeName(isCertain: Bool) throws(CFailure) -> BTFTypeID? {
    guard isCertain || startsType(token) else { return nil }
    let specifiers = try parseSpecifiers()
    return try parseDeclarator(specifiers).type
  }
}
