import Foundation
import Testing

private let sources = Result { try SourceFile.all() }

/// Fails for every place, in the words of `rule`.
private func refuse(
  _ places: [String], _ rule: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  for place in places {
    Issue.record("\(place)\n\(rule)", sourceLocation: sourceLocation)
  }
}

/// Holds the sources to the table in `Modules.swift`.
@Suite struct ArchitectureTests {
  @Test func everyFolderOfSourcesIsAModuleOfTheTable() throws {
    let folder = SourceFile.root.appendingPathComponent("Sources")
    let known = Set(Module.all.map(\.name))
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      #expect(known.contains(name), "Sources/\(name) is not in the table of modules")
    }
  }

  @Test func everyModuleThatExistsIsRead() throws {
    let modules = Set(try sources.get().map(\.module))
    #expect(modules.isSuperset(of: ["Diagnostics", "LinuxSystem", "Syntax"]))
  }

  @Test func everyModuleOfTheTableImportsOnlyWhatStandsAboveIt() {
    var above: Set<String> = []
    for module in Module.all {
      #expect(module.imports.isSubset(of: above), "\(module.name) stands too high in the table")
      above.insert(module.name)
    }
  }

  @Test func modulesImportOnlyWhatTheTableAllows() throws {
    for file in try sources.get() {
      guard let module = Module.all.first(where: { $0.name == file.module }) else { continue }
      let allowed = module.imports.union(Module.systemImports(of: module.name))
      for (index, line) in file.code.enumerated() {
        guard let name = importedModule(line), !allowed.contains(name) else { continue }
        refuse([file.place(index)], "\(module.name) may not import \(name).")
      }
    }
  }

  @Test func cModulesAreImportedInternally() throws {
    for file in try sources.get() {
      for (index, line) in file.code.enumerated() {
        guard let name = importedModule(line), Module.cBorders.contains(name) else { continue }
        if line.contains(#/\b(package|public)\s+import\b/#) {
          refuse([file.place(index)], "C stays behind its wrapper: import it internally.")
        }
      }
    }
  }

  @Test func unsafeCodeStaysInTheWrappers() throws {
    let keyword =
      #/(^|[^.\w@(`])unsafe\s+(?!in\b|else\b|where\b)[\w(&.~!$"\[-]|nonisolated\(unsafe\)|@unchecked\s+Sendable/#
    for file in try sources.get()
    where !Module.unsafeFolders.contains(where: file.path.hasPrefix) {
      refuse(
        file.places(of: keyword, with: "unsafe", "@unchecked"),
        "Unsafe code belongs into a wrapper.")
    }
  }

  @Test func onlyCommandsPrintAndExit() throws {
    let calls = #/(^|[^.\w`])(print|debugPrint|exit|_exit|abort)\(/#
    for file in try sources.get() where !Module.commands.contains(file.module) {
      // A type may have a method of that name, and call it.
      let methods = file.places(of: #/func\s+(print|exit|abort)\b/#, with: "func ")
      if !methods.isEmpty { continue }
      refuse(
        file.places(of: calls, with: "print(", "Print(", "exit(", "abort("),
        "Only the commands print and exit.")
    }
  }

  @Test func onlyCommandsAndTheSystemModuleReadTheEnvironment() throws {
    let reads = #/\b(getenv|setenv|environ|ProcessInfo|CommandLine\.arguments)\b/#
    for file in try sources.get()
    where !Module.commands.contains(file.module) && file.module != "LinuxSystem" {
      refuse(
        file.places(of: reads, with: "env", "ProcessInfo", "CommandLine"),
        "Only the commands read the environment.")
    }
  }

  @Test func nothingThatAUserCanCauseIsAFatalError() throws {
    for file in try sources.get() {
      refuse(
        file.places(of: #/(^|[^.\w])fatalError\(/#, with: "fatalError"),
        "Throw an error, or state the broken invariant with preconditionFailure.")
    }
  }

  @Test func onlyTheBackendSpeaksOfLLVM() throws {
    for file in try sources.get() where file.module != "LLVMBackend" {
      for (index, line) in file.code.enumerated()
      where line.contains("LLVM") || line.contains("llvm") {
        let words = line.matches(of: #/\w*(LLVM|llvm)\w*/#).map { String($0.output.0) }
        let isFacade = file.module == "Compiler"
        if words.contains(where: { !(isFacade && $0 == "LLVMBackend") }) {
          refuse([file.place(index)], "LLVM is known to LLVMBackend only.")
        }
      }
    }
  }

  /// A checker or generator that asks for a function by its name has a special case that belongs
  /// into the function's entry.
  @Test func nobodyComparesTheNameOfAFunctionOrAProbeType() throws {
    let names = try catalogNames()
    let comparison = #/(?:[=!]=\s*|\bcase\s+)"(\w+)"/#
    for file in try sources.get() where Module.nameless.contains(file.module) {
      for (index, line) in file.lines.enumerated()
      where file.code[index].contains("\"\"") {
        let compared = line.matches(of: comparison).map { String($0.output.1) }
        if compared.contains(where: names.contains) {
          refuse([file.place(index)], "Take it from the catalog of Language.")
        }
      }
    }
  }

  /// What `Language` declares with `name: "..."` among its functions and probe types.
  private func catalogNames() throws -> Set<String> {
    let folders = ["Language/Functions/", "Language/Aggregations/", "Language/Probes/"]
    return try sources.get().filter { file in folders.contains(where: file.path.hasPrefix) }
      .reduce(into: []) { names, file in
        for line in file.lines where line.contains("name:") {
          for match in line.matches(of: #/\bname:\s*"(\w+)"/#) { names.insert(String(match.1)) }
        }
      }
  }

  private func importedModule(_ line: String) -> String? {
    guard line.contains("import ") else { return nil }
    let declaration =
      #/^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|func|protocol|let|var|typealias)\s+)?(\w+)/#
    return line.firstMatch(of: declaration).map { String($0.output.1) }
  }
}

/// The reading of sources itself.
@Suite struct SourceFileTests {
  @Test func blanksCommentsAndLiterals() {
    let file = SourceFile(
      path: "Syntax/X.swift",
      text: #"""
        let a = "x // \(f("y")) unsafe" // unsafe z
        /* one /* two */ unsafe x */ let b = 1
        let c = #"a"b\(x)"#, d = """
          unsafe e
          """
        """#)
    #expect(
      file.code == [
        #"let a = "" "#, " let b = 1", #"let c = "", d = """#, "", "",
      ])
    #expect(file.module == "Syntax")
    #expect(file.places(of: #/let b/#, with: "b") == ["Sources/Syntax/X.swift:2: \(file.lines[1])"])
  }
}
