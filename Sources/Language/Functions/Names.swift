import TraceIR
import TraceModel

extension Function {
  static let names: [Function] = [
    name(
      "strerror", of: .errorText, summary: "The text for an error number.",
      details: "As in `strerror(args.ret)`; the sign does not matter.",
      example: CatalogExample(
        "begin { print(strerror(2)); }", prints: "No such file or directory")),
    name(
      "signal_name", of: .signalText, summary: "The text for a signal: `Killed` for 9.",
      details: "As in `signal_name(args.sig)`.",
      example: CatalogExample(
        "begin { print(signal_name(11)); }", prints: "Segmentation fault")),
    name(
      "exit_status", of: .exitStatus,
      summary: "How a process ended: `0`, `code 7`, `signal 9 (Killed)`.",
      details: "As in `exit_status(curtask.exit_code)` at `sched_process_exit`; `core dumped` "
        + "follows where its memory was saved.",
      example: CatalogExample(
        "begin { print((exit_status(0), exit_status(7 << 8), exit_status(139))); }",
        prints: "(0, code 7, signal 11 (Segmentation fault), core dumped)")),
    name(
      "syscall_name", of: .systemCallName, summary: "The name of a system call.",
      details: "As in `syscall_name(args.id)`.",
      example: nil),
    number(
      "error_name", in: .errors, summary: "The constant of an error number: `ENOENT` for 2.",
      details: "As in `error_name(args.ret)`; the sign does not matter.",
      example: CatalogExample("begin { print(error_name(-13)); }", prints: "EACCES")),
    number(
      "signal_constant", in: .signals, summary: "The constant of a signal: `SIGKILL` for 9.",
      details: "As in `signal_constant(args.sig)`; `signal_name` is the text for people.",
      example: CatalogExample("begin { print(signal_constant(15)); }", prints: "SIGTERM")),
    number(
      "capability_name", in: .capabilities,
      summary: "The name of a capability: `CAP_KILL` for 5.",
      details: "As in `capability_name(args.cap)`.",
      example: CatalogExample(
        "begin { print(capability_name(21)); }", prints: "CAP_SYS_ADMIN")),
    number(
      "family_name", in: .addressFamilies,
      summary: "The name of an address family: `AF_INET` for 2.",
      details: "As in `family_name(args.family)`.",
      example: CatalogExample("begin { print(family_name(10)); }", prints: "AF_INET6")),
    number(
      "socket_type_name", in: .socketTypes,
      summary: "The type of a socket: `SOCK_STREAM` for 1.",
      details: "As in `socket_type_name(args.type)`; flags that come along with it are shown, too.",
      example: CatalogExample(
        "begin { print(socket_type_name(524289)); }", prints: "SOCK_STREAM|SOCK_CLOEXEC")),
    number(
      "protocol_name", in: .protocols, summary: "The name of a protocol above IP: `TCP` for 6.",
      details: "As in `protocol_name(args.protocol)`.",
      example: CatalogExample("begin { print(protocol_name(17)); }", prints: "UDP")),
    number(
      "tcp_state_name", in: .tcpStates,
      summary: "The name of a TCP connection's state: `ESTABLISHED` for 1.",
      details: "As in `tcp_state_name(args.newstate)`.",
      example: CatalogExample("begin { print(tcp_state_name(10)); }", prints: "LISTEN")),
    number(
      "tcp_flags", in: .tcpFlags, summary: "The flags of a packet of TCP: `SYN|ACK` for 18.",
      details: "As in `tcp_flags($flags)`, the byte behind the length of the header.",
      example: CatalogExample("begin { print(tcp_flags(17)); }", prints: "ACK|FIN")),
    number(
      "softirq_name", in: .softirqs, summary: "The name of a soft interrupt: `net_rx` for 3.",
      details: "As in `softirq_name(args.vec)`.",
      example: CatalogExample("begin { print(softirq_name(3)); }", prints: "net_rx")),
    number(
      "open_flags", in: .openFlags,
      summary: "The flags of open(2): `O_RDWR|O_CREAT` for 66.",
      details: "As in `open_flags(args.flags)`; bits without a name are shown as a number.",
      example: CatalogExample(
        "begin { print(open_flags(577)); }", prints: "O_WRONLY|O_CREAT|O_TRUNC")),
    number(
      "file_mode", in: .fileModes,
      summary: "Type and permissions of a file, as ls(1) shows them: `-rw-r--r--`.",
      details: "As in `file_mode($inode.i_mode)`.",
      example: CatalogExample("begin { print(file_mode(16877)); }", prints: "drwxr-xr-x")),
    number(
      "disk_name", in: .disks,
      summary: "The name of a disk or partition by its device number: `sda1`.",
      details: "As in `disk_name(args.dev)`: the number is the kernel's, the major one above 20 "
        + "bits of the minor one.",
      example: nil),
    number(
      "request_flags", in: .requestFlags,
      summary: "The operation of a block request and how it is done: `Sync-Write`.",
      details: "As in `request_flags($request.cmd_flags)`.",
      example: CatalogExample("begin { print(request_flags(2049)); }", prints: "Sync-Write")),
    number(
      "writeback_reason_name", in: .writebackReasons,
      summary: "Why dirty pages are written back: `periodic` for 3.",
      details: "As in `writeback_reason_name(args.reason)`.",
      example: CatalogExample("begin { print(writeback_reason_name(2)); }", prints: "sync")),
  ]

  /// The name of a number in a set.
  private static func number(
    _ name: String, in numbers: NamedNumbers, summary: String, details: String,
    example: CatalogExample?
  ) -> Function {
    Self.name(
      name, of: .numberName(numbers), summary: summary, details: details, example: example)
  }

  /// What a number stands for, looked up when it is printed.
  private static func name(
    _ name: String, of presentation: Presentation, summary: String, details: String,
    example: CatalogExample?
  ) -> Function {
    Function(
      name: name, family: "Strings and memory",
      signature: Signature([Parameter("number", .integer)]), summary: summary,
      details: details + " Looked up when it is printed.",
      examples: example.map { [$0] } ?? [],
      check: { _ in .presented(presentation) },
      lower: { call in
        let target = call.temporary(name, bytes: presentation.size)
        call.builder.store(call.integer(0), to: target)
        return .memory(target)
      })
  }
}
