import BTF
import LinuxSystem
import ObjectFiles
import Testing

@Suite(.enabled(if: Compiled.compiler != nil, "gcc is not installed"))
struct DebugInformationTests {
  /// Line 1 of the source is its first.
  static let source = """
    struct point { int x, y; };
    struct item { char name[8]; struct point at; struct item *next; unsigned low:3, high:5; };
    typedef struct point point_t;
    enum color { RED, GREEN = 5 };
    static inline __attribute__((always_inline)) int twice(int v) {
      int r = v * 2;
      asm volatile("" : "+r"(r));
      return r;
    }
    static inline __attribute__((always_inline)) int nested(int v) {
      return twice(v) + 1;
    }
    __attribute__((noinline)) long many(char a, struct item *b, point_t c, enum color d, double e,
                                        long f, long g, short h) {
      asm volatile("");
      return a + f + g + h + c.x;
    }
    __attribute__((noinline)) struct item large(struct item all, const char *text) {
      asm volatile("" :: "r"(text));
      return all;
    }
    __attribute__((noinline)) int first(int n) { return nested(n); }
    __attribute__((noinline)) int second(int n) { return twice(n); }
    int main(int argc, char **argv) {
      struct item all = { "x" };
      point_t at = { 1, 2 };
      all = large(all, argv[0]);
      return first(argc) + second(argc) + many(1, &all, at, RED, 2.5, 3, 4, 5);
    }
    """

  /// A program of which the debug information lies in one of the ways in which compilers put it.
  struct Form: CustomTestStringConvertible, Sendable {
    let options: [String]
    var commands: [[String]] = []
    var testDescription: String { (options + commands.flatMap { $0 }).joined(separator: " ") }
  }

  static let forms: [Form] = [
    Form(options: ["-gdwarf-4"]),
    Form(options: ["-gdwarf-5"]),
    Form(options: ["-gdwarf-2"]),
    Form(options: ["-gdwarf-5", "-gz=zlib"]),
    Form(options: ["-gdwarf-4", "-gz=zlib-gnu"]),
    Form(options: ["-gdwarf-4", "-fdebug-types-section"]),
    Form(options: ["-gdwarf-5", "-fdebug-types-section"]),
    Form(options: ["-gdwarf-4", "-gsplit-dwarf"]),
    Form(options: ["-gdwarf-5", "-gsplit-dwarf"]),
    Form(options: ["-gdwarf-5", "-gsplit-dwarf", "-fdebug-types-section"]),
    Form(
      options: ["-gdwarf-4", "-gsplit-dwarf"],
      commands: [
        ["dwp", "-e", "program", "-o", "program.dwp"], ["find", ".", "-name", "*.dwo", "-delete"],
      ]),
    Form(
      options: ["-gdwarf-5"],
      commands: [
        ["objcopy", "--only-keep-debug", "program", "program.debug"],
        ["objcopy", "--strip-all", "--add-gnu-debuglink=program.debug", "program"],
      ]),
    Form(
      options: ["-gdwarf-4", "-Wl,--build-id=none", "-no-pie"],
      commands: [
        ["mkdir", ".debug"],
        ["objcopy", "--only-keep-debug", "program", ".debug/program.debug"],
        ["objcopy", "--strip-debug", "--add-gnu-debuglink=.debug/program.debug", "program"],
      ]),
    Form(
      options: ["-gdwarf-4"],
      commands: [["cp", "program", "other"], ["dwz", "-m", "shared", "program", "other"]]),
  ]

  /// The program of a form, in a folder of its own.
  private final class Built {
    let folder: String
    let symbols: SymbolTable
    let file: ELFFile
    let information: DebugInformation

    init(_ form: Form, optimized: Bool = true, source: String = source, language: String = "c")
      throws
    {
      folder = try FileSystem.makeTemporaryDirectory(prefix: "debug-information-")
      try FileSystem.write(Array(source.utf8), to: "\(folder)/main.\(language)")
      var commands = [
        ["gcc", optimized ? "-O2" : "-O0", "-o", "program"] + form.options + ["main.\(language)"]
      ]
      commands.append(["cp", "program", "whole"])
      for command in commands + form.commands {
        let line = command.joined(separator: " ")
        let outcome = try HelperProgram.run("sh", ["-c", "cd \(folder) && \(line)"])
        try #require(outcome.succeeded, "\(line): \(outcome.errorText)")
      }
      symbols = try ELFFile("\(folder)/whole").symbols()
      file = try ELFFile("\(folder)/program")
      information = try #require(DebugInformation(of: file))
    }

    deinit { try? FileSystem.removeTree(folder) }

    func address(_ name: String) throws -> UInt64 {
      try #require(symbols.symbol(named: name)).address
    }

    func function(_ name: String) throws -> (DebugFunction, BTFTypes) {
      let address = try address(name)
      let found = try information.functions(at: [address])
      return (try #require(found.functions[address]), found.types)
    }
  }

  @Test(arguments: forms)
  func tellsParametersAndTypes(_ form: Form) throws {
    let built = try Built(form)
    let (many, types) = try built.function("many")
    let declarations = try many.parameters.map {
      try types.declaration(of: $0.type, named: $0.name, style: .attached)
    }
    #expect(
      declarations == [
        "char a", "struct item *b", "point_t c", "enum color d", "double e", "long int f",
        "long int g", "short int h",
      ])
    #expect(
      many.parameters.map(\.place) == [
        .registers([5]), .registers([4]), .registers([1]), .registers([2]),
        .nowhere("it is passed in a floating-point register, which probes cannot read"),
        .registers([8]), .registers([9]), .stack(8),
      ])
    #expect(try types.declaration(of: many.returns) == "long int")
    let item = try #require(types.findAll("item", [.structure]).first)
    #expect(try types.field(named: "at", in: item)?.byteOffset == 8)
    let high = try #require(try types.field(named: "high", in: item))
    #expect(high.bitOffset == 8 * 24 + 3)
    #expect(high.bitWidth == 5)
    let (large, _) = try built.function("large")
    // The first register has the address of the result.
    #expect(large.parameters.map(\.place) == [.stack(8), .registers([4])])
    #expect(built.information.complaints == [])
  }

  @Test(arguments: [Form(options: ["-gdwarf-4"]), Form(options: ["-gdwarf-5"])])
  func findsArgumentsBeforeThePrologueStoresThem(_ form: Form) throws {
    let (many, _) = try Built(form, optimized: false).function("many")
    #expect(many.parameters.map(\.place).prefix(2) == [.registers([5]), .registers([4])])
    #expect(many.parameters.last?.place == .stack(8))
  }

  @Test(arguments: forms)
  func tellsLinesAndInlinedFunctions(_ form: Form) throws {
    let built = try Built(form)
    let places = built.information.statements(at: SourceLine(file: "main.c", line: 8))
    #expect(places.files == ["\(built.folder)/main.c"])
    let owners = try places.addresses.map { try #require(built.symbols.symbol(at: $0)).name }
    #expect(Set(owners) == ["first", "second"])
    #expect(places.addresses.count == 2)
    let inFirst = try #require(
      places.addresses.first { built.symbols.symbol(at: $0)?.name == "first" })
    let frames = built.information.frames(at: inFirst)
    // The copy ends where its result is used.
    #expect(frames.map(\.name).suffix(2) == ["nested", "first"])
    #expect(frames.map { $0.position?.line }.suffix(2) == [11, 22])
    #expect(frames.map(\.isInlined).suffix(2) == [true, false])
    let start = try built.address("second")
    let inner = built.information.frames(at: start)
    #expect(inner.map(\.name) == ["twice", "second"])
    #expect(inner.map { $0.position?.line } == [6, 23])
    let instances = built.information.instances(of: "twice")
    #expect(instances.own == [])
    #expect(Set(instances.inlined.map(\.caller)) == ["first", "second"])
    #expect(Set(instances.inlined.map { $0.calledAt?.line }) == [11, 23])
    #expect(instances.declaration?.line == 5)
    let second = built.information.instances(ofFunctionAt: start)
    #expect(second.own == [start])
    #expect(second.inlined == [])
    #expect(built.information.instances(ofFunctionAt: 0).own == [])
  }

  @Test func namesTheNearestLineAndTheColumns() throws {
    let built = try Built(Form(options: ["-gdwarf-5"]))
    let none = built.information.statements(at: SourceLine(file: "main.c", line: 9))
    #expect(none.addresses == [])
    #expect(none.nearestLine == 10 || none.nearestLine == 8)
    let column = built.information.statements(at: SourceLine(file: "main.c", line: 6, column: 1))
    #expect(column.addresses == [])
    #expect(column.columns == [3])
    let right = built.information.statements(at: SourceLine(file: "main.c", line: 6, column: 3))
    #expect(right.addresses.count == 2)
    #expect(built.information.statements(at: SourceLine(file: "ain.c", line: 6)).files == [])
    #expect(built.information.statements(at: SourceLine(file: "x/main.c", line: 6)).files == [])
  }

  @Test func sayWhatWasSplitOffAndIsGone() throws {
    let built = try Built(
      Form(
        options: ["-gdwarf-5", "-gsplit-dwarf"],
        commands: [["find", ".", "-name", "'*.dwo'", "-delete"]]))
    let address = try built.address("many")
    #expect(built.information.position(at: address)?.line != nil)
    #expect(built.information.frames(at: address).map(\.name) == [nil])
    #expect(built.information.complaints.first?.contains(".dwo") == true)
  }

  @Test func seesClassesAsTheirBases() throws {
    let source = """
      struct Base { int number; };
      struct Guarded { int value; ~Guarded(); };
      Guarded::~Guarded() {}
      namespace shop {
      class Item : public Base {
       public:
        Item(int n) { number = n; }
        __attribute__((noinline)) int sell(const Item &other, Guarded g, int count);
        static int sold;
        long price = 7;
      };
      int Item::sold = 0;
      int Item::sell(const Item &other, Guarded g, int count) { return other.number + g.value + count; }
      }
      int main(int argc, char **argv) {
        shop::Item item(argc);
        return item.sell(item, Guarded{3}, 4);
      }
      """
    let built = try Built(
      Form(options: ["-gdwarf-5", "-lstdc++"]), source: source, language: "cpp")
    let (sell, types) = try built.function("_ZN4shop4Item4sellERKS0_7Guardedi")
    #expect(sell.name == "sell")
    #expect(sell.linkageName == "_ZN4shop4Item4sellERKS0_7Guardedi")
    #expect(sell.parameters.map(\.name) == ["this", "other", "g", "count"])
    #expect(
      sell.parameters.map(\.place) == [
        .registers([5]), .registers([4]), .memory(register: 1, offset: 0), .registers([2]),
      ])
    let item = try #require(types.findAll("Item", [.structure]).first)
    #expect(try types.fields(of: item).map(\.name) == ["number", "price"])
  }

  @Test func survivesDamage() throws {
    let folder = try FileSystem.makeTemporaryDirectory(prefix: "debug-information-")
    defer { try? FileSystem.removeTree(folder) }
    for edition in ["-gdwarf-4", "-gdwarf-5"] {
      let whole = try Compiled.bytes(Self.source, ["-O2", "-g", edition])
      let file = try ELFFile(bytes: whole, name: "whole")
      let symbols = try file.symbols()
      let sections = file.sections.filter { $0.name.hasPrefix(".debug_") && $0.size > 0 }
      var state: UInt64 = 1
      func random(_ count: UInt64) -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) % count
      }
      for _ in 0..<400 {
        var bytes = whole
        for _ in 0..<4 {
          let section = sections[Int(random(UInt64(sections.count)))]
          bytes[Int(section.fileOffset + random(section.size))] =
            [0, 1, 0x7f, 0x80, 0xff][
              Int(random(5))]
        }
        let damaged = try ELFFile(bytes: bytes, name: "damaged")
        guard let information = DebugInformation(of: damaged) else { continue }
        for name in ["main", "many", "large", "first"] {
          guard let address = symbols.symbol(named: name)?.address else { continue }
          _ = information.frames(at: address + 4)
          _ = try? information.functions(at: [address])
        }
        _ = information.statements(at: SourceLine(file: "<stdin>", line: 6))
        _ = information.instances(of: "twice")
        _ = information.sourceFiles
      }
    }
  }
}
