import Foundation
import Testing

@testable import LinuxSystem

@Suite struct SurroundingsTests {
  /// Whether a folder with one file in it looks like a container, with some variables.
  private func isContainer(_ file: String?, _ variables: [String: String] = [:]) throws -> Bool {
    let root = FileManager.default.temporaryDirectory
      .appendingPathComponent("surroundings-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    let place = root.appendingPathComponent(file ?? "etc/hostname")
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data().write(to: place)
    return Surroundings.hasMarks(below: root.path) { variables[$0] }
  }

  @Test func enginesAreToldByWhatTheyLeave() throws {
    #expect(try isContainer("run/.containerenv"))
    #expect(try isContainer(".dockerenv"))
    #expect(try isContainer("run/secrets/kubernetes.io"))
    #expect(try isContainer(nil, ["container": "podman"]))
    #expect(try isContainer(nil, ["KUBERNETES_SERVICE_HOST": "10.0.0.1"]))
  }

  @Test(arguments: [
    (UInt64(0xefff_fff8), true), (0xf000_0000, true), (0xf000_0001, true), (0xf000_0152, false),
  ])
  func aMachineStartsWithMountsOfAFixedNumber(_ inode: UInt64, _ isInitial: Bool) {
    #expect(CurrentProcess.isInitialMountNamespace(inode: inode) == isInitial)
  }

  @Test func aHostHasNoSuchMark() throws {
    #expect(try !isContainer(nil))
    #expect(try !isContainer(nil, ["container": ""]))
  }

  @Test func adviceFitsTheSurroundings() {
    #expect(Surroundings.host.plea(flags: "-x", host: "reboot") == "please reboot")
    #expect(
      Surroundings(isContainer: true).plea(flags: "-x", host: "reboot")
        == "please start the container with -x")
  }
}
