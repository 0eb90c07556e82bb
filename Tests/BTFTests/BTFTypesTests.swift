import BTF
import Testing

@Suite struct BTFTypesTests {
  let sample: SampleTypes
  var types: BTFTypes { sample.types }

  init() throws { sample = try SampleTypes() }

  @Test func decodesWhatWasEncoded() throws {
    var writer = BTFWriter()
    for id in types.ownIDs { writer.add(try types.type(id)) }
    #expect(writer.bytes == sample.bytes)
    #expect(types.typeCount == 27)
  }

  @Test func tellsKindAndNameWithoutDecoding() throws {
    #expect(try types.kind(of: sample.shape) == .structure)
    #expect(try types.name(of: sample.shape) == "shape")
    #expect(try types.kind(of: .void) == .void)
    #expect(throws: BTFError.noSuchType(BTFTypeID(27))) { try types.kind(of: BTFTypeID(27)) }
  }

  @Test func findsTypesByKindAndName() throws {
    #expect(try types.find("point", .structure) == sample.point)
    #expect(try types.find("point", .union) == nil)
    #expect(try types.find("draw", .function) == BTFTypeID(15))
    #expect(try types.find("origin", .variable) == BTFTypeID(21))
    #expect(try types.find("number", .typedef, .structure) == BTFTypeID(6))
    #expect(try types.find("nothing", .structure) == nil)
  }

  @Test func findsEnumValuesOverAllEnums() throws {
    let none = try #require(try types.enumValue(named: "COLOR_NONE"))
    #expect(none.enumeration == BTFTypeID(12))
    #expect(none.value.value == -1)
    let top = try #require(try types.enumValue(named: "WIDE_TOP"))
    #expect(UInt64(bitPattern: top.value.value) == 1 << 63)
    #expect(try types.enumValue(named: "COLOR_BLUE") == nil)
  }

  @Test func resolvesQualifiersAndTypedefs() throws {
    #expect(try types.resolve(BTFTypeID(6)) == sample.int)
    #expect(try types.withoutQualifiers(BTFTypeID(26)) == BTFTypeID(4))
    #expect(try types.tags(of: BTFTypeID(24)) == ["user"])
  }

  @Test func measuresSizes() throws {
    #expect(try types.size(of: BTFTypeID(5)) == 16)
    #expect(try types.size(of: BTFTypeID(6)) == 4)
    #expect(try types.size(of: BTFTypeID(4)) == 8)
    #expect(try types.size(of: BTFTypeID(4), pointerSize: 4) == 4)
    #expect(try types.size(of: BTFTypeID(13)) == 8)
    #expect(throws: BTFError.sizeless(.void)) { try types.size(of: .void) }
    #expect(throws: BTFError.sizeless(BTFTypeID(9))) { try types.size(of: BTFTypeID(9)) }
  }

  @Test func findsFieldsThroughAnonymousMembers() throws {
    let at = try #require(try types.field(named: "at", in: sample.shape))
    #expect(at.byteOffset == 16)
    #expect(at.path == [1, 0])
    let high = try #require(try types.field(named: "high", in: BTFTypeID(10)))
    #expect(high.bitOffset == 195)
    #expect(high.bitWidth == 5)
    #expect(try types.field(named: "x", in: sample.shape) == nil)
    #expect(
      try types.fields(of: sample.shape).map(\.name)
        == ["name", "at", "number", "low", "high", "next", "text", "corners"])
  }

  @Test func readsFunctionsWithTheirParameters() throws {
    let draw = try #require(try types.function(named: "draw"))
    #expect(draw.parameters.map(\.name) == ["shape", "format"])
    #expect(draw.isVariadic)
    #expect(draw.returns == .void)
  }

  @Test func saysOfBytesWhetherTheyNameAFunction() throws {
    func isFunction(_ name: String, _ types: BTFTypes) throws -> Bool {
      try types.hasFunction(named: Array(name.utf8).span)
    }
    #expect(try isFunction("draw", types))
    for name in ["dra", "drawn", "point", ""] { #expect(try !isFunction(name, types)) }
    // A function of a module whose name is among the texts of the kernel.
    var body: [UInt8] = []
    let name = try #require(sample.bytes.firstRange(of: Array("point\0".utf8))).lowerBound
    for value in [UInt32(name - stringsStart(of: sample.bytes)), 12 << 24, 1] {
      for shift in [0, 8, 16, 24] { body.append(UInt8(value >> shift & 255)) }
    }
    var bytes: [UInt8] = [0x9F, 0xEB, 1, 0]
    for value in [24, 0, body.count, body.count, 1] {
      for shift in [0, 8, 16, 24] { bytes.append(UInt8(value >> shift & 255)) }
    }
    let module = try BTFTypes(bytes + body + [0], base: types)
    #expect(try isFunction("point", module))
    #expect(try isFunction("draw", module))
    #expect(try !isFunction("number", module))
  }

  @Test func readsModuleTypesOnTopOfTheKernels() throws {
    // A module's BTF refers to the base's types and strings by their numbers.
    var strings: [UInt8] = []
    let firstString = 1 + sample.bytes.suffix(from: stringsStart(of: sample.bytes)).count
    #expect(firstString > 1)
    strings += Array("module_shape".utf8) + [0]
    let base = UInt32(sample.bytes.count - stringsStart(of: sample.bytes))
    var body: [UInt8] = []
    func number(_ value: UInt32) {
      for shift in [0, 8, 16, 24] { body.append(UInt8(value >> shift & 255)) }
    }
    number(base)  // "module_shape"
    number(1 | 4 << 24)
    number(8)
    number(1)  // "int" of the base, as a member's name
    number(7)  // point
    number(0)
    var bytes: [UInt8] = [0x9F, 0xEB, 1, 0]
    for value in [24, 0, body.count, body.count, strings.count] {
      for shift in [0, 8, 16, 24] { bytes.append(UInt8(value >> shift & 255)) }
    }
    let module = try BTFTypes(bytes + body + strings, base: types)
    let shape = try #require(try module.find("module_shape", .structure))
    #expect(shape == BTFTypeID(27))
    #expect(try module.find("point", .structure) == sample.point)
    #expect(try types.find("module_shape", .structure) == nil)
    let members = try module.members(of: shape)
    #expect(members.map(\.name) == ["int"])
    #expect(try module.field(named: "y", in: members[0].type)?.byteOffset == 4)
  }

  private func stringsStart(of bytes: [UInt8]) -> Int {
    24 + Int(bytes[16]) + Int(bytes[17]) << 8
  }

  @Test func findsFlavoursOfAName() throws {
    var writer = BTFWriter()
    for name in ["task", "task___old", "task___", "___task", "task___a___b", "tasks"] {
      writer.add(
        .composite(BTFComposite(isUnion: false, name: name, sizeInBytes: 0, members: [])))
    }
    let types = try BTFTypes(writer.bytes)
    func flavours(_ name: String) throws -> [String] {
      try types.findFlavours(of: name, [.structure]).map { try types.name(of: $0) }
    }
    #expect(try flavours("task") == ["task", "task___old"])
    #expect(try flavours("task___new") == ["task", "task___old"])
    #expect(try flavours("task___a___c") == ["task___a___b"])
    #expect(try types.find("task___old", .structure) == BTFTypeID(2))
  }
}
