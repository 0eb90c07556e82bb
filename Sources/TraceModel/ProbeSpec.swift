/// One probe of the script: where it is, and the programs that can carry it there.
///
/// Of the alternatives the first whose conditions hold is loaded and attached, at all of the points;
/// whatever it is, the probe is one.
package struct ProbeSpec: Hashable, Sendable {
  /// As `probe` shows it: `tracepoint:sched:sched_switch`; for many places at once, as the script
  /// writes them.
  package var name: String
  /// Where it is, one point or several. With `.whenLoaded` these are patterns.
  package var points: [AttachPoint]
  package var expansion: Expansion
  /// In order of preference; never empty.
  package var alternatives: [Alternative]

  /// When it is found out what a pattern matches.
  package enum Expansion: UInt8, Hashable, Sendable, CaseIterable {
    /// By the compiler: the points are exact.
    case whenCompiled = 0
    /// By the runtime, on the machine where the program is attached: a pattern that matches nothing
    /// there is a missing probe.
    case whenLoaded = 1
  }

  /// One way to carry the probe.
  package struct Alternative: Hashable, Sendable {
    /// An index into the manifest's programs.
    package var program: Int
    /// All of them hold where it is used.
    package var conditions: [Condition]
    /// Where this program goes instead of the probe's own points: a raw tracepoint that carries a
    /// tracepoint, or one link for many functions. Empty: the probe's points.
    package var points: [AttachPoint]
    /// Where the program looks up by which of the probe's places it was called; nil if it does not ask.
    package var sites: SiteTable?
    /// Which part of the program the probe is, where the program carries two probes (a session): its number
    /// among all parts of the object's programs. Nil: the program is the probe's alone.
    package var part: Int?

    package init(
      program: Int, conditions: [Condition] = [], points: [AttachPoint] = [],
      sites: SiteTable? = nil, part: Int? = nil
    ) {
      self.program = program
      self.conditions = conditions
      self.points = points
      self.sites = sites
      self.part = part
    }
  }

  /// An array of the object with an element for each place of a probe. The runtime fills it in when it knows
  /// the places.
  ///
  /// An element is a word that is 1 where the probe has a place, and behind it the place's full name and how its
  /// arguments are reached (`SiteArgument`).
  package struct SiteTable: Hashable, Sendable {
    /// The map's symbol.
    package var map: String
    /// Bytes that each element has for the name, its NUL included; 0 if the program does not look at it.
    package var nameCapacity: Int
    /// The index of the element for each of the probe's own points, in their order. Empty: places are
    /// numbered as they are found, and each has its number as its attach cookie.
    package var numbers: [Int]
    /// The numbers of the arguments that each element has: those that the program looks at.
    package var arguments: [Int]
    /// Whether places are numbered by the low bits of their addresses where the kernel has no cookies for the
    /// program.
    package var usesAddresses: Bool

    package init(
      map: String, nameCapacity: Int, numbers: [Int] = [], arguments: [Int] = [],
      usesAddresses: Bool = false
    ) {
      self.map = map
      self.nameCapacity = nameCapacity
      self.numbers = numbers
      self.arguments = arguments
      self.usesAddresses = usesAddresses
    }

    /// The bits of an address that are the same wherever a binary is loaded: those within a page.
    package static let addressMask: UInt64 = 0xfff

    /// Where the name is in an element, in bytes.
    package static let nameOffset = 8

    /// Where the arguments are in an element, in bytes.
    package var argumentsOffset: Int { Self.nameOffset + (nameCapacity + 7) / 8 * 8 }

    /// The size of an element, in bytes.
    package var elementSize: Int { argumentsOffset + arguments.count * SiteArgument.size }
  }

  /// What a run must be like. A new kind is a case here, its entry below and its
  /// answer in `ProbeSelection` of the runtime.
  package enum Condition: Hashable, Sendable {
    /// A load-time constant has that value; an index into the manifest's constants. Where it has
    /// another the script has switched the probe off, which is no failure.
    case constant(Int, equals: Int64)
    /// The kernel has (or lacks) the feature of that name.
    case feature(String, isPresent: Bool)
    /// The machine has (or lacks) an attach point.
    case attachPoint(AttachPoint, exists: Bool)
  }

  package init(
    name: String, points: [AttachPoint], expansion: Expansion = .whenCompiled,
    alternatives: [Alternative]
  ) {
    self.name = name
    self.points = points
    self.expansion = expansion
    self.alternatives = alternatives
  }

  /// Where the program of an alternative goes.
  package func points(of alternative: Alternative) -> [AttachPoint] {
    alternative.points.isEmpty ? points : alternative.points
  }
}

// MARK: Encoding

extension ProbeSpec: WireStruct {
  package static let wireName = "probe"

  package static let blank = ProbeSpec(name: "", points: [], alternatives: [])

  package static let wireFields: [WireField<ProbeSpec>] = [
    WireField(1, "name", \.name),
    WireField(2, "points", \.points),
    WireField(3, "expansion", \.expansion),
    WireField(4, "alternatives", \.alternatives),
  ]

  package func check() throws(ManifestError) {
    guard !points.isEmpty, !alternatives.isEmpty else { throw .malformed("a probe of nothing") }
  }
}

extension ProbeSpec.Expansion: WireNumbered {
  package static let wireName = "expansion of a probe"
}

extension ProbeSpec.Alternative: WireStruct {
  package static let wireName = "alternative of a probe"

  package static let blank = ProbeSpec.Alternative(program: 0)

  package static let wireFields: [WireField<ProbeSpec.Alternative>] = [
    WireField(1, "program", \.program, .required),
    WireField(2, "conditions", \.conditions, .critical),
    WireField(3, "points", \.points, .critical),
    WireField(4, "sites", \.sites, .critical),
    WireField(5, "part", \.part, .critical),
  ]

  package func check() throws(ManifestError) {
    guard part.map({ (0...(1 << 16)).contains($0) }) ?? true else {
      throw .malformed("a part of a program that cannot be")
    }
  }
}

extension ProbeSpec.SiteTable: WireStruct {
  package static let wireName = "table of the places of a probe"

  package static let blank = ProbeSpec.SiteTable(map: "", nameCapacity: 0)

  package static let wireFields: [WireField<ProbeSpec.SiteTable>] = [
    WireField(1, "map", \.map, .required),
    WireField(2, "nameCapacity", \.nameCapacity, .critical),
    WireField(3, "numbers", \.numbers, .critical),
    WireField(4, "arguments", \.arguments, .critical),
    WireField(5, "usesAddresses", \.usesAddresses, .critical),
  ]

  package func check() throws(ManifestError) {
    guard (0...(1 << 16)).contains(nameCapacity), arguments.count <= 256,
      numbers.allSatisfy({ (0...(1 << 20)).contains($0) })
    else { throw .malformed("a table of places that cannot be") }
  }
}

extension ProbeSpec.Condition: WireEnum {
  package static let wireName = "condition of a probe"

  package static let wireCases: [WireCase<ProbeSpec.Condition>] = [
    WireCase(0, "constant", WirePart<Int>(1, "index"), WirePart<Int64>(2, "value")) {
      .constant($0, equals: $1)
    } take: {
      if case .constant(let index, let value) = $0 { (index, value) } else { nil }
    },
    WireCase(1, "feature", WirePart<String>(1, "name"), WirePart<Bool>(2, "isPresent")) {
      .feature($0, isPresent: $1)
    } take: {
      if case .feature(let name, let isPresent) = $0 { (name, isPresent) } else { nil }
    },
    WireCase(2, "attachPoint", WirePart<AttachPoint>(1, "point"), WirePart<Bool>(2, "exists")) {
      .attachPoint($0, exists: $1)
    } take: {
      if case .attachPoint(let point, let exists) = $0 { (point, exists) } else { nil }
    },
  ]
}
