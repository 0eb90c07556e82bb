import LinuxSystem
import ObjectFiles
import Testing

@Suite struct SymbolTests {
  /// A line of `readelf --syms`.
  private struct Line: Hashable {
    let address: UInt64
    let size: UInt64
    let type: String
    let name: String
  }

  private func readelf(_ path: String, _ options: [String]) throws -> [Line] {
    let outcome = try HelperProgram.run("readelf", ["-W"] + options + [path])
    return outcome.outputText.split(separator: "\n").compactMap { line in
      let fields = line.split(whereSeparator: \.isWhitespace)
      guard fields.count >= 8, fields[0].last == ":", fields[6] != "UND",
        let address = UInt64(fields[1], radix: 16), address != 0,
        let size = fields[2].hasPrefix("0x")
          ? UInt64(fields[2].dropFirst(2), radix: 16) : UInt64(fields[2])
      else { return nil }
      let name = fields[7].split(separator: "@", maxSplits: 1).first.map(String.init) ?? ""
      return Line(address: address, size: size, type: String(fields[3]), name: name)
    }
  }

  private static let binaries = ["/bin/bash", "/lib/x86_64-linux-gnu/libc.so.6"]
    .filter(FileSystem.exists)

  @Test(.enabled(if: Compiled.readelf != nil, "readelf is not installed"), arguments: binaries)
  func agreesWithReadelfOnFunctions(_ path: String) throws {
    let expected = try readelf(path, ["--syms", "--dyn-syms"]).filter {
      ["FUNC", "IFUNC"].contains($0.type)
    }
    let table = try ELFFile(path).symbols()
    let found = table.functions.map {
      Line(
        address: $0.address, size: $0.size, type: $0.kind == .function ? "FUNC" : "IFUNC",
        name: $0.name)
    }
    #expect(expected.count > 1000)
    #expect(Set(found) == Set(expected))
  }

  @Test(
    .enabled(if: Compiled.compiler != nil, "gcc is not installed"),
    arguments: [["-pie"], ["-no-pie"], ["-shared", "-fPIC"]])
  func findsSymbolsByNameAndAddress(_ options: [String]) throws {
    let program = try Compiled(Compiled.functions, options)
    let file = try ELFFile(program.path)
    #expect(file.kind == (options == ["-no-pie"] ? .executable : .sharedObject))
    let table = try file.symbols()
    let hidden = try #require(table.symbol(named: "hidden"))
    #expect(hidden.kind == .function)
    #expect(hidden.binding == .local)
    #expect(hidden.size > 0)
    let counter = try #require(table.symbol(named: "counter"))
    #expect(counter.kind == .object)
    #expect(counter.size == 4)
    #expect(table.symbol(named: "hidde") == nil)

    #expect(table.symbol(at: hidden.address)?.name == "hidden")
    #expect(table.symbol(at: hidden.address + hidden.size - 1)?.name == "hidden")
    #expect(table.symbol(at: hidden.address + hidden.size)?.name != "hidden")
    #expect(table.symbol(at: counter.address + 3)?.name == "counter")
    #expect(table.symbol(at: 1) == nil)
    #expect(table.symbol(at: .max) == nil)
  }

  @Test(.enabled(if: Compiled.compiler != nil, "gcc is not installed"))
  func namesOneOfSeveralAliases() throws {
    let file = try Compiled.open(Compiled.functions)
    let table = try file.symbols()
    let shown = try #require(table.symbol(named: "shown"))
    let alias = try #require(table.symbol(named: "alias"))
    #expect(shown.address == alias.address)
    #expect(table.symbol(at: shown.address + 1)?.name == "alias")
    #expect(Set(table.functions.filter { $0.address == shown.address }.map(\.name)).count == 2)
  }

  @Test(.enabled(if: Compiled.compiler != nil, "gcc is not installed"))
  func findsTheSameSymbolsWhereManyAreReadFromTheFile() throws {
    let many = (0..<5000).map {
      "int __attribute__((noinline)) f\($0)(int x) { return x + \($0); }\n"
    }
    let labels = #"__asm__(".globl label\nlabel: nop\nnop\nret\n");"#
    let file = try Compiled.open(many.joined() + labels + Compiled.functions)
    let table = try file.symbols()
    let read = try file.symbolsByAddress()
    #expect(read.readsFile)
    #expect(read.sizeInMemory * 5 < table.sizeInMemory)
    for symbol in table.all {
      for address in [symbol.address, symbol.address &+ symbol.size, symbol.address &- 1] {
        #expect(read.symbol(at: address) == table.symbol(at: address))
      }
    }
    #expect(read.symbol(at: 1) == nil)
    #expect(read.symbol(at: .max) == nil)
    #expect(try Compiled.open(Compiled.functions).symbolsByAddress().readsFile == false)
  }

  @Test(.enabled(if: Compiled.compiler != nil, "gcc is not installed"))
  func findsTheSameSymbolsWhereAllAreLookedForAtOnce() throws {
    let labels = """
      __asm__(".globl label\\nlabel: nop\\nnop\\nother: ret\\n"
              ".type outer, %function\\nouter: nop\\ninner: nop\\nnop\\n.size outer, 3\\n"
              ".type inner, %function\\n.size inner, 1\\n");
      """
    let file = try Compiled.open(labels + Compiled.functions)
    let table = try file.symbols()
    let around = table.all.flatMap { symbol in
      (0..<8).flatMap { [symbol.address &+ $0, symbol.address &+ symbol.size &- $0] }
    }
    let addresses = Set(around + [0, 1, .max]).sorted()
    let search = try #require(file.search(for: addresses))
    for (index, address) in addresses.enumerated() {
      let found = search.symbol(index)
      let expected = table.symbol(at: address)
      #expect(found?.start == expected?.address)
      #expect(found.flatMap { search.names.name($0.number) } == expected?.name)
    }
    let names = addresses.indices.compactMap { search.symbol($0)?.number }
      .compactMap { search.names.name($0) }
    #expect(Set(["outer", "inner", "label", "other", "alias", "counter"]).isSubset(of: names))
  }

  @Test(.enabled(if: Compiled.compiler != nil, "gcc is not installed"))
  func translatesAddressesToPlacesInTheFile() throws {
    let program = try Compiled(Compiled.functions)
    let file = try ELFFile(program.path)
    let table = try file.symbols()
    let main = try #require(table.symbol(named: "main"))
    let offset = try #require(file.fileOffset(ofAddress: main.address))
    #expect(file.address(ofFileOffset: offset) == main.address)
    let raw = try FileSystem.read(program.path)
    #expect(
      try file.bytes(atAddress: main.address, count: main.size)
        == Array(raw[Int(offset)..<Int(offset + main.size)]))
    #expect(file.section(atAddress: main.address)?.name == ".text")
    #expect(file.fileOffset(ofAddress: 0xffff_ffff_0000) == nil)
    let counter = try #require(table.symbol(named: "counter"))
    let place = try #require(file.fileOffset(ofAddress: counter.address))
    #expect(raw[Int(place)] == 3)
  }

  @Test(.enabled(if: Compiled.compiler != nil, "gcc is not installed"))
  func findsTheMiddleOfAnInstruction() throws {
    let file = try Compiled.open(Compiled.functions)
    let shown = try #require(try file.symbols().symbol(named: "shown"))
    let code = try file.bytes(atAddress: shown.address, count: shown.size)
    let disassembler = try #require(Disassembler(file.machine))
    let starts = try #require(disassembler.instructionOffsets(of: code, at: shown.address))
    #expect(starts.count > 2)
    for offset in 0..<Int(shown.size) {
      let boundary = try file.instructionBoundary(
        at: shown.address + UInt64(offset), in: shown)
      #expect(boundary == (starts.contains(offset) ? .start : .inside))
    }
    #expect(try file.instructionBoundary(at: shown.address + 5000, in: shown) == .unknown)
  }

  @Test(.enabled(if: Compiled.compiler != nil, "gcc is not installed"))
  func namesHandWrittenLabels() throws {
    let source = #"__asm__(".globl label\nlabel: nop\nnop\nret\n"); int main(void) { return 0; }"#
    let table = try Compiled.open(source).symbols()
    let label = try #require(table.symbol(named: "label"))
    #expect(label.kind == .untyped)
    #expect(label.size == 0)
    #expect(table.symbol(at: label.address + 1)?.name == "label")
    #expect(table.functions.allSatisfy { $0.name != "label" })
  }

  @Test(.enabled(if: Compiled.compiler != nil, "gcc is not installed"))
  func takesSymbolsFromASeparateDebugFile() throws {
    let program = try Compiled(Compiled.functions, ["-Wl,--build-id"])
    let debug = program.path + ".debug"
    for arguments in [
      ["--only-keep-debug", program.path, debug],
      ["--strip-all", "--add-gnu-debuglink=\(debug)", program.path],
    ] {
      let outcome = try HelperProgram.run("objcopy", arguments)
      #expect(outcome.succeeded, "\(outcome.errorText)")
    }
    let file = try ELFFile(program.path)
    #expect(try file.symbols().symbol(named: "hidden") == nil)
    let hidden = try #require(
      try file.symbolsWithDebugFile().symbol(named: "hidden"))
    #expect(hidden.size > 0)
    #expect(try file.debugLink()?.name == "program.debug")

    // By build id, under another root.
    let id = try #require(try file.buildID()).description
    let root = program.path + ".root"
    let folder = "\(root)/usr/lib/debug/.build-id/\(id.prefix(2))"
    try FileSystem.createDirectory(folder)
    try FileSystem.rename(debug, to: "\(folder)/\(id.dropFirst(2)).debug")
    #expect(try file.symbolsWithDebugFile().symbol(named: "hidden") == nil)
    #expect(try file.symbolsWithDebugFile(root: root).symbol(named: "hidden") == hidden)
  }

  @Test(.enabled(if: Compiled.readelf != nil, "readelf is not installed"))
  func readsTheBuildID() throws {
    let outcome = try HelperProgram.run("readelf", ["-n", "/bin/bash"])
    let line = outcome.outputText.split(separator: "\n").first { $0.contains("Build ID:") }
    let expected = try #require(line?.split(separator: " ").last)
    #expect(try ELFFile("/bin/bash").buildID()?.description == String(expected))
  }

  @Test(.enabled(if: Compiled.compiler != nil, "gcc is not installed"))
  func readsFilesOf32Bits() throws {
    let file = try Compiled.open(
      Compiled.functions, ["-m32", "-nostdlib", "-static", "-Wl,-e,main", "-Wl,--build-id"])
    #expect(!file.is64Bit)
    #expect(file.machine == .i386)
    #expect(try file.buildID()?.bytes.count == 20)
    let table = try file.symbols()
    let hidden = try #require(table.symbol(named: "hidden"))
    #expect(table.symbol(at: hidden.address + 1)?.name == "hidden")
    #expect(file.entryAddress == table.symbol(named: "main")?.address)
    #expect(try file.instructionBoundary(at: hidden.address, in: hidden) == .start)
  }

  @Test func demanglesNames() {
    #expect(Demangler.demangle("_ZNSt6vectorIiE4sizeEv") == "std::vector<int>::size()")
    #expect(
      Demangler.demangle("_Z3fooi", withParameters: false) == "foo")
    #expect(Demangler.demangle("_Z3fooi@@V1") == "foo(int)@@V1")
    #expect(Demangler.demangle("_RNvC6_123foo3bar") == "123foo::bar")
    #expect(Demangler.demangle("main") == nil)
    #expect(Demangler.demangle("_Zgarbage!") == nil)
  }

  @Test func disassembles() throws {
    let disassembler = try #require(Disassembler(.amd64))
    // push %rbp; mov %rsp,%rbp; ret
    let code: [UInt8] = [0x55, 0x48, 0x89, 0xe5, 0xc3]
    #expect(disassembler.instructionOffsets(of: code, at: 0x1000) == [0, 1, 4])
    let first = disassembler.instruction(of: [0x48, 0x89, 0xe5], at: 0)
    #expect(first?.length == 3)
    #expect(first?.text.contains("%rsp,%rbp") == true)
    #expect(Disassembler(.bpf) == nil)
  }
}
