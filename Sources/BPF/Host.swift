package import LinuxSystem
package import TraceModel

/// What can load BPF objects: the kernel through libbpf, or a recording in tests.
package protocol BPFHost {
  /// Has every program of an object verified and loaded, with its maps made as `plan` says.
  ///
  /// - Parameter object: The ELF image of a BPF object.
  func load(
    _ object: [UInt8], as plan: LoadPlan
  ) throws(LoadError) -> any HostedObject

  /// Has another thread make maps of the object that is loaded next.
  func makeAhead(_ maps: [MapAhead])

  /// Whether the kernel has `feature`; asks the kernel itself, never its release number.
  func probe(_ feature: KernelFeature) -> FeatureAnswer

  /// Whether the kernel lets a program call a function of its own (a kfunc) at all, whatever arguments it
  /// has.
  ///
  /// - Parameters:
  ///   - function: The number of the function in the running kernel's BTF.
  ///   - program: What the kernel would be told of the program that calls.
  func allowsCall(of function: UInt32, from program: LoadPlan.Program) -> Bool

  /// The address of the calling thread's `task_struct`, as programs see it.
  func currentTask() throws(SystemError) -> UInt64

  /// The number of this process in the initial pid namespace.
  func currentProcess() throws(SystemError) -> Int32

  /// Begins to note what the processes of the machine start, execute and map.
  func watchProcesses() throws(SystemError) -> any ProcessRecordSource
}

/// A loaded object: its programs, maps and attachments.
///
/// Everything is detached and freed when the last reference goes. Maps and programs are named by
/// their symbols in the object.
package protocol HostedObject: AnyObject {
  /// What the loader had to say, oldest first.
  var messages: [LoaderMessage] { get }

  // MARK: Programs

  /// Attaches one program to one place.
  ///
  /// - Returns: The attachment, which stays until it is detached.
  func attach(_ request: AttachRequest) throws(AttachError) -> AttachmentID

  /// What the kernel refused of the many places of an attachment, which it is without.
  func refusals(of attachment: AttachmentID) -> [AttachRefusal]

  /// Has the program of an iterator run for the next objects, or, the first time, for the first.
  ///
  /// - Returns: False if there were no more.
  func walk(_ attachment: AttachmentID) throws(SystemError) -> Bool

  /// Ends one attachment; the program can be attached again.
  func detach(_ attachment: AttachmentID)

  /// Ends every attachment. Where the kernel takes long for that, a program may still run for a moment, and those
  /// that ask whether the run is over (`ObjectSymbol.runState`) do nothing then.
  func detachAll()

  /// Runs a raw tracepoint program once on this CPU, in this process, by the kernel's test-run
  /// command: how `begin`, `end` and `self` probes run.
  ///
  /// - Parameter context: What the program finds in its context, at most 12 words.
  /// - Returns: The program's return value.
  /// - Throws: `SystemError` with EINVAL on kernels without test runs (before 5.10).
  @discardableResult
  func run(_ program: String, context: [UInt64]) throws(SystemError) -> UInt32

  /// Runs a program `count` times on this CPU by the kernel's test-run command and measures that: how
  /// tests and benchmarks run.
  ///
  /// Only programs for packets are repeated by the kernel itself; others are asked for again and again,
  /// so that their time has the system call in it.
  func measure(_ program: String, count: UInt32) throws(SystemError) -> MeasuredRun

  // MARK: Events

  /// A descriptor that is woken up when there are records in the ring buffer; nil if the programs send
  /// none.
  ///
  /// It tells so once, so it is to be watched for changes (`EventPoll.Interest.changes`).
  func eventsDescriptor() throws(SystemError) -> FileDescriptor?

  /// Hands out records of the ring buffer in the order they were submitted.
  ///
  /// Stops at the first of: no more records, `limit` records, the handler's `.stop`. The record
  /// that was answered with `.stop` counts as taken.
  ///
  /// - Parameters:
  ///   - next: Whether the descriptor is woken up for the next record.
  ///   - handler: Gets the bytes of one record, which are gone when it returns.
  /// - Returns: The number of records handed out.
  @discardableResult
  func consumeEvents(
    limit: Int, next: NextWakeup, _ handler: (RawSpan) -> AfterEvent
  ) throws(SystemError) -> Int

  /// A descriptor that is readable while there are packets; nil if the programs send none.
  func packetsDescriptor() throws(SystemError) -> FileDescriptor?

  /// Hands out all packets that have come, those of each CPU in the order in which they were sent.
  ///
  /// - Parameter handler: Gets the bytes of one record with its packet, which are gone when it returns.
  func consumePackets(_ handler: (RawSpan) -> Void) throws(SystemError)

  /// How many events and packets found no room so far, over all CPUs; zero if the object does not
  /// count them.
  func lostEvents() throws(SystemError) -> UInt64

  /// What the programs counted so far (`RunCounters`), over all CPUs; empty if the object has no such
  /// counters.
  func counters() throws(SystemError) -> [UInt64]

  /// How often the kernel could not run a program that was to run, as long as it is attached.
  func misses(of program: String) throws(SystemError) -> Misses

  // MARK: Maps

  /// Everything in a map. What programs insert or delete meanwhile may or may not be in it.
  func entries(of map: String) throws(SystemError) -> MapEntries

  /// Hands out what `entries(of:)` returns in portions, as many as it takes for none to be large.
  func forEachPortion(of map: String, _ body: (MapEntries) -> Void) throws(SystemError)

  /// The values of one key, one for each possible CPU (one in all if the map is not per CPU); nil
  /// if the map has no such key. Each is rounded up to 8 bytes in per-CPU maps.
  func value(of key: [UInt8], in map: String) throws(SystemError) -> [UInt8]?

  /// Sets the value of a key.
  ///
  /// - Parameter value: As `value(of:in:)` returns it.
  func setValue(_ value: [UInt8], of key: [UInt8], in map: String) throws(SystemError)

  /// Deletes one key.
  ///
  /// - Returns: Whether it was there.
  @discardableResult
  func delete(_ key: [UInt8], in map: String) throws(SystemError) -> Bool

  /// Deletes every key (hashes), or sets every value to zeros (arrays).
  func clear(_ map: String) throws(SystemError)

  /// Sets every value to zeros and keeps the keys.
  func zero(_ map: String) throws(SystemError)
}

/// How often the kernel could not run a program: because it was running already on that CPU, or because there
/// was nothing left to remember the call of a function with, whose end was waited for.
package struct Misses: Hashable, Sendable {
  /// As far as the kernel tells.
  package var count: UInt64
  /// Whether the kernel tells of all.
  package var isComplete: Bool

  package init(count: UInt64, isComplete: Bool) {
    self.count = count
    self.isComplete = isComplete
  }
}

/// What running a program a number of times gave.
package struct MeasuredRun: Hashable, Sendable {
  /// What the program returned the last time.
  package var result: UInt32
  /// Nanoseconds of one run, on average.
  package var duration: UInt64

  package init(result: UInt32, duration: UInt64) {
    self.result = result
    self.duration = duration
  }
}

/// Which records wake up the descriptor of events once all that were there have been taken.
package enum NextWakeup: Sendable {
  /// The next one, whatever it is.
  case anyRecord
  /// Urgent ones, and those that fill the buffer up; the others wait until somebody looks.
  case urgentRecord
}

/// Whether to go on with the next record.
package enum AfterEvent: Sendable {
  case next
  case stop
}

/// One attachment of a hosted object.
package struct AttachmentID: Hashable, Sendable {
  package let index: Int
  package init(index: Int) { self.index = index }
}

/// Something the loader says while it works.
package struct LoaderMessage: Hashable, Sendable {
  package enum Level: UInt8, Hashable, Sendable {
    case warning = 0
    case information = 1
    case debug = 2
  }

  package var level: Level
  /// Without the line end.
  package var text: String

  package init(level: Level, text: String) {
    self.level = level
    self.text = text
  }
}

/// All keys and values of a map, in two runs of bytes.
package struct MapEntries: Hashable, Sendable {
  package let keySize: Int
  /// Bytes from one CPU's value to the next; in per-CPU maps the size rounded up to 8.
  package let valueStride: Int
  /// Values for each key: the number of possible CPUs, or 1.
  package let valuesPerKey: Int
  package private(set) var keys: [UInt8]
  package private(set) var values: [UInt8]

  package init(
    keySize: Int, valueStride: Int, valuesPerKey: Int, keys: [UInt8] = [], values: [UInt8] = []
  ) {
    precondition(keySize > 0 && valueStride > 0 && valuesPerKey > 0, "a map has keys and values")
    self.keySize = keySize
    self.valueStride = valueStride
    self.valuesPerKey = valuesPerKey
    self.keys = keys
    self.values = values
  }

  package var count: Int { keys.count / keySize }
  package var isEmpty: Bool { keys.isEmpty }

  /// The key of entry `index`.
  package func key(_ index: Int) -> ArraySlice<UInt8> {
    keys[(index * keySize)..<((index + 1) * keySize)]
  }

  /// The value of entry `index` for the `cpu`-th possible CPU.
  package func value(_ index: Int, cpu: Int = 0) -> ArraySlice<UInt8> {
    let start = (index * valuesPerKey + cpu) * valueStride
    return values[start..<(start + valueStride)]
  }

  /// Adds the first `count` entries of two runs of bytes.
  package mutating func append(_ count: Int, keys added: [UInt8], values: [UInt8]) {
    let (keyBytes, valueBytes) = (count * keySize, count * valueStride * valuesPerKey)
    precondition(keyBytes <= added.count && valueBytes <= values.count, "sizes of entries")
    keys.append(contentsOf: added[..<keyBytes])
    self.values.append(contentsOf: values[..<valueBytes])
  }

  /// Adds all entries of another portion of the same map.
  package mutating func append(_ other: MapEntries) {
    append(other.count, keys: other.keys, values: other.values)
  }

  /// Adds one entry: a key, and the values of all CPUs one after the other.
  package mutating func append(key: some Collection<UInt8>, values added: some Collection<UInt8>) {
    precondition(
      key.count == keySize && added.count == valueStride * valuesPerKey, "sizes of an entry")
    keys.append(contentsOf: key)
    values.append(contentsOf: added)
  }
}
