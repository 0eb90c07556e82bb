import LinuxSystem
import TraceIR
import TraceModel

extension Function {
  private static let family = "Network addresses"

  static let network: [Function] = [ntop, endpoint, pton, macAddress]

  static let ntop = Function(
    name: "ntop", family: family,
    signature: Signature([
      Parameter("family_or_address", .any), Parameter("address", .any, optional: true),
    ]),
    summary: "An address of IPv4 or IPv6 as people write it.",
    details:
      "As in `ntop(args.saddr)` or `ntop(AF_INET6, args.saddr_v6)`. An integer or 4 bytes are an "
      + "address of IPv4, 16 bytes one of IPv6, in network order.",
    examples: [
      CatalogExample(
        """
        begin { print(ntop(0x0100007f)); print(ntop(pton("fe80::1"))); }
        """,
        prints: """
          127.0.0.1
          fe80::1
          """)
    ],
    check: { call in
      let last = call.argumentCount - 1
      if last == 1, !call.type(0).readable.isNumber {
        call.error(
          "argument-kind",
          "ntop() only supports int arguments (\(call.type(0).readable.kindText) provided)",
          argument: 0)
      }
      switch call.type(last).readable {
      case .integer, .enumeration: break
      case .array where [4, 16].contains(call.size(of: call.type(last).readable)): break
      default:
        call.error("ntop-size", "ntop() argument must be 4 or 16 bytes in size")
      }
      return .presented(.inet)
    },
    lower: { call in
      let builder = call.builder
      let last = call.argumentCount - 1
      let target = call.temporary("ntop", bytes: Presentation.inet.size)
      builder.zero(target, bytes: Presentation.inet.size)
      let bytes = call.type(last).readable.isNumber ? 4 : call.size(of: call.type(last).readable)
      builder.store(
        last == 1 ? call.integer(0) : .word(bytes == 4 ? ipv4 : ipv6), to: target)
      let place = builder.offset(target, by: 8)
      if call.type(last).readable.isNumber {
        builder.store(builder.resize(call.integer(last), to: .i32, signed: false), to: place)
      } else {
        builder.copy(to: place, from: call.memory(last), bytes: bytes)
      }
      return .memory(target)
    })

  static let endpoint = Function(
    name: "endpoint", family: family,
    signature: Signature([Parameter("address", .any), Parameter("port", .integer)]),
    summary: "An address and a port as people write them: `127.0.0.1:80`.",
    details: "As in `endpoint(ntop(args.saddr), args.sport)`. The port is a number as people know "
      + "it, not in network order.",
    examples: [
      CatalogExample(
        """
        begin {
          print(endpoint(ntop(0x0100007f), 80));
          print(endpoint(ntop(pton("::1")), bswap((uint16)0xbb01)));
        }
        """,
        prints: """
          127.0.0.1:80
          ::1:443
          """)
    ],
    check: { call in
      guard case .presented(.inet) = call.type(0).readable else {
        call.error(
          "argument-kind",
          "endpoint() only supports addresses, of ntop() "
            + "(\(call.type(0).readable.kindText) provided)", argument: 0)
        return .presented(.endpoint)
      }
      return .presented(.endpoint)
    },
    lower: { call in
      let builder = call.builder
      let target = call.temporary("endpoint", bytes: Presentation.endpoint.size)
      builder.copy(to: target, from: call.memory(0), bytes: Presentation.inet.size)
      builder.store(call.integer(1), to: builder.offset(target, by: Presentation.inet.size))
      return .memory(target)
    })

  /// AF_INET and AF_INET6 of Linux.
  private static let (ipv4, ipv6) = (2, 10)

  static let pton = Function(
    name: "pton", family: family, signature: Signature([Parameter("address", .stringLiteral)]),
    summary: "The bytes of an address of IPv4 or IPv6, in network order.",
    details: "As in `args.saddr == pton(\"127.0.0.1\")`.",
    examples: [
      CatalogExample(
        """
        begin { print(pton("192.168.0.1")); print(ntop(pton("::1"))); }
        """,
        prints: """
          [192,168,0,1]
          ::1
          """)
    ],
    invocation: .compileTime,
    check: { call in
      let text = call.constant(0)?.text ?? ""
      guard let bytes = InternetAddress.bytes(of: text) else {
        let wanted =
          text.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
          ? "a valid IPv4/IPv6 address" : "an string argument of an IPv4/IPv6 address"
        call.error("pton-address", "pton() expects \(wanted), got \(text)")
        return .poison
      }
      return .array(of: .uint8, count: bytes.count)
    },
    lower: { call in
      let bytes = InternetAddress.bytes(of: call.constant(0)?.text ?? "") ?? []
      let target = call.temporary("pton", bytes: bytes.count)
      call.builder.copy(
        to: target, from: call.builder.emit(.literal(bytes)), bytes: bytes.count)
      return .memory(target)
    })

  static let macAddress = Function(
    name: "macaddr", family: family, signature: Signature([Parameter("address", .any)]),
    summary: "A hardware address as people write it: `12:34:56:78:9A:BC`.",
    details: "Of an array of at least six bytes, or of a pointer to them.",
    examples: [
      CatalogExample(
        """
        begin { print(macaddr(pton("1:203:405::"))); }
        """,
        prints: "00:01:02:03:04:05")
    ],
    check: { call in
      if case .string? = call.constant(0) {
        call.error("macaddr-argument", "macaddr() does not support literal string arguments")
        return .presented(.macAddress)
      }
      switch call.type(0).readable {
      case .integer, .pointer: break
      case .array, .string:
        if call.size(of: call.type(0).readable) < Presentation.macAddress.size {
          call.error("macaddr-size", "macaddr() argument must be at least 6 bytes in size")
        }
      default:
        call.error(
          "argument-kind",
          "macaddr() only supports array or pointer arguments "
            + "(\(call.type(0).readable.kindText) provided)", argument: 0)
      }
      return .presented(.macAddress)
    },
    lower: { call in
      let builder = call.builder
      let size = Presentation.macAddress.size
      let target = call.temporary("macaddr", bytes: size)
      builder.zero(target, bytes: size)
      switch call.type(0).readable {
      case .array, .string: builder.copy(to: target, from: call.memory(0), bytes: size)
      default: call.read(.word(size), from: 0, to: target)
      }
      return .memory(target)
    })
}
