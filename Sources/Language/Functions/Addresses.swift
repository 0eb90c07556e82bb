import MachineView
import TraceIR
import TraceModel

extension Function {
  private static let family = "Addresses and symbols"

  static let addresses: [Function] = [
    kernelSymbol, userSymbol, kernelAddress, addressOfCPU, userAddress, pointer("kptr", .kernel),
    pointer("uptr", .user),
    isError,
  ]

  static let kernelSymbol = Function(
    name: "ksym", family: family, signature: Signature([Parameter("address", .address)]),
    summary: "The kernel symbol at an address.", details: "Looked up when it is printed.",
    check: { _ in .presented(.kernelSymbol) },
    lower: { call in
      let target = call.temporary("ksym", bytes: 8)
      call.builder.store(call.integer(0), to: target)
      return .memory(target)
    })

  static let userSymbol = Function(
    name: "usym", family: family, signature: Signature([Parameter("address", .address)]),
    summary: "The symbol at an address of the process.", details: "Looked up when it is printed.",
    check: { _ in .presented(.userSymbol) },
    lower: { call in
      let target = call.temporary("usym", bytes: 16)
      call.builder.store(call.integer(0), to: target)
      ProcessID.store(to: target, at: 8, call)
      return .memory(target)
    })

  static let kernelAddress = Function(
    name: "kaddr", family: family, signature: Signature([Parameter("symbol", .stringLiteral)]),
    summary: "The address of a kernel symbol.",
    details: "Found when the program is loaded; it is an error if there is no such symbol.",
    examples: [
      CatalogExample(
        """
        begin { print(kaddr("vfs_read") != 0); }
        """,
        prints: "true")
    ],
    check: { call in
      guard let kernel = call.kernel, let name = call.constant(0)?.text else { return .uint64 }
      do throws(MachineError) {
        if try kernel.kernelSymbol(named: name) == nil {
          call.error("no-kernel-symbol", "Failed to resolve kernel symbol: \(name)")
        }
      } catch {
        // Symbols that cannot be read are reported when the program is loaded.
      }
      return .uint64
    },
    lower: { call in
      .scalar(
        call.loadTimeInteger(.kernelSymbol(call.constant(0)?.text ?? ""), default: 0))
    })

  static let addressOfCPU = Function(
    name: "percpu_kaddr", family: family,
    signature: Signature([
      Parameter("variable", .stringLiteral), Parameter("cpu", .integer, optional: true),
    ]),
    summary: "The address of a CPU's own copy of a variable of the kernel.",
    details:
      "As in `percpu_kaddr(\"runqueues\", 0).nr_running`; the CPU is that of the probe by default. Zero for "
      + "a CPU that there cannot be. The kernel must list its variables in `/proc/kallsyms` "
      + "(CONFIG_KALLSYMS_ALL).",
    check: { call in
      let name = call.constant(0)?.text ?? ""
      guard let type = call.variableOfCPUs(name) else {
        call.error("no-kernel-variable", "Could not resolve variable \"\(name)\" from BTF")
        return .poison
      }
      return type.isPoison ? .poison : .pointer(to: type, .kernel)
    },
    lower: { call in
      let builder = call.builder
      let start = call.loadTimeInteger(.kernelSymbol(call.constant(0)?.text ?? ""), default: 0)
      let offsets = call.loadTimeInteger(.kernelSymbol("__per_cpu_offset"), default: 0)
      let cpu =
        call.argumentCount > 1
        ? call.integer(1)
        : builder.binary(
          .and, builder.emit(.helper(.getSMPProcessorID, [])), .word(0xffff_ffff))
      let address = call.temporary("percpu_kaddr", bytes: 8)
      builder.store(.word(0), to: address)
      let exists = builder.compare(
        .less, cpu, call.loadTimeInteger(.possibleCPUs, default: 1))
      builder.if(exists, "cpu") {
        let place = builder.add(offsets, builder.binary(.shiftLeft, cpu, .word(3)))
        let result = builder.emit(
          .probeRead(.kernel, to: address, size: .word(8), from: place))
        call.check(
          result, helper: .probeRead(.kernel, isText: false), isReportedByDefault: false)
        builder.store(builder.add(builder.load(.i64, from: address), start), to: address)
      }
      return .scalar(builder.load(.i64, from: address))
    })

  static let userAddress: Function = {
    var function = Function(
      name: "uaddr", family: family, signature: Signature([Parameter("symbol", .stringLiteral)]),
      summary: "The address of a variable or function of the traced program.",
      details:
        "As in `uprobe:/bin/bash:readline { print(str(*uaddr(\"rl_prompt\"))); }`, in uprobes and "
        + "uretprobes of functions: the symbol is looked for in the file of the probe. The type is a pointer "
        + "to an integer of the symbol's size.",
      needsProbe: true, tellsSite: true,
      check: { call in
        guard case .uprobe(let path, let function?, _, _)? = call.probe.points.first,
          call.probe.context.function != nil
        else {
          call.error(
            "function-probe", "uaddr can not be used with \"\(call.probe.probeType)\" probes")
          return .poison
        }
        let name = call.constant(0)?.text ?? ""
        guard let size = call.size(ofSymbol: name, inBinary: path),
          call.size(ofSymbol: function, inBinary: path) != nil
        else {
          call.error("no-user-symbol", "Could not resolve symbol: \(path):\(name)")
          return .poison
        }
        let bytes = [1, 2, 4, 8].contains(size) ? size : 8
        return .pointer(to: .integer(bytes: bytes, signed: false), .user)
      },
      lower: { call in
        guard case .uprobe(let path, let function?, let offset, _)? = call.probe.points.first,
          let here = functionAddress(call)
        else { return .none }
        // Where the file is loaded follows from where the probe is.
        let builder = call.builder
        let there = call.loadTimeInteger(
          .userSymbol(call.constant(0)?.text ?? "", path: path), default: 0)
        var start = call.loadTimeInteger(.userSymbol(function, path: path), default: 0)
        if case .instructionPointer? = call.probe.context.function {
          start = builder.add(start, .word(Int64(bitPattern: offset)))
        }
        return .scalar(builder.add(builder.binary(.sub, here, start), there))
      })
    function.needsOneSite = true
    return function
  }()

  /// An address as one in the kernel or in user space.
  private static func pointer(_ name: String, _ space: AddressSpace) -> Function {
    let place = space == .user ? "user space" : "the kernel"
    return Function(
      name: name, family: family, signature: Signature([Parameter("address", .any)]),
      summary: "An address, as one in \(place).",
      details:
        "As in `str(\(name)(arg1))`, where the probe would have the address be in the other place.",
      check: { call in
        switch call.type(0).readable {
        case .pointer(let target, _): return .pointer(to: target, space)
        case .integer: return .pointer(to: .void, space)
        default:
          call.error(
            "argument-kind",
            "\(name)() only supports integer or pointer arguments "
              + "(\(call.type(0).readable.kindText) provided)", argument: 0)
          return .poison
        }
      }, lower: { .scalar($0.integer(0)) })
  }

  static let isError = Function(
    name: "is_err", family: family, signature: Signature([Parameter("pointer", .address)]),
    summary: "Whether a pointer of the kernel is an error number in disguise.",
    examples: [
      CatalogExample(
        """
        begin {
          print(is_err((uint8*)0xfffffffffffffffe));
          print(is_err(curtask));
        }
        """,
        prints: """
          true
          false
          """)
    ],
    check: { _ in .boolean },
    lower: { call in
      let builder = call.builder
      // The last 4095 addresses.
      let isError = builder.compare(.greaterOrEqual, call.integer(0), .word(-4095))
      return .scalar(builder.resize(isError, to: .i8, signed: false))
    })
}
