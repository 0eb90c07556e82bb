package import CDeclarations
internal import LinuxSystem
internal import SystemText

/// The C headers of this machine.
///
/// Those in folders that a person has named are read as they are. Everything else is left to the C
/// compiler of the system, which knows its folders and its own macros: it only preprocesses, with
/// nobody's rights, in limited time.
package struct MachineHeaders: CHeaderSource {
  /// Where the headers of the script itself are.
  private let home: [String]
  /// Those of `-I`, in order.
  private let folders: [String]
  /// The programs that can preprocess, best first.
  private let programs: [String]
  private let confinement: Confinement

  /// Longer files are no headers.
  private static let mostBytes: Int64 = 16 << 20

  /// The headers that a script finds.
  ///
  /// - Parameters:
  ///   - script: Its path; nil if it has none.
  ///   - folders: Those of `-I`.
  ///   - programs: Names or paths of C preprocessors, to take the first that there is.
  package init(
    script: String?, folders: [String], programs: [String] = ["cc", "clang", "gcc", "cpp"]
  ) {
    let own = script?.folderOfFile ?? "."
    home = own == "." ? ["."] : [own, "."]
    self.folders = folders
    self.programs = programs
    confinement = .caller(seconds: 20, mostOutput: 64 << 20)
  }

  private static func join(_ folder: String, _ name: String) -> String {
    folder == "." ? name : folder.hasSuffix("/") ? folder + name : folder + "/" + name
  }

  package func find(
    _ name: String, isQuoted: Bool, from includer: String?
  ) throws(CHeaderProblem) -> CHeaderFile? {
    var candidates = [name]
    if !name.hasPrefix("/") {
      let beside = isQuoted ? (includer.map { [$0.folderOfFile] } ?? []) + home : []
      candidates = (beside + folders).map { Self.join($0, name) }
    }
    guard let path = candidates.first(where: FileSystem.isRegularFile) else { return nil }
    do throws(SystemError) {
      guard try FileSystem.info(of: path).sizeInBytes <= Self.mostBytes else {
        throw .tooLarge("read", path)
      }
      return CHeaderFile(path: path, bytes: try FileSystem.read(path))
    } catch { throw .failed(error.reason) }
  }

  package func preprocess(
    _ text: [UInt8], for name: String
  ) throws(CHeaderProblem) -> [UInt8] {
    let searched = home.map { $0 == "." ? "the current folder" : $0 } + folders
    guard let program = programs.lazy.compactMap({ ExecutableSearch.first($0) }).first else {
      throw .noPreprocessor(searched: searched, programs: programs)
    }
    var outcome = try run(program, text, folders: folders)
    if !outcome.succeeded, outcome.errorText.hasSuffix(": Permission denied\n") {
      // A folder that only we may look into: what it has has been found already.
      outcome = try run(program, text, folders: [])
    }
    guard !outcome.succeeded else { return outcome.output }
    let message = Self.firstError(in: outcome.errorText) ?? "\(program) says nothing"
    guard let missing = Self.missingHeader(in: message) else { throw .failed(message) }
    if missing != name { throw .needs(missing) }
    throw .notFound(searched: searched + ["where \(program) looks"])
  }

  private func run(
    _ program: String, _ text: [UInt8], folders: [String]
  ) throws(CHeaderProblem) -> HelperProgram.Outcome {
    var arguments = ["-E", "-dD", "-x", "c", "-Ulinux", "-Uunix"]
    for folder in folders { arguments += ["-I", folder] }
    let kept = ["PATH", "CPATH", "C_INCLUDE_PATH", "TMPDIR"].compactMap { name in
      Environment[name].map { "\(name)=\($0)" }
    }
    do throws(SystemError) {
      return try HelperProgram.run(
        program, arguments + ["-"], input: text, environment: kept + ["LC_ALL=C"],
        confinement: confinement)
    } catch { throw .failed("\(program): \(error.reason)") }
  }

  /// What a compiler complains of: `x.h:3:2: error: TEXT`, without the level.
  private static func firstError(in text: String) -> String? {
    for line in text.split(separator: "\n") {
      // `PLACE: fatal error: TEXT`
      let words = line.split(separator: " ", omittingEmptySubsequences: false)
      guard let level = words.firstIndex(of: "error:") else { continue }
      let end = level > 0 && words[level - 1] == "fatal" ? level - 1 : level
      let place = words[..<end].filter { !$0.hasPrefix("<stdin>") }
      return (place + words[(level + 1)...]).joined(separator: " ")
    }
    return text.split(separator: "\n").first.map(String.init)
  }

  /// The header that a compiler has not found, as gcc or clang say so.
  private static func missingHeader(in message: String) -> String? {
    for (start, end) in [("", ": No such file or directory"), ("'", "' file not found")] {
      guard message.hasSuffix(end) else { continue }
      let rest = message.dropLast(end.count)
      // In front of it may be the place of the directive.
      let name = rest.lastIndex(of: " ").map { rest[rest.index(after: $0)...] } ?? rest
      if name.hasPrefix(start) { return String(name.dropFirst(start.count)) }
    }
    return nil
  }
}
