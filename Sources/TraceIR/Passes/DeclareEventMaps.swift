package import TraceModel

extension IRPass {
  /// Adds the ring buffer to a module that emits events, and the counters to one that counts.
  ///
  /// The verifier wants a map behind every helper that takes one; objects of scripts that send
  /// nothing do without a ring buffer.
  static let declareEventMaps = IRPass(name: "declare-event-maps") { module in
    if module.emitsEvents, module.map(ObjectSymbol.events) == nil {
      module.maps.append(
        IRMap(
          symbol: ObjectSymbol.events, kind: .ringBuffer, keySize: 0, valueSize: 0,
          maxEntries: IRModule.defaultRingBufferSize))
    }
    if module.counts {
      module.maps.append(
        IRMap(
          symbol: ObjectSymbol.counters, kind: .perCPUArray, keySize: 4, valueSize: 8,
          maxEntries: module.counters.count))
    }
  }
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

  /// Whether any function counts something about its run.
  package var counts: Bool {
    operations.contains {
      switch $0 {
      case .emit, .count: true
      default: false
      }
    }
  }
}

extension IRModule {
  /// The programs, by their indices, in the order of `Manifest.programSymbols`.
  package var programs: [Int] {
    functions.indices.filter {
      if case .program = functions[$0].role { true } else { false }
    }
  }

  /// The programs, and behind them the parts of programs that carry two probes.
  private var counting: [Int] { programs + functions.indices.filter { functions[$0].isPart } }

  /// What the functions count.
  package var counters: RunCounters {
    RunCounters(programCount: counting.count, mapCount: scriptMaps.count)
  }

  /// What is counted under when a function counts something.
  ///
  /// - Parameter function: Its index. What another subprogram counts is nobody's, for any program may call it.
  package func counter(of count: IRCount, in function: Int) -> RunCounter {
    let program = counting.firstIndex(of: root(of: function))
    switch count {
    case .run:
      guard let program else {
        preconditionFailure("only programs and their parts count that they run")
      }
      return .runs(program: program)
    case .dropped(let urgency): return .dropped(program: program, urgency)
    case .refused(let map): return .refused(map: map)
    }
  }
}
