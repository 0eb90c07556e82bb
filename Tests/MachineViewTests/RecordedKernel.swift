import Foundation
import MachineView

/// The folder with recorded kernels.
let recordedKernels = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().appending(path: "Fixtures/Kernels").path

/// The recorded kernel that most tests ask.
func recordedMachine() -> DirectoryMachine {
  DirectoryMachine(root: "\(recordedKernels)/x86_64-6.18")
}

/// A folder that is made up for one test and goes away with it.
final class ScratchMachine {
  let root: String

  /// - Parameter files: Contents by path, without a slash in front.
  init(_ files: [String: String]) throws {
    root = FileManager.default.temporaryDirectory.appending(path: "machine-\(UUID())").path
    for (path, text) in files { try add(path, Data(text.utf8)) }
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  func add(_ path: String, _ data: Data, executable: Bool = false) throws {
    let url = URL(filePath: "\(root)/\(path)")
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url)
    if executable {
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path)
    }
  }

  func machine(_ settings: DirectoryMachine.Settings = .init()) -> DirectoryMachine {
    DirectoryMachine(root: root, settings: settings)
  }
}
