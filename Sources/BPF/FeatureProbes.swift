internal import BTF
internal import CLibBPF
internal import CLinux
internal import Glibc
internal import LinuxSystem
package import TraceModel

extension LibBPFHost {
  /// Tries out whether the kernel has `feature`, by doing the least that needs it.
  package func probe(_ feature: KernelFeature) -> FeatureAnswer {
    guard let probe = FeatureProbe.of(feature) else {
      return .no(reason: "there is no way to try out \(feature.name)")
    }
    return probe.answer()
  }

  package func allowsCall(of function: UInt32, from program: LoadPlan.Program) -> Bool {
    var modules: CInt = 0
    if let module = program.kind.target?.module {
      do { modules = try ProgramTargets.types(of: module) } catch { return false }
    }
    defer { if modules > 0 { close(modules) } }
    let verdict = TinyProgram.verdict(
      bpf_prog_type(rawValue: program.kind.type.rawValue),
      attachType: program.kind.attachType?.rawValue ?? 0, typeID: program.targetID ?? 0,
      typesOfModule: modules, flags: UInt32(truncatingIfNeeded: program.kind.flags),
      calling: TinyProgram.call(ofFunction: function))
    // Nobody knows of a program of which the verifier has nothing to say what it may call.
    return verdict.isLoaded
      || !verdict.log.isEmpty
        && !verdict.isRefused(by: [
          "calling kernel function ",
          // Before 5.13 there were no such calls.
          "BPF_CALL uses reserved fields",
        ])
  }
}

/// How one feature is tried out.
private struct FeatureProbe: Sendable {
  let answer: @Sendable () -> FeatureAnswer

  /// How to try out `feature`; nil if nobody has said.
  static func of(_ feature: KernelFeature) -> FeatureProbe? {
    others[feature] ?? feature.helper.map(helper)
  }

  /// One entry for each feature of `KernelFeature.all` for which there is more to know than whether the
  /// kernel has a helper.
  private static let others: [KernelFeature: FeatureProbe] = [
    .btf: FeatureProbe {
      FileSystem.isReadable(TinyProgram.kernelTypes)
        ? .yes : .no(reason: "\(TinyProgram.kernelTypes) is not there")
    },
    .ringBuffer: FeatureProbe {
      TinyProgram.whenPermitted {
        libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, nil) == 1
          ? .yes : .no(reason: "the kernel does not make such a map")
      }
    },
    .longMapKeys: FeatureProbe {
      TinyProgram.whenPermitted {
        let map = bpf_map_create(BPF_MAP_TYPE_HASH, nil, 520, 8, 1, nil)
        if map >= 0 { close(map) }
        return TinyProgram.answer(to: map)
      }
    },
    .testRun: FeatureProbe {
      TinyProgram.with(BPF_PROG_TYPE_RAW_TRACEPOINT) { program in
        var options = unsafe bpf_test_run_opts()
        unsafe options.sz = MemoryLayout<bpf_test_run_opts>.size
        return TinyProgram.answer(to: unsafe bpf_prog_test_run_opts(program, &options))
      }
    },
    .rawTracepoint: FeatureProbe { TinyProgram.with(BPF_PROG_TYPE_RAW_TRACEPOINT) { _ in .yes } },
    .kprobe: dynamicUnit("kprobe"),
    .uprobe: dynamicUnit("uprobe"),
    .perfUprobe: FeatureProbe {
      guard let unit = DynamicPerfUnit("uprobe") else {
        return .no(reason: "perf has no uprobe events")
      }
      // No such file: ENOENT from a kernel that looked for it.
      let event = PerfEventAttributes(type: unit.type, name: "/no such file")
      do throws(SystemError) {
        _ = try event.open(pid: -1, cpu: 0, subject: "uprobe")
        return .yes
      } catch {
        return TinyProgram.answer(to: -error.errno, fine: ENOENT)
      }
    },
    // The loader takes it only where the kernel has types of its own as well.
    .currentTaskPointer: FeatureProbe {
      TinyProgram.with(BPF_PROG_TYPE_KPROBE, calling: .getCurrentTaskBTF) { _ in .yes }
    },
    .perfLink: FeatureProbe {
      TinyProgram.with(BPF_PROG_TYPE_PERF_EVENT) { program in
        // A kernel with such links looks at the descriptor before it finds that it is not valid.
        let answer = bpf_link_create(program, -1, BPF_PERF_EVENT, nil)
        return TinyProgram.answer(to: answer, fine: EBADF)
      }
    },
    .uprobeMulti: FeatureProbe {
      TinyProgram.with(BPF_PROG_TYPE_KPROBE, attachType: 48) { program in
        // A folder is no file to probe: EBADF from a kernel that looked at it.
        TinyProgram.answerToLink(
          MultiLink.ofUprobes(
            program, path: "/", offsets: [0], cookies: [0], isReturn: false, process: nil),
          fine: EBADF)
      }
    },
    // The flag is BPF_F_SLEEPABLE.
    .sleepableUprobe: FeatureProbe {
      TinyProgram.with(BPF_PROG_TYPE_KPROBE, flags: 1 << 4) { _ in .yes }
    },
    .kprobeMulti: functions(attachType: 42),
    .kprobeSession: functions(attachType: 56),
    .fentry: FeatureProbe {
      TinyProgram.withTarget(
        "bpf_fentry_test1", type: BPF_PROG_TYPE_TRACING, attachType: BPF_TRACE_FENTRY
      ) { program in
        let link = bpf_raw_tracepoint_open(nil, program)
        if link >= 0 { close(link) }
        return TinyProgram.answer(to: link)
      }
    },
    // Only programs at the end of functions may call it.
    .functionResult: FeatureProbe {
      let (type, place) = (BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT)
      return TinyProgram.withTarget("bpf_fentry_test1", type: type, attachType: place) { _ in
        TinyProgram.verdict(
          type, attachType: place.rawValue,
          typeID: TinyProgram.typeID(of: "bpf_fentry_test1"),
          calling: TinyProgram.call(.getFuncRet)
        ).answer(of: .getFuncRet)
      }
    },
    .iterator: FeatureProbe {
      TinyProgram.withTarget(
        "bpf_iter_task", type: BPF_PROG_TYPE_TRACING, attachType: BPF_TRACE_ITER
      ) {
        _ in .yes
      }
    },
    .hardwareEvents: FeatureProbe {
      let cycles = PerfEventAttributes(
        type: PERF_TYPE_HARDWARE.rawValue, config: UInt64(PERF_COUNT_HW_CPU_CYCLES.rawValue))
      do {
        _ = try cycles.open(pid: 0, cpu: -1, subject: "cycles")
        return .yes
      } catch {
        return .no(reason: "\(error)")
      }
    },
    .watchpoint: FeatureProbe {
      let access = PerfEventAttributes(
        type: PERF_TYPE_BREAKPOINT.rawValue,
        breakpoint: .init(type: UInt32(HW_BREAKPOINT_W), address: 0x1000, length: 8))
      do {
        _ = try access.open(pid: 0, cpu: -1, subject: "watchpoint")
        return .yes
      } catch {
        return .no(reason: "\(error)")
      }
    },
  ]

  /// A kind of perf event that the kernel's configuration decides on.
  private static func dynamicUnit(_ name: String) -> FeatureProbe {
    FeatureProbe {
      DynamicPerfUnit(name) != nil
        ? .yes : .no(reason: "perf has no \(name) events")
    }
  }

  /// Links of many functions of the kernel, of one kind (`enum bpf_attach_type`).
  private static func functions(attachType: UInt32) -> FeatureProbe {
    FeatureProbe {
      TinyProgram.with(BPF_PROG_TYPE_KPROBE, attachType: attachType) { program in
        // No such function: ESRCH from a kernel that looked for it.
        TinyProgram.answerToLink(
          MultiLink.ofKprobes(
            program, functions: ["no such function"], cookies: [0], isReturn: false,
            attachType: attachType), fine: ESRCH)
      }
    }
  }

  /// A helper that programs on kprobes and uprobes may call.
  private static func helper(_ helper: KernelHelper) -> FeatureProbe {
    FeatureProbe {
      TinyProgram.whenPermitted {
        TinyProgram.verdict(BPF_PROG_TYPE_KPROBE, calling: TinyProgram.call(helper))
          .answer(of: helper)
      }
    }
  }
}

/// Programs that are run, or merely loaded, to learn something.
enum TinyProgram {
  /// The address of the calling thread's `task_struct`: half by half, because a test run hands out 32
  /// bits.
  static func currentTask() throws(SystemError) -> UInt64 {
    let low = try answer(of: .getCurrentTask, shiftedBy: 0)
    return try UInt64(low) | UInt64(answer(of: .getCurrentTask, shiftedBy: 32)) << 32
  }

  /// The number of this process in the initial pid namespace.
  static func currentProcess() throws(SystemError) -> Int32 {
    Int32(bitPattern: try answer(of: .getCurrentPIDTGID, shiftedBy: 32))
  }

  /// 32 bits of what a helper without arguments tells the calling thread.
  private static func answer(
    of helper: KernelHelper, shiftedBy bits: Int32
  ) throws(SystemError) -> UInt32 {
    let instructions = [
      call(helper),
      bpf_insn(code: 0x77, dst_reg: 0, src_reg: 0, off: 0, imm: bits),  // r0 >>= bits
      bpf_insn(code: 0x95, dst_reg: 0, src_reg: 0, off: 0, imm: 0),  // exit
    ]
    let capture = MessageCapture(isVerbose: false)
    let program = unsafe bpf_prog_load(
      BPF_PROG_TYPE_RAW_TRACEPOINT, "bt_task", "GPL", instructions, instructions.count, nil)
    _ = capture.end()
    guard program >= 0 else {
      throw SystemError(operation: "BPF_PROG_LOAD", subject: "current task", errno: -program)
    }
    defer { close(program) }
    var options = unsafe bpf_test_run_opts()
    unsafe options.sz = MemoryLayout<bpf_test_run_opts>.size
    let answer = unsafe bpf_prog_test_run_opts(program, &options)
    guard answer == 0 else {
      throw SystemError(operation: "BPF_PROG_TEST_RUN", subject: "current task", errno: -answer)
    }
    return unsafe options.retval
  }

  /// What the verifier says of a program that does nothing but make one call; it may well find fault with the
  /// arguments.
  struct Verdict {
    let isLoaded: Bool
    let log: String

    /// Whether the program was refused, and a line of the log begins with one of these words.
    func isRefused(by words: [String]) -> Bool {
      !isLoaded
        && log.split(separator: "\n").contains { line in words.contains { line.hasPrefix($0) } }
    }

    /// Whether the kernel has the helper that was called.
    func answer(of helper: KernelHelper) -> FeatureAnswer {
      isRefused(by: ["invalid func ", "unknown func ", "program of this type cannot use helper "])
        ? .no(reason: "the kernel has no helper bpf_\(helper.name)") : .yes
    }
  }

  /// Has the verifier look at a call.
  static func verdict(
    _ type: bpf_prog_type, attachType: UInt32 = 0, typeID: UInt32 = 0, typesOfModule: CInt = 0,
    flags: UInt32 = 0, calling call: bpf_insn
  ) -> Verdict {
    let instructions = [
      call,
      bpf_insn(code: 0xb7, dst_reg: 0, src_reg: 0, off: 0, imm: 0),  // r0 = 0
      bpf_insn(code: 0x95, dst_reg: 0, src_reg: 0, off: 0, imm: 0),  // exit
    ]
    var log = [CChar](repeating: 0, count: 4096)
    let capture = MessageCapture(isVerbose: false)
    let program = unsafe log.withUnsafeMutableBufferPointer { log in
      var options = unsafe bpf_prog_load_opts()
      unsafe options.sz = MemoryLayout<bpf_prog_load_opts>.size
      unsafe options.expected_attach_type = bpf_attach_type(rawValue: attachType)
      unsafe options.attach_btf_id = typeID
      unsafe options.attach_btf_obj_fd = UInt32(typesOfModule)
      unsafe options.prog_flags = flags
      unsafe options.log_level = 1
      unsafe options.log_buf = log.baseAddress
      unsafe options.log_size = UInt32(log.count)
      return unsafe bpf_prog_load(
        type, "bt_probe", "GPL", instructions, instructions.count, &options)
    }
    _ = capture.end()
    if program >= 0 { close(program) }
    let text = log.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return Verdict(isLoaded: program >= 0, log: String(decoding: text, as: UTF8.self))
  }

  /// The instruction that calls a helper; its result is in `r0`.
  fileprivate static func call(_ helper: KernelHelper) -> bpf_insn {
    bpf_insn(code: 0x85, dst_reg: 0, src_reg: 0, off: 0, imm: Int32(helper.number))
  }

  /// The instruction that calls a function of the kernel, by its number in the kernel's BTF.
  fileprivate static func call(ofFunction id: UInt32) -> bpf_insn {
    bpf_insn(
      code: 0x85, dst_reg: 0, src_reg: UInt8(BPF_PSEUDO_KFUNC_CALL), off: 0,
      imm: Int32(bitPattern: id))
  }

  static let kernelTypes = "/sys/kernel/btf/vmlinux"

  /// Loads a program, calls `body` with its descriptor, and answers no if it cannot be loaded.
  ///
  /// - Parameter helper: A helper without arguments that it calls.
  static func with(
    _ type: bpf_prog_type, attachType: UInt32 = 0, typeID: UInt32 = 0, flags: UInt32 = 0,
    calling helper: KernelHelper? = nil, _ body: (CInt) -> FeatureAnswer
  ) -> FeatureAnswer {
    let start = helper.map(call)
    let instructions = [
      start ?? bpf_insn(code: 0xb7, dst_reg: 0, src_reg: 0, off: 0, imm: 0),  // r0 = 0
      bpf_insn(code: 0xb7, dst_reg: 0, src_reg: 0, off: 0, imm: 0),  // r0 = 0
      bpf_insn(code: 0x95, dst_reg: 0, src_reg: 0, off: 0, imm: 0),  // exit
    ]
    var options = unsafe bpf_prog_load_opts()
    unsafe options.sz = MemoryLayout<bpf_prog_load_opts>.size
    unsafe options.expected_attach_type = bpf_attach_type(rawValue: attachType)
    unsafe options.attach_btf_id = typeID
    unsafe options.prog_flags = flags
    let capture = MessageCapture(isVerbose: false)
    let program = unsafe bpf_prog_load(
      type, "bt_probe", "GPL", instructions, instructions.count, &options)
    _ = capture.end()
    guard program >= 0 else { return answer(to: program) }
    defer { close(program) }
    return body(program)
  }

  /// Does the same for a program that belongs to something with an id in the kernel's types.
  static func withTarget(
    _ name: String, type: bpf_prog_type, attachType: bpf_attach_type,
    _ body: (CInt) -> FeatureAnswer
  ) -> FeatureAnswer {
    let id = typeID(of: name)
    guard id > 0 else { return .no(reason: "\(name) is not among the kernel's types") }
    return with(type, attachType: attachType.rawValue, typeID: id, body)
  }

  /// The id of a function in the kernel's types; 0 if it is not there. libbpf would read all types for it.
  fileprivate static func typeID(of function: String) -> UInt32 {
    let id = try? MappedFile("/sys/kernel/btf/vmlinux").withBytes { bytes throws(BTFError) in
      try BTFGlimpse.id(of: function, .function, Span(_bytes: bytes))
    }
    return id?.rawValue ?? 0
  }

  /// Asks only if this process may load programs at all: libbpf takes a refusal for a yes.
  static func whenPermitted(_ body: () -> FeatureAnswer) -> FeatureAnswer {
    with(BPF_PROG_TYPE_KPROBE) { _ in
      let capture = MessageCapture(isVerbose: false)
      let answer = body()
      _ = capture.end()
      return answer
    }
  }

  /// The same for a link, which is closed again.
  static func answerToLink(_ link: CInt, fine: CInt) -> FeatureAnswer {
    if link >= 0 { close(link) }
    return answer(to: link, fine: fine)
  }

  /// A yes for an answer of at least zero, or the failure that shows that the kernel understood.
  static func answer(to result: CInt, fine: CInt = 0) -> FeatureAnswer {
    if result >= 0 || result == -fine { return .yes }
    let text = SystemError.reason(of: -result)
    let reason = text.prefix(1).lowercased() + text.dropFirst()
    return result == -EPERM || result == -EACCES
      ? .forbidden(reason: reason) : .no(reason: reason)
  }
}
