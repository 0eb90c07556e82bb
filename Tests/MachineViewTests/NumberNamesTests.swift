import MachineView
import Testing
import TraceModel

/// Names of numbers.
@Suite struct NumberNamesTests {
  private func names(_ numbers: NamedNumbers) -> NumberNames {
    NumberNames(of: numbers, on: DirectoryMachine())
  }

  private static let named: [(NamedNumbers, Int64, String)] = [
    (NamedNumbers.errors, Int64(2), "ENOENT"), (.errors, 133, "EHWPOISON"),
    (.signals, 9, "SIGKILL"), (.signals, 17, "SIGCHLD"), (.signals, 32, "SIGRTMIN"),
    (.capabilities, 0, "CAP_CHOWN"), (.capabilities, 12, "CAP_NET_ADMIN"),
    (.capabilities, 21, "CAP_SYS_ADMIN"), (.capabilities, 40, "CAP_CHECKPOINT_RESTORE"),
    (.addressFamilies, 0, "AF_UNSPEC"), (.addressFamilies, 16, "AF_NETLINK"),
    (.addressFamilies, 40, "AF_VSOCK"), (.addressFamilies, 45, "AF_MCTP"),
    (.protocols, 6, "TCP"), (.protocols, 58, "ICMPV6"), (.tcpStates, 1, "ESTABLISHED"),
    (.tcpStates, 7, "CLOSE"), (.tcpStates, 12, "NEW_SYN_RECV"), (.tcpFlags, 2, "SYN"),
    (.softirqs, 0, "hi"),
    (.softirqs, 9, "rcu"), (.writebackReasons, 7, "foreign_flush"), (.openFlags, 1, "O_WRONLY"),
    (.socketTypes, 5, "SOCK_SEQPACKET"),
  ]

  @Test(arguments: named)
  func namesNumbersAndFindsThem(_ numbers: NamedNumbers, _ number: Int64, _ name: String) {
    #expect(names(numbers).name(of: number) == name)
    #expect(names(numbers).number(of: name) == number)
    #expect(names(numbers).names.contains(name))
  }

  @Test func knowsWhatEnumeratorsAreTheSameEverywhere() {
    #expect(NumberNames.numberOnEveryKernel("TCP_ESTABLISHED") == 1)
    #expect(NumberNames.numberOnEveryKernel("IPPROTO_TCP") == 6)
    #expect(NumberNames.numberOnEveryKernel("TCP_CA_Open") == nil)
    #expect(NumberNames.numberOnEveryKernel("ESTABLISHED") == nil)
  }

  private static let nameless: [(NamedNumbers, Int64)] = [
    (NamedNumbers.errors, Int64(0)), (.signals, 65), (.capabilities, 41), (.capabilities, -1),
    (.addressFamilies, 46), (.tcpStates, 0), (.softirqs, 10), (.disks, 0),
  ]

  @Test(arguments: nameless)
  func hasNoNameForOthers(_ numbers: NamedNumbers, _ number: Int64) {
    #expect(names(numbers).name(of: number) == nil)
  }

  @Test func namesErrorsWhateverTheirSign() {
    #expect(names(.errors).name(of: -13) == "EACCES")
    #expect(names(.errors).name(of: .min) == nil)
  }

  /// As open(2) gives them to programs on this machine.
  private static let flags: [(Int64, String)] = [
    (Int64(0), "O_RDONLY"), (0o1101, "O_WRONLY|O_CREAT|O_TRUNC"), (0o2000000, "O_RDONLY|O_CLOEXEC"),
    (0o4010002, "O_RDWR|O_SYNC"), (0o10001, "O_WRONLY|O_DSYNC"), (3, "0x3"),
    (0o40000000000, "O_RDONLY|0x100000000"),
  ]

  @Test(arguments: flags)
  func namesEachFlag(_ number: Int64, _ text: String) {
    #expect(names(.openFlags).name(of: number) == text)
  }

  private static let requests: [(Int64, String)] = [
    (Int64(0), "Read"), (0x801, "Sync-Write"), (0x80000, "ReadAhead-Read"),
    (0x21801, "ForcedUnitAccess-Metadata-Sync-Write"), (4, "Unknown(4)"), (3, "Discard"),
  ]

  @Test(arguments: requests)
  func namesRequests(_ number: Int64, _ text: String) {
    #expect(names(.requestFlags).name(of: number) == text)
  }

  private static let modes: [(Int64, String)] = [
    (Int64(0o100644), "-rw-r--r--"), (0o40755, "drwxr-xr-x"), (0o104755, "-rwsr-xr-x"),
    (0o41777, "drwxrwxrwt"), (0o102644, "-rw-r-Sr--"), (0o120777, "lrwxrwxrwx"),
    (0o20620, "crw--w----"),
  ]

  @Test(arguments: modes)
  func showsModesAsLsDoes(_ mode: Int64, _ text: String) {
    #expect(names(.fileModes).name(of: mode) == text)
  }
}
