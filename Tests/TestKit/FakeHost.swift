package import BPF
package import LinuxSystem
package import TraceModel

/// A host without a kernel: hands out recorded bytes and notes what it was asked.
///
/// Set up what it answers before the session starts; look at `calls` afterwards.
package final class FakeHost: BPFHost {
  /// One thing that was asked, in the order of asking.
  package enum Call: Hashable, Sendable {
    case load(LoadPlan)
    case attach(AttachRequest)
    case walk(AttachmentID)
    case detach(AttachmentID)
    case detachAll
    case run(String)
    case entries(String)
    case setValue([UInt8], key: [UInt8], map: String)
    case delete([UInt8], map: String)
    case clear(String)
    case zero(String)
  }

  package fileprivate(set) var calls: [Call] = []
  /// The object bytes that were loaded last.
  package private(set) var object: [UInt8] = []

  /// What loading fails with.
  package var loadError: LoadError?
  /// Programs that the verifier does not accept.
  package var rejected: Set<String> = []
  /// Programs that this process may not load.
  package var refused: Set<String> = []
  /// Programs that the verifier rejects as long as some constant is not zero.
  package var rejectedWithConstants: Set<String> = []
  /// What attaching fails with, by the probe's name.
  package var attachErrors: [String: AttachError] = [:]
  /// What running a program fails with.
  package var runErrors: [String: SystemError] = [:]
  /// The contents of maps.
  package var maps: [String: MapEntries] = [:]
  /// Records that wait in the ring buffer from the start.
  package var records: [[UInt8]] = []
  /// Records that come once something is attached.
  package var recordsOnceAttached: [[UInt8]] = []
  /// Records of packets that wait from the start.
  package var packets: [[UInt8]] = []
  /// Records that a program submits each time it is run.
  package var recordsOfPrograms: [String: [[UInt8]]] = [:]
  /// Records that come when a program has been run so often and all others have been taken.
  package var lateRecords: (program: String, runs: Int, records: [[UInt8]])?
  /// Records that the walk of an iterator submits, one each time.
  package var recordsOfWalks: [[UInt8]] = []
  /// What running a program returns; 0 for those not named.
  package var returnValues: [String: UInt32] = [:]
  /// Nanoseconds that a run of a program takes which is measured.
  package var duration: UInt64 = 250
  package var lostEvents: UInt64 = 0
  /// What programs counted; `lostEvents` is not looked up there.
  package var counters: [UInt64] = []
  /// How often programs were missed, by their symbols; not at all for those not named.
  package var misses: [String: Misses] = [:]
  /// What is refused of an attachment to many places.
  package var refusals: [AttachmentID: [AttachRefusal]] = [:]
  /// Answers to feature probes; yes for those not named.
  package var features: [KernelFeature: FeatureAnswer] = [:]
  /// Calls of functions of the kernel, by their number, that are allowed, and the type of program that may
  /// make them.
  package var allowedCalls: [UInt32: ProgramKind.ProgramType] = [:]
  package var messages: [LoaderMessage] = []
  /// What was to be made before an object was loaded.
  package private(set) var mapsAhead: [MapAhead] = []

  package init() {}

  package func makeAhead(_ maps: [MapAhead]) { mapsAhead += maps }

  package func load(
    _ object: [UInt8], as plan: LoadPlan
  ) throws(LoadError) -> any HostedObject {
    calls.append(.load(plan))
    self.object = object
    if let loadError { throw loadError }
    if !refused.isDisjoint(with: plan.programs.keys) {
      throw .refused(
        Refusal(
          error: SystemError(operation: "load", subject: "program", errno: 1), cause: .unknown))
    }
    var rejected = rejected
    if plan.constants.contains(where: { $0 != 0 }) { rejected.formUnion(rejectedWithConstants) }
    if let program = rejected.intersection(plan.programs.keys).min() {
      throw .rejected(VerifierRejection(program: program, errno: 13, log: "no"))
    }
    do {
      return try FakeObject(self)
    } catch {
      throw .system(error, [])
    }
  }

  package func currentTask() -> UInt64 { 0xffff_8880_0000_1000 }

  package func currentProcess() -> Int32 { 4711 }

  package func watchProcesses() throws(SystemError) -> any ProcessRecordSource {
    throw SystemError(operation: "perf_event_open", subject: "processes", errno: 1)
  }

  package func allowsCall(of function: UInt32, from program: LoadPlan.Program) -> Bool {
    allowedCalls[function] == program.kind.type
  }

  package func probe(_ feature: KernelFeature) -> FeatureAnswer { features[feature] ?? .yes }
}

/// What `FakeHost` loads.
private final class FakeObject: HostedObject {
  private let host: FakeHost
  private var queue: [[UInt8]]
  private var attachmentCount = 0
  /// Readable while records wait.
  private let signal: FileDescriptor
  private var isSignalled: Bool

  init(_ host: FakeHost) throws(SystemError) {
    self.host = host
    queue = host.records
    isSignalled = !host.records.isEmpty
    signal = try FileDescriptor.event(initial: host.records.isEmpty ? 0 : 1)
  }

  var messages: [LoaderMessage] { host.messages }

  func attach(_ request: AttachRequest) throws(AttachError) -> AttachmentID {
    host.calls.append(.attach(request))
    if let error = host.attachErrors[request.probe] { throw error }
    attachmentCount += 1
    if attachmentCount == 1, !host.recordsOnceAttached.isEmpty {
      queue += host.recordsOnceAttached
      do { try showWhetherRecordsWait() } catch { throw .system(error) }
    }
    return AttachmentID(index: attachmentCount - 1)
  }

  func refusals(of attachment: AttachmentID) -> [AttachRefusal] {
    host.refusals[attachment] ?? []
  }

  func walk(_ attachment: AttachmentID) throws(SystemError) -> Bool {
    host.calls.append(.walk(attachment))
    guard !host.recordsOfWalks.isEmpty else { return false }
    queue.append(host.recordsOfWalks.removeFirst())
    try showWhetherRecordsWait()
    return true
  }

  func detach(_ attachment: AttachmentID) { host.calls.append(.detach(attachment)) }

  func detachAll() { host.calls.append(.detachAll) }

  func run(_ program: String, context: [UInt64]) throws(SystemError) -> UInt32 {
    host.calls.append(.run(program))
    if let error = host.runErrors[program] { throw error }
    queue += host.recordsOfPrograms[program] ?? []
    try showWhetherRecordsWait()
    return host.returnValues[program] ?? 0
  }

  func measure(_ program: String, count: UInt32) throws(SystemError) -> MeasuredRun {
    MeasuredRun(result: try run(program, context: []), duration: host.duration)
  }

  func eventsDescriptor() throws(SystemError) -> FileDescriptor? { try signal.duplicate() }

  func consumeEvents(
    limit: Int, next: NextWakeup, _ handler: (RawSpan) -> AfterEvent
  ) throws(SystemError) -> Int {
    var taken = 0
    while taken < limit, !queue.isEmpty {
      let record = queue.removeFirst()
      taken += 1
      if unsafe handler(record.span.bytes) == .stop { break }
    }
    if queue.isEmpty, let late = host.lateRecords,
      host.calls.count(where: { $0 == .run(late.program) }) == late.runs
    {
      host.lateRecords = nil
      queue = late.records
    }
    try showWhetherRecordsWait()
    return taken
  }

  func packetsDescriptor() throws(SystemError) -> FileDescriptor? { nil }

  func consumePackets(_ handler: (RawSpan) -> Void) {
    for packet in host.packets { unsafe handler(packet.span.bytes) }
    host.packets = []
  }

  private func showWhetherRecordsWait() throws(SystemError) {
    guard isSignalled == queue.isEmpty else { return }
    isSignalled = !queue.isEmpty
    if isSignalled {
      try signal.write([1, 0, 0, 0, 0, 0, 0, 0])
    } else {
      _ = try signal.read(upTo: 8)
    }
  }

  func lostEvents() throws(SystemError) -> UInt64 { host.lostEvents }

  func counters() throws(SystemError) -> [UInt64] { host.counters }

  func misses(of program: String) throws(SystemError) -> Misses {
    host.misses[program] ?? Misses(count: 0, isComplete: true)
  }

  // MARK: Maps

  private func contents(of map: String) throws(SystemError) -> MapEntries {
    guard let entries = host.maps[map] else { throw .noEntry("look up map", map) }
    return entries
  }

  private func change(_ map: String, _ body: (inout [(key: [UInt8], value: [UInt8])]) -> Void)
    throws(SystemError)
  {
    let old = try contents(of: map)
    var pairs = (0..<old.count).map { index in
      (
        key: Array(old.key(index)),
        value: (0..<old.valuesPerKey).flatMap { old.value(index, cpu: $0) }
      )
    }
    body(&pairs)
    var new = MapEntries(
      keySize: old.keySize, valueStride: old.valueStride, valuesPerKey: old.valuesPerKey)
    for pair in pairs { new.append(key: pair.key, values: pair.value) }
    host.maps[map] = new
  }

  func entries(of map: String) throws(SystemError) -> MapEntries {
    host.calls.append(.entries(map))
    return try contents(of: map)
  }

  /// Two entries at a time, so that whoever reads more than that reads in portions.
  func forEachPortion(of map: String, _ body: (MapEntries) -> Void) throws(SystemError) {
    let all = try entries(of: map)
    for start in stride(from: 0, to: max(1, all.count), by: 2) {
      var portion = MapEntries(
        keySize: all.keySize, valueStride: all.valueStride, valuesPerKey: all.valuesPerKey)
      for index in start..<min(start + 2, all.count) {
        portion.append(
          key: all.key(index),
          values: (0..<all.valuesPerKey).flatMap { all.value(index, cpu: $0) })
      }
      body(portion)
    }
  }

  func value(of key: [UInt8], in map: String) throws(SystemError) -> [UInt8]? {
    let entries = try contents(of: map)
    return (0..<entries.count).first { entries.key($0).elementsEqual(key) }.map { index in
      (0..<entries.valuesPerKey).flatMap { entries.value(index, cpu: $0) }
    }
  }

  func setValue(_ value: [UInt8], of key: [UInt8], in map: String) throws(SystemError) {
    host.calls.append(.setValue(value, key: key, map: map))
    try change(map) { pairs in
      if let index = pairs.firstIndex(where: { $0.key == key }) {
        pairs[index].value = value
      } else {
        pairs.append((key: key, value: value))
      }
    }
  }

  func delete(_ key: [UInt8], in map: String) throws(SystemError) -> Bool {
    host.calls.append(.delete(key, map: map))
    let before = try contents(of: map).count
    try change(map) { pairs in pairs.removeAll { $0.key == key } }
    return try contents(of: map).count < before
  }

  func clear(_ map: String) throws(SystemError) {
    host.calls.append(.clear(map))
    try change(map) { $0 = [] }
  }

  func zero(_ map: String) throws(SystemError) {
    host.calls.append(.zero(map))
    try change(map) { pairs in
      pairs = pairs.map { (key: $0.key, value: [UInt8](repeating: 0, count: $0.value.count)) }
    }
  }
}
