import Diagnostics
import MachineView
import ObjectFiles
import Syntax
import TraceModel

/// A line of source as an attach point: `uprobe:PATH@FILE:LINE[:COLUMN]`.
struct SourceLinePlace {
  private let path: String
  private let line: SourceLine
  /// As written.
  private let text: String

  /// - Returns: nil if it is written in another way.
  init?(_ syntax: AttachPointSyntax) {
    guard syntax.parts.count == 5 || syntax.parts.count == 6,
      case .text(let path, _) = syntax.parts[1],
      syntax.parts[2] == .at
    else { return nil }
    let rest = syntax.parts[3...].compactMap {
      if case .text(let text, _) = $0 { text } else { nil }
    }
    guard rest.count == syntax.parts.count - 3, !path.isEmpty, !rest[0].isEmpty,
      let number = Int(rest[1]), number > 0
    else { return nil }
    var column: Int?
    if rest.count == 3 {
      guard let number = Int(rest[2]), number > 0 else { return nil }
      column = number
    }
    self.path = path
    line = SourceLine(file: rest[0], line: number, column: column)
    text = rest.joined(separator: ":")
  }

  /// Finds where statements of the line start in the binary: in each function that has it, and in each
  /// copy of it that was inlined.
  func resolve(
    _ syntax: AttachPointSyntax, _ resolution: ProbeResolution, type: String,
    program: ProbeProgram
  ) throws(MachineError) -> ResolvedProbes {
    let paths = try resolution.user.binaries(
      matching: path, process: resolution.targetPID.map { Int32($0) })
    guard let file = paths.first else {
      return .error(
        "uprobe-target", "uprobe target file '\(path)' does not exist or is not executable", syntax)
    }
    guard let information = try resolution.user.debugInformation(of: file) else {
      return .error(
        "no-debug-information",
        "No DWARF debug info found for '\(file)', cannot attach by source code location.", syntax)
    }
    let found = information.statements(at: line)
    if let error = error(found, information, syntax) { return ResolvedProbes(diagnostics: [error]) }
    let object = try resolution.user.object(at: file)
    var result = ResolvedProbes(
      binding: "a line of source is at an address of \(file) on this machine")
    for address in found.addresses {
      guard object.fileOffset(ofAddress: address) != nil else { continue }
      result.probes.append(
        ResolvedAttachPoint(
          probeType: type, name: "\(type):\(file):\(address)",
          points: [.uprobe(path: file, symbol: nil, offset: address, isReturn: false)],
          programs: [program], requires: [.uprobe]))
    }
    return result
  }

  private func error(
    _ found: SourceStatements, _ information: DebugInformation, _ syntax: AttachPointSyntax
  ) -> Diagnostic? {
    var error: Diagnostic
    if found.files.isEmpty {
      error = .error(
        "no-source-file", "DWARF error: No compilation unit matches \(line.file)",
        at: syntax.range)
      let names = information.sourceFiles.map { String($0.split(separator: "/").last ?? "") }
      let wanted = String(line.file.split(separator: "/").last ?? "")
      if let nearest = NearestName.of(wanted, among: names) {
        error.hints = ["Did you mean '\(nearest)'?"]
      }
    } else if found.files.count > 1 {
      error = .error(
        "ambiguous-source-file", "'\(line.file)' means several source files", at: syntax.range)
      error.hints = ["Say which: \(found.files.prefix(8).joined(separator: ", "))"]
    } else if found.addresses.isEmpty {
      error = .error(
        "no-code-at-line", "DWARF error: Unable to map '\(text)' to address", at: syntax.range)
      if !found.columns.isEmpty {
        let columns = found.columns.sorted().map(String.init).joined(separator: ", ")
        error.hints = ["Statements of line \(line.line) start at these columns: \(columns)"]
      } else if let nearest = found.nearestLine {
        error.hints = ["The nearest line with code is \(line.file):\(nearest)"]
      }
    } else {
      return nil
    }
    return error
  }
}

extension SourceLinePlace {
  /// Says of a function that has no code of its own where it was inlined; nil if the debug information does
  /// not know such a function.
  static func inlinedEverywhere(
    _ function: String, in file: String, _ user: any UserView
  ) throws(MachineError) -> String? {
    guard let information = try user.debugInformation(of: file) else { return nil }
    let instances = information.instances(of: function)
    guard !instances.inlined.isEmpty, instances.own.isEmpty else { return nil }
    let count =
      instances.inlined.count == 1 ? "its only call" : "all \(instances.inlined.count) calls"
    return "\(function) is inlined at \(count): \(places(instances, in: file))"
  }

  /// Says of a function that has code of its own where it was inlined beside that; nil if nothing is known of it.
  ///
  /// - Parameter address: Where its own code is, before relocation.
  static func inlinedElsewhere(
    _ function: String, at address: UInt64, in file: String, _ user: any UserView
  ) throws(MachineError) -> String? {
    guard let information = try user.debugInformation(of: file) else { return nil }
    let instances = information.instances(ofFunctionAt: address)
    guard !instances.inlined.isEmpty else { return nil }
    let calls =
      instances.inlined.count == 1 ? "a call" : "\(instances.inlined.count) calls"
    return "\(function) is inlined at \(calls), for which the probe does not fire: "
      + places(instances, in: file)
  }

  /// The first places where a function was inlined, and how to probe them.
  private static func places(_ instances: FunctionInstances, in file: String) -> String {
    let calls = instances.inlined.prefix(4).map { instance in
      let place = instance.calledAt.map { "\(short($0)):\($0.line)" }
      return [instance.caller, place.map { "(\($0))" }].compactMap(\.self).joined(separator: " ")
    }
    let rest = instances.inlined.count > 4 ? ", ..." : ""
    let advice = instances.declaration.map {
      "; uprobe:\(file)@\(short($0)):LINE attaches to its lines"
    }
    return "\(calls.joined(separator: ", "))\(rest)\(advice ?? "")"
  }

  private static func short(_ position: LinePosition) -> String {
    String(position.path.split(separator: "/").last ?? "")
  }
}
