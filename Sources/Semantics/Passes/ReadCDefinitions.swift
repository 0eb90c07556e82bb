import BTF
import CDeclarations
import Diagnostics
import Language
import MachineView
import Syntax

extension AnalysisPass {
  /// Learns what the C at the top of a script says: its types, its macros, and which parts of the script
  /// count.
  static let readCDefinitions = AnalysisPass(name: "read-c-definitions") { state in
    let texts = state.script.tree.cDefinitions
    guard !texts.isEmpty || !state.target.includedHeaders.isEmpty else { return }
    do throws(MachineError) {
      let environment = try CEnvironment(state.target)
      let definitions = CDefinitions(
        texts.map { CText($0.text, at: $0.range) }, in: environment,
        sources: state.script.sources, including: state.target.includedHeaders)
      state.script.sources = definitions.sources
      state.report(contentsOf: definitions.diagnostics)
      if let bytes = definitions.types {
        do throws(BTFError) {
          try state.types.add(BTFTypes(bytes, base: environment.kernel), from: .script)
        } catch { throw .badBTF(error, module: TypeOrigin.script.text) }
      }
      for (reason, range) in definitions.bindings {
        state.script.bindings.append(Binding(reason, at: range))
      }
      if !definitions.inactive.isEmpty {
        state.script.tree.keepItems { definitions.isActive($0) }
      }
      state.cDefinitions = definitions
    } catch {
      state.report(.machine(error, at: texts.first?.range))
    }
  }
}

extension CEnvironment {
  /// What is known of the machine that a script is compiled for.
  fileprivate init(_ target: AnalysisTarget) throws(MachineError) {
    let kernel = target.kernel
    self.init(
      kernel: try kernel.btf(nil), target: target.architecture.targetMacro,
      kernelVersion: Self.versionCode(of: try kernel.release),
      configuration: { name in
        do throws(MachineError) { return try kernel.configuration[name] } catch {
          // A kernel that does not tell has no symbols that could be asked for.
          return nil
        }
      }, headers: target.headers)
  }
}

extension ScriptTree {
  /// Drops the items that start where `counts` says no.
  fileprivate mutating func keepItems(where counts: (SourceRange) -> Bool) {
    items = items.filter { counts($0.range) }
  }
}

extension RootItem {
  fileprivate var range: SourceRange {
    switch self {
    case .probe(let probe): probe.range
    case .macro(let macro): macro.range
    case .function(let function): function.range
    case .map(let map): map.range
    }
  }
}
