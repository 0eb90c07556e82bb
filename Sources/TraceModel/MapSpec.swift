/// The kernel's kinds of maps that programs of ours use.
package enum MapKind: UInt8, CaseIterable, Hashable, Sendable {
  case hash = 1
  case array = 2
  case perfEventArray = 4
  case perCPUHash = 5
  case perCPUArray = 6
  case cgroupArray = 8
  case lruHash = 9
  case lruPerCPUHash = 10
  case ringBuffer = 27

  /// The number the kernel knows the kind by (`enum bpf_map_type`).
  package var kernelType: Int { Int(rawValue) }

  /// Whether each CPU has a value of its own.
  package var isPerCPU: Bool {
    switch self {
    case .perCPUHash, .perCPUArray, .lruPerCPUHash: true
    case .hash, .array, .perfEventArray, .lruHash, .cgroupArray, .ringBuffer: false
    }
  }
}

/// What a map of the script keeps for a key.
package enum MapValue: Hashable, Sendable {
  case value(ValueLayout)
  case aggregation(Aggregation)

  /// The size of one value (for one CPU) in bytes.
  package var size: Int {
    switch self {
    case .value(let layout): layout.size
    case .aggregation(let aggregation): aggregation.slotSize
    }
  }
}

extension MapValue {
  /// What sort of values whoever shows the map gets.
  package var shape: MapShape {
    switch self {
    case .value: .plain
    case .aggregation(let aggregation): aggregation.shape
    }
  }
}

/// Where the elements of a map of a script are kept.
package enum MapStorage: Hashable, Sendable {
  /// In a hash, under the bytes of their keys; the only element of a map without explicit keys under
  /// four zeros.
  case hash
  /// In an array, at the number that their keys are, the only one at 0.
  ///
  /// Behind each value, rounded up to 8 bytes, is a word that is not 0 if the element is there. Where
  /// each CPU has a value, `generation` is the index of a number in the map `ObjectSymbol.runState`,
  /// and what a CPU has counts only if its word is that number plus 1; so a map is emptied by
  /// counting the number up, whatever CPUs are just writing.
  case array(generation: Int?)
  /// Each in a place of its thread, or in a hash as above; see `ThreadPlace`.
  case threads
  /// In a hash as above, and in places of each CPU; see `CPUPlaces`. `generation` is the index of
  /// their generation in the map `ObjectSymbol.runState`.
  case cpus(generation: Int)
  /// The element of each CPU in a per-CPU array, which has one; behind its value, rounded up to 8 bytes, is a word
  /// that is not 0 if the element is there. Its key is the CPU's number.
  case ownCPU
  /// By the tracer, which programs tell what to do (`EventKind.changeElement`): what makes keys equal is known
  /// outside the kernel only. The object has no map for it.
  case tracer
}

/// A place for the element of a thread, in an array at the thread's id modulo the array's size.
package enum ThreadPlace {
  /// How many places there are; a power of two.
  package static let count = 4096
  /// The offset of the number of threads that claim the place.
  package static let claims = 0
  /// The offset of the id of the thread that has it, or 0.
  package static let owner = 8
  /// The offset of the number of elements that are in the hash because this place was not free.
  package static let elsewhere = 16
  /// The offset of the value.
  package static let value = 24
  /// The most bytes that a value has; all places are made before there are threads for them.
  package static let largestValue = 64

  /// The bytes of a place.
  package static func size(forValueOf bytes: Int) -> Int { value + (bytes + 7) / 8 * 8 }

  /// The symbol of the array that goes with the hash of that symbol.
  package static func symbol(for hash: String) -> String { "TP_" + hash.dropFirst(3) }
}

/// One map of a script.
package struct MapSpec: Hashable, Sendable {
  /// As the script writes it, `@` included.
  package var name: String
  package var kind: MapKind
  /// `.none` for a map without explicit keys.
  package var key: ValueLayout
  package var value: MapValue
  package var maxEntries: Int
  package var storage: MapStorage
  /// The expressions that the script first writes as its keys: `comm`, `args.fd`.
  package var keyNames: [String] = []
  /// The expression that the script first gives it: `hist(args.ret)`.
  package var valueName: String?
  /// The unit of its values, if the script shows it: `ns` for times and what lies between two.
  package var valueUnit: String?

  package init(
    name: String, kind: MapKind, key: ValueLayout, value: MapValue, maxEntries: Int,
    storage: MapStorage = .hash
  ) {
    self.name = name
    self.kind = kind
    self.key = key
    self.value = value
    self.maxEntries = maxEntries
    self.storage = storage
  }

  /// Whether the map has no explicit keys.
  package var isScalar: Bool { key == .none }

  /// The most bytes of a key that every kernel takes (`KernelFeature.longMapKeys`).
  package static let longestKeyEverywhere = 512

  /// The size of a key in bytes, as a hash has it.
  package var keySize: Int { isScalar ? 4 : key.size }

  /// The name in the object: `AT_` and the script's name without `@`.
  package var symbol: String { "AT_" + name.dropFirst() }
}

/// Names of what every object has beside the maps of its script.
package enum ObjectSymbol {
  /// The ring buffer for all events.
  package static let events = "bt_events"
  /// The perf events through which packets come, one for each CPU.
  package static let packets = "bt_packets"
  /// A per-CPU array of 64-bit numbers that say what was lost, and how often programs ran
  /// (`RunCounters`).
  package static let counters = "bt_lost"
  /// A per-CPU array with one element for each program that needs memory beside its stack.
  ///
  /// Elements that are too large for such arrays are those of an ordinary array, and the number in
  /// the object is for one CPU: element *e* of CPU *c* is number *c* times that plus *e*.
  package static let scratch = "bt_scratch"
  /// An array of 64-bit numbers, which an event that reads several of them finds side by side.
  ///
  /// The first is 0 until the run is over: programs that ask which processes a run is about do nothing from
  /// then on. Each map whose storage has a generation has one of the others.
  package static let runState = "bt_run"
  /// The load-time constants, all of section `.rodata.bt`.
  package static let constants = "bt_constants"
  /// The section of the load-time constants.
  package static let constantsSection = ".rodata.bt"
  /// How the section of a program's name begins, after which it is a label for people.
  package static let programSectionPrefix = "bt/"
  /// The section of the encoded manifest.
  package static let manifestSection = "bt_manifest"
}

// MARK: Encoding

extension MapKind: WireNumbered {
  package static let wireName = "kind of map"
}

extension MapSpec: WireStruct {
  package static let wireName = "map"

  package static let blank = MapSpec(
    name: "", kind: .hash, key: .none, value: .value(.none), maxEntries: 0)

  package static let wireFields: [WireField<MapSpec>] = [
    WireField(1, "name", \.name, .required),
    WireField(2, "kind", \.kind, .required),
    WireField(3, "key", \.key, .required),
    WireField(4, "value", \.value, .required),
    WireField(5, "maxEntries", \.maxEntries),
    WireField(6, "storage", \.storage, .required),
    WireField(10, "keyNames", \.keyNames),
    WireField(11, "valueName", \.valueName),
    WireField(12, "valueUnit", \.valueUnit),
  ]
}

extension MapStorage: WireEnum {
  package static let wireName = "storage of a map"

  package static let wireCases: [WireCase<MapStorage>] = [
    WireCase(0, "hash", .hash),
    WireCase(1, "array", WirePart<Int?>(1, "generation")) {
      .array(generation: $0)
    } take: {
      if case .array(let generation) = $0 { .some(generation) } else { nil }
    },
    WireCase(2, "threads", .threads),
    WireCase(3, "cpus", WirePart<Int>(1, "generation")) {
      .cpus(generation: $0)
    } take: {
      if case .cpus(let generation) = $0 { generation } else { nil }
    },
    WireCase(4, "ownCPU", .ownCPU),
    WireCase(5, "tracer", .tracer),
  ]
}

extension MapValue: WireEnum {
  package static let wireName = "value of a map"

  package static let wireCases: [WireCase<MapValue>] = [
    WireCase(0, "value", WirePart<ValueLayout>(1, "layout")) {
      .value($0)
    } take: {
      if case .value(let layout) = $0 { layout } else { nil }
    },
    WireCase(1, "aggregation", WirePart<Aggregation>(1, "aggregation")) {
      .aggregation($0)
    } take: {
      if case .aggregation(let aggregation) = $0 { aggregation } else { nil }
    },
  ]
}
