import BTF
import LinuxSystem

/// A small BTF that has every kind of type, and the ids in it.
struct SampleTypes {
  let bytes: [UInt8]
  let types: BTFTypes
  let int = BTFTypeID(1)
  let point = BTFTypeID(7)
  let shape = BTFTypeID(10)

  init() throws {
    var writer = BTFWriter()
    writer.add(  // 1
      .integer(
        BTFInteger(
          name: "int", sizeInBytes: 4, bitCount: 32, bitOffset: 0, isSigned: true, isBool: false,
          isChar: false)))
    writer.add(  // 2
      .integer(
        BTFInteger(
          name: "char", sizeInBytes: 1, bitCount: 8, bitOffset: 0, isSigned: false, isBool: false,
          isChar: false)))
    writer.add(.const(BTFTypeID(2)))  // 3
    writer.add(.pointer(to: BTFTypeID(3)))  // 4
    writer.add(  // 5
      .array(BTFArray(element: BTFTypeID(2), index: BTFTypeID(1), count: 16)))
    writer.add(.typedef(name: "number", target: BTFTypeID(1)))  // 6
    writer.add(  // 7
      .composite(
        BTFComposite(
          isUnion: false, name: "point", sizeInBytes: 8,
          members: [
            BTFMember(name: "x", type: BTFTypeID(6), bitOffset: 0),
            BTFMember(name: "y", type: BTFTypeID(1), bitOffset: 32),
          ])))
    writer.add(  // 8: an anonymous union, which holds a struct
      .composite(
        BTFComposite(
          isUnion: true, name: "", sizeInBytes: 8,
          members: [
            BTFMember(name: "at", type: BTFTypeID(7), bitOffset: 0),
            BTFMember(name: "number", type: BTFTypeID(1), bitOffset: 0),
          ])))
    writer.add(.forward(name: "hidden", isUnion: false))  // 9
    writer.add(  // 10
      .composite(
        BTFComposite(
          isUnion: false, name: "shape", sizeInBytes: 56,
          members: [
            BTFMember(name: "name", type: BTFTypeID(5), bitOffset: 0),
            BTFMember(name: "", type: BTFTypeID(8), bitOffset: 128),
            BTFMember(name: "low", type: BTFTypeID(1), bitOffset: 192, bitWidth: 3),
            BTFMember(name: "high", type: BTFTypeID(1), bitOffset: 195, bitWidth: 5),
            BTFMember(name: "next", type: BTFTypeID(11), bitOffset: 256),
            BTFMember(name: "text", type: BTFTypeID(4), bitOffset: 320),
            BTFMember(name: "corners", type: BTFTypeID(20), bitOffset: 384),
          ])))
    writer.add(.pointer(to: BTFTypeID(10)))  // 11
    writer.add(  // 12
      .enumeration(
        BTFEnumeration(
          name: "color", sizeInBytes: 4, isSigned: true,
          values: [
            BTFEnumerator(name: "COLOR_NONE", value: -1),
            BTFEnumerator(name: "COLOR_RED", value: 1),
          ])))
    writer.add(  // 13
      .enumeration(
        BTFEnumeration(
          name: "wide", sizeInBytes: 8, isSigned: false,
          values: [BTFEnumerator(name: "WIDE_TOP", value: Int64(bitPattern: 1 << 63))])))
    writer.add(  // 14
      .functionPrototype(
        BTFPrototype(
          returns: .void,
          parameters: [
            BTFParameter(name: "shape", type: BTFTypeID(11)),
            BTFParameter(name: "format", type: BTFTypeID(4)),
          ], isVariadic: true)))
    writer.add(.function(name: "draw", prototype: BTFTypeID(14), linkage: .global))  // 15
    writer.add(.pointer(to: BTFTypeID(14)))  // 16
    writer.add(.float(name: "double", sizeInBytes: 8))  // 17
    writer.add(.volatile(BTFTypeID(1)))  // 18
    writer.add(.restrict(BTFTypeID(11)))  // 19
    writer.add(  // 20
      .array(BTFArray(element: BTFTypeID(7), index: BTFTypeID(1), count: 1)))
    writer.add(.variable(name: "origin", type: BTFTypeID(7), linkage: .local))  // 21
    writer.add(  // 22
      .dataSection(
        BTFDataSection(
          name: ".data", sizeInBytes: 8,
          variables: [.init(variable: BTFTypeID(21), offset: 0, sizeInBytes: 8)])))
    writer.add(.declarationTag(name: "marked", target: BTFTypeID(10), component: 2))  // 23
    writer.add(.typeTag(name: "user", target: BTFTypeID(3)))  // 24
    writer.add(.pointer(to: BTFTypeID(24)))  // 25
    writer.add(.const(BTFTypeID(4)))  // 26: a constant pointer to constant text
    bytes = writer.bytes
    types = try BTFTypes(bytes)
  }
}

/// The running kernel's types; nil where it has none.
let liveTypes: BTFTypes? = {
  guard let bytes = try? FileSystem.read("/sys/kernel/btf/vmlinux") else { return nil }
  return try? BTFTypes(bytes)
}()
