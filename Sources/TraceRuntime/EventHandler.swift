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
  /// For what is shown in the output.
  let decoder: ValueDecoder
  /// For what is shown in messages.
  private let messageDecoder: ValueDecoder
  /// For what is not shown.
  private let plainDecoder: ValueDecoder
  let maps: MapReader
  let outlet: Outlet
  let showsWarnings: Bool
  /// The files that packets are written to, by the names that the script gives them.
  let packetFiles: [String: PacketFile]
  /// What the script gave to `exit()`, once it has called it.
  var exitStatus: Int32?
  /// The watchpoints that are attached, by their addresses.
  var watchpoints: [UInt64: [AttachmentID]] = [:]
  /// How often the script has called `errorf()`.
  var errorCount = 0
  /// Whether records are dropped, because the script called `exit()` before it sent them.
  var isExiting = false
  /// The columns of rows; nil if the script has no rows.
  let row: ShownRow?
  let clock: RowClock
  /// Whether the heading of rows has been shown.
  var isHeadingShown = false
  /// Reused for every formatted text.
  var text: [UInt8] = []
  /// Reused for every record that was sent packed.
  private var wholeRecord: [UInt8] = []
  /// By index of the event in the manifest.
  private let plans: [EventPlan]
  /// Events that have already been reported as unreadable.
  private var reportedEvents: Set<UInt64> = []

  init(
    manifest: Manifest, object: any HostedObject, decoder: ValueDecoder, outlet: Outlet,
    showsWarnings: Bool, escapesMessages: Bool = false, packetFiles: [String: PacketFile] = [:],
    row: ShownRow? = nil, clock: RowClock = RowClock(start: 0)
  ) {
    self.row = row
    self.clock = clock
    messageDecoder = decoder.escapingText(escapesMessages)
    plainDecoder = decoder.escapingText(false)
    self.packetFiles = packetFiles
    self.manifest = manifest
    self.object = object
    self.decoder = decoder
    self.outlet = outlet
    self.showsWarnings = showsWarnings
    maps = MapReader(decoder: decoder)
    plans = manifest.events.map { EventPlan($0, row, clock) }
  }

  /// Handles one record: the event's id and its fields.
  func handle(_ record: RawSpan) {
    if !isExiting { take(record) }
  }

  /// Saves one packet: an event with what was sent behind it. What the script saw before it called `exit()`
  /// may come later than that by this way.
  func handlePacket(_ record: RawSpan) { take(record) }

  private func take(_ record: RawSpan) {
    let bytes = Span<UInt8>(_bytes: record)
    var id = UInt64.max
    do throws(DecodingError) {
      let header = try bytes.integer(at: 0, bytes: 8)
      id = EventTime.index(ofHeader: header)
      guard id < UInt64(plans.count) else { throw .badIndex(id, of: "event") }
      guard let unpacker = plans[Int(id)].unpacker else {
        return try take(bytes, Int(id), header)
      }
      var whole = wholeRecord
      wholeRecord = []
      defer { wholeRecord = whole }
      try unpacker.unpack(bytes, to: &whole)
      try take(whole.span, Int(id), header)
    } catch {
      report(error, in: id)
    }
  }

  /// Does what a whole record asks for.
  private func take(
    _ bytes: Span<UInt8>, _ id: Int, _ header: UInt64
  ) throws(DecodingError) {
    guard outlet.needs.contains(.event) else { return try perform(plans[id], bytes) }
    outlet.event = try info(id, header, bytes)
    defer { outlet.event = nil }
    try perform(plans[id], bytes)
  }

  /// What renderers may know of an event.
  private func info(
    _ id: Int, _ header: UInt64, _ bytes: Span<UInt8>
  ) throws(DecodingError) -> EventInfo {
    var info = EventInfo(event: id)
    if outlet.needs.contains(.time) {
      info.time = EventTime.nanoseconds(ofHeader: header, now: Clock.boot.now)
    }
    if outlet.needs.contains(.values), !manifest.events[id].kind.changesElement {
      info.values = try values(manifest.events[id], bytes)
    }
    return info
  }

  private func perform(_ plan: EventPlan, _ bytes: Span<UInt8>) throws(DecodingError) {
    if plan.isPrintf, let format = plan.format {
      let decoder = decoder
      try outlet.emit(.printf) { text throws(DecodingError) in
        try format.append(bytes, decoder, to: &text)
      }
      if !format.cuts.isEmpty { showCuts(of: format, plan.event) }
      return
    }
    if plan.isRow { return try showRow(plan, bytes) }
    let event = plan.event
    switch event.kind {
    case .printf, .row: break
    case .errorf: showScriptMessage(.error, try text(plan, bytes, messageDecoder), event)
    case .warnf: showScriptMessage(.warning, try text(plan, bytes, messageDecoder), event)
    case .system: runCommand(try text(plan, bytes, plainDecoder))
    case .cat: showFile(try text(plan, bytes, plainDecoder))
    case .printValue: outlet.emit(.value(try values(event, bytes).first ?? .none))
    case .printMap(let map, let top, let divisor):
      try showMap(try mapSpec(map), .init(top: top, divisor: divisor))
    case .clearMap(let map): change(try mapSpec(map), .clear)
    case .zeroMap(let map): change(try mapSpec(map), .zero)
    case .changeElement(let map, let element):
      try change(try mapSpec(map), element, bytes, plan)
    case .time(let format): showTime(format)
    case .join(let separator): showJoined(try values(event, bytes), separator)
    case .exit: requestExit(try values(event, bytes))
    case .unwatch: unwatch(try values(event, bytes))
    case .packet(let file): savePacket(bytes, event, try values(event, bytes), in: file)
    case .runtimeError(let failure): show(failure, try values(event, bytes), plan)
    }
  }

  private func values(
    _ event: EventSpec, _ bytes: Span<UInt8>
  ) throws(DecodingError) -> [Value] {
    try decoder.decode(event.fields, from: bytes)
  }

  /// The text of a formatted event; valid until the next one.
  private func text(
    _ plan: EventPlan, _ bytes: Span<UInt8>, _ decoder: ValueDecoder
  ) throws(DecodingError) -> [UInt8] {
    text.removeAll(keepingCapacity: true)
    if let format = plan.format {
      try format.append(bytes, decoder, to: &text)
      if !format.cuts.isEmpty { showCuts(of: format, plan.event) }
    }
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

/// What is known of an event before its first record comes.
final class EventPlan {
  let event: EventSpec
  /// Of events that are formatted text.
  let format: EventText?
  let isPrintf: Bool
  let isRow: Bool
  /// What makes whole records of those that are sent packed.
  let unpacker: RecordUnpacker?
  /// Whether it has been told that something fails here which will fail until the end.
  var isTold = false

  init(_ event: EventSpec, _ row: ShownRow?, _ clock: RowClock) {
    self.event = event
    isPrintf = if case .printf = event.kind { true } else { false }
    isRow = event.kind == .row
    unpacker = RecordUnpacker(event)
    if isRow {
      format = row.map { EventText($0, event.fields, clock) }
    } else {
      format = event.kind.format.map { EventText($0, event.fields, watched: event.watched) }
    }
  }
}

extension EventKind {
  /// The format that an event's fields are the arguments of.
  fileprivate var format: String? {
    switch self {
    case .printf(let format), .errorf(let format), .warnf(let format), .system(let format),
      .cat(let format):
      format
    case .printValue, .printMap, .clearMap, .zeroMap, .changeElement, .row, .time, .join, .exit,
      .unwatch, .packet, .runtimeError:
      nil
    }
  }
}
