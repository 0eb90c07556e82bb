internal import Glibc
internal import LinuxSystem
internal import TraceModel

/// A loaded object of `LibBPFHost`.
final class LibBPFObject: HostedObject {
  let messages: [LoaderMessage]
  private let programs: [String: Program]
  private let maps: [String: BPFMap]
  private var attachments: [AttachmentID: [any Attachment]] = [:]
  /// The programs that are attached, by their symbols.
  private var attached: [String: [AttachmentID]] = [:]
  private var attachmentCount = 0
  /// Nil until events are asked for.
  private var events: RingBuffer?
  /// Nil if the programs send no packets.
  private let packets: PacketBuffer?
  // Programs and maps belong to it.
  private let object: LoadedObject

  init(
    _ object: consuming LoadedObject, packets: PacketBuffer?, messages: [LoaderMessage]
  ) {
    self.packets = packets
    programs = object.programs
    maps = object.maps
    self.object = object
    self.messages = messages
  }

  deinit { detachAll(patience: .zero) }

  // MARK: Programs

  func attach(_ request: AttachRequest) throws(AttachError) -> AttachmentID {
    guard let program = programs[request.program] else { throw .noSuchProgram(request.program) }
    let mechanism = request.target.point.mechanism
    let attached: [any Attachment]
    do {
      attached = try mechanism.attach(program, to: request.target, probe: request.probe)
    } catch {
      guard case .system(let cause) = error, cause.errno == EMFILE, allowManyFiles() else {
        throw error
      }
      attached = try mechanism.attach(program, to: request.target, probe: request.probe)
    }
    let id = AttachmentID(index: attachmentCount)
    attachmentCount += 1
    attachments[id] = attached
    self.attached[request.program, default: []].append(id)
    return id
  }

  func refusals(of attachment: AttachmentID) -> [AttachRefusal] {
    attachments[attachment, default: []].flatMap(\.refusals)
  }

  func walk(_ attachment: AttachmentID) throws(SystemError) -> Bool {
    for case let iterator as IteratorAttachment in attachments[attachment] ?? [] {
      if try iterator.walk() { return true }
    }
    return false
  }

  func detach(_ attachment: AttachmentID) { attachments[attachment] = nil }

  func detachAll() {
    noteEnd()
    detachAll(patience: .milliseconds(150))
  }

  /// Has programs that ask for it do nothing from here on: other processes close the probes.
  private func noteEnd() {
    // A kernel that refuses this shows what these processes do.
    try? maps[ObjectSymbol.runState]?.setValue([1, 0, 0, 0, 0, 0, 0, 0], of: [0, 0, 0, 0])
  }

  /// Ends every attachment. One that takes the kernel long is waited for by another process.
  ///
  /// - Parameter patience: How long programs may run on for that.
  private func detachAll(patience: Duration) {
    let all = attachments.values.flatMap { $0.map(\.descriptors) }
    let attaching = all.flatMap(\.attaching)
    let others = all.flatMap(\.others)
    if attaching.isEmpty, others.isEmpty { return attachments.removeAll() }
    var closing = BackgroundClosing(attaching, then: others)
    attachments.removeAll()
    closing?.begin(patience: patience)
  }

  func run(_ program: String, context: [UInt64]) throws(SystemError) -> UInt32 {
    guard let found = programs[program] else { throw .noEntry("BPF_PROG_TEST_RUN", program) }
    return try found.run(context: context)
  }

  func measure(_ program: String, count: UInt32) throws(SystemError) -> MeasuredRun {
    guard let found = programs[program] else { throw .noEntry("BPF_PROG_TEST_RUN", program) }
    if found.type == .packet { return try found.runOnPacket(count: count) }
    var result: UInt32 = 0
    let start = Clock.monotonic.now
    for _ in 0..<count { result = try found.run(context: []) }
    return MeasuredRun(result: result, duration: (Clock.monotonic.now - start) / UInt64(count))
  }

  // MARK: Events

  func eventsDescriptor() throws(SystemError) -> FileDescriptor? {
    guard let descriptor = maps[ObjectSymbol.events]?.descriptor else { return nil }
    return try copy(of: descriptor, ObjectSymbol.events)
  }

  func packetsDescriptor() throws(SystemError) -> FileDescriptor? {
    guard let packets else { return nil }
    return try copy(of: packets.descriptor, ObjectSymbol.packets)
  }

  /// The object keeps its own descriptor, so the caller gets another one for the same thing.
  private func copy(of descriptor: CInt, _ name: String) throws(SystemError) -> FileDescriptor {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
    guard copy >= 0 else { throw .current("dup", name) }
    return FileDescriptor(owning: copy)
  }

  func consumePackets(_ handler: (RawSpan) -> Void) throws(SystemError) {
    try packets?.consume(handler)
  }

  func consumeEvents(
    limit: Int, next: NextWakeup, _ handler: (RawSpan) -> AfterEvent
  ) throws(SystemError) -> Int {
    if events == nil, let map = maps[ObjectSymbol.events] { events = try RingBuffer(map) }
    return try events?.consume(limit: limit, wakesForNext: next == .anyRecord, handler) ?? 0
  }

  func lostEvents() throws(SystemError) -> UInt64 {
    guard let map = maps[ObjectSymbol.counters] else { return 0 }
    return Self.sum(of: try map.value(of: [0, 0, 0, 0]) ?? [])
  }

  func counters() throws(SystemError) -> [UInt64] {
    guard let map = maps[ObjectSymbol.counters] else { return [] }
    let entries = try map.entries()
    var sums = [UInt64](repeating: 0, count: map.maxEntries)
    for index in 0..<entries.count {
      let number = Self.sum(of: Array(entries.key(index)) + [0, 0, 0, 0])
      for cpu in 0..<entries.valuesPerKey {
        sums[Int(number)] &+= Self.sum(of: entries.value(index, cpu: cpu))
      }
    }
    return sums
  }

  /// The sum of 64-bit numbers that follow one another.
  private static func sum(of bytes: some RandomAccessCollection<UInt8>) -> UInt64 {
    var (total, number): (UInt64, UInt64) = (0, 0)
    for (index, byte) in bytes.enumerated() {
      number |= UInt64(byte) << (index % 8 * 8)
      if index % 8 == 7 {
        total &+= number
        number = 0
      }
    }
    return total
  }

  func misses(of program: String) throws(SystemError) -> Misses {
    guard let found = programs[program] else { throw .noEntry("BPF_OBJ_GET_INFO_BY_FD", program) }
    let recursions = try found.recursionMisses()
    var misses = Misses(count: recursions ?? 0, isComplete: recursions != nil)
    for attachment in (attached[program] ?? []).compactMap({ attachments[$0] }).joined() {
      guard let more = attachment.misses else { continue }
      misses.count &+= more.count
      if !more.isComplete { misses.isComplete = false }
    }
    return misses
  }

  // MARK: Maps

  private func map(_ name: String) throws(SystemError) -> BPFMap {
    guard let map = maps[name] else { throw .noEntry("look up map", name) }
    return map
  }

  func entries(of map: String) throws(SystemError) -> MapEntries {
    try self.map(map).entries()
  }

  func forEachPortion(of map: String, _ body: (MapEntries) -> Void) throws(SystemError) {
    try self.map(map).forEachPortion(body)
  }

  func value(of key: [UInt8], in map: String) throws(SystemError) -> [UInt8]? {
    try self.map(map).value(of: key)
  }

  func setValue(_ value: [UInt8], of key: [UInt8], in map: String) throws(SystemError) {
    try self.map(map).setValue(value, of: key)
  }

  func delete(_ key: [UInt8], in map: String) throws(SystemError) -> Bool {
    try self.map(map).delete(key)
  }

  func clear(_ map: String) throws(SystemError) { try self.map(map).clear() }

  func zero(_ map: String) throws(SystemError) { try self.map(map).zero() }

  /// The entries by single look-ups even where the kernel has batches: both ways have to agree.
  func entriesKeyByKey(of map: String) throws(SystemError) -> MapEntries {
    try self.map(map).entriesKeyByKey()
  }
}
