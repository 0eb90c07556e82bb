internal import CommandLineKit
internal import CommandLines
internal import CommandSession
internal import LinuxSystem
internal import SystemText
internal import ToolLibrary
internal import TraceModel

extension ToolCommand {
  static let inspect = ToolCommand(
    "inspect", "ARTIFACT", "tell what is in an artifact, or in that of a tool",
    offer: .toolsAndFiles, isForContainers: true
  ) { parsed, runner throws(CommandFailure) in
    let tool = try runner.findFileOrTool(parsed.operands[0])
    var path = tool.artifact
    if path == nil {
      do throws(ToolError) { path = try runner.loader.load(tool).path } catch {
        throw CommandFailure(error)
      }
    }
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try FileSystem.read(path ?? "") } catch {
      throw CommandFailure(.unreadable(error))
    }
    do throws(ManifestError) {
      let report = Inspection(path ?? "", sizeInBytes: bytes.count, try Artifact(reading: bytes))
      Messages.output(report.text.systemBytes)
    } catch { throw CommandFailure(.unreadableManifest(tool, error)) }
    return .success
  }
}

/// An artifact, described for people.
private struct Inspection {
  let path: String
  let sizeInBytes: Int
  let artifact: Artifact
  private var manifest: Manifest { artifact.manifest }

  init(_ path: String, sizeInBytes: Int, _ artifact: Artifact) {
    self.path = path
    self.sizeInBytes = sizeInBytes
    self.artifact = artifact
  }

  var text: String {
    let sections: [(title: String, lines: [String])] = [
      ("Probes", manifest.probes.flatMap(lines)),
      ("Programs", programs),
      ("Maps", manifest.maps.map(line)),
      ("Events", events),
      ("Options", ToolOption.all(of: manifest).map { "\($0.usageHeading): \($0.help)" }),
      ("Load-time constants", constants),
      ("Imports", manifest.imports.map { "\($0.path) (\($0.digest))" }),
    ]
    return head
      + sections.filter { !$0.lines.isEmpty }.map { section in
        "\n\(section.title):\n" + section.lines.map { "  \($0)\n" }.joined()
      }.joined()
  }

  private var head: String {
    let manual = ToolManual(manifest.manual)
    let kernel =
      manifest.bound.map { "one kernel only (\($0))" }
      ?? (manifest.requires.isEmpty
        ? "any kernel" : "any kernel with \(manifest.requires.joined(separator: ", "))")
    var lines = ["\(path): \(sizeInBytes) bytes, of them \(manifest.encoded.count) of manifest"]
    if !manual.summary.isEmpty { lines.append("  \(manual.summary)") }
    lines.append("  made of \(manifest.script) by \(manifest.producer)")
    lines.append("  for \(manifest.architecture) and \(kernel)")
    if let subject = manifest.subject { lines.append("  about: \(subject.title)") }
    if !manifest.aliases.isEmpty {
      lines.append("  also called: \(manifest.aliases.map(\.shown).joined(separator: ", "))")
    }
    return lines.map { "\($0)\n" }.joined()
  }

  /// A probe, and each of the programs that can carry it.
  private func lines(of probe: ProbeSpec) -> [String] {
    [probe.name]
      + probe.alternatives.map { alternative in
        let points = probe.points(of: alternative).map(\.hookName)
        let conditions = alternative.conditions.map(words)
        return "  by \(manifest.programs[alternative.program].symbol)"
          + (points == [probe.name] ? "" : " at \(points.joined(separator: ", "))")
          + (conditions.isEmpty ? "" : ", if \(conditions.joined(separator: " and "))")
      }
  }

  private func words(of condition: ProbeSpec.Condition) -> String {
    switch condition {
    case .constant(let index, let value):
      "\(manifest.constants[index].source.shown.line) is \(value)"
    case .feature(let name, let isPresent): "the kernel has \(isPresent ? "" : "no ")\(name)"
    case .attachPoint(let point, let exists):
      "there is \(exists ? "" : "no ")\(point.hookName)"
    }
  }

  private var programs: [String] {
    let sizes = ELFSections(artifact.object)?.code ?? []
    return sizes.map { "\($0.name): \($0.size / Self.instructionSize) instructions" }
  }

  /// Of an instruction for BPF, in bytes.
  private static let instructionSize = 8

  private func line(of map: MapSpec) -> String {
    let keys = map.isScalar ? "" : "[\(map.keyNames.joined(separator: ", "))]"
    let value = map.valueName.map { " = \($0)" } ?? ""
    return "\(map.name)\(keys)\(value): at most \(map.maxEntries) elements, keys of "
      + "\(map.isScalar ? 0 : map.keySize) bytes, values of \(map.value.size)"
      + (map.kind.isPerCPU ? " for each CPU" : "")
  }

  private var events: [String] {
    let (failures, others) = manifest.events.split { $0.kind.urgency == .failure }
    return others.map { "\($0.kind.shown.line), \($0.size) bytes" }
      + (failures.isEmpty ? [] : ["failures of helpers and the like, in \(failures.count) places"])
  }

  private var constants: [String] {
    manifest.constants.reduce(into: []) { lines, constant in
      let line = constant.source.shown.line
      if !lines.contains(line) { lines.append(line) }
    }
  }
}

extension [EventSpec] {
  /// Those for which the condition holds, and the others.
  fileprivate func split(_ condition: (EventSpec) -> Bool) -> ([EventSpec], [EventSpec]) {
    (filter(condition), filter { !condition($0) })
  }
}
