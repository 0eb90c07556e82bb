internal import BTF
internal import LinuxSystem

/// Code of a function in a unit.
struct DWARFFunctionPlace {
  let range: Range<UInt64>
  /// Of its entry.
  let offset: Int
}

/// What answers questions about the debug information of one binary.
///
/// Units are opened when an address or a name leads to them; what was split off from them is looked for
/// where the compiler wrote it, beside the binary, and in a package.
final class DWARFReader {
  private let binary: ELFFile
  private let root: String
  let image: DWARFImage
  let types: DWARFTypes
  var budget = DWARFBudget()
  private var knownPlaces: [(range: Range<UInt64>, header: DWARFUnitHeader)]?
  /// What was split off, in files of its own.
  private var splitImages: [DWARFImage] = []
  /// The packages that may have what was split off, once they have been looked for.
  private var knownPackages: [(image: DWARFImage, units: [UInt64: DWARFUnitHeader])]?

  /// - Parameters:
  ///   - binary: What runs.
  ///   - file: What has its debug information, which may be the same.
  ///   - root: The folder that shows the file system the binary lives in.
  init(_ binary: ELFFile, _ file: ELFFile, root: String) {
    self.binary = binary
    self.root = root
    image = DWARFImage(file)
    types = DWARFTypes(wordSize: file.is64Bit ? 8 : 4)
  }

  // MARK: Units

  /// All units of the program.
  var units: some Sequence<DWARFUnit> {
    image.headers.lazy.filter { $0.section == .info && $0.typeOffset == nil }
      .compactMap { [self] in image.unit($0) }
  }

  private var places: [(range: Range<UInt64>, header: DWARFUnitHeader)] {
    if let known = knownPlaces { return known }
    var places: [(range: Range<UInt64>, header: DWARFUnitHeader)] = []
    for unit in units {
      for range in unit.root?.ranges(&budget) ?? [] where range.lowerBound > 0 {
        places.append((range, unit.header))
      }
    }
    places.sort { $0.range.lowerBound < $1.range.lowerBound }
    knownPlaces = places
    return places
  }

  /// The unit with the code at an address.
  func unit(at address: UInt64) -> DWARFUnit? {
    let places = self.places
    var (low, high) = (0, places.count)
    while low < high {
      let middle = (low + high) / 2
      if places[middle].range.lowerBound <= address { low = middle + 1 } else { high = middle }
    }
    guard low > 0, places[low - 1].range.contains(address) else { return nil }
    return image.unit(places[low - 1].header)
  }

  /// The half of a unit that has its entries.
  func whole(_ unit: DWARFUnit) -> DWARFUnit {
    if let known = unit.split { return known ?? unit }
    let found = findSplit(unit)
    unit.split = .some(found)
    return found ?? unit
  }

  private func findSplit(_ unit: DWARFUnit) -> DWARFUnit? {
    guard let identity = unit.splitIdentity, let name = unit.splitName else { return nil }
    for package in packages {
      if let header = package.units[identity], let found = package.image.unit(header) {
        found.attach(to: unit)
        return found
      }
    }
    let folder = unit.compilationFolder ?? ""
    var paths = [name.hasPrefix("/") ? root + name : "\(root)\(folder)/\(name)"]
    if let slash = binary.path.lastIndex(of: "/") {
      let file = name.split(separator: "/").last.map(String.init) ?? name
      paths.append("\(binary.path[..<slash])/\(file)")
    }
    for path in paths where FileSystem.isRegularFile(path) {
      do throws(ObjectFileError) {
        let image = DWARFImage(try ELFFile(path), isSplit: true)
        for header in image.headers where header.typeOffset == nil {
          guard let found = image.unit(header), Self.identity(found) == identity else { continue }
          found.attach(to: unit)
          splitImages.append(image)
          return found
        }
      } catch {
        image.complain("\(error)")
      }
    }
    image.complain("\(paths[0]), which has what was split off, is not there")
    return nil
  }

  private static func identity(_ unit: DWARFUnit) -> UInt64? {
    unit.header.version >= 5 ? unit.header.identity : unit.root?[.oldSplitID]?.number
  }

  private var packages: [(image: DWARFImage, units: [UInt64: DWARFUnitHeader])] {
    if let known = knownPackages { return known }
    var packages: [(image: DWARFImage, units: [UInt64: DWARFUnitHeader])] = []
    var paths = ["\(binary.path).dwp"]
    if image.file.path != binary.path {
      paths.append("\(image.file.path).dwp")
      if image.file.path.hasSuffix(".debug") {
        paths.append("\(image.file.path.dropLast(6)).dwp")
      }
    }
    for path in paths where FileSystem.isRegularFile(path) {
      do throws(ObjectFileError) {
        let image = DWARFImage(try ELFFile(path), isSplit: true)
        var units: [UInt64: DWARFUnitHeader] = [:]
        for header in image.headers where header.typeOffset == nil {
          guard let unit = image.unit(header), let identity = Self.identity(unit) else { continue }
          units[identity] = header
        }
        packages.append((image, units))
      } catch {
        image.complain("\(error)")
      }
    }
    knownPackages = packages
    return packages
  }

  // MARK: Functions

  /// The functions with code in a unit, by their addresses.
  func functions(of unit: DWARFUnit) -> [DWARFFunctionPlace] {
    if let known = unit.functions { return known }
    var places: [DWARFFunctionPlace] = []
    var walk = DWARFWalk(unit, at: unit.root?.next ?? unit.header.end)
    if unit.root?.hasChildren == true {
      while let step = walk.next() {
        guard step.tag == .subprogram else { continue }
        let entry = walk.entry
        for range in entry.ranges(&budget) where range.lowerBound > 0 {
          places.append(DWARFFunctionPlace(range: range, offset: step.offset))
        }
      }
    }
    places.sort { $0.range.lowerBound < $1.range.lowerBound }
    unit.functions = places
    return places
  }

  /// The innermost function with code at an address.
  func function(at address: UInt64) -> DWARFEntry? {
    unit(at: address).map(whole).flatMap { function(at: address, in: $0) }
  }

  /// The same in the unit that has the address.
  func function(at address: UInt64, in unit: DWARFUnit) -> DWARFEntry? {
    let places = functions(of: unit)
    var (low, high) = (0, places.count)
    while low < high {
      let middle = (low + high) / 2
      if places[middle].range.lowerBound <= address { low = middle + 1 } else { high = middle }
    }
    // Of functions inside others, the inner one starts later.
    for index in places.indices[..<low].suffix(16).reversed()
    where places[index].range.contains(address) {
      return unit.entry(at: places[index].offset)
    }
    return nil
  }

  /// The functions that are inlined at an address, outermost first.
  func inlined(at address: UInt64, in function: DWARFEntry) -> [DWARFEntry] {
    guard function.hasChildren else { return [] }
    var chain: [DWARFEntry] = []
    var walk = DWARFWalk(function.unit, at: function.next)
    while let step = walk.next() {
      switch step.tag {
      case .inlinedSubroutine:
        let entry = walk.entry
        if entry.ranges(&budget).contains(where: { $0.contains(address) }) {
          chain.append(entry)
        } else {
          walk.skipChildren()
        }
      case .lexicalBlock:
        let ranges = walk.entry.ranges(&budget)
        if !ranges.isEmpty, !ranges.contains(where: { $0.contains(address) }) {
          walk.skipChildren()
        }
      default: walk.skipChildren()
      }
    }
    return chain
  }

  // MARK: Positions

  func position(_ unit: DWARFUnit, file: UInt64?, line: UInt64?, column: UInt64?) -> LinePosition? {
    guard let line, line > 0, let table = unit.lineTable,
      let path = file.flatMap({ Int(exactly: $0) }).flatMap(table.path)
    else { return nil }
    return LinePosition(path: path, line: Int(clamping: line), column: Int(clamping: column ?? 0))
  }

  func position(at address: UInt64) -> LinePosition? {
    guard let unit = unit(at: address), let row = unit.lineTable?.row(at: address) else {
      return nil
    }
    return position(
      unit, file: UInt64(row.file), line: UInt64(row.line), column: UInt64(row.column))
  }

  /// Where a function is declared.
  func declaration(of function: DWARFEntry) -> LinePosition? {
    function.first { entry in
      position(
        entry.unit, file: entry[.declarationFile]?.number, line: entry[.declarationLine]?.number,
        column: nil)
    }
  }

  func frames(at address: UInt64) -> [SourceFrame] {
    var place = position(at: address)
    guard let function = function(at: address) else {
      return place.map { [SourceFrame(position: $0)] } ?? []
    }
    var frames: [SourceFrame] = []
    for entry in inlined(at: address, in: function).reversed() {
      frames.append(
        SourceFrame(
          name: entry.name, linkageName: entry.linkageName, position: place, isInlined: true))
      place = position(
        entry.unit, file: entry[.callFile]?.number, line: entry[.callLine]?.number,
        column: entry[.callColumn]?.number)
    }
    frames.append(
      SourceFrame(
        name: function.name, linkageName: function.linkageName, position: place, isInlined: false))
    return frames
  }
}
