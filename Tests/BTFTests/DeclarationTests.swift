import BTF
import Testing

@Suite struct DeclarationTests {
  let sample: SampleTypes
  var types: BTFTypes { sample.types }

  init() throws { sample = try SampleTypes() }

  @Test(arguments: [
    (BTFTypeID(5), "prev_comm", "char prev_comm[16]"),
    (BTFTypeID(4), "filename", "const char * filename"),
    (BTFTypeID(11), "shape", "struct shape * shape"),
    (BTFTypeID(16), "hook", "void (*hook)(struct shape * shape, const char * format, ...)"),
    (BTFTypeID(12), "c", "enum color c"),
    (BTFTypeID(26), "text", "const char * const text"),
    (BTFTypeID(25), "text", "const char * text"),
    (BTFTypeID(0), "", "void"),
    (BTFTypeID(4), "", "const char *"),
    (BTFTypeID(5), "", "char[16]"),
    (BTFTypeID(19), "s", "struct shape * restrict s"),
  ])
  func declaresAsCWould(_ id: BTFTypeID, _ name: String, _ text: String) throws {
    #expect(try types.declaration(of: id, named: name) == text)
  }

  @Test func definesStructsWithTheirAnonymousMembers() throws {
    #expect(
      try types.definition(of: sample.shape) == """
        struct shape {
        \tchar name[16];
        \tunion {
        \t\tstruct point at;
        \t\tint number;
        \t};
        \tint low: 3;
        \tint high: 5;
        \tstruct shape *next;
        \tconst char *text;
        \tstruct point corners[1];
        };
        """)
  }

  @Test func definesEnums() throws {
    #expect(
      try types.definition(of: BTFTypeID(12)) == """
        enum color {
        \tCOLOR_NONE = -1,
        \tCOLOR_RED = 1,
        };
        """)
    #expect(try types.definition(of: BTFTypeID(13)).contains("WIDE_TOP = 9223372036854775808ULL,"))
  }

  /// As libbpf writes what it knows of a layout.
  @Test func fillsHolesThatNoCompilerWouldLeave() throws {
    var writer = BTFWriter()
    for (name, size) in [("char", 1), ("int", 4), ("long", 8)] {
      writer.add(
        .integer(
          BTFInteger(
            name: name, sizeInBytes: size, bitCount: size * 8, bitOffset: 0, isSigned: true,
            isBool: false, isChar: false)))
    }
    let (char, int, long) = (BTFTypeID(1), BTFTypeID(2), BTFTypeID(3))
    func structure(_ name: String, _ size: Int, _ members: [BTFMember]) {
      writer.add(
        .composite(
          BTFComposite(isUnion: false, name: name, sizeInBytes: size, members: members)))
    }
    func member(_ name: String, _ type: BTFTypeID, at bit: Int, _ width: Int? = nil) -> BTFMember {
      BTFMember(name: name, type: type, bitOffset: bit, bitWidth: width)
    }
    structure("natural", 16, [member("a", char, at: 0), member("b", long, at: 64)])
    structure("aligned", 64, [member("a", long, at: 0), member("b", char, at: 256)])
    structure("marked", 16, [member("a", char, at: 0), member("b", int, at: 64)])
    structure(
      "fields", 16,
      [member("a", int, at: 0, 4), member("b", int, at: 64, 3), member("c", int, at: 70, 2)])
    structure("tight", 5, [member("a", char, at: 0), member("b", int, at: 8)])
    let types = try BTFTypes(writer.bytes)
    let texts = try (4...8).map { try types.definition(of: BTFTypeID($0)) }
    #expect(texts[0] == "struct natural {\n\tchar a;\n\tlong b;\n};")
    #expect(
      texts[1]
        == """
        struct aligned {
        \tlong a;
        \tlong: 64;
        \tlong: 64;
        \tlong: 64;
        \tchar b;
        \tlong: 64;
        \tlong: 64;
        \tlong: 64;
        };
        """)
    #expect(
      texts[2]
        == """
        struct marked {
        \tchar a;
        \tlong: 0;
        \tint b;
        \tlong: 0;
        };
        """)
    #expect(
      texts[3]
        == """
        struct fields {
        \tint a: 4;
        \tlong: 60;
        \tint b: 3;
        \tchar: 3;
        \tint c: 2;
        \tlong: 0;
        };
        """)
    #expect(texts[4] == "struct tight {\n\tchar a;\n\tint b;\n} __attribute__((packed));")
  }

  @Test func definesTypedefsAndFunctions() throws {
    #expect(try types.definition(of: BTFTypeID(6)) == "typedef int number;")
    #expect(
      try types.definition(of: BTFTypeID(15))
        == "void draw(struct shape *shape, const char *format, ...);")
  }
}
