import MachineView
import TraceIR
import TraceModel

extension Function {
  private static let family = "Addresses and symbols"

  static let addresses: [Function] = [
    kernelSymbol, userSymbol, kernelAddress, pointer("kptr", .kernel), pointer("uptr", .user),
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
      let ids = call.builder.emit(.helper(.getCurrentPIDTGID, []))
      call.builder.store(
        call.builder.binary(.shiftRight, ids, .word(32)), to: target, at: 8)
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
