/// Makes values of every type of the encoding out of a seed, for its tests.
package struct WireSampler: Sendable {
  private var state: UInt64
  private var depth = 0

  /// The same seed gives the same values.
  package init(seed: UInt64) { state = seed }

  /// Whether values are already nested so deeply that the next should be a simple one.
  var isDeep: Bool { depth > 6 }

  /// 64 bits, small numbers and the borders of the integers more often than others.
  mutating func bits() -> UInt64 {
    switch next() % 4 {
    case 0: next() % 100
    case 1: 0 &- (next() % 100)
    case 2: 1 << (next() % 64)
    default: next()
    }
  }

  package mutating func number(below limit: Int) -> Int { Int(next() % UInt64(limit)) }

  package mutating func bool() -> Bool { next() & 1 == 1 }

  /// Up to 8 characters, some of them beyond ASCII.
  mutating func text() -> String {
    let letters = Array("abcXYZ019 _:%\n\"\\\u{0}é☃")
    return String((0..<number(below: 9)).map { _ in letters[number(below: letters.count)] })
  }

  /// The first value that `make` does not refuse.
  mutating func valid<Value>(
    _ make: (inout WireSampler) throws(ManifestError) -> Value
  ) -> Value {
    depth += 1
    defer { depth -= 1 }
    for _ in 0..<10_000 {
      do throws(ManifestError) { return try make(&self) } catch { continue }
    }
    preconditionFailure("no sample of \(Value.self) is valid")
  }

  /// SplitMix64.
  private mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
