/// One kind of record in the ring buffer.
///
/// A record is the event's header (64 bits) and then the fields at the offsets given here, which count
/// from the start of the record. The lower half of the header is an index into the manifest's events;
/// the upper half has `EventTime.units` of when it was sent, in runs that ask for it.
package struct EventSpec: Hashable, Sendable {
  package var kind: EventKind
  package var fields: [ValueLayout.Field]
  /// The size of a whole record, id included, in bytes.
  package var size: Int
  /// An index into the manifest's positions: the call in the script.
  package var position: Int?
  /// The fields, by index, whose conversions are for less bits than they have; people are told when one is
  /// cut off.
  package var watched: [Int]
  /// How records are sent without what is of no use in them; nil if they are sent as they are.
  package var packing: RecordPacking?
  /// Whether a run sends one record at most: in `begin` or `end`, and in no loop.
  package var isSentOnce = false

  /// The offset of the first field.
  package static let headerSize = 8

  package init(
    kind: EventKind, fields: [ValueLayout.Field], size: Int, position: Int? = nil,
    watched: [Int] = [], packing: RecordPacking? = nil
  ) {
    self.kind = kind
    self.fields = fields
    self.size = size
    self.position = position
    self.watched = watched
    self.packing = packing
  }
}

/// What is sent of a record some of whose fields are long, and mostly not filled or not shown: of these, only
/// so many bytes as there is something in.
///
/// Up to `start`, such a record is the whole one. Then come the bytes of the packed fields, one field behind
/// the other, in the order in which they lie in the whole record.
package struct RecordPacking: Hashable, Sendable {
  /// Where the lengths are: four bytes for each packed field.
  package var lengths: Int
  /// The packed fields, by index, in the order in which they lie in the record; all others lie before them.
  package var fields: [Int]

  package init(lengths: Int, fields: [Int]) {
    self.lengths = lengths
    self.fields = fields
  }

  /// Where the first packed field begins.
  package var start: Int { (lengths + Self.lengthSize * fields.count + 7) / 8 * 8 }

  /// The bytes of a length.
  package static let lengthSize = 4
}

/// What the runtime does with an event.
package enum EventKind: Hashable, Sendable {
  /// Fields are the arguments of the format.
  case printf(format: String)
  /// Like printf, on the standard error stream as a located error.
  case errorf(format: String)
  /// Like printf, on the standard error stream as a located warning.
  case warnf(format: String)
  /// Runs the formatted text in a shell and shows its output.
  case system(format: String)
  /// Shows the file whose name is the formatted text.
  case cat(format: String)
  /// One field: the value to show.
  case printValue
  /// Shows a whole map, by index; `top` largest only, values divided by `divisor`.
  case printMap(map: Int, top: Int?, divisor: Int64?)
  case clearMap(map: Int)
  case zeroMap(map: Int)
  /// Changes an element of a map that the tracer keeps. Fields: the key, with stacks that are still to be unwound,
  /// and what the change says.
  case changeElement(map: Int, ElementChange)
  /// A row of the script's columns: a field for each of their names; fields of columns that are not shown
  /// are zero.
  case row
  /// Wall-clock time, formatted as by strftime.
  case time(format: String)
  /// Fields are strings; shown with the separator between them, up to the first empty one.
  case join(separator: String)
  /// One field: the exit status, a signed integer.
  case exit
  /// Takes watchpoints away. One field: their address.
  case unwatch
  /// A packet for a file, which comes by perf events: behind the record are the first bytes of the packet.
  /// Three fields: when it was sent, by the boot clock, how many bytes of it there are, and how many of
  /// these are not for the file.
  case packet(file: String)
  /// A failure inside a program; see `RuntimeFailure`.
  case runtimeError(RuntimeFailure)
}

/// What becomes of an element of a map that the tracer keeps.
package enum ElementChange: UInt8, Hashable, Sendable, CaseIterable {
  /// The second field is its value from now on.
  case put = 0
  /// Its value, a number, becomes greater by the second field, 64 bits; a new one begins at zero.
  case add = 1
  /// It takes in the slot of an aggregation, which is the second field.
  case join = 2
  /// It is taken out.
  case remove = 3
}

extension EventKind {
  /// Whether it comes by perf events and not by the ring buffer.
  package var isPacket: Bool { if case .packet = self { true } else { false } }

  /// Whether nothing is shown for it, only noted.
  package var changesElement: Bool { if case .changeElement = self { true } else { false } }
}

/// A failure that a program reports while it runs.
package enum RuntimeFailure: Hashable, Sendable {
  /// The integer field has the helper's negative return value.
  case helper(HelperFailure)
  case divisionByZero
  case arrayOutOfBounds
  /// The child of `-c` is asked for, and there is none. People are told once for each place.
  case noChild

  /// A failed kernel helper.
  package struct HelperFailure: Hashable, Sendable {
    /// As messages name it: `map_update_elem`.
    package var helper: String

    package init(helper: String) { self.helper = helper }
    package init(_ helper: KernelHelper) { self.init(helper: helper.name) }

    /// An element that is not there is looked for.
    package static let mapLookup = HelperFailure(.mapLookup)
    /// An element is written.
    package static let mapUpdate = HelperFailure(.mapUpdate)
    /// An element that is not there is taken out.
    package static let mapDelete = HelperFailure(.mapDelete)
  }
}

/// A place in the script that messages of a running session refer to.
package struct ScriptPosition: Hashable, Sendable {
  /// The name of the script as messages show it.
  package var file: String
  /// Counted from 1.
  package var line: Int
  /// First and one past the last column, counted from 1 in bytes.
  package var columns: Range<Int>
  /// The text of that line, without its end.
  package var text: String
  /// The calls of macros that what stands there comes from, innermost first.
  package var expandedFrom: [Use]

  package init(
    file: String, line: Int, columns: Range<Int>, text: String, expandedFrom: [Use] = []
  ) {
    self.file = file
    self.line = line
    self.columns = columns
    self.text = text
    self.expandedFrom = expandedFrom
  }

  /// A place where a macro is called.
  package struct Use: Hashable, Sendable {
    /// As in `ScriptPosition`; so are the others.
    package var file: String
    package var line: Int
    package var columns: Range<Int>
    package var text: String

    package init(file: String, line: Int, columns: Range<Int>, text: String) {
      self.file = file
      self.line = line
      self.columns = columns
      self.text = text
    }
  }
}

// MARK: Encoding

extension EventSpec: WireStruct {
  package static let wireName = "event"

  package static let blank = EventSpec(kind: .printValue, fields: [], size: headerSize)

  package static let wireFields: [WireField<EventSpec>] = [
    WireField(1, "kind", \.kind, .required),
    WireField(2, "fields", \.fields),
    WireField(3, "size", \.size, .required),
    WireField(4, "position", \.position),
    WireField(5, "watched", \.watched),
    WireField(6, "packing", \.packing, .critical, since: .packedRecords),
    WireField(7, "isSentOnce", \.isSentOnce),
  ]
}

extension RecordPacking: WireStruct {
  package static let wireName = "packing of a record"

  package static let blank = RecordPacking(lengths: 0, fields: [])

  package static let wireFields: [WireField<RecordPacking>] = [
    WireField(1, "lengths", \.lengths, .required),
    WireField(2, "fields", \.fields),
  ]
}

extension EventKind: WireEnum {
  package static let wireName = "kind of event"

  package static let wireCases: [WireCase<EventKind>] = [
    WireCase(0, "printf", WirePart<String>(1, "format")) {
      .printf(format: $0)
    } take: {
      if case .printf(let format) = $0 { format } else { nil }
    },
    WireCase(1, "errorf", WirePart<String>(1, "format")) {
      .errorf(format: $0)
    } take: {
      if case .errorf(let format) = $0 { format } else { nil }
    },
    WireCase(2, "warnf", WirePart<String>(1, "format")) {
      .warnf(format: $0)
    } take: {
      if case .warnf(let format) = $0 { format } else { nil }
    },
    WireCase(3, "system", WirePart<String>(1, "format")) {
      .system(format: $0)
    } take: {
      if case .system(let format) = $0 { format } else { nil }
    },
    WireCase(4, "cat", WirePart<String>(1, "format")) {
      .cat(format: $0)
    } take: {
      if case .cat(let format) = $0 { format } else { nil }
    },
    WireCase(5, "printValue", .printValue),
    WireCase(
      6, "printMap", WirePart<Int>(1, "map"), WirePart<Int?>(2, "top"),
      WirePart<Int64?>(3, "divisor")
    ) {
      .printMap(map: $0, top: $1, divisor: $2)
    } take: {
      if case .printMap(let map, let top, let divisor) = $0 { (map, top, divisor) } else { nil }
    },
    WireCase(7, "clearMap", WirePart<Int>(1, "map")) {
      .clearMap(map: $0)
    } take: {
      if case .clearMap(let map) = $0 { map } else { nil }
    },
    WireCase(8, "zeroMap", WirePart<Int>(1, "map")) {
      .zeroMap(map: $0)
    } take: {
      if case .zeroMap(let map) = $0 { map } else { nil }
    },
    WireCase(9, "time", WirePart<String>(1, "format")) {
      .time(format: $0)
    } take: {
      if case .time(let format) = $0 { format } else { nil }
    },
    WireCase(10, "join", WirePart<String>(1, "separator")) {
      .join(separator: $0)
    } take: {
      if case .join(let separator) = $0 { separator } else { nil }
    },
    WireCase(11, "exit", .exit),
    WireCase(12, "runtimeError", WirePart<RuntimeFailure>(1, "failure")) {
      .runtimeError($0)
    } take: {
      if case .runtimeError(let failure) = $0 { failure } else { nil }
    },
    WireCase(14, "packet", WirePart<String>(1, "file")) {
      .packet(file: $0)
    } take: {
      if case .packet(let file) = $0 { file } else { nil }
    },
    WireCase(15, "unwatch", .unwatch),
    WireCase(17, "row", .row),
    WireCase(
      18, "changeElement", WirePart<Int>(1, "map"), WirePart<ElementChange>(2, "change")
    ) {
      .changeElement(map: $0, $1)
    } take: {
      if case .changeElement(let map, let change) = $0 { (map, change) } else { nil }
    },
  ]
}

extension ElementChange: WireNumbered {
  package static let wireName = "change of an element"
}

extension RuntimeFailure: WireEnum {
  package static let wireName = "failure of a program"

  package static let wireCases: [WireCase<RuntimeFailure>] = [
    WireCase(0, "helper", WirePart<String>(1, "helper")) {
      .helper(HelperFailure(helper: $0))
    } take: {
      if case .helper(let failure) = $0 { failure.helper } else { nil }
    },
    WireCase(1, "divisionByZero", .divisionByZero),
    WireCase(2, "arrayOutOfBounds", .arrayOutOfBounds),
    WireCase(3, "noChild", .noChild),
  ]
}

extension ScriptPosition: WireStruct {
  package static let wireName = "position in the script"

  package static let blank = ScriptPosition(file: "", line: 0, columns: 0..<0, text: "")

  package static let wireFields: [WireField<ScriptPosition>] = [
    WireField(1, "file", \.file),
    WireField(2, "line", \.line),
    WireField(3, "columns", \.columns),
    WireField(4, "text", \.text),
    WireField(5, "expandedFrom", \.expandedFrom),
  ]
}

extension ScriptPosition.Use: WireStruct {
  package static let wireName = "call of a macro"

  package static let blank = ScriptPosition.Use(file: "", line: 0, columns: 0..<0, text: "")

  package static let wireFields: [WireField<ScriptPosition.Use>] = [
    WireField(1, "file", \.file),
    WireField(2, "line", \.line),
    WireField(3, "columns", \.columns),
    WireField(4, "text", \.text),
  ]
}
