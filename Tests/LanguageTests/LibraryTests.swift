import Diagnostics
import Language
import Syntax
import Testing

/// The part of the language that is written in the language.
@Suite struct LibraryTests {
  @Test(arguments: Library.all.map(\.index)) func parsesWhereItSaysThatItStands(_ index: Int) throws
  {
    let entry = Library.all[index]
    let file = Library.files[entry.file]
    var tree = ScriptTree()
    let macro = try #require(
      parseMacro(SourceFile(name: file.name, bytes: file.bytes), at: entry.start, into: &tree))
    #expect(macro.name == entry.name)
    #expect(macro.parameters.map(\.name).joined(separator: ", ") == entry.parameters)
  }

  @Test(arguments: Library.all.map(\.index)) func saysWhatItDoes(_ index: Int) {
    let entry = Library.all[index]
    #expect(entry.documentation.hasSuffix("."), "\(entry.name)")
    #expect(!Library.files[entry.file].title.isEmpty)
  }

  @Test func everyMacroOfTheFilesIsFound() {
    for (index, file) in Library.files.enumerated() {
      let parsed = parse(SourceFile(name: file.name, bytes: file.bytes))
      #expect(parsed.diagnostics.isEmpty, "\(file.name)")
      #expect(parsed.tree.items.count == parsed.tree.macros.count)
      #expect(
        parsed.tree.macros.map(\.name) == Library.all.filter { $0.file == index }.map(\.name))
    }
  }

  @Test func noNameIsAFunctionToo() {
    for entry in Library.all {
      #expect(Catalog.functions[entry.name] == nil)
      #expect(Catalog.aggregations[entry.name] == nil)
    }
  }

  @Test func examplesSayWhatTheyPrint() {
    let examples = Library.all.flatMap(\.examples)
    #expect(examples.count >= Library.files.count)
    for example in examples { #expect(!example.output.isEmpty, "\(example.script)") }
  }
}
