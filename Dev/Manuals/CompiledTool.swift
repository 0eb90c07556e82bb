internal import CommandLineKit
internal import CommandLines
internal import Compiler
internal import Diagnostics
internal import LinuxSystem
internal import MachineView
internal import Semantics
internal import ToolCommands
internal import ToolLibrary
internal import TraceModel

/// A tool of the library with what its artifact says of it.
struct CompiledTool {
  let name: String
  let manifest: Manifest

  /// The kernel that every tool is compiled against, so that the same pages come out everywhere.
  private static let kernel = "Tests/Fixtures/Kernels/x86_64-6.18"

  /// The names of the tools in a repository, sorted.
  static func names(in repository: String) throws(DocumentationError) -> [String] {
    do throws(SystemError) {
      return try FileSystem.list("\(repository)/tools").filter { $0.hasSuffix(Tool.scriptEnding) }
        .map { Tool.name(of: $0) }
    } catch { throw .unreadable(error) }
  }

  /// The tools of a repository, compiled; sorted by name.
  static func all(in repository: String) throws(DocumentationError) -> [CompiledTool] {
    var tools: [CompiledTool] = []
    for name in try names(in: repository) {
      let path = "tools/\(name)\(Tool.scriptEnding)"
      let source: [UInt8]
      do throws(SystemError) { source = try FileSystem.read("\(repository)/\(path)") } catch {
        throw .unreadable(error)
      }
      let machine = DirectoryMachine(root: "\(repository)/\(kernel)")
      let target = AnalysisTarget(
        kernel: machine, user: machine, architecture: .amd64, parametersAreFinal: false,
        knowsTaskFilters: true)
      let result = compile(
        SourceFile(name: path, bytes: source), for: target,
        options: CompilationOptions(producer: "generate"))
      guard let artifact = result.artifact else {
        throw .script(path, DiagnosticRenderer(result.sources).text(result.diagnostics))
      }
      tools.append(CompiledTool(name: name, manifest: artifact.manifest))
    }
    return tools
  }

  /// The pages of tools, and others of section 8, in order: the end of a list of references.
  static func references(to tools: [CompiledTool], and others: [String] = []) -> String {
    (tools.map { $0.name + Tool.scriptEnding } + others).sorted().map { ".Xr \($0) 8" }
      .joined(separator: " ,\n") + "\n"
  }

  /// What `bt-tool list` prints of them, for a literal block.
  static func list(of tools: [CompiledTool]) -> String {
    let listing = ToolListing(
      tools.map {
        ToolListing.Entry(
          name: $0.name, summary: ToolManual($0.manifest.manual).summary,
          subject: $0.manifest.subject)
      })
    return listing.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      .map { mdocEscaped(String($0)) + "\n" }.joined()
  }

  /// What the tool's page takes from its script.
  var sections: [String: String] {
    let manual = ToolManual(manifest.manual)
    let command = RunnerCommandLine.command(
      name: name + Tool.scriptEnding, manual: manual, manifest: manifest)
    var options = mdocOptions(of: command)
    for appendix in command.appendices {
      options += ".Ss \(appendix.title)\n" + mdocEntries(appendix.entries, as: "Ar")
    }
    let names =
      ([name] + manifest.aliases.map(\.name)).map { ".Nm \($0)\(Tool.scriptEnding)" }
      .joined(separator: " ,\n") + "\n"
    let summary = manual.summary.prefix(1).lowercased() + manual.summary.dropFirst()
    return [
      "name": names + ".Nd \(mdocEscaped(summary))\n",
      "synopsis": command.synopses.map { mdocSynopsis($0) }.joined(),
      "options": options,
    ]
  }
}
