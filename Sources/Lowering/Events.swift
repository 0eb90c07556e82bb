import Language
import Semantics
import Syntax
import TraceIR
import TraceModel

/// Records for the runtime.
extension BodyLowering {
  /// A value that goes into a record: one that is there, or an expression still to be written.
  enum Field {
    case value(LoweredValue, ScriptType)
    case expression(ExprID)
  }

  /// Sends an event with these fields.
  func emit(_ kind: EventKind, fields: [(LoweredValue, ScriptType)], position: Int? = nil) {
    emit(kind, fields.map { Field.value($0.0, $0.1) }, position: position)
  }

  /// Sends an event with these fields.
  func emit(
    _ kind: EventKind, _ fields: [Field], position: Int? = nil, watched: [Int] = []
  ) {
    let types = fields.map { type(of: $0) }
    emit(kind, types: types, position: position, watched: watched) { places in
      for (index, field) in fields.enumerated()
      where script.layout(of: types[index], at: currentRange).size > 0 {
        switch field {
        case .value(let value, let type): store(value, type, to: places[index], as: types[index])
        case .expression(let id): store(id, to: places[index], as: types[index])
        }
      }
    }
  }

  /// Sends an event whose fields `write` puts at the given places; their bytes are undefined before.
  func emit(
    _ kind: EventKind, types: [ScriptType], position: Int? = nil, watched: [Int] = [],
    write: ([IRValue]) -> Void
  ) {
    guard !builder.isTerminated else { return }
    var offset = EventSpec.headerSize
    var gaps: [Range<Int>] = []
    var specs: [ValueLayout.Field] = []
    for type in types {
      let layout = script.layout(of: type, at: currentRange)
      let alignment = layout.alignment
      let start = (offset + alignment - 1) / alignment * alignment
      if start > offset { gaps.append(offset..<start) }
      specs.append(ValueLayout.Field(offset: start, layout: layout))
      offset = start + layout.size
    }
    let size = (offset + 7) / 8 * 8
    if size > offset { gaps.append(offset..<size) }
    let id = script.event(
      EventSpec(
        kind: kind, fields: specs, size: size, position: position, watched: watched))

    let record = scratch(bytes: size)
    builder.store(.word(id), to: record)
    for gap in gaps { builder.zero(builder.offset(record, by: gap.lowerBound), bytes: gap.count) }
    write(specs.map { builder.offset(record, by: $0.offset) })
    let urgency = kind.urgency
    script.noteEvent(of: urgency)
    builder.perform(.emit(event: record, size: .word(size), urgency: urgency))
  }

  private func type(of field: Field) -> ScriptType {
    switch field {
    case .value(_, let type): type.readable
    case .expression(let id): type(id)
    }
  }
}
