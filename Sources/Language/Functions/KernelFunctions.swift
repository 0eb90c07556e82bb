import TraceIR
import TraceModel

extension Function {
  static let kernelFunctions: [Function] = [kfuncExist]

  static let kfuncExist = Function(
    name: "kfunc_exist", family: "Types", signature: Signature([Parameter("function", .any)]),
    summary: "Whether the kernel has a function, by its types.",
    details:
      "As in `kfunc_exist(\"bpf_task_from_pid\")`. Modules are looked at too. A script that asks "
      + "fits the kernel that it is compiled for.",
    examples: [
      CatalogExample(
        #"begin { print((kfunc_exist("vfs_read"), kfunc_exist("no_such_function"))); }"#,
        prints: "(true, false)")
    ],
    invocation: .compileTime,
    check: { call in
      guard let name = call.constant(0)?.text else {
        call.error("argument-literal", "kfunc_exist() accepts a string literal only")
        return .poison
      }
      if let exists = call.hasKernelFunction(name) { call.fold(to: .boolean(exists)) }
      return .boolean
    }, lower: { _ in .scalar(.false) })
}
