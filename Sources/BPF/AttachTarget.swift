package import TraceModel

/// A program and the place where it goes.
package struct AttachRequest: Hashable, Sendable {
  /// The program's symbol in the object.
  package var program: String
  /// The probe's name, for messages: `kprobe:vfs_read`.
  package var probe: String
  package var target: AttachTarget

  package init(program: String, probe: String, target: AttachTarget) {
    self.program = program
    self.probe = probe
    self.target = target
  }
}

/// An attach point and what it is on this machine: what one attachment, a link or several, is made to.
package struct AttachTarget: Hashable, Sendable {
  /// Exact, unless one link takes a whole pattern.
  package var point: AttachPoint
  /// Where it is. Several for a link of many functions; none for what the program itself tells the
  /// kernel.
  package var places: [Place]
  /// The process to which it is restricted.
  package var process: Int32?
  /// Whether that process is going to execute a command, and what it starts is traced too.
  package var isCommand = false
  /// What perf_event_open(2) is told, where that is found out on the machine.
  package var event: PerformanceEventNumbers?

  /// One place of an attachment.
  package struct Place: Hashable, Sendable {
    /// As the kernel knows it: the number of a tracepoint, an offset in a file or a function.
    package var number: UInt64
    /// The function, where a link of many is made by their names.
    package var function: String
    /// The full name of the probe there; empty where no probe has several places.
    package var name: String
    /// What a program finds out by `get_attach_cookie`; 0 where nobody asks.
    package var cookie: UInt64 = 0
    /// Where the file has a number that the kernel is to count up while the place is attached to.
    package var counter: UInt64?
    /// The arguments that it has, where they differ from place to place.
    package var arguments: [StaticTracepoint.Argument] = []
    /// The address in the program of the function that is called instead of the probe's own, which only
    /// chooses it.
    package var implementation: UInt64?
    /// Whether it belongs to the same probe as the place before it.
    package var isFurther = false

    package init(_ number: UInt64, function: String = "", name: String = "") {
      self.number = number
      self.function = function
      self.name = name
    }
  }

  package init(_ point: AttachPoint, places: [Place] = [], process: Int32? = nil) {
    self.point = point
    self.places = places
    self.process = process
  }

  /// An exact point that is one place.
  package init(_ point: AttachPoint, at number: UInt64, process: Int32? = nil) {
    self.init(point, places: [Place(number, name: point.probeName ?? "")], process: process)
  }

  /// How many attach points it stands for in `Attached N probes`.
  package var count: Int { max(1, places.count { !$0.isFurther }) }

  /// How many of them are nowhere if the kernel refuses some places.
  package func count(lostBy refusals: [AttachRefusal]) -> Int {
    let refused = Set(refusals.map(\.place))
    var lost = 0
    var start = places.startIndex
    while start < places.endIndex {
      let next = places[(start + 1)...].firstIndex { !$0.isFurther } ?? places.endIndex
      if places[start..<next].allSatisfy(refused.contains) { lost += 1 }
      start = next
    }
    return lost
  }
}

/// An event of a performance monitoring unit, as perf_event_open(2) takes it.
package struct PerformanceEventNumbers: Hashable, Sendable {
  /// The number of the unit.
  package var type: UInt32
  /// `config`, `config1` and `config2`.
  package var settings: [UInt64]
  /// The CPUs on which it can be counted; nil for all.
  package var cpus: [Int]?

  package init(type: UInt32, settings: [UInt64], cpus: [Int]? = nil) {
    precondition(settings.count == 3, "there are three settings")
    self.type = type
    self.settings = settings
    self.cpus = cpus
  }
}

/// A place that the kernel refused, so that a link of many was made without it.
package struct AttachRefusal: Hashable, Sendable {
  package var place: AttachTarget.Place
  package var reason: AttachError

  package init(_ place: AttachTarget.Place, reason: AttachError) {
    self.place = place
    self.reason = reason
  }
}

/// Finds on this machine what attach points and programs name.
package protocol AttachResolver {
  /// The contents of the event's `id` file in tracefs.
  ///
  /// - Throws: `.noSuchTracepoint` when there is none.
  func tracepointID(category: String, event: String) throws(AttachError) -> UInt64

  /// Where in the file the code of a function, or `offset` bytes after it, is; without a symbol where the
  /// byte at address `offset` of the program is.
  ///
  /// - Parameter symbol: As `UserFunctionName` has it.
  /// - Throws: `.noSuchSymbol`, or `.system` when the file cannot be read.
  func fileOffset(
    path: String, symbol: String?, offset: UInt64
  ) throws(AttachError) -> UInt64

  /// Where a function is that is called instead of one that only chooses it (IFUNC): its address in the program, and
  /// its offset in the file; nil for a function of another kind, and if that is not known.
  func implementation(
    of function: String, inFile path: String
  ) throws(AttachError) -> (address: UInt64, offset: UInt64)?

  /// Whether functions of the binary may be moved to another stack while they run, so that their returns
  /// cannot be probed.
  func movesStacks(_ path: String) throws(AttachError) -> Bool

  /// The address of a symbol of a binary before the binary is loaded anywhere.
  ///
  /// - Throws: `.noSuchSymbol`, or `.system` when the file cannot be read.
  func address(ofSymbol symbol: String, inFile path: String) throws(AttachError) -> UInt64

  /// The binaries that a path, a name in the search path or a library's name means, any of them with
  /// wildcards, in the files that a process sees; sorted.
  func binaries(_ target: String, process: Int32?) throws(AttachError) -> [String]

  /// The functions of a binary whose names match a pattern, with their offsets in the file; sorted by
  /// name. A name is there several times if its function is in several places.
  ///
  /// - Parameter pattern: As `UserFunctionName` has it.
  func functions(
    inFile path: String, matching pattern: String
  ) throws(AttachError) -> [(name: String, offset: UInt64)]

  /// The static tracepoints of a binary whose providers and names match patterns, sorted by both, and in the order
  /// of the file where they are the same; none of a file that is no binary.
  func staticTracepoints(
    inFile path: String, provider: String, name: String
  ) throws(AttachError) -> [StaticTracepoint]

  /// What perf_event_open(2) is told of an event of a performance monitoring unit.
  ///
  /// - Throws: `.noSuchEvent`.
  func performanceEvent(_ name: String) throws(AttachError) -> PerformanceEventNumbers

  /// Whether the kernel has a raw tracepoint of that name.
  func hasRawTracepoint(_ event: String) throws(AttachError) -> Bool

  /// The functions of the kernel that can be traced and match a name or pattern, sorted by name; a nil
  /// module is any.
  func functions(
    module: String?, matching name: String
  ) throws(AttachError) -> [(module: String, name: String)]

  /// The number of a type or function in the running kernel's BTF, or that of its module.
  ///
  /// - Throws: `.noSuchTarget` when there is none.
  func typeID(of target: ProgramTarget) throws(AttachError) -> UInt32
}
