internal import LinuxSystem
internal import Output
internal import TraceModel

/// The rows of a run: the columns that its options show, at least one that is about something.
struct ShownRow {
  /// As renderers know them.
  let columns: [ShownColumn]
  /// Where the values of each come from.
  let sources: [ColumnSpec.Contents]

  /// - Returns: Nil if nothing but times would be shown.
  init?(_ spec: RowSpec, _ conditions: RunConditions) {
    let shown = spec.columns.filter { conditions.shows($0) }
    guard shown.contains(where: { !$0.isTime }) else { return nil }
    columns = shown.map { ShownColumn($0) }
    sources = shown.map(\.source)
  }

  /// Whether the time since the start is among the columns.
  var tellsElapsedTime: Bool { sources.contains(.elapsed) }

  /// The values of a row that is made of an event.
  func values(
    of record: Span<UInt8>, _ fields: [ValueLayout.Field], _ decoder: ValueDecoder,
    _ clock: RowClock
  ) throws(DecodingError) -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(sources.count)
    for source in sources {
      switch source {
      case .field(let index):
        guard fields.indices.contains(index) else {
          throw .badIndex(UInt64(bitPattern: Int64(index)), of: "field")
        }
        values.append(try decoder.decode(fields[index], from: record, at: 0))
      case .time: values.append(.text(clock.time))
      case .elapsed: values.append(.unsigned(try clock.elapsed(atEvent: record)))
      case .key, .map: values.append(.none)
      }
    }
    return values
  }
}

extension ColumnSpec {
  /// Whether the runtime gives its values.
  fileprivate var isTime: Bool { source == .time || source == .elapsed }
}

/// What the options of a run say about columns.
struct RunConditions {
  let arguments: ScriptArguments
  let options: [ScriptOption]
  let showsTime: Bool

  /// Whether a column is there.
  func shows(_ column: ColumnSpec) -> Bool { holds(column.condition) }

  func holds(_ condition: OptionCondition) -> Bool {
    condition.holds { name in
      (name == StandardOption.time.name && showsTime) || arguments.isOn(name, of: options)
    }
  }
}

/// What tells rows the time.
final class RowClock {
  /// When the run began, on the boot clock in nanoseconds.
  let start: UInt64
  /// The second that `text` is about.
  private var second = UInt64.max
  private var text = ""

  private let isInUTC: Bool

  init(start: UInt64, isInUTC: Bool = false) {
    self.start = start
    self.isInUTC = isInUTC
  }

  /// The time of day.
  var time: String {
    let now = Clock.realtime.now
    if now / 1_000_000_000 != second {
      second = now / 1_000_000_000
      text = Presenter.time(Int64(bitPattern: now), format: "%H:%M:%S", inUTC: isInUTC)
    }
    return text
  }

  /// The nanoseconds from the start to when an event was sent; zero for one that was sent before.
  func elapsed(atEvent record: Span<UInt8>) throws(DecodingError) -> UInt64 {
    let header = try record.integer(at: 0, bytes: 8)
    let time = EventTime.nanoseconds(ofHeader: header, now: Clock.boot.now)
    return time - min(time, start)
  }
}
