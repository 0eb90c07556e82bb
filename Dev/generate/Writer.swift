import LinuxSystem
import Manuals

/// Brings the generated files of a repository up to date.
struct Writer {
  let repository: String

  func write() throws {
    let pages = try Documentation.manualPages(of: repository)
    var files =
      try pages + Documentation.otherPages(of: repository)
      + Documentation.completions(of: repository)
    for page in pages { files.append(try html(of: page, linking: pages)) }
    files.append(Documentation.index(of: pages))
    files.append(try ToolOptionTable(of: repository).page)
    for page in pages where page.fileName == Documentation.languagePage {
      files.append(
        Documentation.languageReference(
          from: try mandoc(page, Documentation.markdownArguments)))
    }
    for folder in ["man/man1", "man/man7", "man/man8", "docs/man", "completions"] {
      let path = "\(repository)/\(folder)"
      if FileSystem.exists(path) { try FileSystem.removeTree(path) }
    }
    for file in files {
      let path = "\(repository)/\(file.path)"
      let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      try FileSystem.createDirectory(folder.joined(separator: "/"), permissions: 0o755)
      try FileSystem.write(Array(file.text.utf8), to: path)
    }
  }

  private func html(
    of page: GeneratedFile, linking pages: [GeneratedFile]
  ) throws -> GeneratedFile {
    Documentation.html(
      of: page, from: try mandoc(page, Documentation.htmlArguments), linking: pages)
  }

  private func mandoc(_ page: GeneratedFile, _ arguments: [String]) throws -> String {
    let outcome = try HelperProgram.run("mandoc", arguments, input: Array(page.text.utf8))
    guard outcome.succeeded else {
      try FileDescriptor.standardError.write(outcome.errors)
      throw SystemError.invalid("mandoc", page.path)
    }
    return outcome.outputText
  }
}
