package import TraceIR
package import TraceModel

extension Function {
  private static let family = "The process"

  static let process: [Function] = [
    pidOrThread("pid", summary: "The process id, as the command's own pid namespace numbers it."),
    pidOrThread("tid", summary: "The thread id, as the command's own pid namespace numbers it."),
    word("uid", family: family, summary: "The user id, in the initial namespace.") {
      $0.builder.binary(
        .and, $0.builder.emit(.helper(.getCurrentUIDGID, [])), .word(0xffff_ffff))
    }.steady,
    word("gid", family: family, summary: "The group id, in the initial namespace.") {
      $0.builder.binary(
        .shiftRight, $0.builder.emit(.helper(.getCurrentUIDGID, [])), .word(32))
    }.steady,
    comm.steady, curtask, taskState,
    word("cgroup", family: family, summary: "The id of the process's cgroup (version 2).") {
      $0.builder.emit(.helper(.getCurrentCgroupID, []))
    }.steady,
    word(
      "cpid", family: family, summary: "The process id of the child of `-c`.",
      details: "0, and a warning, if there is none; `has_cpid` asks without one."
    ) { call in
      let child = call.loadTimeInteger(.childPID, default: 0)
      call.builder.if(
        call.builder.compare(.equal, child, .word(0)),
        then: { call.emit(.runtimeError(.noChild), fields: []) }, else: {})
      return child
    },
    Function(
      name: "has_cpid", family: family, isBuiltin: true,
      summary: "Whether there is a child of `-c`.",
      examples: [
        CatalogExample(
          "begin { print(has_cpid); }",
          prints: "false")
      ],
      check: { _ in .boolean },
      lower: { call in
        let child = call.loadTimeInteger(.childPID, default: 0)
        return .scalar(
          call.builder.resize(call.builder.isNonzero(child), to: .i8, signed: false))
      }),
    word("numaid", family: family, summary: "The NUMA node.") {
      $0.builder.emit(.helper(.getNUMANodeID, []))
    },
    processor,
    word("ncpus", family: family, summary: "The number of processors the machine could have.") {
      $0.loadTimeInteger(.possibleCPUs, default: 1)
    },
    word("rand", family: family, summary: "A pseudo-random number of 32 bits.") {
      $0.builder.binary(
        .and, $0.builder.emit(.helper(.getPrandomU32, [])), .word(0xffff_ffff))
    },
    userName,
  ]

  private static let processor: Function = {
    var function = word("cpu", family: family, summary: "The number of the processor.") {
      $0.builder.binary(
        .and, $0.builder.emit(.helper(.getSMPProcessorID, [])), .word(0xffff_ffff))
    }
    function.isCPUNumber = true
    return function
  }()

  static let comm = Function(
    name: "comm", family: family,
    signature: Signature([Parameter("pid", .any, optional: true)]), isBuiltin: true,
    summary: "The name of the thread.",
    details:
      "`comm(pid)` is the name of another one, by its number in the initial pid namespace; `N/A` and a warning "
      + "if there is none.",
    examples: [
      CatalogExample("begin { print(comm == comm(tid(init))); }", prints: "true")
    ],
    check: { call in
      if call.argumentCount > 0, !call.type(0).readable.isInteger {
        call.error("argument-kind", "Only integer supported for comm()'s pid")
      }
      return .string(capacity: 16)
    },
    lower: { call in
      let builder = call.builder
      let target = call.temporary("comm", bytes: 16)
      if call.argumentCount > 0 {
        readName(to: target, call)
        return .memory(target)
      }
      let place = call.loadTimeInteger(.currentTaskField("task_struct.comm"), default: 0)
      builder.if(
        builder.isNonzero(place),
        then: {
          let task = builder.emit(.helper(.getCurrentTaskBTF, []))
          let text = TextWords(typedAt: builder.add(task, place), count: 2, builder)
          text.ended(builder, endsWithNUL: true).store(to: target, builder)
        },
        else: {
          builder.zero(target, bytes: 16)
          builder.perform(.helper(.getCurrentComm, [target, .word(16)]))
        })
      return .memory(target)
    })

  /// The same, found out once in a program.
  private var steady: Function {
    var function = self
    function.isSteady = true
    return function
  }

  /// Reads the name of the thread whose number the first argument is.
  private static func readName(to target: IRValue, _ call: any CallLowering) {
    let builder = call.builder
    let number = call.integer(0)
    let task = TaskSearch(call).task(number)
    builder.copy(
      to: target, from: builder.emit(.literal(Array("N/A".utf8) + Array(repeating: 0, count: 13))),
      bytes: 16)
    builder.if(
      builder.isNonzero(task),
      then: {
        let path = FieldPath(
          root: "task_struct",
          steps: [
            .member("comm", .array(element: .integer(bytes: 1, signed: true), count: 16))
          ])
        let result = builder.emit(
          .probeReadString(
            .kernel, to: target, size: .word(16),
            from: builder.emit(.fieldAddress(task, path))))
        call.check(
          result, helper: .probeRead(.kernel, isText: true), isReportedByDefault: false)
      },
      else: {
        call.emit(
          .warnf(format: "No such process (pid=%ld)"), fields: [(.scalar(number), .int64)])
      })
  }

  static let curtask: Function = {
    var function = Function(
      name: "curtask", family: family, isBuiltin: true,
      summary: "The `struct task_struct` of the thread.",
      details: "As in `curtask.real_parent.tgid`.",
      examples: [
        CatalogExample(
          "begin { print(curtask.tgid == pid(init)); }",
          prints: "true")
      ],
      check: { call in
        let type = call.namedType("task_struct", keyword: "struct", space: .kernel)
        return type.map { .pointer(to: $0, .kernel) } ?? .uint64
      }, lower: { .scalar($0.builder.emit(.helper(.getCurrentTask, []))) })
    function.typedPointer = TypedPointer(.getCurrentTaskBTF, .currentTaskPointer)
    return function
  }()

  static let userName = Function(
    name: "username", family: family, isBuiltin: true, summary: "The name of the user.",
    details: "Looked up when it is printed.", check: { _ in .presented(.userName) },
    lower: { call in
      let target = call.temporary("username", bytes: 8)
      let ids = call.builder.emit(.helper(.getCurrentUIDGID, []))
      call.builder.store(
        call.builder.binary(.and, ids, .word(0xffff_ffff)), to: target)
      return .memory(target)
    })

  /// `pid` or `tid`: in the initial namespace, or in the command's own where that is another.
  private static func pidOrThread(_ name: String, summary: String) -> Function {
    let isThread = name == "tid"
    var function = Function(
      name: name, family: family,
      signature: Signature([Parameter("namespace", .word, optional: true)]), isBuiltin: true,
      summary: summary,
      details: "`\(name)(init)` is the number in the initial namespace; `curr_ns` is the default.",
      check: { call in
        if call.argumentCount > 0, !["init", "curr_ns"].contains(call.word(0)) {
          call.error(
            "pid-namespace",
            "Invalid PID namespace mode: \(call.word(0) ?? "") (expects: curr_ns or init)",
            argument: 0)
        }
        return .uint32
      },
      lower: { call in
        let builder = call.builder
        if call.argumentCount > 0, call.word(0) == "init" {
          let both = builder.emit(.helper(.getCurrentPIDTGID, []))
          return .scalar(ProcessID.half(both, isThread: isThread, builder))
        }
        return .scalar(
          ProcessID.current(
            isThread: isThread, builder,
            constant: { call.loadTimeInteger($0, default: 0) },
            temporary: { call.temporary(name, bytes: $0) }))
      })
    function.isThreadID = isThread
    function.isSteady = true
    return function
  }
}

/// The code that finds the id of the current process or thread.
package enum ProcessID {
  /// The id as the command's own pid namespace numbers it: `i32`.
  ///
  /// In the initial namespace the constant is zero and the verifier drops the other branch.
  package static func current(
    isThread: Bool, _ builder: IRBuilder, constant: (LoadTimeConstant.Source) -> IRValue,
    temporary: (_ bytes: Int) -> IRValue
  ) -> IRValue {
    let result = temporary(4)
    let inode = constant(.pidNamespaceInode)
    builder.if(
      builder.isNonzero(inode),
      then: {
        let info = temporary(8)
        builder.store(.word(0), to: info)
        builder.perform(
          .helper(
            .getNSCurrentPIDTGID, [constant(.pidNamespaceDevice), inode, info, .word(8)]))
        builder.store(builder.load(.i32, from: info, at: isThread ? 0 : 4), to: result)
      },
      else: {
        let both = builder.emit(.helper(.getCurrentPIDTGID, []))
        builder.store(half(both, isThread: isThread, builder), to: result)
      })
    return builder.load(.i32, from: result)
  }

  /// Stores the id of the current process, as the command's own pid namespace numbers it, in 8 bytes.
  static func store(to target: IRValue, at offset: Int, _ call: any CallLowering) {
    let process = current(
      isThread: false, call.builder, constant: { call.loadTimeInteger($0, default: 0) },
      temporary: { call.temporary("process", bytes: $0) })
    call.builder.store(
      call.builder.resize(process, to: .i64, signed: false), to: target, at: offset)
  }

  /// The thread's or the process's half of what the kernel's helper gives.
  static func half(_ both: IRValue, isThread: Bool, _ builder: IRBuilder) -> IRValue {
    builder.resize(
      isThread ? both : builder.binary(.shiftRight, both, .word(32)), to: .i32, signed: false)
  }
}
