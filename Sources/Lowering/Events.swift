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

  /// Sends a row. Wide values that options may hide stand at the end of the record, and what is behind the last
  /// one that is shown is not sent.
  func emitRow(_ fields: [ExprID]) {
    guard !builder.isTerminated else { return }
    let types = fields.map { type($0) }
    var conditions: [Int: IRValue] = [:]
    for (index, field) in fields.enumerated() {
      guard case .shown(_, let condition) = tree[field].kind,
        script.layout(of: types[index], at: currentRange).size > Self.narrow
      else { continue }
      conditions[index] = builder.isNonzero(holds(condition))
    }
    let wide = fields.indices.filter { conditions[$0] != nil }
    guard let first = wide.first else {
      return emit(.row, fields.map { Field.expression($0) })
    }
    let narrow = fields.indices.filter { conditions[$0] == nil }
    let (record, size, places) = record(of: .row, types: types, order: narrow + wide) { places in
      for index in narrow { store(fields[index], to: places[index], as: types[index]) }
      for (position, index) in wide.enumerated() {
        guard case .shown(let value, _) = tree[fields[index]].kind,
          let isShown = conditions[index]
        else { continue }
        builder.if(isShown, "shown") { store(value, to: places[index], as: types[index]) }
        // A value that is hidden is sent all the same if one behind it is shown.
        for later in wide.dropFirst(position + 1).compactMap({ conditions[$0] }) {
          builder.if(builder.compare(.equal, isShown, .false), "hidden") {
            builder.if(later, "between") {
              builder.zero(places[index], bytes: self.size(types[index]))
            }
          }
        }
      }
    }
    var sent = IRValue.word(places[first].offset)
    for index in wide {
      let end = index == wide.last ? size : places[index].offset + places[index].layout.size
      if let isShown = conditions[index] { sent = builder.select(isShown, .word(end), sent) }
    }
    script.noteEvent(of: EventKind.row.urgency)
    builder.perform(.emit(event: record, size: sent, urgency: EventKind.row.urgency))
  }

  /// Values up to this size, in bytes, are sent whether they are shown or not.
  private static let narrow = 64

  /// Sends an event whose fields `write` puts at the given places; their bytes are undefined before.
  func emit(
    _ kind: EventKind, types: [ScriptType], position: Int? = nil, watched: [Int] = [],
    write: ([IRValue]) -> Void
  ) {
    guard !builder.isTerminated else { return }
    let (record, size, _) = record(
      of: kind, types: types, position: position, watched: watched, write: write)
    let urgency = kind.urgency
    script.noteEvent(of: urgency)
    builder.perform(.emit(event: record, size: .word(size), urgency: urgency))
  }

  /// Sends the first `length` (`i64`) bytes of a packet, at an address that the verifier knows, behind an
  /// event with these fields: the helper's result, `i64`.
  ///
  /// The kernel copies what of the packet is not in one piece, and so hands it out by perf events only.
  func emitPacket(
    _ packet: IRValue, length: IRValue, _ kind: EventKind, fields: [(LoweredValue, ScriptType)]
  ) -> IRValue {
    guard !builder.isTerminated else { return .word(0) }
    let (record, size, _) = record(of: kind, types: fields.map(\.1)) { places in
      for (place, (value, type)) in zip(places, fields) {
        store(value, type, to: place, as: type)
      }
    }
    let flags = builder.binary(
      .or, builder.binary(.shiftLeft, length, .word(32)), .word(Self.currentCPU))
    let buffer = builder.emit(.mapObject(map: script.mapOfPackets()))
    let result = builder.emit(.helper(.skbOutput, [packet, buffer, flags, record, .word(size)]))
    builder.if(builder.compare(.equal, result, .word(Self.noRoom)), "lost") {
      builder.perform(.count(.dropped(kind.urgency)))
    }
    return result
  }

  /// `-ENOSPC`: the perf event of this CPU has no room.
  private static let noRoom: Int64 = -28

  /// `BPF_F_CURRENT_CPU`: the perf event of the CPU that the program runs on.
  private static let currentCPU: Int64 = 0xffff_ffff

  /// Writes a record down in scratch memory: where it is, its size, and where its fields are.
  ///
  /// - Parameter order: The order in which the fields lie; nil for that of `types`.
  private func record(
    of kind: EventKind, types: [ScriptType], order: [Int]? = nil, position: Int? = nil,
    watched: [Int] = [], write: ([IRValue]) -> Void
  ) -> (record: IRValue, size: Int, fields: [ValueLayout.Field]) {
    var offset = EventSpec.headerSize
    var gaps: [Range<Int>] = []
    var specs = types.map {
      ValueLayout.Field(offset: 0, layout: script.layout(of: $0, at: currentRange))
    }
    for index in order ?? Array(types.indices) {
      let alignment = specs[index].layout.alignment
      let start = (offset + alignment - 1) / alignment * alignment
      if start > offset { gaps.append(offset..<start) }
      specs[index].offset = start
      offset = start + specs[index].layout.size
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
    return (record, size, specs)
  }

  private func type(of field: Field) -> ScriptType {
    switch field {
    case .value(_, let type): type.readable
    case .expression(let id): type(id)
    }
  }
}
