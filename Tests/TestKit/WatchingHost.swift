package import BPF
package import LinuxSystem
package import TraceModel

/// A host that looks at all that programs send and keep: where certain bytes are.
package final class WatchingHost: BPFHost {
  /// A place in what programs hand out.
  package enum Place: Hashable, Sendable, CustomStringConvertible {
    /// The number of the event, and the offset in its record.
    case event(Int, offset: Int)
    case key(map: String, offset: Int)
    /// `offset` counts from the start of what one CPU has.
    case value(map: String, offset: Int)

    package var description: String {
      switch self {
      case .event(let number, let offset): "event \(number) at \(offset)"
      case .key(let map, let offset): "a key of \(map) at \(offset)"
      case .value(let map, let offset): "a value of \(map) at \(offset)"
      }
    }
  }

  /// Where each of the bytes was found so far.
  package fileprivate(set) var places: [UInt8: Set<Place>] = [:]
  private let host: any BPFHost
  private let isWanted: [Bool]

  package init(for bytes: [UInt8], on host: any BPFHost = LibBPFHost()) {
    isWanted = (0...255).map { bytes.contains($0) }
    self.host = host
  }

  package func makeAhead(_ maps: [MapAhead]) { host.makeAhead(maps) }

  package func load(
    _ object: [UInt8], as plan: LoadPlan
  ) throws(LoadError) -> any HostedObject {
    WatchedObject(try host.load(object, as: plan), self)
  }

  package func probe(_ feature: KernelFeature) -> FeatureAnswer { host.probe(feature) }

  package func allowsCall(of function: UInt32, from program: LoadPlan.Program) -> Bool {
    host.allowsCall(of: function, from: program)
  }

  package func currentTask() throws(SystemError) -> UInt64 { try host.currentTask() }

  package func currentProcess() throws(SystemError) -> Int32 { try host.currentProcess() }

  package func watchProcesses() throws(SystemError) -> any ProcessRecordSource {
    try host.watchProcesses()
  }

  fileprivate func look(at bytes: some Collection<UInt8>, _ place: (Int) -> Place) {
    for (offset, byte) in bytes.enumerated() where isWanted[Int(byte)] {
      places[byte, default: []].insert(place(offset))
    }
  }
}

private final class WatchedObject: HostedObject {
  private let object: any HostedObject
  private let watch: WatchingHost

  init(_ object: any HostedObject, _ watch: WatchingHost) {
    self.object = object
    self.watch = watch
  }

  var messages: [LoaderMessage] { object.messages }

  func attach(_ request: AttachRequest) throws(AttachError) -> AttachmentID {
    try object.attach(request)
  }

  func refusals(of attachment: AttachmentID) -> [AttachRefusal] {
    object.refusals(of: attachment)
  }

  func walk(_ attachment: AttachmentID) throws(SystemError) -> Bool {
    try object.walk(attachment)
  }

  func detach(_ attachment: AttachmentID) { object.detach(attachment) }

  func detachAll() { object.detachAll() }

  func run(_ program: String, context: [UInt64]) throws(SystemError) -> UInt32 {
    try object.run(program, context: context)
  }

  func measure(_ program: String, count: UInt32) throws(SystemError) -> MeasuredRun {
    try object.measure(program, count: count)
  }

  func eventsDescriptor() throws(SystemError) -> FileDescriptor? { try object.eventsDescriptor() }

  func consumeEvents(
    limit: Int, next: NextWakeup, _ handler: (RawSpan) -> AfterEvent
  ) throws(SystemError) -> Int {
    try object.consumeEvents(limit: limit, next: next) { record in
      look(atRecord: record)
      return handler(record)
    }
  }

  func packetsDescriptor() throws(SystemError) -> FileDescriptor? {
    try object.packetsDescriptor()
  }

  func consumePackets(_ handler: (RawSpan) -> Void) throws(SystemError) {
    try object.consumePackets(handler)
  }

  private func look(atRecord record: RawSpan) {
    let bytes = unsafe record.withUnsafeBytes { unsafe Array($0) }
    let number = Int(bytes[0]) | Int(bytes[1]) << 8
    watch.look(at: bytes) { .event(number, offset: $0) }
  }

  func lostEvents() throws(SystemError) -> UInt64 { try object.lostEvents() }

  func counters() throws(SystemError) -> [UInt64] { try object.counters() }

  func misses(of program: String) throws(SystemError) -> Misses {
    try object.misses(of: program)
  }

  // MARK: Maps

  func entries(of map: String) throws(SystemError) -> MapEntries {
    let entries = try object.entries(of: map)
    look(at: entries, of: map)
    return entries
  }

  func forEachPortion(of map: String, _ body: (MapEntries) -> Void) throws(SystemError) {
    try object.forEachPortion(of: map) { entries in
      look(at: entries, of: map)
      body(entries)
    }
  }

  private func look(at entries: MapEntries, of map: String) {
    // The keys of an array are no program's doing.
    let isArray =
      entries.keySize == 4
      && (0..<entries.count).allSatisfy { index in
        entries.key(index).elementsEqual(
          (0..<4).map { UInt8(truncatingIfNeeded: index >> ($0 * 8)) })
      }
    for index in 0..<entries.count {
      if !isArray { watch.look(at: entries.key(index)) { .key(map: map, offset: $0) } }
      for cpu in 0..<entries.valuesPerKey {
        watch.look(at: entries.value(index, cpu: cpu)) { .value(map: map, offset: $0) }
      }
    }
  }

  func value(of key: [UInt8], in map: String) throws(SystemError) -> [UInt8]? {
    try object.value(of: key, in: map)
  }

  func setValue(_ value: [UInt8], of key: [UInt8], in map: String) throws(SystemError) {
    try object.setValue(value, of: key, in: map)
  }

  func delete(_ key: [UInt8], in map: String) throws(SystemError) -> Bool {
    try object.delete(key, in: map)
  }

  func clear(_ map: String) throws(SystemError) { try object.clear(map) }

  func zero(_ map: String) throws(SystemError) { try object.zero(map) }
}
