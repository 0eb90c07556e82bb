/// How a program gets at one argument of a place, as the runtime writes it into the table of places.
///
/// The argument is an address, or what is in memory there: the sum of a constant, a base register and a scaled
/// index register, the low bytes of which count.
package struct SiteArgument: Hashable, Sendable {
  package var constant: Int64
  /// Where the saved registers have the base, in bytes; nil for none.
  package var base: UInt16?
  package var index: Index?
  /// Whether it is in memory at the sum; else it is the sum itself.
  package var isInMemory: Bool
  /// 1, 2, 4 or 8.
  package var sizeInBytes: Int
  package var isSigned: Bool

  /// A register that counts several times.
  package struct Index: Hashable, Sendable {
    /// Where the saved registers have it, in bytes.
    package var register: UInt16
    /// By how many bits it is shifted to the left, 0 to 3.
    package var shift: UInt8
    /// How many of its bits count, 32 or 64.
    package var width: UInt8
    package var isSigned: Bool

    package init(register: UInt16, shift: UInt8, width: UInt8 = 64, isSigned: Bool = true) {
      self.register = register
      self.shift = shift
      self.width = width
      self.isSigned = isSigned
    }
  }

  package init(
    constant: Int64 = 0, base: UInt16? = nil, index: Index? = nil, isInMemory: Bool = false,
    sizeInBytes: Int, isSigned: Bool
  ) {
    self.constant = constant
    self.base = base
    self.index = index
    self.isInMemory = isInMemory
    self.sizeInBytes = sizeInBytes
    self.isSigned = isSigned
  }
}

extension SiteArgument {
  /// Where the parts of one are in its bytes.
  package enum Offset {
    /// 8 bytes.
    package static let constant = 0
    /// 2 bytes.
    package static let base = 8
    /// 2 bytes.
    package static let index = 10
    /// By how many bits the index is shifted to the left and back, so that the rest of it counts: a byte.
    package static let indexNarrowing = 12
    /// By how many bits it is shifted to the left in the end: a byte.
    package static let indexShift = 13
    /// By how many bits the value is shifted to the left and then to the right: a byte.
    package static let narrowing = 14
    /// A byte.
    package static let flags = 15
  }

  /// The bits of the flags.
  package enum Flag {
    package static let base = 1
    package static let index = 2
    package static let signedIndex = 4
    package static let memory = 8
    package static let signed = 16
  }

  /// The number 0, whose bytes are zeros.
  package static let zero = SiteArgument(sizeInBytes: 8, isSigned: false)

  /// Bytes that each takes.
  package static let size = 16

  /// As programs read it.
  package var bytes: [UInt8] {
    var flags = 0
    if base != nil { flags |= Flag.base }
    if let index { flags |= Flag.index | (index.isSigned ? Flag.signedIndex : 0) }
    if isInMemory { flags |= Flag.memory }
    if isSigned { flags |= Flag.signed }
    let words = [base ?? 0, index?.register ?? 0]
    return (0..<8).map { UInt8(truncatingIfNeeded: constant >> ($0 * 8)) }
      + words.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
      + [
        64 - (index?.width ?? 64), index?.shift ?? 0, UInt8(64 - sizeInBytes * 8), UInt8(flags),
      ]
  }
}
