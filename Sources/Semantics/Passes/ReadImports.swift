import Diagnostics
import Language
import LinuxSystem
import MachineView
import Syntax
import SystemText
import TraceModel

extension AnalysisPass {
  /// Makes what a script imports part of it: probes, macros and maps of other scripts, types of headers.
  static let readImports = AnalysisPass(name: "read-imports") { state in
    let statements = state.script.tree.importStatements
    guard !state.script.tree.imports.isEmpty || !statements.isEmpty else { return }
    let allowsStatements = state.script.configuration.unstable["unstable_import_statement"]
    if allowsStatements == "error" {
      for statement in statements { state.report(.importStatement(at: statement.range)) }
    }
    var reading = ImportReading(
      tree: state.script.tree, sources: state.script.sources, target: state.target,
      license: state.script.configuration.license)
    reading.run(allowsStatements == "error" ? [] : statements)
    state.script.tree = reading.tree
    state.script.sources = reading.sources
    state.script.imports = reading.objects
    state.script.importedFolders = reading.folders
    state.report(contentsOf: reading.diagnostics)
  }
}

/// Reads the files that imports name, and those that these import, each once.
private struct ImportReading {
  var tree: ScriptTree
  var sources: SourceMap
  var diagnostics: [Diagnostic] = []
  /// The objects, in the order of their imports.
  private(set) var objects: [ImportedObject] = []
  /// The folders, with what they had to import.
  private(set) var folders: [ImportedSource] = []
  private let target: AnalysisTarget
  /// The licence of the script.
  private let license: String
  /// The files that were read, so that none is read twice.
  private var known: Set<FileInfo.ID> = []

  init(tree: ScriptTree, sources: SourceMap, target: AnalysisTarget, license: String) {
    self.target = target
    self.license = license
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
    let place = importing.fileBeside(path.path)
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
    let folder = path.folderOfFile
    guard let around = try? FileSystem.info(of: folder) else { return nil }
    return around.mode & 0o002 != 0 ? folder : nil
  }

  /// The files of a folder that can be imported, but not those of the folders in it.
  private mutating func read(folder: String, _ path: ImportSyntax) -> Contents {
    var contents = Contents()
    do throws(SystemError) {
      let names = try FileSystem.list(folder).sorted()
      folders.append(ImportedSource(folder: folder, names: names))
      for name in names {
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
    case .object:
      // No text, but a file of which an artifact knows what it was.
      _ = sources.add(name: file, bytes: bytes)
      take(object: bytes, file, path)
      return Contents()
    case .program:
      let source = sources.add(name: file, bytes: bytes)
      if let object = compile(source, path) { take(object: object, file, path) }
      return Contents()
    }
  }

  // MARK: BPF programs

  /// The object that a C file becomes; nil after a mistake.
  private mutating func compile(_ source: SourceFile, _ path: ImportSyntax) -> [UInt8]? {
    let file = source.name
    do throws(BPFCompilerProblem) {
      guard let compiler = target.compiler else { throw .noCompiler(programs: []) }
      return try compiler.compile(source.bytes, path: file, for: target.architecture)
    } catch {
      switch error {
      case .noCompiler: diagnostics.append(.noBPFCompiler(file, at: path.range))
      case .failed(let reason):
        diagnostics.append(.uncompiledImport(file, reason, at: path.range))
      case .mistakes(let mistakes):
        for mistake in mistakes {
          if let line = mistake.line, line >= 1, line <= source.lineStarts.count {
            let start = source.lineStarts[line - 1]
            let rest = source.line(line).dropFirst(max(mistake.column - 1, 0))
            let place = start + source.line(line).count - rest.count
            // The name that it is about, or the sign.
            let length = max(rest.prefix(while: \.isIdentifierPart).count, rest.isEmpty ? 0 : 1)
            diagnostics.append(
              .mistakeInC(
                mistake.text, at: SourceRange(file: source.id, place..<place + length)))
          } else {
            diagnostics.append(.uncompiledImport(file, mistake.text, at: path.range))
          }
        }
      }
      return nil
    }
  }

  private mutating func take(object bytes: [UInt8], _ file: String, _ path: ImportSyntax) {
    let object: ImportedObject
    do throws(ImportedObjectProblem) {
      object = try ImportedObject(path: file, bytes: bytes)
    } catch {
      diagnostics.append(.importedObject(file, error, at: path.range))
      return
    }
    let known = Set(objects.flatMap(\.functions).map(\.name))
    if let function = object.functions.first(where: { known.contains($0.name) }) {
      diagnostics.append(.repeatedImport(function.name, at: path.range))
    }
    let licenses = objects.compactMap(\.license)
    if let own = object.license {
      let isSame = own == license || Self.compatibleLicenses.contains(own)
      if !isSame || !licenses.allSatisfy({ $0 == own }) {
        diagnostics.append(
          .importedLicense(file, own, script: licenses.last ?? license, at: path.range))
      }
    }
    objects.append(object)
  }

  /// The licences, beside the script's own, that a program under the GPL may have parts under: those that the
  /// kernel takes for compatible.
  private static let compatibleLicenses: Set<String> = [
    "GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL",
  ]

  private mutating func read(script file: SourceFile) -> Contents {
    let (own, mistakes) = parseImport(file, into: &tree)
    diagnostics += mistakes
    if let config = own.config, !config.entries.isEmpty {
      diagnostics.append(.importedConfig(at: config.range))
    }
    var contents = Contents()
    for path in own.imports { contents.append(read(path)) }
    contents.append(Contents(cDefinitions: own.cDefinitions, items: own.items))
    return contents
  }
}

extension ScriptTree {
  /// The imports that stand in blocks.
  fileprivate var importStatements: [ImportSyntax] {
    statements.compactMap { if case .importPath(let path) = $0.kind { path } else { nil } }
  }
}
