internal import CommandLineKit
internal import CommandLines
package import LinuxSystem
internal import ToolLibrary
internal import TraceModel

/// Why the documentation cannot be generated.
package enum DocumentationError: Error, Equatable {
  /// A part asks for a section that does not exist; the section and the part's path.
  case unknownSection(String, String)
  /// A part has no place for a section; the section and the part's path.
  case unusedSection(String, String)
  /// A tool that does not compile; its path and the compiler's messages.
  case script(String, String)
  /// A file that cannot be read.
  case unreadable(SystemError)
}

/// A file of the repository that is made of others.
package struct GeneratedFile: Hashable, Sendable, CustomStringConvertible {
  /// Where it belongs, below the repository.
  package let path: String
  package let text: String

  /// Makes a file of that text.
  package init(path: String, text: String) {
    self.path = path
    self.text = text
  }

  package var description: String { path }

  /// Its name without folders.
  package var fileName: String { path.split(separator: "/").last.map(String.init) ?? path }
}

/// Everything that is generated from the options of the commands and tools and from the language.
package enum Documentation {
  /// The man pages, from the parts in `man/parts`.
  ///
  /// - Parameter repository: The path of the repository.
  package static func manualPages(
    of repository: String
  ) throws(DocumentationError) -> [GeneratedFile] {
    let tools = try CompiledTool.all(in: repository)
    let references = ["tools": CompiledTool.references(to: tools)]
    let withCompiler = ["tools": CompiledTool.references(to: tools, and: ["bpftrace"])]
    let library = ["tool-list": CompiledTool.list(of: tools)]
    var pages = [
      try page(
        "man8/bpftrace.8", in: repository, LanguageManual.commandSections + references,
        sources: "the sources"),
      try page(
        "man7/bpftrace-language.7", in: repository, LanguageManual.sections,
        sources: "the sources"),
      try page("man7/bt-tools.7", in: repository, library, sources: "tools"),
      try page(
        "man1/bt-tool.1", in: repository, RunnerManual.sections + withCompiler,
        sources: "the sources and tools"),
    ]
    for tool in tools {
      let name = tool.name + Tool.scriptEnding
      pages.append(
        try page(
          "man8/\(name).8", in: repository, tool.sections, sources: "tools/\(name)"))
    }
    return pages
  }

  /// The pages of the other names of tools, each of which leads to that of the tool.
  package static func otherPages(
    of repository: String
  ) throws(DocumentationError) -> [GeneratedFile] {
    var pages: [GeneratedFile] = []
    for tool in try CompiledTool.all(in: repository) {
      for alias in tool.manifest.aliases {
        pages.append(
          GeneratedFile(
            path: "man/man8/\(alias.name)\(Tool.scriptEnding).8",
            text: ".so man8/\(tool.name)\(Tool.scriptEnding).8\n"))
      }
    }
    return pages
  }

  /// The completions of the three shells.
  package static func completions(
    of repository: String
  ) throws(DocumentationError) -> [GeneratedFile] {
    let tools = try CompiledTool.all(in: repository).flatMap { tool in
      [tool.name] + tool.manifest.aliases.map(\.name)
    }.sorted()
    let runner = RunnerCommandLine.name
    let compiler = CompilerCommandLine.command
    return Shell.allCases.flatMap { shell in
      [
        GeneratedFile(
          path: "completions/\(shell.fileName(of: compiler.name))",
          text: completionScript(
            of: compiler, for: shell,
            operands: .fileUnless(
              option: "list", beginnings: LanguageManual.probeTypeNames.map { $0 + ":" },
              command: "\(compiler.name) -l"),
            vocabulary: ["script": LanguageManual.vocabulary])),
        GeneratedFile(
          path: "completions/\(shell.fileName(of: runner))",
          text: completionScript(
            asking: "\(runner) complete", for: shell,
            commands: [runner] + tools.map { $0 + Tool.scriptEnding },
            pattern: "*\(Tool.scriptEnding)")),
      ]
    }
  }

  /// What makes mandoc write HTML of a page that it reads from its standard input.
  package static let htmlArguments = ["-Thtml", "-O", "style=../style.css", "-K", "utf-8"]

  /// The HTML of a page, as mandoc made it, with links to those of `pages` that it names.
  package static func html(
    of page: GeneratedFile, from mandoc: String, linking pages: [GeneratedFile]
  ) -> GeneratedFile {
    let names = pages.map(\.fileName)
    let anchor = Array("<a class=\"Xr\"".utf8)
    let bytes = Array(mandoc.utf8)
    var text: [UInt8] = []
    var position = 0
    while position < bytes.count {
      if bytes[position] == anchor[0], bytes[position...].starts(with: anchor) {
        // What follows is `>name(section)</a>`.
        let title = bytes[(position + anchor.count)...].dropFirst().prefix {
          $0 != UInt8(ascii: "<")
        }
        let parts = String(decoding: title, as: UTF8.self).split { $0 == "(" || $0 == ")" }
        let name = parts.joined(separator: ".")
        text += anchor
        if names.contains(name) { text += " href=\"\(name).html\"".utf8 }
        position += anchor.count
      } else {
        text.append(bytes[position])
        position += 1
      }
    }
    return GeneratedFile(
      path: "docs/man/\(page.fileName).html", text: String(decoding: text, as: UTF8.self))
  }

  /// What makes mandoc write Markdown of a page that it reads from its standard input.
  package static let markdownArguments = ["-Tmarkdown", "-K", "utf-8"]

  /// The page whose text is also the reference of the language, `docs/language.md`.
  package static let languagePage = "bpftrace-language.7"

  /// The reference of the language, as mandoc made it of its page.
  package static func languageReference(from mandoc: String) -> GeneratedFile {
    GeneratedFile(
      path: "docs/language.md",
      text: "<!-- Generated by \"make generate\" from man/man7/\(languagePage). -->\n\n" + mandoc)
  }

  /// What leads to the HTML of all pages, with their names and purposes.
  package static func index(of pages: [GeneratedFile]) -> GeneratedFile {
    let entries = pages.map { page in
      let title = page.fileName.split(separator: ".")
      let name = title.dropLast().joined(separator: ".")
      let purpose =
        page.text.split(separator: "\n").first { $0.hasPrefix(".Nd ") }?.dropFirst(4) ?? ""
      return """
          <dt><a class="Xr" href="\(page.fileName).html">\(name)(\(title.last ?? ""))</a></dt>
          <dd>\(purpose)</dd>

        """
    }
    let text = """
      <!DOCTYPE html>
      <html>
      <!-- Generated by "make generate" from the man pages. -->
      <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1.0"/>
        <link rel="stylesheet" href="../style.css" type="text/css" media="all"/>
        <title>bt-suite: man pages</title>
      </head>
      <body>
      <h1>Man pages of bt-suite</h1>
      <dl class="Bl-tag">
      \(entries.joined())</dl>
      </body>
      </html>

      """
    return GeneratedFile(path: "docs/man/index.html", text: text)
  }

  private static func page(
    _ name: String, in repository: String, _ sections: [String: String], sources: String
  ) throws(DocumentationError) -> GeneratedFile {
    let file = name.split(separator: "/").last.map(String.init) ?? name
    let part = "man/parts/\(file)"
    let text: String
    do throws(SystemError) { text = try FileSystem.readText("\(repository)/\(part)") } catch {
      throw .unreadable(error)
    }
    return GeneratedFile(
      path: "man/\(name)",
      text: try ManualTemplate(path: part, text: text).filled(sections, sources: sources))
  }
}

extension [String: String] {
  /// The sections of both, whose names differ.
  fileprivate static func + (one: Self, other: Self) -> Self {
    one.merging(other) { _, _ in preconditionFailure("two sections have the same name") }
  }
}

extension Shell {
  /// Where the completion of a command stands below `completions`.
  fileprivate func fileName(of command: String) -> String {
    switch self {
    case .bash: "bash/\(command)"
    case .zsh: "zsh/_\(command)"
    case .fish: "fish/\(command).fish"
    }
  }
}
