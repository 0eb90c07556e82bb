import TraceIR
import TraceModel

extension Function {
  static let kernelFunctions: [Function] = [kfuncExist, kfuncAllowed, hasField]

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

  static let hasField = Function(
    name: "has_field", family: "Types",
    signature: Signature([
      Parameter("type", .type), Parameter("member", .memberExistence(of: 0)),
    ]),
    summary: "Whether a structure of the kernel has a member.",
    details:
      "As in `has_field(typeof(struct inet_sock), inet_flags)`. Decided when the program is loaded: what an "
      + "`if` keeps from running need not be there. The kernel that the script is compiled for must "
      + "have the structure.",
    examples: [
      CatalogExample(
        """
        begin {
          print(has_field(typeof(struct task_struct), pid));
          print(has_field(typeof(struct task_struct), no_such_field));
        }
        """,
        prints: """
          true
          false
          """)
    ],
    check: { _ in .boolean },
    lower: { call in .scalar(call.builder.isNonzero(call.integer(1))) })

  static let kfuncAllowed = Function(
    name: "kfunc_allowed", family: "Types", signature: Signature([Parameter("function", .any)]),
    summary: "Whether programs of this probe may call a function of the kernel (a kfunc).",
    details:
      "As in `kfunc_allowed(\"bpf_task_from_pid\")`, which probes on tracepoints may call and `begin` may "
      + "not. Decided when the program is loaded, by the kernel's verifier; `if comptime` takes such a "
      + "condition too. Functions of modules are not looked at. A probe whose whole predicate is such a "
      + "call, or its negation, is not attached at all where it does not hold.",
    examples: [
      CatalogExample(
        #"begin { print((kfunc_allowed("vfs_read"), kfunc_allowed("no_such_function"))); }"#,
        prints: "(false, false)")
    ],
    invocation: .compileTime, needsProbe: true,
    check: { call in
      guard let name = call.constant(0)?.text else {
        call.error("argument-literal", "kfunc_allowed() accepts a string literal only")
        return .poison
      }
      call.isAnswered(
        by: .kernelCallAllowed(name, from: call.probe.programs[0].kind), default: false)
      return .boolean
    },
    lower: { call in
      guard let name = call.constant(0)?.text else { return .none }
      let value = call.loadTimeInteger(
        .kernelCallAllowed(name, from: call.probe.programs[0].kind), default: 0)
      return .scalar(call.builder.resize(value, to: .i8, signed: false))
    })
}
