import LinuxSystem
import Testing
import ToolLibrary
import TraceModel

/// Which artifact a tool is run from, and when another is made.
///
/// One after the other: a program cannot be started while a child of another test holds it open.
@Suite(.serialized) struct ArtifactLoaderTests {
  private let folder: Folder

  init() throws { folder = try Folder() }

  private func loader(compiler: String? = nil) -> ArtifactLoader {
    ArtifactLoader(
      kernel: KernelIdentity(
        release: "6.18.1", machine: "x86_64", version: "#1", hostName: "here"),
      cacheFolder: "\(folder.path)/cache", compiler: compiler)
  }

  private func tool(script: String?, artifact: [UInt8]?) throws -> Tool {
    Tool(
      name: "tool", script: try script.map { try folder.write($0, to: "tool.bt") },
      artifact: try artifact.map { try folder.write($0, to: "tool.btobj") })
  }

  /// A stand-in for `bpftrace` that copies a file for each script, and notes that it was run.
  private func compiler(giving bytes: [UInt8]) throws -> String {
    let result = try folder.write(bytes, to: "result")
    return try folder.write(
      """
      #!/bin/sh
      [ "$1" = --emit-artifact ] || exit 9
      cp '\(result)' "$2" && echo "$3" >>'\(folder.path)/runs'
      """, to: "bin/bpftrace", executable: true)
  }

  private var runs: Int {
    let text = (try? FileSystem.readText("\(folder.path)/runs")) ?? ""
    return text.split(separator: "\n").count
  }

  private func failure(_ tool: Tool, compiler: String? = nil) -> ToolError? {
    do throws(ToolError) {
      _ = try loader(compiler: compiler).load(tool)
      return nil
    } catch { return error }
  }

  @Test func takesTheArtifactBesideTheScript() throws {
    let tool = try tool(script: "begin { }", artifact: artifact(manifest(of: "begin { }")))
    let loaded = try loader().load(tool)
    #expect(loaded.path == tool.artifact)
    #expect(loaded.flaw == nil)
    #expect(loaded.artifact.manifest.producer == "a test")
    #expect(loader().flaw(of: tool) == nil)
  }

  @Test func takesAnArtifactAlone() throws {
    var manifest = manifest(of: "whatever")
    manifest.bound = "a probe is at an address"
    let tool = try tool(script: nil, artifact: artifact(manifest))
    #expect(try loader().load(tool).flaw == nil)
  }

  @Test func doesNotTakeTheArtifactOfAnotherScript() throws {
    let tool = try tool(script: "end { }", artifact: artifact(manifest(of: "begin { }")))
    #expect(failure(tool) == .noCompiler(tool, .otherScript))
    #expect(loader().flaw(of: tool) == .otherScript)
  }

  @Test func doesNotTakeAnArtifactWhoseImportsHaveChanged() throws {
    let script = "import \"lib.bt\";"
    let library = "macro m() { 1 }"
    var manifest = manifest(of: script)
    manifest.imports = [
      ImportedSource(path: "lib.bt", digest: SourceDigest(of: library.utf8).description)
    ]
    let tool = try tool(script: script, artifact: artifact(manifest))
    // A file that is gone cannot have changed.
    #expect(loader().flaw(of: tool) == nil)
    try folder.write(library, to: "lib.bt")
    #expect(loader().flaw(of: tool) == nil)
    try folder.write("macro m() { 2 }", to: "lib.bt")
    #expect(loader().flaw(of: tool) == .otherScript)
  }

  @Test func doesNotTakeAnArtifactWhenAFolderOfImportsHasAnotherFile() throws {
    try folder.write("", to: "lib/words.bt")
    var manifest = manifest(of: "begin { }")
    manifest.imports = [ImportedSource(folder: "lib", names: ["words.bt"])]
    let tool = try tool(script: "begin { }", artifact: artifact(manifest))
    #expect(loader().flaw(of: tool) == nil)
    try folder.write("", to: "lib/README")
    #expect(loader().flaw(of: tool) == nil)
    try folder.write("", to: "lib/more.bt")
    #expect(loader().flaw(of: tool) == .otherScript)
  }

  @Test func saysThatAnArtifactCannotBeRead() throws {
    let tool = Tool(name: "tool", script: nil, artifact: folder.path)
    guard case .unreadable(let error)? = loader().flaw(of: tool) else {
      Issue.record("\(String(describing: loader().flaw(of: tool)))")
      return
    }
    #expect(error.subject == folder.path)
  }

  @Test func doesNotTakeTheArtifactOfAnotherArchitecture() throws {
    let other = artifact(manifest(of: "begin { }", architecture: "aarch64"))
    let tool = try tool(script: "begin { }", artifact: other)
    #expect(failure(tool) == .noCompiler(tool, .otherArchitecture("aarch64")))
    let alone = Tool(name: "tool", script: nil, artifact: tool.artifact)
    #expect(failure(alone) == .unusable(alone, .otherArchitecture("aarch64")))
  }

  @Test func doesNotTakeAnArtifactThatFitsAnotherKernel() throws {
    var manifest = manifest(of: "begin { }")
    manifest.bound = "a probe is at an address"
    let tool = try tool(script: "begin { }", artifact: artifact(manifest))
    #expect(failure(tool) == .noCompiler(tool, .bound("a probe is at an address")))
  }

  @Test func saysWhatIsNoArtifact() throws {
    let tool = try tool(script: nil, artifact: Array("nothing".utf8))
    #expect(failure(tool) == .unusable(tool, .manifest(.notAnArtifact)))
  }

  @Test func saysThatNothingIsCompiledAndNobodyCanDoIt() throws {
    let tool = try tool(script: "begin { }", artifact: nil)
    let error = try #require(failure(tool))
    #expect(error == .noCompiler(tool, .missing))
    #expect(
      error.message
        == "tool cannot be run: it is not compiled, and no bpftrace is installed that could compile it"
    )
  }

  @Test func compilesAScriptOnce() throws {
    let compiler = try compiler(giving: artifact(manifest(of: "begin { }")))
    let tool = try tool(script: "begin { }", artifact: nil)
    let first = try loader(compiler: compiler).load(tool)
    let second = try loader(compiler: compiler).load(tool)
    #expect(first.flaw == .missing)
    #expect(first.path == second.path)
    #expect(first.path.hasPrefix("\(folder.path)/cache/tool-"))
    #expect(runs == 1)
    #expect(folder.names(in: "cache").count == 1)
  }

  @Test func compilesAgainWhenTheScriptHasChanged() throws {
    let compiler = try compiler(giving: artifact(manifest(of: "begin { }")))
    _ = try loader(compiler: compiler).load(try tool(script: "begin { }", artifact: nil))
    _ = try loader(compiler: compiler).load(try tool(script: "end { }", artifact: nil))
    #expect(runs == 2)
    #expect(folder.names(in: "cache").count == 2)
  }

  @Test func compilesAgainWhenTheCompilerHasChanged() throws {
    let tool = try tool(script: "begin { }", artifact: nil)
    let old = try compiler(giving: artifact(manifest(of: "begin { }")))
    _ = try loader(compiler: old).load(tool)
    let new = try folder.write(
      try FileSystem.readText(old) + "\n# another release\n", to: "bin/bpftrace", executable: true)
    _ = try loader(compiler: new).load(tool)
    #expect(runs == 2)
  }

  @Test func keepsWhatFitsOneKernelForThatKernel() throws {
    var bound = manifest(of: "begin { }")
    bound.bound = "a probe is at an address"
    let compiler = try compiler(giving: artifact(bound))
    let tool = try tool(script: "begin { }", artifact: nil)
    var loader = loader(compiler: compiler)
    #expect(try loader.load(tool).path.hasSuffix("-6.18.1.btobj"))
    #expect(try loader.load(tool).path.hasSuffix("-6.18.1.btobj"))
    #expect(runs == 1)
    loader.kernel = KernelIdentity(
      release: "6.19.0", machine: "x86_64", version: "#1", hostName: "here")
    #expect(try loader.load(tool).path.hasSuffix("-6.19.0.btobj"))
    #expect(runs == 2)
  }

  @Test func makesADamagedCacheAnew() throws {
    let compiler = try compiler(giving: artifact(manifest(of: "begin { }")))
    let tool = try tool(script: "begin { }", artifact: nil)
    let path = try loader(compiler: compiler).load(tool).path
    try folder.write("damaged", to: "cache/" + String(path.split(separator: "/").last ?? ""))
    _ = try loader(compiler: compiler).load(tool)
    #expect(runs == 2)
  }

  @Test func passesOnWhatTheCompilerSays() throws {
    let compiler = try folder.write(
      "#!/bin/sh\necho 'a mistake' >&2\nexit 1\n", to: "bin/bpftrace", executable: true)
    let tool = try tool(script: "begin {", artifact: nil)
    #expect(
      failure(tool, compiler: compiler) == .rejected(tool, messages: Array("a mistake\n".utf8)))
    #expect(folder.names(in: "cache").isEmpty)
  }

  @Test func doesNotKeepWhatIsNoArtifact() throws {
    let compiler = try compiler(giving: Array("nonsense".utf8))
    let tool = try tool(script: "begin { }", artifact: nil)
    #expect(failure(tool, compiler: compiler) == .strange(tool, .notAnArtifact))
    #expect(folder.names(in: "cache").isEmpty)
  }

  @Test func prefersTheCompilerBesideTheCommand() throws {
    let beside = try folder.write("#!/bin/sh\n", to: "here/bpftrace", executable: true)
    let elsewhere = try folder.write("#!/bin/sh\n", to: "there/bpftrace", executable: true)
    let variables = ["PATH": "\(folder.path)/there", "HOME": "/home/me"]
    let first = ArtifactLoader(
      variable: { variables[$0] }, executable: "\(folder.path)/here/bt-tool")
    #expect(first.compiler == beside)
    #expect(first.cacheFolder == "/home/me/.cache/bpftrace/tools")
    let second = ArtifactLoader(variable: { variables[$0] }, executable: "/nowhere/bt-tool")
    #expect(second.compiler == elsewhere)
  }
}

@Suite struct SourceDigestTests {
  /// The test vectors of FNV-1a with 128 bits.
  @Test(arguments: [
    ("", "6c62272e07bb014262b821756295c58d"), ("a", "d228cb696f1a8caf78912b704e4a8964"),
    ("foobar", "343e1662793c64bf6f0d3597ba446f18"),
  ])
  func isFNV1a(_ text: String, _ digest: String) {
    #expect(SourceDigest(of: text.utf8).description == digest)
  }
}
