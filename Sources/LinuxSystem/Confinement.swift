internal import CLinux
internal import Glibc

/// What a helper program gives up before its first instruction: root, all capabilities, the means to
/// gain any, and unlimited time.
package struct Confinement: Hashable, Sendable {
  /// Whose rights the program has if we are root.
  package var user: UInt32
  package var group: UInt32
  /// After so many seconds, on a processor or in all, it is killed.
  package var seconds: Int
  /// After so many bytes of output it is killed.
  package var mostOutput: Int

  /// Who has no right but those of everybody.
  private static let nobody: UInt32 = 65534

  /// The rights of the person who has called us, through sudo or pkexec too; nobody's if that is root.
  package static func caller(seconds: Int, mostOutput: Int) -> Confinement {
    caller(
      seconds: seconds, mostOutput: mostOutput, realUser: getuid(), realGroup: getgid(),
      environment: { Environment[$0] })
  }

  /// The same for a person of that number, who has that environment.
  package static func caller(
    seconds: Int, mostOutput: Int, realUser: UInt32, realGroup: UInt32,
    environment: (String) -> String?
  ) -> Confinement {
    func confinement(_ user: UInt32, _ group: UInt32) -> Confinement {
      Confinement(user: user, group: group, seconds: seconds, mostOutput: mostOutput)
    }
    if realUser != 0 { return confinement(realUser, realGroup) }
    func id(_ name: String) -> UInt32? {
      environment(name).flatMap(UInt32.init).flatMap { $0 == 0 || $0 == .max ? nil : $0 }
    }
    if let user = id("SUDO_UID") ?? id("PKEXEC_UID") {
      return confinement(user, id("SUDO_GID") ?? nobody)
    }
    return confinement(nobody, nobody)
  }

  /// Lends the confinement as C takes it for the time of the call; null for none.
  static func withPointer<Result>(
    _ confinement: Confinement?, _ body: (UnsafePointer<clinux_confinement>?) -> Result
  ) -> Result {
    guard let confinement else { return body(nil) }
    let limits = clinux_confinement(
      user: confinement.user, group: confinement.group,
      cpu_seconds: UInt32(clamping: confinement.seconds))
    return unsafe withUnsafePointer(to: limits) { unsafe body($0) }
  }
}
