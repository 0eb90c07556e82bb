import Diagnostics
import LinuxSystem
import MachineView

/// The wording of what is said about imports.
extension Diagnostic {
  static func importStatement(at range: SourceRange) -> Diagnostic {
    .error(
      "import-statement", "Imports stand at the top of a script, before its probes", at: range,
      hints: ["unstable_import_statement=enable allows them in blocks."])
  }

  static func noImport(checked path: String, at range: SourceRange) -> Diagnostic {
    .error(
      "import-path", "Unable to find suitable path for import", at: range,
      hints: ["checked: \(path)"])
  }

  static func writableImport(_ path: String, at range: SourceRange) -> Diagnostic {
    .error(
      "import-permissions",
      "cowardly refusing to import what everybody can change: \(path)", at: range,
      hints: ["Take the write permission for others away: chmod o-w \(path)"])
  }

  static func importKind(_ name: String, at range: SourceRange) -> Diagnostic {
    .error(
      "import-kind", "unknown import type: \"\(name)\"", at: range,
      hints: [
        "Scripts (.bt), headers (.h), BPF programs (.bpf.c, .bpf.o) and folders with them can be "
          + "imported."
      ])
  }

  static func unreadableImport(
    _ path: String, _ error: SystemError, at range: SourceRange
  ) -> Diagnostic {
    .error("import-path", "Could not read \(path): \(error.reason)", at: range)
  }

  static func importedConfig(at range: SourceRange) -> Diagnostic {
    .error("import-config", "invalid `config` within import", at: range)
  }

  // MARK: Imported objects

  static func noBPFCompiler(_ path: String, at range: SourceRange) -> Diagnostic {
    .error(
      "import-compiler", "\(path) cannot be compiled: there is no clang", at: range,
      hints: [
        "Install clang, or import an object that it has made elsewhere: "
          + "clang -target bpf -O2 -g -c NAME.bpf.c"
      ])
  }

  static func uncompiledImport(
    _ path: String, _ reason: String, at range: SourceRange
  ) -> Diagnostic {
    .error("import-compiler", "\(path) cannot be compiled: \(reason)", at: range)
  }

  static func mistakeInC(_ text: String, at range: SourceRange) -> Diagnostic {
    .error("import-c", text, at: range)
  }

  static func importedObject(
    _ path: String, _ problem: ImportedObjectProblem, at range: SourceRange
  ) -> Diagnostic {
    let reason: String
    var hints: [String] = []
    switch problem {
    case .notAnObject: reason = "it is no object for BPF"
    case .noTypes:
      reason = "it does not say of what types its functions are"
      hints = ["Compile it with -g."]
    case .program(let section):
      reason = "it has a program in the section '\(section)', and only functions can be called"
      hints = ["Leave SEC(\"...\") out in front of functions."]
    case .wholeKernel(let type):
      reason = "it asks for more of the kernel's '\(type)' than where its fields are"
    }
    return .error(
      "import-object", "\(path) cannot be imported: \(reason)", at: range, hints: hints)
  }

  static func repeatedImport(_ name: String, at range: SourceRange) -> Diagnostic {
    .error(
      "repeated-import", "Another import has a function called '\(name)' too", at: range)
  }

  static func importedLicense(
    _ path: String, _ license: String, script: String, at range: SourceRange
  ) -> Diagnostic {
    .error(
      "import-license",
      "\(path) has the license '\(license)', which does not go together with '\(script)'",
      at: range)
  }

  static func uncallableFunction(_ name: String, at range: SourceRange) -> Diagnostic {
    .error(
      "uncallable-function",
      "\(name)() takes or returns something else than numbers and addresses, or takes more than "
        + "five, so scripts cannot call it", at: range)
  }
}
