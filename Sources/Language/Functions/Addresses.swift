import MachineView
import TraceIR
import TraceModel

extension Function {
  private static let family = "Addresses and symbols"

  static let addresses: [Function] = [kernelSymbol, userSymbol, kernelAddress]

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
}
