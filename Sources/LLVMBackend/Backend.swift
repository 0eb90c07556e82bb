internal import Synchronization
package import TraceIR
package import TraceModel

/// Why a module could not be made into an object.
package enum BackendError: Error, Equatable, Sendable {
  /// LLVM refused: its own words. The module or our use of LLVM is at fault.
  case generator(String)
  /// A function, or a program with its callbacks, needs more stack than BPF has; in words.
  case outOfStack(String)
  /// A function is so long that its jumps, of 16 bits, do not reach across it.
  case tooLong
  /// The module breaks a rule of the IR: what `IRChecker` said.
  case malformed([String])
}

/// Where in the making of an object a text of LLVM's comes from.
package enum BackendStage: Sendable {
  /// As translated from our IR: `-d codegen`.
  case translated
  /// After LLVM's passes: `-d codegen-opt`, `--emit-llvm`.
  case optimized
}

/// How to make an object.
package struct BackendOptions {
  /// The instruction set: `v3` needs kernel 5.1, `v4` needs 6.6.
  package var cpu = "v3"
  /// The objects that will be linked to the one that is made; what their functions need of the stack
  /// counts.
  package var linked: [[UInt8]] = []
  /// Is given LLVM's text of the module at each stage; the text costs time, so nil unless wanted.
  package var observe: ((BackendStage, String) -> Void)?

  package init() {}
}

/// LLVM's passes over a module: the one that makes relocations of field accesses runs only as part of
/// a default pipeline, and of the rest these three are worth their time. None of them moves a store across
/// an atomic addition, or drops one before it because of one behind it; larger pipelines do.
private let passPipeline = "default<O0>,function(sroa,early-cse,simplifycfg)"

/// Runs the passes over a module that comes from the lowering, and makes the object.
///
/// Where the programs need too much stack, more of their slots go to scratch memory.
///
/// - Returns: The object, and the manifest that is in it.
package func build(
  _ module: IRModule, manifest: Manifest, options: BackendOptions = BackendOptions()
) throws(BackendError) -> Artifact {
  var budget = module.stackBudget
  while true {
    var attempt = module
    attempt.stackBudget = budget
    attempt.runPasses()
    let complete = manifest.keepingMaps(of: attempt)
    do {
      let object = try compile(module: attempt, manifest: complete, options: options)
      return Artifact(object: object, manifest: complete)
    } catch {
      guard case .outOfStack = error, let tighter = budget.tighter else { throw error }
      budget = tighter
    }
  }
}

/// The number of objects made by this process.
///
/// LLVM's pass over field accesses keeps the relocations it has made in a table of the whole process,
/// by the name of the structure, and would use those of a module that is long gone. So only one
/// object is made at a time, and each but the first marks the names of its structures with a number
/// of its own, which the loader overlooks ("flavours" of CO-RE).
private let objectCount = Mutex(0)

/// Makes the ELF image of a BPF object, with `manifest` in it.
///
/// `module` must have gone through `IRModule.runPasses()`. LLVM's passes end the process with a
/// message where they meet something they take for impossible; everything else is thrown.
package func compile(
  module: IRModule, manifest: Manifest, options: BackendOptions = BackendOptions()
) throws(BackendError) -> [UInt8] {
  let faults = IRChecker.faults(in: module)
  guard faults.isEmpty else { throw .malformed(faults) }
  let result = objectCount.withLock { count in
    defer { count += 1 }
    return Result { () throws(BackendError) in
      try generate(module: module, manifest: manifest, options: options, flavour: count)
    }
  }
  return try result.get()
}

private func generate(
  module: IRModule, manifest: Manifest, options: BackendOptions, flavour: Int
) throws(BackendError) -> [UInt8] {
  let translator = ModuleTranslator(module: module, manifest: manifest, flavour: flavour)
  translator.translate()
  let object = try translator.unit.emitObject(cpu: options.cpu, passes: passPipeline) { stage in
    options.observe?(stage, translator.unit.text)
  }
  guard let image = RelocatableImage(object) else { return object }
  var known: [String: Int] = [:]
  for object in options.linked {
    // What cannot be taken apart is refused when it is linked.
    guard let depths = RelocatableImage(object)?.stackDepths else { continue }
    known.merge(depths) { max($0, $1) }
  }
  let depth = image.stackDepth(calling: known)
  guard depth <= RelocatableImage.stackLimit else {
    throw .outOfStack("a program and what it calls need \(depth) bytes of stack")
  }
  return image.withoutDebugSections()
}
