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

  @Test func definesTypedefsAndFunctions() throws {
    #expect(try types.definition(of: BTFTypeID(6)) == "typedef int number;")
    #expect(
      try types.definition(of: BTFTypeID(15))
        == "void draw(struct shape *shape, const char *format, ...);")
  }
}
