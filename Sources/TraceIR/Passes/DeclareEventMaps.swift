internal import TraceModel

extension IRPass {
  /// Adds the ring buffer and the counter of lost events to a module that emits events.
  ///
  /// The verifier wants a map behind every helper that takes one; objects of scripts that send
  /// nothing do without either.
  static let declareEventMaps = IRPass(name: "declare-event-maps") { module in
    guard module.emitsEvents else { return }
    if module.map(ObjectSymbol.events) == nil {
      module.maps.append(
        IRMap(
          symbol: ObjectSymbol.events, kind: .ringBuffer, keySize: 0, valueSize: 0,
          maxEntries: IRModule.defaultRingBufferSize))
    }
    if module.map(ObjectSymbol.lostEvents) == nil { module.maps.append(.lostEvents) }
  }
}

extension IRMap {
  /// The counter of lost events.
  package static let lostEvents = IRMap(
    symbol: ObjectSymbol.lostEvents, kind: .perCPUArray, keySize: 4, valueSize: 8, maxEntries: 1)
}

extension IRModule {
  /// Bytes of the ring buffer unless the runtime sets another size; a power of two pages.
  fileprivate static let defaultRingBufferSize = 256 << 10

  private var operations: some Sequence<IROperation> {
    functions.lazy.flatMap(\.blocks).flatMap(\.instructions).map(\.operation)
  }

  /// Whether any function sends events.
  package var emitsEvents: Bool {
    operations.contains { if case .emit = $0 { true } else { false } }
  }
}
