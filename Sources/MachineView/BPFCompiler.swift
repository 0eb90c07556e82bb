internal import LinuxSystem
internal import SystemText

/// Why a C file could not be made into an object.
package enum BPFCompilerProblem: Error, Hashable, Sendable {
  /// A mistake in the file, as the compiler tells of it.
  package struct Mistake: Hashable, Sendable {
    /// Counted from 1; nil if it is not in the file itself.
    package var line: Int?
    package var column: Int
    package var text: String

    package init(line: Int?, column: Int, text: String) {
      self.line = line
      self.column = column
      self.text = text
    }
  }

  /// None of these programs is installed.
  case noCompiler(programs: [String])
  /// At least one.
  case mistakes([Mistake])
  /// It could not be run, or had nothing to say; why.
  case failed(String)
}

/// What makes objects of BPF programs in C.
package protocol BPFCompiler: Sendable {
  /// The object that a C file becomes, for a machine of that architecture.
  ///
  /// - Parameter path: Where the file is; what it includes is looked for beside it.
  func compile(
    _ text: [UInt8], path: String, for architecture: Architecture
  ) throws(BPFCompilerProblem) -> [UInt8]
}

/// The clang of this machine, which compiles with nobody's rights, in limited time.
package struct InstalledClang: BPFCompiler {
  /// Where headers are looked for besides.
  private let folders: [String]
  /// Names of programs, to take the first that there is.
  private let programs: [String]
  private let confinement: Confinement

  /// - Parameter folders: Those of `-I`.
  package init(
    folders: [String],
    programs: [String] = ["clang"] + (17...23).reversed().map { "clang-\($0)" }
  ) {
    self.folders = folders
    self.programs = programs
    confinement = .caller(seconds: 60, mostOutput: 64 << 20)
  }

  package func compile(
    _ text: [UInt8], path: String, for architecture: Architecture
  ) throws(BPFCompilerProblem) -> [UInt8] {
    guard let program = programs.lazy.compactMap({ ExecutableSearch.first($0) }).first else {
      throw .noCompiler(programs: programs)
    }
    var arguments = ["-target", "bpf", "-mcpu=v3", "-O2", "-g", "-fno-color-diagnostics"]
    arguments += ["-D\(architecture.targetMacro)", "-iquote", path.folderOfFile]
    for folder in folders { arguments += ["-I", folder] }
    for folder in Self.systemFolders { arguments += ["-idirafter", folder] }
    let outcome: HelperProgram.Outcome
    do throws(SystemError) {
      let kept = ["PATH", "CPATH", "C_INCLUDE_PATH", "TMPDIR"].compactMap { name in
        Environment[name].map { "\(name)=\($0)" }
      }
      outcome = try HelperProgram.run(
        program, arguments + ["-c", "-x", "c", "-", "-o", "-"], input: text,
        environment: kept + ["LC_ALL=C"], confinement: confinement)
    } catch { throw .failed("\(program): \(error.reason)") }
    guard !outcome.succeeded else { return outcome.output }
    let mistakes = Self.mistakes(in: outcome.errorText)
    guard mistakes.isEmpty else { throw .mistakes(mistakes) }
    let first = outcome.errorText.split(separator: "\n").first.map(String.init)
    throw .failed(first ?? "\(program) says nothing")
  }

  /// Where Debian has the headers that differ between architectures, which clang does not look for when
  /// it compiles for BPF.
  private static var systemFolders: [String] {
    let names: [String]
    do throws(SystemError) { names = try FileSystem.list("/usr/include") } catch { return [] }
    return names.filter { $0.hasSuffix("-linux-gnu") }.sorted().map { "/usr/include/\($0)" }
      .filter { FileSystem.isRegularFile("\($0)/asm/types.h") }
  }

  /// What lines like `<stdin>:3:7: error: TEXT` say.
  private static func mistakes(in text: String) -> [BPFCompilerProblem.Mistake] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ", omittingEmptySubsequences: false)
      guard let level = words.firstIndex(of: "error:") else { return nil }
      let end = level > 0 && words[level - 1] == "fatal" ? level - 1 : level
      let place = words[..<end].joined(separator: " ")
      let message = words[(level + 1)...].joined(separator: " ")
      let parts = place.split(separator: ":")
      if parts.count == 3, parts[0] == "<stdin>", let line = Int(parts[1]),
        let column = Int(parts[2])
      {
        return .init(line: line, column: column, text: message)
      }
      return .init(line: nil, column: 0, text: place.isEmpty ? message : "\(place) \(message)")
    }
  }
}
