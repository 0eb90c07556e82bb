package import LinuxSystem
package import TraceModel

/// Gets the artifact of a tool: the one beside the script if it can be used, else one that `bpftrace`
/// makes of the script and that is kept for the next time.
package struct ArtifactLoader: Sendable {
  /// The machine that it has to fit.
  package var kernel: KernelIdentity
  /// Where compiled scripts are kept.
  package var cacheFolder: String
  /// The path of `bpftrace`, or nil if there is none.
  package var compiler: String?

  package init(kernel: KernelIdentity, cacheFolder: String, compiler: String?) {
    self.kernel = kernel
    self.cacheFolder = cacheFolder
    self.compiler = compiler
  }

  /// Uses the environment and the place of the command.
  ///
  /// - Parameters:
  ///   - variable: Reads the environment: `XDG_CACHE_HOME`, `HOME`, `PATH`.
  ///   - executable: The path of the running command; `bpftrace` beside it is preferred.
  package init(variable: (String) -> String?, executable: String?) {
    func folder(_ name: String) -> String? {
      variable(name).flatMap { $0.isEmpty ? nil : $0 }
    }
    let base = folder("XDG_CACHE_HOME") ?? folder("HOME").map { "\($0)/.cache" }
    var compiler = executable.flatMap { path -> String? in
      let sibling =
        path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        .joined(separator: "/") + "/bpftrace"
      return FileSystem.isExecutable(sibling) ? sibling : nil
    }
    compiler = compiler ?? ExecutableSearch.first("bpftrace", path: folder("PATH"))
    self.init(
      kernel: .current(),
      cacheFolder: (base ?? FileSystem.temporaryDirectory) + "/bpftrace/tools", compiler: compiler)
  }

  // MARK: Getting one

  /// An artifact, and where it comes from.
  package struct Loaded: Sendable {
    package let artifact: Artifact
    /// The path it was read from.
    package let path: String
    /// Why the artifact beside the script was not taken; nil if it was.
    package let flaw: ArtifactFlaw?
  }

  /// Reads the artifact of `tool`, has one made if need be.
  package func load(_ tool: Tool) throws(ToolError) -> Loaded {
    let source = try read(tool.script)
    let digest = source.map { SourceDigest(of: $0).description }
    var flaw = ArtifactFlaw.missing
    if let path = tool.artifact {
      let bytes: [UInt8]
      do throws(SystemError) { bytes = try FileSystem.read(path) } catch {
        throw .unreadable(error)
      }
      switch examine(bytes, digest: digest, of: tool.script) {
      case .success(let artifact): return Loaded(artifact: artifact, path: path, flaw: nil)
      case .failure(let found): flaw = found
      }
    }
    guard let script = tool.script, let digest else { throw .unusable(tool, flaw) }
    guard let compiler else { throw .noCompiler(tool, flaw) }
    return try compile(tool, script, digest: digest, with: compiler, because: flaw)
  }

  /// What can be told of `tool`. For listings.
  package func entry(of tool: Tool) -> ToolEntry { ToolEntry(of: tool) }

  /// Reads the manifest of the artifact as it is, fit for this machine or not; has one made where there
  /// is only a script.
  package func manifest(toShow tool: Tool) throws(ToolError) -> Manifest {
    guard let bytes = try read(tool.artifact) else { return try load(tool).artifact.manifest }
    do throws(ManifestError) { return try Artifact(reading: bytes).manifest } catch {
      throw .unreadableManifest(tool, error)
    }
  }

  /// Why the artifact beside the script cannot be used; nil if it can. For listings.
  package func flaw(of tool: Tool) -> ArtifactFlaw? {
    guard let path = tool.artifact else { return .missing }
    do throws(SystemError) {
      let bytes = try FileSystem.read(path)
      let digest = try tool.script.map { script throws(SystemError) in
        SourceDigest(of: try FileSystem.read(script)).description
      }
      switch examine(bytes, digest: digest, of: tool.script) {
      case .success: return nil
      case .failure(let flaw): return flaw
      }
    } catch { return .unreadable(error) }
  }

  private func read(_ path: String?) throws(ToolError) -> [UInt8]? {
    guard let path else { return nil }
    do throws(SystemError) { return try FileSystem.read(path) } catch { throw .unreadable(error) }
  }

  private enum Examined {
    case success(Artifact)
    case failure(ArtifactFlaw)
  }

  /// - Parameter digest: Of the script that stands beside the artifact, if one does.
  private func examine(_ bytes: [UInt8], digest: String?, of script: String?) -> Examined {
    let artifact: Artifact
    do throws(ManifestError) { artifact = try Artifact(reading: bytes) } catch {
      return .failure(.manifest(error))
    }
    let manifest = artifact.manifest
    guard manifest.architecture == kernel.machine else {
      return .failure(.otherArchitecture(manifest.architecture))
    }
    if let digest, let script {
      guard isOfTexts(manifest, digest: digest, script) else { return .failure(.otherScript) }
      if let reason = manifest.bound { return .failure(.bound(reason)) }
    }
    return .success(artifact)
  }

  /// Whether an artifact was made of a script as it is now, and of what that imports. A file that is gone
  /// cannot have changed; one that is new in a folder is a change.
  private func isOfTexts(_ manifest: Manifest, digest: String, _ script: String) -> Bool {
    guard manifest.sourceDigest == digest else { return false }
    let folder = script.lastIndex(of: "/").map { script[...$0] } ?? "./"
    return manifest.imports.allSatisfy { file in
      let path = file.path.hasPrefix("/") ? file.path : folder + file.path
      if file.isFolder {
        guard let names = try? FileSystem.list(path) else { return true }
        return ImportedSource(folder: path, names: names).digest == file.digest
      }
      guard let bytes = try? FileSystem.read(path) else { return true }
      return SourceDigest(of: bytes).description == file.digest
    }
  }

  // MARK: Compiling

  private func compile(
    _ tool: Tool, _ script: String, digest: String, with compiler: String,
    because flaw: ArtifactFlaw
  ) throws(ToolError) -> Loaded {
    // The compiler's version is told by what its file looks like, which is cheaper than running it.
    let version: String
    do throws(SystemError) {
      let info = try FileSystem.info(of: compiler)
      version =
        SourceDigest(
          of: "\(compiler) \(info.inode) \(info.sizeInBytes) \(info.modified)".utf8
        ).description
    } catch { throw .compiler(error) }
    let stem = "\(cacheFolder)/\(tool.name)-\(digest)-\(version)"
    let portable = stem + Tool.artifactEnding
    let bound = "\(stem)-\(kernel.release)" + Tool.artifactEnding
    for path in [portable, bound] {
      // Nothing kept, or something that cannot be used: make it anew.
      guard let bytes = try? FileSystem.read(path),
        let artifact = try? Artifact(reading: bytes),
        artifact.manifest.architecture == kernel.machine,
        isOfTexts(artifact.manifest, digest: digest, script)
      else { continue }
      return Loaded(artifact: artifact, path: path, flaw: flaw)
    }
    do throws(SystemError) {
      try FileSystem.createDirectory(cacheFolder, permissions: 0o700)
    } catch { throw .cache(error) }
    let fresh = "\(stem).\(CurrentProcess.id).new"
    defer { try? FileSystem.remove(fresh) }  // it is there only if something failed
    let outcome: HelperProgram.Outcome
    do throws(SystemError) {
      outcome = try HelperProgram.run(compiler, ["--emit-artifact", fresh, script])
    } catch { throw .compiler(error) }
    guard outcome.succeeded else { throw .rejected(tool, messages: outcome.errors) }
    let artifact = try result(at: fresh, of: tool)
    let path = artifact.manifest.bound == nil ? portable : bound
    do throws(SystemError) { try FileSystem.rename(fresh, to: path) } catch { throw .cache(error) }
    return Loaded(artifact: artifact, path: path, flaw: flaw)
  }

  /// Reads what the compiler wrote.
  private func result(at path: String, of tool: Tool) throws(ToolError) -> Artifact {
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try FileSystem.read(path) } catch { throw .cache(error) }
    do throws(ManifestError) { return try Artifact(reading: bytes) } catch {
      throw .strange(tool, error)
    }
  }
}
