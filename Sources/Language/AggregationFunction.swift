package import TraceIR
package import TraceModel

/// A function whose value a map keeps: `count()`, `hist(n)`.
///
/// What the words of a slot mean, and how they are read outside programs, is said by its kind in
/// `TraceModel/Aggregations`; here is what the language and programs need beside that.
package struct AggregationFunction: Sendable {
  package var name: String
  package var kind: any AggregationKind.Type
  package var signature: Function.Signature
  package var summary: String
  package var details: String
  package var examples: [CatalogExample]
  /// A call as a hint shows it.
  package var example: String
  /// What is wrong where one map is given two calls whose aggregations cannot be one.
  package var conflict: Conflict?
  /// The configuration key that says whether it may be used, if it is not settled yet.
  package var unstableKey: String?
  /// Looks at the arguments, reports, and returns the aggregation, or nil if there is none.
  package var check: @Sendable (any CallCheck) -> Aggregation?
  /// Writes the code that takes one more value into the slot at a pointer (`aggregation.slotSize`
  /// bytes of this CPU, zero when new).
  package var update: @Sendable (any CallLowering, Aggregation, _ slot: SlotPointer) -> Void
  /// How programs read it; nil if they cannot.
  package var reading: Reading?

  /// A message about two calls.
  package struct Conflict: Sendable {
    package var id: String
    package var message: String

    package init(_ id: String, _ message: String) {
      self.id = id
      self.message = message
    }
  }

  /// How a program makes one value of the slots of all CPUs.
  package struct Reading: Sendable {
    /// Adds the slot at a pointer to what was merged so far: pointers to a word for each word of a
    /// slot, all zero at first.
    package var take: @Sendable (SlotAccess, Aggregation, SlotPointer, _ merged: [IRValue]) -> Void
    /// Makes the value, laid out as `aggregation.layout` says, of the merged words.
    package var result: @Sendable (SlotAccess, Aggregation, _ merged: [IRValue]) -> LoweredValue

    package init(
      take: @escaping @Sendable (SlotAccess, Aggregation, SlotPointer, [IRValue]) -> Void,
      result: @escaping @Sendable (SlotAccess, Aggregation, [IRValue]) -> LoweredValue
    ) {
      self.take = take
      self.result = result
    }
  }

  package init<Kind: AggregationKind>(
    name: String, signature: Function.Signature, summary: String, details: String = "",
    examples: [CatalogExample] = [], example: String, conflict: Conflict? = nil,
    unstableKey: String? = nil,
    check: @escaping @Sendable (any CallCheck) -> Kind?,
    update: @escaping @Sendable (any CallLowering, Kind, SlotPointer) -> Void,
    reading: Reading? = nil
  ) {
    self.name = name
    kind = Kind.self
    self.signature = signature
    self.summary = summary
    self.details = details
    self.examples = examples
    self.example = example
    self.conflict = conflict
    self.unstableKey = unstableKey
    self.check = { call in check(call).map { Aggregation($0) } }
    self.update = { call, aggregation, slot in
      guard let kind = aggregation.kind as? Kind else {
        preconditionFailure("\(aggregation.typeName) is not what \(name)() makes")
      }
      update(call, kind, slot)
    }
    self.reading = reading
  }
}

/// What code that reads slots is written with.
package struct SlotAccess {
  package let builder: IRBuilder
  private let makeTemporary: (Int) -> IRValue

  /// - Parameter temporary: Makes a memory object of so many bytes.
  package init(builder: IRBuilder, temporary: @escaping (Int) -> IRValue) {
    self.builder = builder
    makeTemporary = temporary
  }

  /// A new memory object: pointer.
  package func temporary(bytes: Int) -> IRValue { makeTemporary(bytes) }

  /// The quotient truncated toward zero; zero if nothing was counted.
  package func average(_ total: IRValue, _ count: IRValue, signed: Bool) -> IRValue {
    let result = temporary(bytes: 8)
    builder.store(.word(0), to: result)
    builder.if(builder.isNonzero(count), "counted") {
      builder.store(
        builder.emit(.binary(signed ? .divideSigned : .divide, total, count)), to: result)
    }
    return builder.load(.i64, from: result)
  }
}

extension AggregationFunction.Reading {
  /// Adds up each word; the value is made of the sums.
  package static func sums(
    _ result: @escaping @Sendable (SlotAccess, Aggregation, _ sums: [IRValue]) -> LoweredValue
  ) -> Self {
    Self(
      take: { access, _, slot, merged in
        let builder = access.builder
        for (index, word) in merged.enumerated() {
          let sum = builder.add(
            builder.load(.i64, from: word), builder.load(.i64, from: slot, at: 8 * index))
          builder.store(sum, to: word)
        }
      },
      result: { access, aggregation, merged in
        result(access, aggregation, merged.map { access.builder.load(.i64, from: $0) })
      })
  }

  /// Takes the first word of the slot that wins among those whose second word is not zero.
  package static func extreme(
    precedes: @escaping @Sendable (_ signed: Bool) -> IRComparison
  ) -> Self {
    Self(
      take: { access, aggregation, slot, merged in
        let builder = access.builder
        let old = builder.load(.i64, from: merged[0])
        let new = builder.load(.i64, from: slot)
        let isSet = builder.isNonzero(builder.load(.i64, from: slot, at: 8))
        let isFirst = builder.compare(.equal, builder.load(.i64, from: merged[1]), .word(0))
        let wins = builder.compare(precedes(aggregation.isSigned), new, old)
        let takes = builder.binary(.and, isSet, builder.binary(.or, isFirst, wins))
        builder.if(takes, "cpu.take") {
          builder.store(new, to: merged[0])
          builder.store(.word(1), to: merged[1])
        }
      },
      result: { access, _, merged in .scalar(access.builder.load(.i64, from: merged[0])) })
  }
}
