/// What an aggregating map keeps for a key, once for each CPU.
///
/// A slot is `slotSize` bytes of 64-bit words. What they mean, how the slots of several CPUs become
/// one value and everything else about it is said by its kind, one file each in `Aggregations`.
package struct Aggregation: Sendable {
  package let kind: any AggregationKind

  package init(_ kind: some AggregationKind) { self.kind = kind }

  /// Every kind there is.
  package static let kinds: [any AggregationKind.Type] = [
    Count.self, Sum.self, Minimum.self, Maximum.self, Average.self, Stats.self,
    Log2Histogram.self, LinearHistogram.self, TimeSeries.self,
  ]

  /// Those whose type a script may declare by its name.
  package static var declarable: [Aggregation] {
    kinds.flatMap { kind in
      func all<Kind: AggregationKind>(_: Kind.Type) -> [Aggregation] {
        Kind.declarable.map { Aggregation($0) }
      }
      return all(kind)
    }
  }

  /// The kind's number in manifests.
  package var tag: Int { type(of: kind).tag }

  /// The number of 64-bit words in a slot.
  package var wordCount: Int { kind.wordCount }

  /// The size of a slot in bytes.
  package var slotSize: Int { wordCount * 8 }

  /// What sort of value the slots of all CPUs become.
  package var shape: MapShape { kind.shape }

  /// Whether the merged value is one integer, which may be used where an integer may.
  package var isCastable: Bool { shape.isNumber }

  /// Whether values are to be read as signed.
  package var isSigned: Bool { kind.isSigned }

  /// The name of its type in messages and declarations: `count_t`, `usum_t`.
  package var typeName: String { kind.typeName }

  /// How the merged value lies in an event, a variable or a key; `.none` if it cannot be there.
  package var layout: ValueLayout { shape.layout(signed: isSigned) }

  /// The aggregation of a map that is given values of both, or nil if there is none.
  package func unified(with other: Aggregation) -> Aggregation? {
    func unify<Kind: AggregationKind>(_ kind: Kind) -> Aggregation? {
      guard let other = other.kind as? Kind else { return nil }
      return kind.unified(with: other).map { Aggregation($0) }
    }
    return unify(kind)
  }

  /// Merges the slots of all CPUs.
  ///
  /// - Parameters:
  ///   - words: The slots, one after the other.
  ///   - stride: Words from one slot to the next, at least `wordCount`.
  package func merge(_ words: Span<UInt64>, stride: Int) -> AggregatedValue {
    kind.merge(CPUSlots.count(words, stride: stride), words, stride: stride)
  }

  /// Has a slot take in another one, so that it is as if all had been given to it; both have `wordCount` words.
  package func join(_ other: [UInt64], into slot: inout [UInt64]) { kind.join(other, into: &slot) }
}

extension Aggregation: Hashable {
  package static func == (left: Aggregation, right: Aggregation) -> Bool {
    func equals<Kind: AggregationKind>(_ kind: Kind) -> Bool { right.kind as? Kind == kind }
    return equals(left.kind)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(tag)
    kind.hash(into: &hasher)
  }
}

extension Aggregation: WireEnum {
  package static let wireName = "aggregation"
  package static let wireCases: [WireCase<Aggregation>] = kinds.map { $0.wireCase }
}

/// Everything that compiler and runtime know of one aggregation.
///
/// What programs do to a slot is with the function of the language.
package protocol AggregationKind: Hashable, Sendable {
  /// How manifests keep it: number, name and parameters.
  static var wireCase: WireCase<Aggregation> { get }
  /// Those whose type a script may declare by its name.
  static var declarable: [Self] { get }

  /// The name of its type in messages and declarations.
  var typeName: String { get }
  /// The number of 64-bit words in a slot, all zero at first.
  var wordCount: Int { get }
  /// What sort of value the slots become.
  var shape: MapShape { get }
  /// Whether the merged numbers are signed.
  var isSigned: Bool { get }

  /// The one that takes in what both take in, or nil if a map cannot have both.
  func unified(with other: Self) -> Self?

  /// Merges `slots` slots that lie `stride` words apart.
  func merge(_ slots: Int, _ words: Span<UInt64>, stride: Int) -> AggregatedValue

  /// Has a slot take in another one.
  func join(_ other: [UInt64], into slot: inout [UInt64])
}

extension AggregationKind {
  /// The kind's number in manifests.
  package static var tag: Int { wireCase.tag }
  package static var declarable: [Self] { [] }
  package var isSigned: Bool { true }
  package func unified(with other: Self) -> Self? { self == other ? self : nil }

  /// Adds word by word, for those that keep totals.
  package func join(_ other: [UInt64], into slot: inout [UInt64]) {
    for index in slot.indices where index < other.count { slot[index] &+= other[index] }
  }
}

/// An aggregation of which there is one for signed and one for unsigned numbers.
///
/// A map that is given both has the signed one.
package protocol SignedAggregationKind: AggregationKind {
  /// The name of its signed type.
  static var signedTypeName: String { get }
  init(isSigned: Bool)
}

extension SignedAggregationKind {
  package static var declarable: [Self] { [Self(isSigned: true), Self(isSigned: false)] }
  package var typeName: String { (isSigned ? "" : "u") + Self.signedTypeName }

  package func unified(with other: Self) -> Self? { isSigned ? self : other }

  /// How manifests keep a kind that is signed or not, and nothing else.
  static func signedWireCase(_ tag: Int, _ name: String) -> WireCase<Aggregation> {
    WireCase(tag, name, WirePart<Bool>(1, "signed")) {
      Aggregation(Self(isSigned: $0))
    } take: {
      ($0.kind as? Self)?.isSigned
    }
  }
}

/// What the slots of all CPUs become.
package enum AggregatedValue: Hashable, Sendable {
  /// The bit pattern of 64 bits.
  case number(Int64, signed: Bool)
  /// What `stats` keeps.
  case statistics(count: Int64, average: Int64, total: Int64, signed: Bool)
  /// Counts by bucket.
  case histogram(Histogram)
  /// Numbers by interval of time.
  case series(SampledSeries)
}

/// What sort of values a map has, where somebody has to know before there is one.
package enum MapShape: UInt8, Hashable, Sendable, CaseIterable {
  /// Values of their own type; of aggregations, numbers.
  case plain = 0
  /// Numbers that are averages, which JSON tells apart.
  case average = 1
  /// Count, average and total.
  case statistics = 2
  case histogram = 3
  /// Numbers by interval of time.
  case series = 4

  /// Whether an aggregation of this shape is one integer.
  package var isNumber: Bool { self == .plain || self == .average }

  /// Whether an element can be printed alone.
  package var hasPrintableElements: Bool { self != .histogram && self != .series }

  /// Whether `print` can leave out elements and divide values.
  package var isSelectable: Bool { self != .statistics && self != .series }

  /// How the merged value of an aggregation lies in memory; `.none` if programs cannot have it.
  package func layout(signed: Bool) -> ValueLayout {
    let word = ValueLayout.integer(bytes: 8, signed: signed)
    switch self {
    case .plain, .average: return word
    case .statistics:
      let packed = ValueLayout.pack(Self.statisticsFields.map { ($0, word) })
      return .record(packed.fields, size: packed.size)
    case .histogram, .series: return .none
    }
  }

  /// The parts of statistics in the order in which they lie in memory and are shown.
  package static let statisticsFields = ["count", "average", "total"]
}

extension MapShape: WireNumbered {
  package static let wireName = "shape of a map's values"
}
