/// How the entries of a list of addresses are written.
struct AddressListForm: Sendable {
  /// What an entry says, after the code that it begins with.
  enum Entry: Sendable {
    case end
    /// What offsets are added to, as an index into the table of addresses.
    case indexOfBase
    case indices
    case indexAndLength
    case offsets
    /// Whatever no other entry is about.
    case everywhere
    case base
    case addresses
    case addressAndLength
    /// Numbers of views, of which nothing here depends.
    case views
  }

  /// By their codes; nil where all entries are two addresses without a code.
  let entries: [Entry]?
  /// The bytes of offsets and lengths; nil where each says how long it is.
  let lengthSize: Int?

  /// Before edition 5.
  static let pairs = AddressListForm(entries: nil, lengthSize: nil)
  /// Of locations that are split off, before edition 5.
  static let splitLocations = AddressListForm(
    entries: [.end, .indexOfBase, .indices, .indexAndLength, .offsets], lengthSize: 4)
  /// `DW_RLE_...`
  static let ranges = AddressListForm(
    entries: [
      .end, .indexOfBase, .indices, .indexAndLength, .offsets, .base, .addresses,
      .addressAndLength,
    ], lengthSize: nil)
  /// `DW_LLE_...`
  static let locations = AddressListForm(
    entries: [
      .end, .indexOfBase, .indices, .indexAndLength, .offsets, .everywhere, .base, .addresses,
      .addressAndLength, .views,
    ], lengthSize: nil)
}

/// A list of address ranges, or of where something is in each of them, which is read from front to back.
struct AddressList {
  private let unit: DWARFUnit
  private let form: AddressListForm
  private var base: UInt64
  /// Behind the bounds that were read last, where a location has its expression.
  var cursor: DWARFCursor

  init(_ form: AddressListForm, of unit: DWARFUnit, at cursor: DWARFCursor) {
    self.form = form
    self.unit = unit
    self.cursor = cursor
    base = unit.baseAddress
  }

  /// The bounds of the next range, which is empty if they are not known; nil at the end.
  mutating func next(_ budget: inout DWARFBudget) -> (low: UInt64, high: UInt64)? {
    while !cursor.isAtEnd, budget.spend() {
      let entry = form.entries == nil ? readPair() : readEntry()
      if cursor.isDamaged { return nil }
      switch entry {
      case .end: return nil
      case .bounds(let low, let high): return (low, high)
      case .base(let address): base = address
      case .other: break
      }
    }
    return nil
  }

  private enum Content {
    case end
    case bounds(UInt64, UInt64)
    case base(UInt64)
    case other
  }

  private mutating func readPair() -> Content {
    let low = address()
    let high = address()
    if low == 0, high == 0 { return .end }
    let marksBase = unit.header.addressSize == 8 ? UInt64.max : UInt64(UInt32.max)
    if low == marksBase { return .base(high) }
    return low < high ? .bounds(low &+ base, high &+ base) : .bounds(0, 0)
  }

  private mutating func readEntry() -> Content {
    let code = Int(cursor.byte())
    guard let entries = form.entries, code < entries.count else { return .end }
    switch entries[code] {
    case .end: return .end
    case .indexOfBase: return .base(indexedAddress() ?? 0)
    case .indices:
      let (low, high) = (indexedAddress(), indexedAddress())
      return bounds(low, high)
    case .indexAndLength:
      let (low, length) = (indexedAddress(), length())
      return bounds(low, low.map { $0 &+ length })
    case .offsets:
      let (low, high) = (length(), length())
      return .bounds(low &+ base, high &+ base)
    case .everywhere: return .bounds(0, .max)
    case .base: return .base(address())
    case .addresses:
      let (low, high) = (address(), address())
      return .bounds(low, high)
    case .addressAndLength:
      let (low, length) = (address(), cursor.unsigned())
      return .bounds(low, low &+ length)
    case .views:
      _ = (cursor.unsigned(), cursor.unsigned())
      return .other
    }
  }

  private func bounds(_ low: UInt64?, _ high: UInt64?) -> Content {
    guard let low, let high else { return .bounds(0, 0) }
    return .bounds(low, high)
  }

  private mutating func address() -> UInt64 { cursor.unsigned(size: unit.header.addressSize) }

  private mutating func indexedAddress() -> UInt64? { unit.address(cursor.unsigned()) }

  private mutating func length() -> UInt64 {
    form.lengthSize.map { cursor.unsigned(size: $0) } ?? cursor.unsigned()
  }
}
