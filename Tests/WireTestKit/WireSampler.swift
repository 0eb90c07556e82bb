package import TraceModel

/// Makes values of every type of the encoding out of a seed: it writes bytes as the declarations of a type say,
/// and takes what is read of them.
package struct WireSampler: Sendable {
  private var state: UInt64
  private var depth = 0

  /// The same seed gives the same values.
  package init(seed: UInt64) { state = seed }

  // MARK: Values

  /// A value of a type.
  package mutating func value<Value: WireElement>(_: Value.Type = Value.self) -> Value {
    let payload = payload(of: Value.self)
    do { return try Value(wire: payload) } catch {
      preconditionFailure("what was read once is refused: \(error)")
    }
  }

  /// A value of the `index`-th case of an enum.
  package mutating func value<Value: WireEnum>(_: Value.Type, ofCase index: Int) -> Value {
    let one = WireSchema.cases(of: Value.self)[index]
    return valid { try? Value(wire: $0.message(of: one)) }
  }

  /// What a field has whose value is of a type that nobody refuses.
  private mutating func payload(of type: any WireElement.Type) -> WirePayload {
    switch type {
    case let structure as any WireStruct.Type:
      valid { sampler in
        sampler.readable(sampler.message(of: WireSchema.fields(of: structure)), as: type)
      }
    case let choice as any WireEnum.Type:
      valid { sampler in
        let cases = WireSchema.cases(of: choice)
        let simple = cases.filter(\.parts.isEmpty)
        let chosen = sampler.isDeep && !simple.isEmpty ? simple : cases
        return sampler.readable(
          sampler.message(of: chosen[sampler.number(below: chosen.count)]), as: type)
      }
    case let numbers as any WireNumbered.Type: .number(oneOf(numbers))
    case is Int.Type: .number(UInt64(number(below: bool() ? 10 : 5000)))
    case is Bool.Type: .number(bool() ? 1 : 0)
    case is String.Type: .bytes(Array(text().utf8))
    case is WireBytes.Type:
      .bytes((0..<number(below: 20)).map { _ in UInt8(number(below: 256)) })
    case is Range<Int>.Type: message(of: [(1, Int.self), (2, Int.self)])
    default: .number(bits())
    }
  }

  private mutating func oneOf<Numbers: WireNumbered>(_: Numbers.Type) -> UInt64 {
    let all = Array(Numbers.allCases)
    return UInt64(all[number(below: all.count)].rawValue)
  }

  private typealias Part = (number: Int, type: any WireValue.Type)

  private mutating func message(
    of one: (tag: Int, name: String, parts: [WireSchema.Part])
  ) -> WirePayload {
    message(of: one.parts.map { ($0.number, $0.value) }, tag: one.tag)
  }

  private mutating func message(of parts: [WireSchema.Part]) -> WirePayload {
    message(of: parts.map { ($0.number, $0.value) })
  }

  /// Fields with these numbers: lists of up to three elements, and half of what may be missing.
  private mutating func message(of parts: [Part], tag: Int? = nil) -> WirePayload {
    var out = WireWriter()
    if let tag { out.number(WireKey(0), UInt64(tag)) }
    for part in parts {
      let count =
        switch part.type {
        case is any ListOfElements.Type: number(below: 4)
        case is any MissingElement.Type: number(below: 2)
        default: 1
        }
      for _ in 0..<count {
        switch payload(of: part.type.wireElement).content {
        case .number(let number): out.number(WireKey(part.number), number)
        case .bytes(let bytes): out.bytes(WireKey(part.number), bytes)
        }
      }
    }
    return .bytes(out.bytes)
  }

  /// The payload, unless it is refused.
  private func readable(_ payload: WirePayload, as type: any WireElement.Type) -> WirePayload? {
    do {
      _ = try type.init(wire: payload)
      return payload
    } catch { return nil }
  }

  /// The first that `make` does not refuse.
  private mutating func valid<Value>(_ make: (inout WireSampler) -> Value?) -> Value {
    depth += 1
    defer { depth -= 1 }
    for _ in 0..<10_000 { if let value = make(&self) { return value } }
    preconditionFailure("no sample of \(Value.self) is valid")
  }

  /// Whether values are already nested so deeply that the next should be a simple one.
  private var isDeep: Bool { depth > 6 }

  // MARK: Numbers and texts

  /// 64 bits, small numbers and the borders of the integers more often than others.
  private mutating func bits() -> UInt64 {
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
  private mutating func text() -> String {
    let letters = Array("abcXYZ019 _:%\n\"\\\u{0}é☃")
    return String((0..<number(below: 9)).map { _ in letters[number(below: letters.count)] })
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

private protocol ListOfElements {}
extension Array: ListOfElements where Element: WireElement {}

private protocol MissingElement {}
extension Optional: MissingElement where Wrapped: WireElement {}

extension WirePayload {
  fileprivate static func number(_ number: UInt64) -> WirePayload {
    WirePayload(.number(number), depth: 0)
  }

  fileprivate static func bytes(_ bytes: [UInt8]) -> WirePayload {
    WirePayload(.bytes(bytes[...]), depth: 0)
  }
}
