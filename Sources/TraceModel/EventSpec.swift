/// One kind of record in the ring buffer.
///
/// A record is the event's id (64 bits, an index into the manifest's events) and then the fields at
/// the offsets given here, which count from the start of the record.
package struct EventSpec: Hashable, Sendable {
  package var kind: EventKind
  package var fields: [ValueLayout.Field]
  /// The size of a whole record, id included, in bytes.
  package var size: Int
  /// An index into the manifest's positions: the call in the script.
  package var position: Int?

  /// The offset of the first field.
  package static let headerSize = 8

  package init(kind: EventKind, fields: [ValueLayout.Field], size: Int, position: Int? = nil) {
    self.kind = kind
    self.fields = fields
    self.size = size
    self.position = position
  }
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
  /// Shows the elements of a whole map, by index, as lines of a format, the largest first. Two
  /// fields: how many lines, 0 for all, and what numbers are divided by.
  case printTable(map: Int, format: String)
  case clearMap(map: Int)
  case zeroMap(map: Int)
  /// Wall-clock time, formatted as by strftime.
  case time(format: String)
  /// Fields are strings; shown with the separator between them, up to the first empty one.
  case join(separator: String)
  /// One field: the exit status, a signed integer.
  case exit
  /// A failure inside a program; see `RuntimeFailure`.
  case runtimeError(RuntimeFailure)
}

/// A failure that a program reports while it runs.
package enum RuntimeFailure: Hashable, Sendable {
  /// The integer field has the helper's negative return value.
  case helper(HelperFailure)
  case divisionByZero
  case arrayOutOfBounds
  case kernelStack
  case userStack
  case cpuCountMismatch

  /// A failed kernel helper.
  package struct HelperFailure: Hashable, Sendable {
    /// As messages name it: `map_update_elem`.
    package var helper: String

    package init(helper: String) { self.helper = helper }
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

  package init(file: String, line: Int, columns: Range<Int>, text: String) {
    self.file = file
    self.line = line
    self.columns = columns
    self.text = text
  }
}
