import Diagnostics
import Language
import LinuxSystem
import Syntax
import SystemText

extension AnalysisPass {
  /// Makes what a script imports part of it: probes, macros and maps of other scripts, types of headers.
  static let readImports = AnalysisPass(name: "read-imports") { state in
    let statements = state.script.tree.importStatements
    guard !state.script.tree.imports.isEmpty || !statements.isEmpty else { return }
    let allowsStatements = state.script.configuration.unstable["unstable_import_statement"]
    if allowsStatements == "error" {
      for statement in statements { state.report(.importStatement(at: statement.range)) }
    }
    var reading = ImportReading(tree: state.script.tree, sources: state.script.sources)
    reading.run(allowsStatements == "error" ? [] : statements)
    state.script.tree = reading.tree
    state.script.sources = reading.sources
    state.report(contentsOf: reading.diagnostics)
  }
}

/// Reads the files that imports name, and those that these import, each once.
private struct ImportReading {
  var tree: ScriptTree
  var sources: SourceMap
  var diagnostics: [Diagnostic] = []
  /// The files that were read, so that none is read twice.
  private var known: Set<FileInfo.ID> = []

  init(tree: ScriptTree, sources: SourceMap) {
    self.tree = tree
    self.sources = sources
  }

  /// What a file brings, in the order in which it counts.
  private struct Contents {
    var cDefinitions: [CDefinitionSyntax] = []
    var items: [RootItem] = []

    mutating func append(_ other: Contents) {
      cDefinitions += other.cDefinitions
      items += other.items
    }
  }

  mutating func run(_ statements: [ImportSyntax]) {
    if let script = sources[.script], let info = try? FileSystem.info(of: script.name) {
      known.insert(info.id)
    }
    var contents = Contents()
    for path in tree.imports + statements { contents.append(read(path)) }
    tree.cDefinitions = contents.cDefinitions + tree.cDefinitions
    tree.items = contents.items + tree.items
  }

  // MARK: Paths

  private mutating func read(_ path: ImportSyntax) -> Contents {
    let importing = sources[path.range.file]?.name ?? ""
    let folder = importing.lastIndex(of: "/").map { String(importing[..<$0]) } ?? "."
    let place = path.path.hasPrefix("/") ? path.path : "\(folder)/\(path.path)"
    let info: FileInfo
    do throws(SystemError) { info = try FileSystem.info(of: place) } catch {
      diagnostics.append(
        .noImport(checked: path.path.hasPrefix("/") ? place : path.path, at: path.range))
      return Contents()
    }
    if let writable = Self.writableByAll(place, info) {
      diagnostics.append(.writableImport(writable, at: path.range))
      return Contents()
    }
    if info.kind == .directory { return read(folder: place, path) }
    guard let kind = ImportKind(name: place) else {
      let name = place.split(separator: "/").last.map(String.init) ?? place
      diagnostics.append(.importKind(name, at: path.range))
      return Contents()
    }
    return read(file: place, info, kind, path)
  }

  /// What everybody may write to, of a file and the folder it is in; nil if that is neither.
  private static func writableByAll(_ path: String, _ info: FileInfo) -> String? {
    if info.mode & 0o002 != 0, info.kind != .symbolicLink { return path }
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    guard let around = try? FileSystem.info(of: folder.isEmpty ? "/" : folder) else { return nil }
    return around.mode & 0o002 != 0 ? folder : nil
  }

  /// The files of a folder that can be imported, but not those of the folders in it.
  private mutating func read(folder: String, _ path: ImportSyntax) -> Contents {
    var contents = Contents()
    do throws(SystemError) {
      for name in try FileSystem.list(folder).sorted() {
        let file = "\(folder)/\(name)"
        guard let kind = ImportKind(name: name) else { continue }
        let info = try FileSystem.info(of: file)
        guard info.kind == .regular else { continue }
        if info.mode & 0o002 != 0 {
          diagnostics.append(.writableImport(file, at: path.range))
        } else {
          contents.append(read(file: file, info, kind, path))
        }
      }
    } catch {
      diagnostics.append(.unreadableImport(folder, error, at: path.range))
    }
    return contents
  }

  // MARK: Files

  private mutating func read(
    file: String, _ info: FileInfo, _ kind: ImportKind, _ path: ImportSyntax
  ) -> Contents {
    guard known.insert(info.id).inserted else { return Contents() }
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try FileSystem.read(file)
    } catch {
      diagnostics.append(.unreadableImport(file, error, at: path.range))
      return Contents()
    }
    switch kind {
    case .script: return read(script: sources.add(name: file, bytes: bytes))
    case .header:
      let source = sources.add(name: file, bytes: bytes)
      return Contents(cDefinitions: [
        CDefinitionSyntax(kind: .definition, text: bytes, range: source.range)
      ])
    case .program:
      diagnostics.append(.notSupported("import of BPF programs", at: path.range))
      return Contents()
    }
  }

  private mutating func read(script file: SourceFile) -> Contents {
    var parsed = tree
    parsed.cDefinitions = []
    parsed.imports = []
    parsed.items = []
    parsed.config = nil
    let own = tree
    let mistakes = parse(file, into: &parsed)
    diagnostics += mistakes
    if let config = parsed.config, !config.entries.isEmpty {
      diagnostics.append(.importedConfig(at: config.range))
    }
    let found = Contents(cDefinitions: parsed.cDefinitions, items: parsed.items)
    let imports = parsed.imports
    tree = parsed
    tree.cDefinitions = own.cDefinitions
    tree.imports = own.imports
    tree.items = own.items
    tree.config = own.config
    var contents = Contents()
    for path in imports { contents.append(read(path)) }
    contents.append(found)
    return contents
  }
}

/// What can be imported, by the ends of names.
private enum ImportKind {
  case script, header, program

  init?(name: String) {
    if name.hasSuffix(".bt") {
      self = .script
    } else if name.hasSuffix(".h") {
      self = .header
    } else if name.hasSuffix(".bpf.c") || name.hasSuffix(".bpf.o") {
      self = .program
    } else {
      return nil
    }
  }
}

extension ScriptTree {
  /// The imports that stand in blocks.
  fileprivate var importStatements: [ImportSyntax] {
    statements.compactMap { if case .importPath(let path) = $0.kind { path } else { nil } }
  }
}
