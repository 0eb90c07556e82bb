import TraceIR
import TraceModel

/// What the kernel tells of objects whose type the verifier knows.
extension Function {
  static let kernelObjects: [Function] = [path, socketCookie, skboutput].map { function in
    var function = function
    function.takesKnownObject = true
    return function
  }

  /// The probe types whose programs have pointers to such objects.
  private static let probeTypes: Set = ["fentry", "fexit", "iter"]

  static let path = Function(
    name: "path", family: "Strings and memory",
    signature: Signature([
      Parameter("path", .any), Parameter("length", .integerLiteral, optional: true),
    ]),
    summary: "The full name of a file, of its `struct path`.",
    details:
      "As in `path(args.file.f_path)`, in fentry and fexit of functions for which the kernel allows "
      + "it, and in iterators: `iter:task_file { print(path(ctx.file.f_path)); }`.",
    needsProbe: true,
    check: { call in
      let isInPlace = call.isInProbe(
        of: probeTypes,
        else: "The path function can only be used with 'fentry', 'fexit', 'iter' probes")
      guard isInPlace else { return .poison }
      let ceiling = call.configuration.maxStringLength
      var capacity = ceiling
      if call.argumentCount > 1, let length = call.constant(1)?.integer {
        guard length > 0 else {
          call.error("length-range", "Builtin path requires a positive size")
          return .poison
        }
        capacity = min(Int(clamping: length), ceiling)
      }
      guard call.isObject(0, of: ["path"], called: "pointer or struct path", orItself: true) else {
        return .poison
      }
      return .string(capacity: capacity)
    },
    lower: { call in
      guard case .string(let capacity) = call.resultType else { return .none }
      let builder = call.builder
      let text = call.temporary("path", bytes: capacity)
      builder.zero(text, bytes: capacity)
      call.onKnownObject(0) { object in
        let result = builder.emit(.helper(.dPath, [object, text, .word(capacity)]))
        call.check(result, helper: .dPath, isReportedByDefault: true)
      }
      return .memory(text)
    })

  static let socketCookie = Function(
    name: "socket_cookie", family: "Addresses and symbols",
    signature: Signature([Parameter("socket", .any)]),
    summary: "A number that belongs to a socket and to no other, as long as the machine runs.",
    details: "As in `socket_cookie(args.sk)`, of a `struct sock`, in fentry, fexit and iterators.",
    needsProbe: true,
    check: { call in
      guard call.isInProbe(of: probeTypes),
        call.isObject(0, of: ["sock", "sock_common"], called: "'struct sock *'")
      else { return .poison }
      return .uint64
    },
    lower: { call in
      let builder = call.builder
      let cookie = call.temporary("socket_cookie", bytes: 8)
      builder.store(.word(0), to: cookie)
      call.onKnownObject(0) { object in
        builder.store(builder.emit(.helper(.getSocketCookie, [object])), to: cookie)
      }
      return .scalar(builder.load(.i64, from: cookie))
    })

  static let skboutput = Function(
    name: "skboutput", family: "Output",
    signature: Signature([
      Parameter("file", .stringLiteral), Parameter("skb", .any), Parameter("length", .integer),
      Parameter("offset", .integer),
    ]),
    summary: "Writes a packet to a file that tcpdump(8) and Wireshark read (pcap).",
    details:
      "As in `fentry:dev_queue_xmit { $r = skboutput(\"out.pcap\", args.skb, args.skb->len, 14); }`, in "
      + "fentry, fexit and raw tracepoints: the first `length` bytes of what a `struct sk_buff` holds, "
      + "without the first `offset` of these. The file says that packets begin with the header of "
      + "the Internet protocol; where they have one of Ethernet, an offset of 14 leaves it out. "
      + "Returns 0, or a negative error, as when the packet is not that long. The file is made when "
      + "the script starts; one that is there is overwritten. Packets that find no room until "
      + "they are read are counted as lost events; `perf_rb_pages` makes room for each CPU.",
    needsProbe: true,
    check: { call in
      guard call.isInProbe(of: packetProbeTypes) else { return .poison }
      let type = call.type(1).readable
      guard case .pointer = type else {
        call.error(
          "argument-kind",
          "skboutput() only supports pointer arguments (\(type.kindText) provided)")
        return .poison
      }
      let isPacket = call.isObject(1, of: ["sk_buff"], called: "'struct sk_buff *'")
      return isPacket ? .int64 : .poison
    },
    lower: { call in
      let builder = call.builder
      let result = call.temporary("skboutput", bytes: 8)
      builder.store(.word(noObject), to: result)
      let (length, offset) = (call.integer(2), call.integer(3))
      call.onKnownObject(1) { packet in
        let time = builder.emit(.helper(.ktimeGetBootNS, []))
        let sent = call.emitPacket(
          packet, length: length, .packet(file: call.constant(0)?.text ?? ""),
          fields: [
            (.scalar(time), .uint64), (.scalar(length), .uint64), (.scalar(offset), .uint64),
          ])
        builder.store(sent, to: result)
      }
      return .scalar(builder.load(.i64, from: result))
    })

  /// The probe types whose programs may have pointers to packets.
  private static let packetProbeTypes: Set = ["fentry", "fexit", "rawtracepoint"]
  /// What the kernel says of packets that are none: `-EFAULT`.
  private static let noObject = -14
}

extension CallCheck {
  /// Whether the call is in a probe of one of these types; if not, says so.
  ///
  /// - Parameter complaint: What is said; nil for that the function cannot be used in such probes.
  fileprivate func isInProbe(of types: Set<String>, else complaint: String? = nil) -> Bool {
    if types.contains(probe.probeType) { return true }
    error(
      "function-probe",
      complaint ?? "\(name) can not be used with \"\(probe.probeType)\" probes")
    return false
  }

  /// Whether an argument points to a structure of the kernel; if not, says so.
  ///
  /// - Parameters:
  ///   - names: Those that the structure may have.
  ///   - text: What the arguments are that the function supports.
  ///   - orItself: Whether the structure itself will do.
  fileprivate func isObject(
    _ argument: Int, of names: Set<String>, called text: String, orItself: Bool = false
  ) -> Bool {
    let type = type(argument).readable
    switch type {
    case .pointer(.structure(let structure), _) where names.contains(structure.name): return true
    case .structure(let structure) where orItself && names.contains(structure.name): return true
    default:
      error(
        "argument-kind", "\(name)() only supports \(text) arguments (\(type.text) provided)",
        argument: argument)
      return false
    }
  }
}

extension CallLowering {
  /// Writes code that is given the object that an argument is or points to; an error if the verifier
  /// does not know it.
  fileprivate func onKnownObject(_ argument: Int, _ write: (IRValue) -> Void) {
    if !withKnownObject(argument, write) {
      error(
        "unknown-object",
        "the kernel takes only what it gave the probe, and what can be reached from there, as "
          + "`args.file` and `ctx.file.f_path`", argument: argument)
    }
  }
}
