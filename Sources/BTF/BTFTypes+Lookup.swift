import Synchronization

extension BTFTypes {
  /// Hashes the names that the first call of `find` needs.
  package func readNames() throws(BTFError) { _ = try typeTable() }

  /// Returns the first type of one of `kinds` with `name`, own types before the base's.
  ///
  /// The first call hashes the names of all struct, union, enum, typedef, integer, float and forward
  /// types (about a millisecond for a kernel). Functions are searched one by one (a quarter of a millisecond)
  /// until a table of them pays; other kinds always are.
  package func find(_ name: String, _ kinds: BTFKind...) throws(BTFError) -> BTFTypeID? {
    try findAll(name, kinds).first
  }

  /// Returns all types of one of `kinds` with exactly `name`, own types before the base's.
  package func findAll(_ name: String, _ kinds: [BTFKind]) throws(BTFError) -> [BTFTypeID] {
    var found: [BTFTypeID] = []
    for id in try candidates(name, kinds) where try self.name(of: id) == name { found.append(id) }
    return found
  }

  /// Returns all types of one of `kinds` whose name without flavour is `name` without flavour.
  ///
  /// These are what CO-RE takes for the same type: `task_struct` and `task_struct___old`.
  package func findFlavours(of name: String, _ kinds: [BTFKind]) throws(BTFError) -> [BTFTypeID] {
    let essential = name.withoutBTFFlavour
    var found: [BTFTypeID] = []
    for id in try candidates(name, kinds)
    where try self.name(of: id).withoutBTFFlavour == essential {
      found.append(id)
    }
    return found
  }

  /// Returns the struct, union or enum that C code would mean by the tag `name`.
  package func composite(named name: String) throws(BTFError) -> BTFTypeID? {
    try find(name, .structure, .union)
  }

  /// Returns an enum value by its name, searched for in all enums.
  package func enumValue(
    named name: String
  ) throws(BTFError) -> (enumeration: BTFTypeID, value: BTFEnumerator)? {
    for id in try enumCandidates(name) {
      guard case .enumeration(let enumeration) = try type(id) else { continue }
      if let value = enumeration.values.first(where: { $0.name == name }) { return (id, value) }
    }
    return try base?.enumValue(named: name)
  }

  /// Returns the function `name` with its prototype.
  package func function(named name: String) throws(BTFError) -> BTFFunction? {
    guard let id = try find(name, .function) else { return nil }
    return try function(id)
  }

  /// Whether there is a function whose name, as bytes, is `name`. The first call hashes the names of all.
  package func hasFunction(named name: Span<UInt8>) throws(BTFError) -> Bool {
    let table = try table(\.functions) { () throws(BTFError) in try makeTable([.function]) }
    var hash = BTFNameHash()
    for index in name.indices { hash.add(name[index]) }
    for id in table.candidates(hash: hash.result) where try has(name, id) { return true }
    return try base?.hasFunction(named: name) ?? false
  }

  /// Whether the name of own type `id` is `name`.
  private func has(_ name: Span<UInt8>, _ id: BTFTypeID) throws(BTFError) -> Bool {
    try storage.withBytes { span throws(BTFError) in
      let offset = try span.readUInt32(at: self.offset(Int(id.rawValue - firstOwnID.rawValue)))
      return try equals(name, at: offset, in: span)
    }
  }

  /// Returns function type `id` with its prototype.
  package func function(_ id: BTFTypeID) throws(BTFError) -> BTFFunction {
    guard case .function(let name, let target, _) = try type(id) else {
      throw .wrongKind(id, found: try kind(of: id))
    }
    let prototype = try prototype(target)
    return BTFFunction(
      id: id, name: name, returns: prototype.returns, parameters: prototype.parameters,
      isVariadic: prototype.isVariadic)
  }

  /// Returns function prototype `id`.
  package func prototype(_ id: BTFTypeID) throws(BTFError) -> BTFPrototype {
    guard case .functionPrototype(let prototype) = try type(id) else {
      throw .wrongKind(id, found: try kind(of: id))
    }
    return prototype
  }

  /// Calls `body` with id and name of each own type of one of `kinds` whose name starts with
  /// `prefix`, in the order of the ids.
  ///
  /// Only names that match are turned into strings.
  package func forEachName(
    _ kinds: Set<BTFKind>, prefix: String = "", _ body: (BTFTypeID, String) throws(BTFError) -> Void
  ) throws(BTFError) {
    let mask = Self.mask(kinds)
    let wanted = Array(prefix.utf8)
    try storage.withBytes { span throws(BTFError) in
      for own in index.indices where mask >> (index[own] & 31) & 1 != 0 {
        let name = try span.readUInt32(at: offset(own))
        guard name != 0, try starts(with: wanted, at: name, in: span) else { continue }
        try body(
          BTFTypeID(firstOwnID.rawValue + UInt32(own)), string(at: name, in: span))
      }
    }
  }

  // MARK: Tables

  private static let hashedKinds: Set<BTFKind> = [
    .integer, .structure, .union, .enumeration, .enumeration64, .forward, .typedef, .float,
  ]

  private static func mask(_ kinds: some Sequence<BTFKind>) -> UInt32 {
    kinds.reduce(0) { $0 | 1 << UInt32($1.rawValue) }
  }

  private static func hash(of name: String) -> UInt32 {
    var hash = BTFNameHash()
    for byte in name.utf8 { hash.add(byte) }
    return hash.result
  }

  /// Returns every type of `kinds` whose name may be `name`, own types first.
  private func candidates(_ name: String, _ kinds: [BTFKind]) throws(BTFError) -> [BTFTypeID] {
    let mask = Self.mask(kinds)
    var found: [BTFTypeID] = []
    let hash = Self.hash(of: name)
    if kinds.contains(where: Self.hashedKinds.contains) {
      found += try typeTable().candidates(hash: hash)
    }
    if kinds.contains(.function) {
      found += try functionCandidates(name, hash)
    }
    let rest = Set(kinds).subtracting(Self.hashedKinds).subtracting([.function])
    if !rest.isEmpty {
      try forEachName(rest, prefix: name.withoutBTFFlavour) { id, _ in found.append(id) }
    }
    found = found.filter { mask >> (index[Int($0.rawValue - firstOwnID.rawValue)] & 31) & 1 != 0 }
    if let base { found += try base.candidates(name, kinds) }
    return found
  }

  /// Returns the functions whose name may be `name`; they have no flavours.
  private func functionCandidates(
    _ name: String, _ hash: UInt32
  ) throws(BTFError) -> [BTFTypeID] {
    if isWorthTable(\.functions, \.functionLookups) {
      let table = try table(\.functions) { () throws(BTFError) in try makeTable([.function]) }
      return table.candidates(hash: hash)
    }
    let names = stringOffsets(of: name)
    if names.isEmpty { return [] }
    let mask = Self.mask([.function])
    return try storage.withBytes { span throws(BTFError) in
      var found: [BTFTypeID] = []
      for own in index.indices where mask >> (index[own] & 31) & 1 != 0 {
        if names.contains(try span.readUInt32(at: offset(own))) {
          found.append(BTFTypeID(firstOwnID.rawValue + UInt32(own)))
        }
      }
      return found
    }
  }

  /// The offsets at which string sections have a name, the base's first: hardly ever more than one.
  private func stringOffsets(of name: String) -> [UInt32] {
    var found = base?.stringOffsets(of: name) ?? []
    let wanted = Array(name.utf8) + [0]
    var rest = stringsStart..<(stringsStart + stringsLength)
    while let place = storage.firstOffset(of: wanted, in: rest) {
      found.append(UInt32(firstOwnString + place - stringsStart))
      rest = (place + 1)..<rest.upperBound
    }
    return found
  }

  /// Returns the own enums that may have a value `name`.
  private func enumCandidates(_ name: String) throws(BTFError) -> [BTFTypeID] {
    if isWorthTable(\.enumerators, \.enumeratorLookups) {
      let table = try table(\.enumerators) { () throws(BTFError) in try makeEnumeratorTable() }
      return table.candidates(hash: Self.hash(of: name))
    }
    let names = stringOffsets(of: name)
    if names.isEmpty { return [] }
    var found: [BTFTypeID] = []
    try forEachEnumerator { own, offset, _ in
      if names.contains(offset) {
        found.append(BTFTypeID(firstOwnID.rawValue + UInt32(own)))
      }
    }
    return found
  }

  /// Whether the table at `path` exists or has been missed often enough; counts the lookup.
  private func isWorthTable(
    _ path: KeyPath<BTFNameTables, BTFNameTable?>, _ lookups: WritableKeyPath<BTFNameTables, Int>
  ) -> Bool {
    nameTables.withLock { tables in
      tables[keyPath: lookups] += 1
      return tables[keyPath: path] != nil
        || tables[keyPath: lookups] > BTFNameTables.lookupsBeforeTable
    }
  }

  private func typeTable() throws(BTFError) -> BTFNameTable {
    try table(\.types) { () throws(BTFError) in try makeTable(Self.hashedKinds) }
  }

  /// Returns the table at `path`, made by `make` the first time.
  private func table(
    _ path: WritableKeyPath<BTFNameTables, BTFNameTable?>,
    make: () throws(BTFError) -> BTFNameTable
  ) throws(BTFError) -> BTFNameTable {
    if let known = nameTables.withLock({ $0[keyPath: path] }) { return known }
    let made = try make()
    nameTables.withLock { $0[keyPath: path] = made }
    return made
  }

  private func makeTable(_ kinds: Set<BTFKind>) throws(BTFError) -> BTFNameTable {
    let mask = Self.mask(kinds)
    let count = index.reduce(0) { $0 + Int(mask >> ($1 & 31) & 1) }
    var table = BTFNameTable(count: count)
    try storage.withBytes { span throws(BTFError) in
      for own in index.indices where mask >> (index[own] & 31) & 1 != 0 {
        let name = try span.readUInt32(at: offset(own))
        guard name != 0 else { continue }
        table.insert(
          BTFTypeID(firstOwnID.rawValue + UInt32(own)), hash: try hash(at: name, in: span))
      }
    }
    return table
  }

  private func makeEnumeratorTable() throws(BTFError) -> BTFNameTable {
    var count = 0
    try forEachEnumerator { _, _, _ in count += 1 }
    var table = BTFNameTable(count: count)
    try forEachEnumerator { own, offset, span throws(BTFError) in
      table.insert(
        BTFTypeID(firstOwnID.rawValue + UInt32(own)), hash: try hash(at: offset, in: span))
    }
    return table
  }

  /// Calls `body` with the index of the enum and the name's offset for each value of an own enum.
  private func forEachEnumerator(
    _ body: (Int, UInt32, Span<UInt8>) throws(BTFError) -> Void
  ) throws(BTFError) {
    try storage.withBytes { span throws(BTFError) in
      let mask = Self.mask([.enumeration, .enumeration64])
      for own in index.indices where mask >> (index[own] & 31) & 1 != 0 {
        let header = try BTFTypeHeader(at: offset(own), in: span)
        let stride = index[own] & 31 == UInt32(BTFKind.enumeration.rawValue) ? 8 : 12
        for number in 0..<header.count {
          try body(own, span.readUInt32(at: header.extra + number * stride), span)
        }
      }
    }
  }

  // MARK: Names as bytes

  private func hash(at offset: UInt32, in span: Span<UInt8>) throws(BTFError) -> UInt32 {
    guard let start = try stringPosition(offset) else {
      guard let base else { throw .badString(offset: offset) }
      return try base.storage.withBytes { span throws(BTFError) in
        try base.hash(at: offset, in: span)
      }
    }
    var hash = BTFNameHash()
    let limit = stringsStart + stringsLength
    var position = start
    while position < limit {
      let byte = span[position]
      if byte == 0 { return hash.result }
      hash.add(byte)
      position += 1
    }
    throw .badString(offset: offset)
  }

  private func equals(
    _ name: Span<UInt8>, at offset: UInt32, in span: Span<UInt8>
  ) throws(BTFError) -> Bool {
    guard let start = try stringPosition(offset) else {
      guard let base else { throw .badString(offset: offset) }
      return try base.storage.withBytes { span throws(BTFError) in
        try base.equals(name, at: offset, in: span)
      }
    }
    let end = start + name.count
    guard end < stringsStart + stringsLength, span[end] == 0 else { return false }
    for index in name.indices where span[start + index] != name[index] { return false }
    return true
  }

  private func starts(
    with wanted: [UInt8], at offset: UInt32, in span: Span<UInt8>
  ) throws(BTFError) -> Bool {
    if wanted.isEmpty { return true }
    guard let start = try stringPosition(offset) else {
      guard let base else { throw .badString(offset: offset) }
      return try base.storage.withBytes { span throws(BTFError) in
        try base.starts(with: wanted, at: offset, in: span)
      }
    }
    guard start + wanted.count <= stringsStart + stringsLength else { return false }
    for position in wanted.indices where span[start + position] != wanted[position] {
      return false
    }
    return true
  }
}
