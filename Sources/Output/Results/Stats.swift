internal import TraceModel

extension Value {
  /// Number, average and sum of samples; the bit patterns of unsigned numbers unless `signed`.
  package struct Stats: Hashable, Sendable {
    package var count: Int64
    package var average: Int64
    package var total: Int64
    package var signed: Bool

    package init(count: Int64, average: Int64, total: Int64, signed: Bool) {
      self.count = count
      self.average = average
      self.total = total
      self.signed = signed
    }
  }
}

extension Value.Stats: AggregationResult {
  /// Its parts in the order in which they are shown.
  private var members: [Value.Member] {
    let values: [Value] = [
      .integer(count), Value(bitPattern: average, signed: signed),
      Value(bitPattern: total, signed: signed),
    ]
    return zip(MapShape.statisticsFields, values).map { Value.Member($0, $1) }
  }

  var orderingNumber: Int128? {
    signed ? Int128(average) : Int128(UInt64(bitPattern: average))
  }

  var isBlock: Bool { false }

  /// As releases before 0.25 showed it.
  func append(lineTo text: inout [UInt8]) {
    for (index, member) in members.enumerated() {
      if index > 0 { text.append(", ") }
      text.append("\(member.name) ")
      ValueText().append(member.value, to: &text)
    }
  }

  func append(to text: inout [UInt8]) { ValueText().append(.record(members), to: &text) }
  func append(toJSON text: inout [UInt8]) { JSONText().append(.record(members), to: &text) }

  func divided(by divisor: Int64) -> Value { .stats(self) }
}
