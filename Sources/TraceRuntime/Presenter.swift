internal import LinuxSystem
package import MachineView
package import Output
internal import TraceModel

/// Turns what programs can only collect into what people can read.
///
/// Each kind of presented value has its file in `Presentations`.
package final class Presenter: PresentationReader {
  package typealias Shown = Value
  package typealias Failure = DecodingError

  let strings: [String]
  let clocks: WallClock
  let symbols: any SymbolSource
  let kernel: any KernelView
  /// Names of control groups that were looked up, by id and filter.
  var cgroupPaths: [CgroupQuery: String] = [:]
  /// Made when the first system call is to be named.
  var systemCallNames: [Int: String]?
  /// Made when the first number of a set is to be named.
  var numberNames: [NamedNumbers: NumberNames] = [:]
  /// Read when the first user is to be named.
  var userNames: UserNames?
  private let userFile: String

  struct CgroupQuery: Hashable {
    var id: UInt64
    var filter: UInt64
  }

  /// - Parameters:
  ///   - strings: Those of the manifest, which values refer to by index.
  ///   - userFile: In the form of `/etc/passwd`.
  package init(
    strings: [String], clocks: WallClock, symbols: any SymbolSource, kernel: any KernelView,
    userFile: String = "/etc/passwd"
  ) {
    self.strings = strings
    self.clocks = clocks
    self.symbols = symbols
    self.kernel = kernel
    self.userFile = userFile
  }

  /// One of the manifest's strings.
  func string(_ index: UInt64) throws(DecodingError) -> String {
    guard index < UInt64(strings.count) else { throw .badIndex(index, of: "string") }
    return strings[Int(index)]
  }

  /// The file's users; none if it cannot be read.
  func loadedUserNames() -> UserNames {
    if let userNames { return userNames }
    let names: UserNames
    do { names = try UserNames(reading: userFile) } catch { names = UserNames(passwd: "") }
    userNames = names
    return names
  }
}

/// How far the clocks that programs read are from the time of day, in nanoseconds.
package struct WallClock: Hashable, Sendable {
  package var bootToRealtime: Int64
  package var taiToRealtime: Int64

  package init(bootToRealtime: Int64, taiToRealtime: Int64) {
    self.bootToRealtime = bootToRealtime
    self.taiToRealtime = taiToRealtime
  }

  /// As the machine's clocks stand now.
  package static func current() -> WallClock {
    // Atomic time is ahead by whole seconds; that it cannot be read at once must not show in times
    // of whole intervals.
    let second: Int64 = 1_000_000_000
    let ahead = Clock.realtime.offset(to: .tai) + second / 2
    return WallClock(
      bootToRealtime: Clock.boot.offset(to: .realtime),
      taiToRealtime: -(ahead / second * second))
  }
}
