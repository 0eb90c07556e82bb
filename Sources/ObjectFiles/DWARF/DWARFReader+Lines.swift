extension DWARFReader {
  /// Where the statements of a line start, for `DebugInformation.statements(at:)`.
  func statements(_ line: SourceLine) -> SourceStatements {
    var result = SourceStatements()
    var files: Set<String> = []
    /// For each function, inlined or not, where it first comes to the line.
    var starts: [Instance: UInt64] = [:]
    var nearest: (distance: Int, line: Int)?
    for unit in units {
      guard let table = unit.lineTable else { continue }
      var wanted: Set<UInt32> = []
      for file in 0..<table.fileCount {
        guard let path = table.path(file), line.isIn(path) else { continue }
        wanted.insert(UInt32(file))
        files.insert(SourceLine.simplified(path))
      }
      if wanted.isEmpty { continue }
      for row in table.rows where row.isStatement && !row.isEnd && wanted.contains(row.file) {
        let isThere =
          Int(row.line) == line.line && (line.column.map { Int(row.column) == $0 } ?? true)
        if isThere {
          let instance = self.instance(at: row.address)
          starts[instance] = min(starts[instance] ?? .max, row.address)
        } else if row.line > 0 {
          // What follows is what people mean who name a line that has no code.
          let distance = abs(Int(row.line) - line.line) * 2 + (Int(row.line) < line.line ? 1 : 0)
          if distance < nearest?.distance ?? .max { nearest = (distance, Int(row.line)) }
          if Int(row.line) == line.line { result.columns.insert(Int(row.column)) }
        }
      }
    }
    result.files = files.sorted()
    result.addresses = Set(starts.values).sorted()
    result.nearestLine = nearest?.line
    return result
  }

  /// A function, or a copy of it that was inlined.
  private struct Instance: Hashable {
    var file: String
    var offset: Int
  }

  private func instance(at address: UInt64) -> Instance {
    guard let function = function(at: address) else { return Instance(file: "", offset: 0) }
    let innermost = inlined(at: address, in: function).last ?? function
    return Instance(file: innermost.unit.image.file.path, offset: innermost.offset)
  }

  /// The source files of the binary.
  var sourceFiles: Set<String> {
    var files: Set<String> = []
    for unit in units {
      guard let table = unit.lineTable else { continue }
      for file in 0..<table.fileCount {
        if let path = table.path(file) { files.insert(SourceLine.simplified(path)) }
      }
    }
    return files
  }

  /// Where a function was inlined, and whether it has code of its own.
  ///
  /// - Parameter limit: No further units are read once so many places are known.
  func instances(named name: String, limit: Int) -> FunctionInstances {
    var instances = FunctionInstances()
    let isMeant = { (entry: DWARFEntry) in entry.name == name || entry.linkageName == name }
    guard let filter = NameFilter(name, in: image) else {
      for unit in units where instances.inlined.count < limit {
        _ = add(&instances, of: unit, where: isMeant)
      }
      return instances
    }
    let headers = image.headers.filter { $0.section == .info && $0.typeOffset == nil }
    var described: Set<Int> = []
    var read: Set<Int> = []
    func readUnits(_ filter: NameFilter) {
      for header in headers
      where instances.inlined.count < limit && !read.contains(header.offset)
        && filter.matches(header)
      {
        read.insert(header.offset)
        guard let unit = image.unit(header) else { continue }
        described.formUnion(add(&instances, of: unit, where: isMeant))
      }
    }
    readUnits(filter)
    if described.count <= Self.mostDescriptions { readUnits(filter.referring(to: described)) }
    return instances
  }

  /// Functions of one name beyond which nobody asks for units that refer to them.
  private static let mostDescriptions = 64

  /// The same of the function whose code is at `address`, in its unit alone.
  func instances(ofFunctionAt address: UInt64) -> FunctionInstances {
    var instances = FunctionInstances()
    guard let unit = unit(at: address), let function = function(at: address) else {
      return instances
    }
    // Methods of several types may have one name.
    let name = function.linkageName ?? function.name
    _ = add(&instances, of: unit) { ($0.linkageName ?? $0.name) == name }
    return instances
  }

  /// Adds what a unit has of a function.
  ///
  /// - Returns: Where it is described, in the section.
  private func add(
    _ instances: inout FunctionInstances, of unit: DWARFUnit, where isMeant: (DWARFEntry) -> Bool
  ) -> Set<Int> {
    let unit = whole(unit)
    var described: Set<Int> = []
    guard let root = unit.root, root.hasChildren else { return described }
    var walk = DWARFWalk(unit, at: root.next)
    while let step = walk.next() {
      guard step.tag == .inlinedSubroutine || step.tag == .subprogram else { continue }
      let entry = walk.entry
      guard isMeant(entry) else { continue }
      if instances.declaration == nil { instances.declaration = declaration(of: entry) }
      if step.tag == .subprogram {
        described.insert(step.offset)
        if let address = entry.entryAddress(&budget), address > 0 {
          instances.own.insert(address)
        }
      } else if let address = entry.entryAddress(&budget), address > 0 {
        instances.inlined.append(
          InlinedInstance(
            address: address,
            calledAt: position(
              entry.unit, file: entry[.callFile]?.number, line: entry[.callLine]?.number,
              column: entry[.callColumn]?.number),
            caller: function(at: address, in: unit)?.name))
      }
    }
    return described
  }
}
