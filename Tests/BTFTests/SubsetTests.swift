import BTF
import Testing

@Suite struct SubsetTests {
  let sample: SampleTypes

  init() throws { sample = try SampleTypes() }

  @Test func keepsATypeWithEverythingItsValuesConsistOf() throws {
    var subset = BTFSubset(of: sample.types, pointers: .named)
    subset.keep(sample.shape)
    let types = try BTFTypes(subset.bytes())
    let shape = try #require(try types.find("shape", .structure))
    #expect(try types.size(of: shape) == 56)
    #expect(
      try types.definition(of: shape) == sample.types.definition(of: sample.shape))
    #expect(try types.find("color", .enumeration) == nil)
    #expect(try types.find("draw", .function) == nil)
  }

  @Test func mentionsWhatIsOnlyPointedTo() throws {
    var subset = BTFSubset(of: sample.types, pointers: .named)
    subset.keep(BTFTypeID(15))
    let types = try BTFTypes(subset.bytes())
    #expect(try types.find("shape", .structure) == nil)
    #expect(try types.find("shape", .forward) != nil)
    #expect(
      try types.definition(of: try #require(try types.find("draw", .function)))
        == "void draw(struct shape *shape, const char *format, ...);")
  }

  @Test func keepsOnlyTheMembersOnTheWay() throws {
    var subset = BTFSubset(of: sample.types, pointers: .opaque)
    let found = try subset.keep(
      sample.shape, steps: [.member("corners"), .element(0), .member("y")])
    #expect(found)
    try subset.keep(sample.shape, steps: [.member("number")])
    #expect(try !subset.keep(sample.shape, steps: [.member("missing")]))
    let types = try BTFTypes(subset.bytes())
    let shape = try #require(try types.find("shape", .structure))
    #expect(try types.size(of: shape) == 56)
    #expect(try types.fields(of: shape).map(\.name) == ["number", "corners"])
    #expect(try types.field(named: "number", in: shape)?.byteOffset == 16)
    #expect(try types.field(named: "corners", in: shape)?.byteOffset == 48)
    let point = try #require(try types.find("point", .structure))
    #expect(try types.members(of: point).map(\.name) == ["y"])
    #expect(try types.field(named: "y", in: point)?.byteOffset == 4)
  }

  @Test func hidesWhatPointersMeanIfAskedTo() throws {
    var subset = BTFSubset(of: sample.types, pointers: .opaque)
    try subset.keep(sample.shape, steps: [.member("next")])
    let types = try BTFTypes(subset.bytes())
    let shape = try #require(try types.find("shape", .structure))
    let next = try #require(try types.field(named: "next", in: shape))
    #expect(try types.type(next.type) == .pointer(to: .void))
    #expect(types.typeCount == 3)
  }

  @Test func keepsBitFields() throws {
    var subset = BTFSubset(of: sample.types, pointers: .opaque)
    try subset.keep(sample.shape, steps: [.member("high")])
    let types = try BTFTypes(subset.bytes())
    let shape = try #require(try types.find("shape", .structure))
    let high = try #require(try types.field(named: "high", in: shape))
    #expect(high.bitOffset == 195)
    #expect(high.bitWidth == 5)
  }
}
