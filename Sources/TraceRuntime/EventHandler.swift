internal import BPF
internal import LinuxSystem
internal import Output
internal import TraceModel

/// Does what the records of the ring buffer ask for.
///
/// Each kind of event has its file in `Actions`.
final class EventHandler {
  let manifest: Manifest
  let object: any HostedObject
  let decoder: ValueDecoder
  let maps: MapReader
  let outlet: Outlet
  let showsWarnings: Bool
  /// What the script gave to `exit()`, once it has called it.
  var exitStatus: Int32?
  /// Whether records are dropped, because the script called `exit()` before it sent them.
  var isExiting = false
  /// Reused for every formatted text.
  var text: [UInt8] = []
  /// The formats of the manifest's events, taken apart, by index of the event.
  private let formats: [Printf?]
  /// Events that have already been reported as unreadable.
  private var reportedEvents: Set<UInt64> = []

  init(
    manifest: Manifest, object: any HostedObject, decoder: ValueDecoder, outlet: Outlet,
    showsWarnings: Bool
  ) {
    self.manifest = manifest
    self.object = object
    self.decoder = decoder
    self.outlet = outlet
    self.showsWarnings = showsWarnings
    maps = MapReader(decoder: decoder)
    formats = manifest.events.map { $0.kind.format.map { Printf($0) } }
  }

  /// Handles one record: the event's id and its fields.
  func handle(_ record: RawSpan) {
    if isExiting { return }
    let bytes = Span<UInt8>(_bytes: record)
    var id = UInt64.max
    do throws(DecodingError) {
      id = try bytes.integer(at: 0, bytes: 8)
      guard id < UInt64(manifest.events.count) else { throw .badIndex(id, of: "event") }
      try perform(Int(id), bytes)
    } catch {
      report(error, in: id)
    }
  }

  private func perform(_ id: Int, _ bytes: Span<UInt8>) throws(DecodingError) {
    let event = manifest.events[id]
    let values = try decoder.decode(event.fields, from: bytes)
    switch event.kind {
    case .printf: outlet.emit(.text(.printf, format(id, values)))
    case .errorf: showScriptMessage(.error, format(id, values), event)
    case .warnf: showScriptMessage(.warning, format(id, values), event)
    case .system: runCommand(format(id, values))
    case .cat: showFile(format(id, values))
    case .printValue: outlet.emit(.value(values.first ?? .none))
    case .printMap(let map, let top, let divisor):
      try showMap(try mapSpec(map), .init(top: top, divisor: divisor))
    case .printTable(let map, _): try showTable(try mapSpec(map), formats[id], values)
    case .clearMap(let map): change(try mapSpec(map), .clear)
    case .zeroMap(let map): change(try mapSpec(map), .zero)
    case .time(let format): showTime(format)
    case .join(let separator): showJoined(values, separator)
    case .exit: requestExit(values)
    case .runtimeError(let failure): show(failure, values, event)
    }
  }

  /// The text of a formatted event; valid until the next one.
  private func format(_ id: Int, _ values: [Value]) -> [UInt8] {
    text.removeAll(keepingCapacity: true)
    formats[id]?.append(values, to: &text)
    return text
  }

  private func mapSpec(_ index: Int) throws(DecodingError) -> MapSpec {
    guard manifest.maps.indices.contains(index) else {
      throw .badIndex(UInt64(bitPattern: Int64(index)), of: "map")
    }
    return manifest.maps[index]
  }

  func position(of event: EventSpec) -> ScriptPosition? {
    guard let index = event.position, manifest.positions.indices.contains(index) else { return nil }
    return manifest.positions[index]
  }

  /// Reports, once for each event, that its bytes make no sense.
  private func report(_ error: DecodingError, in id: UInt64) {
    guard reportedEvents.insert(id).inserted else { return }
    outlet.emit(.message(.warning, "an event cannot be read: \(error)"))
  }
}

extension EventKind {
  fileprivate var format: String? {
    switch self {
    case .printf(let format), .errorf(let format), .warnf(let format), .system(let format),
      .cat(let format), .printTable(_, let format):
      format
    case .printValue, .printMap, .clearMap, .zeroMap, .time, .join, .exit, .runtimeError: nil
    }
  }
}
