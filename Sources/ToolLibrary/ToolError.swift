package import LinuxSystem
package import TraceModel

/// Why a tool cannot be found, read or run.
package enum ToolError: Error, Equatable, Sendable {
  /// No folder has a tool of that name; the nearest name there is, and where was looked.
  case notFound(String, similar: String?, searched: [String])
  /// A word stands for nothing that can be run; the nearest name of something that can.
  case nothingToRun(String, similar: String?)
  /// `bpftrace` itself is wanted where only tools are installed.
  case noBpftrace
  /// A program that is there cannot be executed.
  case notExecutable(SystemError)
  /// A file that is there cannot be read.
  case unreadable(SystemError)
  /// The artifact cannot be used, and there is no script to make another of.
  case unusable(Tool, ArtifactFlaw)
  /// The script has to be compiled, and nothing here can do that.
  case noCompiler(Tool, ArtifactFlaw)
  /// The compiler did not take the script; what it said.
  case rejected(Tool, messages: [UInt8])
  /// What the compiler wrote cannot be used.
  case strange(Tool, ManifestError)
  /// The artifact's manifest cannot be shown.
  case unreadableManifest(Tool, ManifestError)
  /// The compiler could not be run.
  case compiler(SystemError)
  /// A compiled script cannot be kept.
  case cache(SystemError)
}

/// What is wrong with the artifact of a tool.
package enum ArtifactFlaw: Hashable, Sendable {
  /// There is no artifact.
  case missing
  /// It, or the script beside it, cannot be read.
  case unreadable(SystemError)
  /// The script has been changed since, or is another one.
  case otherScript
  /// It was made for other processors.
  case otherArchitecture(String)
  /// It only fits the kernel that it was made for; why.
  case bound(String)
  /// It is damaged, or of another release.
  case manifest(ManifestError)

  /// What is wrong, as a clause whose subject is the artifact.
  package var clause: String {
    switch self {
    case .missing: "it is not compiled"
    case .unreadable(let error): "\(error.subject) cannot be read: \(error.reason)"
    case .otherScript: "its artifact was made of another version of the script"
    case .otherArchitecture(let name): "its artifact was made for \(name)"
    case .bound(let reason): "its artifact fits one kernel only (\(reason))"
    case .manifest(let error): "its artifact cannot be used: \(error.clause)"
    }
  }
}

extension ToolError {
  /// The sentence for people, without `ERROR: `.
  package var message: String {
    switch self {
    case .notFound(let name, _, _): "there is no tool \(name)"
    case .nothingToRun(let word, let similar?):
      "there is no tool, file or command '\(word)', did you mean \(similar)?"
    case .nothingToRun(let word, nil) where word.contains("/"):
      "there is no file '\(word)' (a container sees only what is mounted into it, with -v)"
    case .nothingToRun(let word, nil):
      "there is no tool, file or command '\(word)' (bt-tool list shows the tools there are)"
    case .noBpftrace:
      "bpftrace is not installed here, only tools and what runs artifacts, so use an image or a "
        + "package that has it"
    case .notExecutable(let error): "'\(error.subject)' cannot be executed: \(error.reason)"
    case .unreadable(let error): "failed to open file '\(error.subject)': \(error.reason)"
    case .unusable(let tool, let flaw):
      "\(tool.name) cannot be run: \(flaw.clause), and its script is not here"
    case .noCompiler(let tool, let flaw):
      "\(tool.name) cannot be run: \(flaw.clause), and no bpftrace is installed that could compile it"
    case .rejected(let tool, _): "\(tool.name) could not be compiled"
    case .strange(let tool, let error):
      "\(tool.name) cannot be run: what the installed bpftrace made of it cannot be used: "
        + error.clause
    case .unreadableManifest(let tool, let error):
      "the manifest of \(tool.name) cannot be shown: \(error.clause)"
    case .compiler(let error): "bpftrace could not be run: \(error.reason)"
    case .cache(let error):
      "the compiled script could not be kept in '\(error.subject)': \(error.reason)"
    }
  }

  /// What to do about it, without `HINT: `.
  package var hints: [String] {
    switch self {
    case .notFound(_, let similar?, _): ["did you mean \(similar)?"]
    case .notFound(_, nil, let searched):
      ["bt-tool list shows the tools there are in \(searched.joined(separator: ", "))"]
    default: []
    }
  }
}
