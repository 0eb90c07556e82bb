import BTF
import Testing

@Suite struct MalformedBytesTests {
  @Test func refusesWhatIsNotBTF() throws {
    #expect(throws: BTFError.notBTF) { try BTFTypes([UInt8]()) }
    #expect(throws: BTFError.notBTF) { try BTFTypes([UInt8](repeating: 0x7F, count: 64)) }
    #expect(throws: BTFError.foreignByteOrder) {
      try BTFTypes([0xEB, 0x9F, 1, 0] + [UInt8](repeating: 0, count: 60))
    }
    #expect(throws: BTFError.unsupportedVersion(7)) {
      try BTFTypes([0x9F, 0xEB, 7, 0] + [UInt8](repeating: 0, count: 60))
    }
  }

  @Test func refusesEveryTruncation() throws {
    let sample = try SampleTypes()
    for length in 0..<sample.bytes.count {
      #expect(throws: BTFError.self) { try BTFTypes(Array(sample.bytes.prefix(length))) }
      #expect(throws: BTFError.self) {
        try BTFGlimpse.offset(of: "y", in: "point", Array(sample.bytes.prefix(length)))
      }
    }
  }

  @Test func refusesCircles() throws {
    var writer = BTFWriter()
    writer.add(.typedef(name: "a", target: BTFTypeID(2)))
    writer.add(.typedef(name: "b", target: BTFTypeID(1)))
    writer.add(
      .composite(
        BTFComposite(
          isUnion: false, name: "s", sizeInBytes: 8,
          members: [
            BTFMember(name: "", type: BTFTypeID(4), bitOffset: 0),
            BTFMember(name: "", type: BTFTypeID(4), bitOffset: 0),
          ])))
    writer.add(
      .composite(
        BTFComposite(
          isUnion: true, name: "", sizeInBytes: 8,
          members: [
            BTFMember(name: "", type: BTFTypeID(4), bitOffset: 0),
            BTFMember(name: "", type: BTFTypeID(4), bitOffset: 0),
          ])))
    writer.add(.pointer(to: BTFTypeID(5)))
    let types = try BTFTypes(writer.bytes)
    #expect(throws: BTFError.self) { try types.resolve(BTFTypeID(1)) }
    #expect(throws: BTFError.self) { try types.size(of: BTFTypeID(1)) }
    #expect(throws: BTFError.self) { try types.field(named: "x", in: BTFTypeID(3)) }
    #expect(throws: BTFError.self) { try types.fields(of: BTFTypeID(3)) }
    #expect(throws: BTFError.self) { try types.definition(of: BTFTypeID(3)) }
    #expect(throws: BTFError.self) { try types.declaration(of: BTFTypeID(5), named: "p") }
  }

  /// Changes random bytes and asks everything; an answer or an error is fine, a trap is not.
  @Test(arguments: 0..<8) func survivesRandomChanges(_ seed: UInt64) throws {
    var random = SplitMix(state: seed)
    let original = try SampleTypes().bytes
    for _ in 0..<250 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        bytes[index] =
          Bool.random(using: &random)
          ? UInt8.random(in: 0...255, using: &random)
          : bytes[index] ^ 1 << UInt8.random(in: 0...7, using: &random)
      }
      _ = try? BTFGlimpse.offset(of: "y", in: "point", bytes)
      guard let types = try? BTFTypes(bytes) else { continue }
      askEverything(of: types)
    }
  }

  private func askEverything(of types: BTFTypes) {
    _ = try? types.find("point", .structure)
    _ = try? types.find("draw", .function)
    _ = try? types.findFlavours(of: "shape", [.structure])
    _ = try? types.enumValue(named: "COLOR_RED")
    _ = try? types.rawTracepointNames()
    _ = try? types.iteratorNames()
    var subset = BTFSubset(of: types, pointers: .named)
    for id in types.ownIDs {
      _ = try? types.type(id)
      _ = try? types.size(of: id)
      _ = try? types.fields(of: id)
      _ = try? types.field(named: "high", in: id)
      _ = try? types.definition(of: id)
      _ = try? types.declaration(of: id, named: "it")
      subset.keep(id)
    }
    _ = try? subset.bytes()
  }
}

/// A reproducible source of random numbers.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
