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

  /// Sends a row. Of texts, only what there is of them is sent, and nothing of wide values that are hidden.
  func emitRow(_ fields: [ExprID]) {
    guard !builder.isTerminated else { return }
    let types = fields.map { type($0) }
    let widths = fields.indices.map { width(of: fields[$0], types[$0]) }
    let packed =
      widths.indices.filter { widths[$0] == .hideable }
      + widths.indices.filter { widths[$0] == .measured }
    guard !packed.isEmpty else { return emit(.row, fields.map { Field.expression($0) }) }
    let whole = widths.indices.filter { widths[$0] == .narrow }
    var sent = IRValue.word(0)
    let (record, size) = record(
      of: .row, types: types, order: whole, packed: packed
    ) { record, places, packing in
      for index in whole {
        store(fields[index], to: builder.offset(record, by: places[index].offset), as: types[index])
      }
      sent = .word(packing.start)
      for (position, index) in packed.enumerated() {
        // The verifier has to see at each place that the record does not end before it.
        var start = builder.bounded(sent, to: places[index].offset)
        if widths[index] == .hideable { start = builder.binary(.and, start, .word(-8)) }
        let length = storePacked(
          fields[index], to: builder.emit(.offset(record, by: start)), as: types[index])
        builder.store(
          builder.resize(length, to: .i32, signed: false), to: record,
          at: packing.lengths + position * RecordPacking.lengthSize)
        sent = builder.add(start, length)
      }
    }
    script.noteEvent(of: EventKind.row.urgency)
    builder.perform(
      .emit(
        event: record, size: builder.bounded(sent, to: size), urgency: EventKind.row.urgency))
  }

  /// How a value is sent in a row.
  private enum Width {
    /// As it is.
    case narrow
    /// As it is, if it is shown.
    case hideable
    /// As much as there is of it, if it is shown.
    case measured
  }

  private func width(of id: ExprID, _ type: ScriptType) -> Width {
    let size = size(type)
    guard size > Self.narrow else { return .narrow }
    let (shown, isShown): (ExprID, Bool) =
      if case .shown(let inner, _) = tree[id].kind { (inner, true) } else { (id, false) }
    if case .call(let call) = tree[shown].kind, facts(shown).constant == nil,
      case .function(let function) = facts(shown).meaning,
      function.measuresText(call.arguments.map { self.type($0) })
    {
      return .measured
    }
    // What comes behind it may lie at multiples of 8.
    return isShown && size % 8 == 0 ? .hideable : .narrow
  }

  /// Values up to this size, in bytes, are sent as they are.
  private static let narrow = 32

  /// Writes a value of a row that is sent as far as there is something in it: how many bytes these are, `i64`.
  private func storePacked(_ id: ExprID, to place: IRValue, as type: ScriptType) -> IRValue {
    if case .shown(let inner, let condition) = tree[id].kind {
      let length = scratch(bytes: 8)
      builder.store(.word(0), to: length)
      builder.if(builder.isNonzero(holds(condition)), "shown") {
        builder.store(storePacked(inner, to: place, as: type), to: length)
      }
      return builder.load(.i64, from: length)
    }
    let outer = measuredText
    measuredText = MeasuredText(expression: id)
    defer { measuredText = outer }
    store(id, to: place, as: type)
    guard let length = measuredText?.length else { return .word(size(type)) }
    // A failure is a negative number: nothing was read.
    return builder.bounded(length, to: size(type))
  }

  /// Sends an event whose fields `write` puts at the given places; their bytes are undefined before.
  func emit(
    _ kind: EventKind, types: [ScriptType], position: Int? = nil, watched: [Int] = [],
    write: ([IRValue]) -> Void
  ) {
    guard !builder.isTerminated else { return }
    let (record, size) = record(
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
    let (record, size) = record(of: kind, types: fields.map(\.1)) { places in
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
  private func record(
    of kind: EventKind, types: [ScriptType], position: Int? = nil, watched: [Int] = [],
    write: ([IRValue]) -> Void
  ) -> (record: IRValue, size: Int) {
    let made = record(
      of: kind, types: types, order: Array(types.indices), position: position, watched: watched
    ) { record, places, _ in write(places.map { builder.offset(record, by: $0.offset) }) }
    return (made.record, made.size)
  }

  /// Writes a record down in scratch memory, perhaps with fields that are packed.
  ///
  /// - Parameters:
  ///   - order: The fields that are not packed, in the order in which they lie.
  ///   - packed: The others, in the order in which they lie behind those.
  private func record(
    of kind: EventKind, types: [ScriptType], order: [Int], packed: [Int] = [],
    position: Int? = nil, watched: [Int] = [],
    write: (IRValue, [ValueLayout.Field], RecordPacking) -> Void
  ) -> (record: IRValue, size: Int) {
    var offset = EventSpec.headerSize
    var gaps: [Range<Int>] = []
    var specs = types.map {
      ValueLayout.Field(offset: 0, layout: script.layout(of: $0, at: currentRange))
    }
    func place(_ index: Int) {
      let alignment = specs[index].layout.alignment
      let start = (offset + alignment - 1) / alignment * alignment
      if start > offset { gaps.append(offset..<start) }
      specs[index].offset = start
      offset = start + specs[index].layout.size
    }
    for index in order { place(index) }
    var packing = RecordPacking(lengths: (offset + 3) / 4 * 4, fields: packed)
    if packed.isEmpty {
      packing.lengths = offset
    } else {
      gaps.append(offset..<packing.start)
      offset = packing.start
      // What lies between packed fields is not sent.
      let before = gaps
      for index in packed { place(index) }
      gaps = before
    }
    let size = (offset + 7) / 8 * 8
    if size > offset, packed.isEmpty { gaps.append(offset..<size) }
    var event = EventSpec(
      kind: kind, fields: specs, size: size, position: position, watched: watched,
      packing: packed.isEmpty ? nil : packing)
    event.isSentOnce = isReachedOnce
    let id = script.event(event)

    let record = scratch(bytes: size)
    builder.store(.word(id), to: record)
    for gap in gaps { builder.zero(builder.offset(record, by: gap.lowerBound), bytes: gap.count) }
    write(record, specs, packing)
    return (record, size)
  }

  /// Whether a run comes at most once to the place that is being written.
  private var isReachedOnce: Bool {
    guard loops.isEmpty, case .probe(let attachPoint) = typed.environment else { return false }
    return attachPoint.points == [.begin] || attachPoint.points == [.end]
  }

  private func type(of field: Field) -> ScriptType {
    switch field {
    case .value(_, let type): type.readable
    case .expression(let id): type(id)
    }
  }
}
