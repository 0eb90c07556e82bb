/// Numbers by interval of time, as programs sampled them.
package struct SampledSeries: Hashable, Sendable {
  /// One interval.
  package struct Sample: Hashable, Sendable {
    /// Its beginning on the tai clock, nanoseconds.
    package var start: UInt64
    /// The bit pattern of the number; nil if the interval had none.
    package var value: Int64?

    package init(start: UInt64, value: Int64?) {
      self.start = start
      self.value = value
    }
  }

  /// The length of an interval in nanoseconds.
  package var interval: UInt64
  /// Without gaps from the first interval with a number to the last.
  package var samples: [Sample]
  /// Whether numbers are signed.
  package var isSigned: Bool

  package init(interval: UInt64, samples: [Sample], isSigned: Bool) {
    self.interval = interval
    self.samples = samples
    self.isSigned = isSigned
  }
}
