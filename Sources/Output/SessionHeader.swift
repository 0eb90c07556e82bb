package import TraceModel

/// What a renderer may know of a run before its first record: names, kinds and clocks.
package struct SessionHeader: Hashable, Sendable {
  /// The name of the script, as messages show it.
  package var script: String
  /// Who compiled it.
  package var producer: String
  /// The release of the kernel, if it tells.
  package var kernel: String?
  /// The names of the probes, as `probe` shows them.
  package var probes: [String]
  package var maps: [Map]
  /// What `EventInfo.event` counts.
  package var events: [EventSpec]
  /// What events refer to.
  package var positions: [ScriptPosition]
  package var clock: Clock
  /// The release whose way to show things is wanted.
  package var compatibility: Compatibility
  /// The columns of rows; empty if the script has no rows.
  package var columns: [ShownColumn] = []
  /// What is reported.
  package var tables: [ShownTable] = []

  /// What a map holds, and what the script calls that.
  package struct Map: Hashable, Sendable {
    /// As the script writes it, `@` included.
    package var name: String
    package var shape: MapShape
    /// The expressions that are its keys, as the script first writes them.
    package var keys: [String]
    /// The expression that it is first given.
    package var value: String?
    /// The unit of its values, if the script shows it: `ns`.
    package var unit: String?

    init(_ spec: MapSpec) {
      name = spec.name
      shape = spec.value.shape
      keys = spec.keyNames
      value = spec.valueName
      unit = spec.valueUnit
    }
  }

  /// Two clocks, read at one moment.
  package struct Clock: Hashable, Sendable {
    /// Nanoseconds since boot, time asleep included: what `EventInfo.time` counts.
    package var boot: UInt64
    /// Nanoseconds since 1970.
    package var wall: UInt64

    package init(boot: UInt64, wall: UInt64) {
      self.boot = boot
      self.wall = wall
    }
  }

  package init(of manifest: Manifest, kernel: String?, clock: Clock) {
    script = manifest.script
    producer = manifest.producer
    self.kernel = kernel
    probes = manifest.probes.map(\.name)
    maps = manifest.maps.map { Map($0) }
    events = manifest.events
    positions = manifest.positions
    self.clock = clock
    compatibility = manifest.configuration.compatibility
  }

  /// The wall clock, in nanoseconds since 1970, when the boot clock had `time`.
  package func wallTime(of time: UInt64) -> UInt64 { clock.wall &+ (time &- clock.boot) }
}

/// The event that a record was made of.
package struct EventInfo: Hashable, Sendable {
  /// An index into the header's events.
  package var event: Int
  /// When the program sent it, on the boot clock in nanoseconds; nil if no renderer wants to know.
  package var time: UInt64?
  /// Its fields; none if no renderer wants them.
  package var values: [Value]

  package init(event: Int, time: UInt64? = nil, values: [Value] = []) {
    self.event = event
    self.time = time
    self.values = values
  }
}

// MARK: Encoding

extension SessionHeader: WireStruct {
  package static let wireName = "header of a run"

  package static let blank = SessionHeader(
    of: Manifest(script: "", producer: "", architecture: ""), kernel: nil,
    clock: Clock(boot: 0, wall: 0))

  /// Numbers 1 and 2 are taken by what readers of every release look at first.
  package static let wireFields: [WireField<SessionHeader>] = [
    WireField(3, "producer", \.producer), WireField(4, "script", \.script),
    WireField(5, "kernel", \.kernel), WireField(6, "probes", \.probes),
    WireField(7, "maps", \.maps), WireField(8, "events", \.events),
    WireField(9, "positions", \.positions), WireField(10, "clock", \.clock, .required),
    WireField(11, "compatibility", \.compatibility), WireField(12, "columns", \.columns),
    WireField(13, "tables", \.tables),
  ]
}

extension SessionHeader.Map: WireStruct {
  package static let wireName = "map of a run"

  package static let blank = SessionHeader.Map(MapSpec.blank)

  package static let wireFields: [WireField<SessionHeader.Map>] = [
    WireField(1, "name", \.name, .required), WireField(2, "shape", \.shape, .required),
    WireField(3, "keys", \.keys), WireField(4, "value", \.value),
    WireField(5, "unit", \.unit),
  ]
}

extension SessionHeader.Clock: WireStruct {
  package static let wireName = "clocks"

  package static let blank = SessionHeader.Clock(boot: 0, wall: 0)

  package static let wireFields: [WireField<SessionHeader.Clock>] = [
    WireField(1, "boot", \.boot, .required), WireField(2, "wall", \.wall, .required),
  ]
}

extension EventInfo: WireStruct {
  package static let wireName = "event of a record"

  package static let blank = EventInfo(event: 0)

  package static let wireFields: [WireField<EventInfo>] = [
    WireField(1, "event", \.event, .required), WireField(2, "time", \.time),
    WireField(3, "values", \.values),
  ]
}
