import BTF

/// The types of a script while they grow, with those of the kernel below them.
///
/// They are kept as BTF from the start: the number of a type is the one that it has in the end.
struct CTypeArena: Sendable {
  /// How types lie in memory.
  struct Layout: Hashable, Sendable {
    var size: Int
    var alignment: Int
  }

  let kernel: BTFTypes?
  private let first: Int
  private var types: [BTFType] = []
  /// Alignments that do not follow from the type itself.
  private var alignments: [BTFTypeID: Int] = [:]
  /// How many types hang on each other.
  private var depths: [Int] = []
  private var shared: [BTFType: BTFTypeID] = [:]
  private var kernelAlignments: TypeAlignments?

  /// The readers of types follow 64 steps.
  static let maximumDepth = 48
  static let maximumSize = 1 << 28
  static let maximumCount = 1 << 20

  init(kernel: BTFTypes?) {
    self.kernel = kernel
    first = kernel?.typeCount ?? 1
    kernelAlignments = kernel.map { TypeAlignments(of: $0) }
  }

  var isEmpty: Bool { types.isEmpty }
  var isFull: Bool { types.count >= Self.maximumCount }

  private func index(of id: BTFTypeID) -> Int? {
    let index = Int(id.rawValue) - first
    return types.indices.contains(index) ? index : nil
  }

  func isOwn(_ id: BTFTypeID) -> Bool { index(of: id) != nil }

  subscript(id: BTFTypeID) -> BTFType {
    get throws(BTFError) {
      if let index = index(of: id) { return types[index] }
      guard id != .void else { return .void }
      guard let kernel else { throw .noSuchType(id) }
      return try kernel.type(id)
    }
  }

  /// Adds a type, or finds the one that is the same.
  mutating func add(_ type: BTFType) -> BTFTypeID {
    let isShared: Bool
    switch type {
    case .integer, .float, .pointer, .array, .functionPrototype, .typeTag: isShared = true
    default: isShared = false
    }
    if isShared, let known = shared[type] { return known }
    let id = BTFTypeID(UInt32(first + types.count))
    types.append(type)
    depths.append(depth(of: type))
    if isShared { shared[type] = id }
    return id
  }

  /// Says what a type is that was only declared.
  mutating func complete(_ id: BTFTypeID, _ type: BTFType, alignment: Int? = nil) {
    guard let index = index(of: id) else { return }
    types[index] = type
    depths[index] = depth(of: type)
    alignments[id] = alignment
  }

  mutating func align(_ id: BTFTypeID, to alignment: Int) { alignments[id] = alignment }

  // MARK: Depth

  /// How many types hang on each other below this one; a pointer to a structure ends that.
  func depth(of id: BTFTypeID) -> Int {
    if let index = index(of: id) { return depths[index] }
    return id == .void ? 0 : 8
  }

  private func depth(of type: BTFType) -> Int {
    switch type {
    case .pointer(let target):
      if let index = index(of: target) {
        switch types[index] {
        case .composite, .forward: return 1
        default: break
        }
      }
      return 1 + depth(of: target)
    case .array(let array): return 1 + depth(of: array.element)
    case .typedef(_, let target), .const(let target), .volatile(let target),
      .restrict(let target), .typeTag(_, let target):
      return 1 + depth(of: target)
    case .composite(let composite):
      return 1 + (composite.members.map { depth(of: $0.type) }.max() ?? 0)
    default: return 1
    }
  }

  // MARK: Size

  /// The size and alignment of a type; nil for one that has no size.
  mutating func layout(of id: BTFTypeID) throws(BTFError) -> Layout? {
    guard index(of: id) != nil else {
      guard id != .void, let kernel else { return nil }
      do throws(BTFError) {
        let alignment = try kernelAlignments?.alignment(of: id) ?? 1
        return Layout(size: try kernel.size(of: id), alignment: max(1, alignment))
      } catch {
        if case .sizeless = error { return nil }
        throw error
      }
    }
    guard var layout = try naturalLayout(of: id) else { return nil }
    if let alignment = alignments[id] { layout.alignment = alignment }
    return layout
  }

  private mutating func naturalLayout(of id: BTFTypeID) throws(BTFError) -> Layout? {
    switch try self[id] {
    case .integer(let integer):
      return Layout(size: integer.sizeInBytes, alignment: integer.sizeInBytes)
    case .float(_, let size): return Layout(size: size, alignment: size)
    case .enumeration(let enumeration):
      return Layout(size: enumeration.sizeInBytes, alignment: enumeration.sizeInBytes)
    case .pointer: return Layout(size: 8, alignment: 8)
    case .array(let array):
      guard let element = try layout(of: array.element) else { return nil }
      let (size, overflow) = element.size.multipliedReportingOverflow(by: array.count)
      return Layout(
        size: overflow ? Int(UInt32.max) : min(size, Int(UInt32.max)),
        alignment: element.alignment)
    case .composite(let composite):
      return Layout(size: composite.sizeInBytes, alignment: alignments[id] ?? 1)
    case .typedef(_, let target), .const(let target), .volatile(let target),
      .restrict(let target), .typeTag(_, let target):
      return try layout(of: target)
    default: return nil
    }
  }

  /// The type behind typedefs and qualifiers.
  func resolve(_ id: BTFTypeID) throws(BTFError) -> BTFTypeID {
    var current = id
    for _ in 0..<64 {
      guard isOwn(current) else { return try kernel?.resolve(current) ?? current }
      switch try self[current] {
      case .typedef(_, let target), .const(let target), .volatile(let target),
        .restrict(let target), .typeTag(_, let target):
        current = target
      default: return current
      }
    }
    throw .tooDeep(id)
  }

  /// The BTF of all types added so far, which extends the kernel's.
  var bytes: [UInt8] {
    var writer = BTFWriter(extending: kernel)
    for type in types { writer.add(type) }
    return writer.bytes
  }
}
