internal import LinuxSystem
package import TraceModel

/// The names of a set of numbers on a machine.
///
/// Making it takes a while; keep it.
package struct NumberNames: Sendable {
  private let form: Form

  private enum Form {
    case single([Int64: String])
    /// Numbers below zero are those without the sign.
    case magnitudes([Int64: String])
    /// A number is several names: those of all its bits.
    case bits(FlagNames)
    /// A number is made a text of; none can be looked up by it.
    case text(@Sendable (Int64) -> String)
  }

  /// A machine that does not tell what it has is one without names.
  package init(of numbers: NamedNumbers, on kernel: any KernelView) {
    switch numbers {
    case .errors: form = .magnitudes(Self.errors)
    case .signals: form = .single(Self.signals)
    case .capabilities: form = .single(Self.counted(from: 0, Self.capabilities, prefix: "CAP_"))
    case .addressFamilies: form = .single(Self.counted(from: 0, Self.families, prefix: "AF_"))
    case .protocols: form = .single(Self.protocols)
    case .tcpStates: form = .single(Self.counted(from: 1, Self.tcpStates))
    case .softirqs: form = .single(Self.counted(from: 0, Self.softirqs))
    case .openFlags: form = .bits(.openFlags((try? kernel.architecture)?.targetMacro))
    case .disks:
      let disks = (try? kernel.disks) ?? []
      form = .single(
        Dictionary(disks.map { (Int64($0.number), $0.name) }) { first, _ in first })
    case .writebackReasons: form = .single(Self.counted(from: 0, Self.writebackReasons))
    case .requestFlags: form = .text(Self.requestFlags)
    case .socketTypes: form = .bits(.socketTypes)
    case .fileModes: form = .text(Self.fileMode)
    case .tcpFlags: form = .bits(.tcp)
    }
  }

  /// The name of a number; nil if it has none.
  package func name(of number: Int64) -> String? {
    switch form {
    case .single(let names): names[number]
    case .magnitudes(let names): names[Int64(clamping: number.magnitude)]
    case .bits(let flags): flags.text(of: UInt64(bitPattern: number))
    case .text(let text): text(number)
    }
  }

  /// The number of a name; nil if there is no such name.
  package func number(of name: String) -> Int64? {
    switch form {
    case .single(let names), .magnitudes(let names): names.first { $0.value == name }?.key
    case .bits(let flags): flags.bits(of: name).map { Int64(bitPattern: $0) }
    case .text: nil
    }
  }

  /// All names, sorted.
  package var names: [String] {
    switch form {
    case .single(let names), .magnitudes(let names): names.values.sorted()
    case .bits(let flags): flags.names.map(\.name).sorted()
    case .text: []
    }
  }

  /// The value of an enumerator of the kernel that is part of what it promises to programs, and so has the same
  /// value in all of them; nil if this is not known of it: `TCP_LISTEN`, `IPPROTO_UDP`.
  package static func numberOnEveryKernel(_ enumerator: String) -> Int64? {
    for (prefix, names) in [("TCP_", counted(from: 1, tcpStates)), ("IPPROTO_", protocols)]
    where enumerator.hasPrefix(prefix) {
      if let found = names.first(where: { $0.value == enumerator.dropFirst(prefix.count) }) {
        return found.key
      }
    }
    return nil
  }

  /// The words of `text` as the names of numbers that follow each other; `-` for one without a name.
  private static func counted(
    from first: Int64, _ text: String, prefix: String = ""
  ) -> [Int64: String] {
    var names: [Int64: String] = [:]
    for (index, word) in text.split(whereSeparator: \.isWhitespace).enumerated() where word != "-" {
      names[first + Int64(index)] = prefix + word
    }
    return names
  }
}

// MARK: The sets

extension NumberNames {
  /// The kernel's error numbers are at most this.
  private static let largestError: CInt = 4095

  private static var errors: [Int64: String] {
    var names: [Int64: String] = [:]
    for number in 1...largestError {
      if let name = SystemError.name(of: number) { names[Int64(number)] = name }
    }
    return names
  }

  /// `SIGRTMIN` and so on count from the first that the kernel has, not from the C library's.
  private static var signals: [Int64: String] {
    var names: [Int64: String] = [:]
    for number in CInt(1)..<32 {
      if let name = Signal(rawValue: number).name { names[Int64(number)] = name }
    }
    for number in 32...64 {
      names[Int64(number)] = number == 32 ? "SIGRTMIN" : "SIGRTMIN+\(number - 32)"
    }
    return names
  }

  /// From include/uapi/linux/capability.h.
  private static let capabilities = """
    CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE
    NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO
    SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME
    SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG
    WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE
    """

  /// From include/linux/socket.h.
  private static let families = """
    UNSPEC UNIX INET AX25 IPX APPLETALK NETROM BRIDGE ATMPVC X25 INET6 ROSE DECnet NETBEUI SECURITY
    KEY NETLINK PACKET ASH ECONET ATMSVC RDS SNA IRDA PPPOX WANPIPE LLC IB MPLS CAN TIPC BLUETOOTH
    IUCV RXRPC ISDN PHONET IEEE802154 CAIF ALG NFC VSOCK KCM QIPCRTR SMC XDP MCTP
    """

  /// From include/uapi/linux/in.h.
  private static let protocols: [Int64: String] = [
    0: "IP", 1: "ICMP", 2: "IGMP", 4: "IPIP", 6: "TCP", 8: "EGP", 12: "PUP", 17: "UDP", 22: "IDP",
    29: "TP", 33: "DCCP", 41: "IPV6", 46: "RSVP", 47: "GRE", 50: "ESP", 51: "AH", 58: "ICMPV6",
    92: "MTP", 94: "BEETPH", 98: "ENCAP", 103: "PIM", 108: "COMP", 115: "L2TP", 132: "SCTP",
    136: "UDPLITE", 137: "MPLS", 143: "ETHERNET", 255: "RAW", 262: "MPTCP",
  ]

  /// From include/net/tcp_states.h, from 1.
  private static let tcpStates = """
    ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK LISTEN
    CLOSING NEW_SYN_RECV BOUND_INACTIVE
    """

  /// From include/linux/interrupt.h.
  private static let softirqs = """
    hi timer net_tx net_rx block irq_poll tasklet sched hrtimer rcu
    """

  /// From include/linux/backing-dev-defs.h.
  private static let writebackReasons = """
    background vmscan sync periodic laptop_timer fs_free_space forker_thread foreign_flush
    """

  /// `Sync-Write`: the operation, which is the lowest byte, behind the flags that say how.
  ///
  /// From include/linux/blk_types.h; the numbers have been these since 4.10.
  private static func requestFlags(_ number: Int64) -> String {
    let operations: [Int64: String] = [
      0: "Read", 1: "Write", 2: "Flush", 3: "Discard", 5: "SecureErase", 6: "ZoneReset",
      7: "WriteSame", 9: "WriteZeros",
    ]
    let flags: [(bit: Int64, name: String)] = [
      (20, "Background"), (19, "ReadAhead"), (15, "Idle"), (14, "NoMerge"), (13, "Priority"),
      (17, "ForcedUnitAccess"), (12, "Metadata"), (11, "Sync"),
    ]
    let operation = operations[number & 0xff] ?? "Unknown(\(number & 0xff))"
    let names = flags.filter { number & (1 << $0.bit) != 0 }.map(\.name)
    return (names + [operation]).joined(separator: "-")
  }

  private static func fileMode(_ number: Int64) -> String {
    let types: [Int64: Character] = [
      0o01: "p", 0o02: "c", 0o04: "d", 0o06: "b", 0o10: "-", 0o12: "l", 0o14: "s",
    ]
    var text = String(types[number >> 12 & 0o17] ?? "?")
    // Each class of people has three bits, and one above them that changes its last letter.
    for (shift, special, letters) in [(6, 11, ("s", "S")), (3, 10, ("s", "S")), (0, 9, ("t", "T"))]
    {
      let bits = number >> Int64(shift)
      text += bits & 4 != 0 ? "r" : "-"
      text += bits & 2 != 0 ? "w" : "-"
      let runs = bits & 1 != 0
      text +=
        number >> Int64(special) & 1 != 0
        ? (runs ? letters.0 : letters.1) : (runs ? "x" : "-")
    }
    return text
  }
}

/// Names of bits, and of a value in the lowest of them.
private struct FlagNames: Sendable {
  /// The bits that are one number among themselves, and its names.
  let choice: UInt64
  let choices: [(value: UInt64, name: String)]
  /// Names with all their bits, those with more bits first.
  let flags: [(bits: UInt64, name: String)]

  var names: [(name: String, bits: UInt64)] {
    choices.map { ($0.name, $0.value) } + flags.map { ($0.name, $0.bits) }
  }

  func bits(of name: String) -> UInt64? { names.first { $0.name == name }?.bits }

  /// The names between bars; a number at the end for bits that have none.
  func text(of number: UInt64) -> String {
    var words: [String] = []
    var rest = number & ~choice
    if let name = choices.first(where: { $0.value == number & choice })?.name {
      words.append(name)
    } else {
      rest |= number & choice
    }
    for flag in flags where rest & flag.bits == flag.bits {
      words.append(flag.name)
      rest &= ~flag.bits
    }
    if rest != 0 { words.append("0x" + String(rest, radix: 16)) }
    return words.joined(separator: "|")
  }

  /// From include/uapi/asm-generic/fcntl.h.
  ///
  /// - Parameter target: The architecture, some of which number flags otherwise.
  static func openFlags(_ target: String?) -> FlagNames {
    let isARM = target == "arm64"
    let directory: UInt64 = isARM ? 0o40000 : 0o200000
    return FlagNames(
      choice: 3, choices: [(0, "O_RDONLY"), (1, "O_WRONLY"), (2, "O_RDWR")],
      flags: [
        (0o20000000 | directory, "O_TMPFILE"), (0o4010000, "O_SYNC"), (0o100, "O_CREAT"),
        (0o200, "O_EXCL"), (0o400, "O_NOCTTY"), (0o1000, "O_TRUNC"), (0o2000, "O_APPEND"),
        (0o4000, "O_NONBLOCK"), (0o10000, "O_DSYNC"), (0o20000, "O_ASYNC"),
        (isARM ? 0o200000 : 0o40000, "O_DIRECT"), (isARM ? 0o400000 : 0o100000, "O_LARGEFILE"),
        (directory, "O_DIRECTORY"), (isARM ? 0o100000 : 0o400000, "O_NOFOLLOW"),
        (0o1000000, "O_NOATIME"), (0o2000000, "O_CLOEXEC"), (0o10000000, "O_PATH"),
      ])
  }

  /// From RFC 9293.
  static let tcp = FlagNames(
    choice: 0, choices: [],
    flags: [
      (2, "SYN"), (16, "ACK"), (8, "PSH"), (1, "FIN"), (4, "RST"), (32, "URG"), (64, "ECE"),
      (128, "CWR"),
    ])

  /// From include/linux/net.h.
  static let socketTypes = FlagNames(
    choice: 15,
    choices: [
      (1, "SOCK_STREAM"), (2, "SOCK_DGRAM"), (3, "SOCK_RAW"), (4, "SOCK_RDM"),
      (5, "SOCK_SEQPACKET"), (6, "SOCK_DCCP"), (10, "SOCK_PACKET"),
    ],
    flags: [(0o4000, "SOCK_NONBLOCK"), (0o2000000, "SOCK_CLOEXEC")])
}
